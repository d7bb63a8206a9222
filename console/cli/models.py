"""`davy models`: train, evaluate, sign, publish and take back detectors. Needs the extra `lab` for training and evaluation."""

import click

from console.cli.models_evaluate import evaluate, page
from console.cli.models_marks import labels, marks
from console.cli.models_publish import publish, rollback
from console.cli.models_train import card, sign, train


@click.group(name="models")
def command() -> None:
    """模型 / detectors. 只作参考, 不是官方报警 / advisory, never an official alarm."""


for one in (evaluate, page, labels, marks, train, sign, card, publish, rollback):
    command.add_command(one)
