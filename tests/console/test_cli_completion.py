"""`davy completion`: the shell knows commands and options."""

import shutil
import subprocess

import pytest
from click.shell_completion import BashComplete
from click.testing import CliRunner

from console.cli.__main__ import davy


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell_calls_davy(shell: str) -> None:
    result = CliRunner().invoke(davy, ["completion", shell])

    assert result.exit_code == 0
    assert f"_DAVY_COMPLETE={shell}_complete" in result.output


def test_another_shell_is_refused_with_those_there_are() -> None:
    result = CliRunner().invoke(davy, ["completion", "tcsh"])

    assert result.exit_code == 2
    assert "'bash', 'zsh', 'fish'" in result.output


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not here")
def test_bash_can_read_its_script() -> None:
    script = CliRunner().invoke(davy, ["completion", "bash"]).output

    assert subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(
    ("words", "begun", "completed"),
    [
        ([], "de", ["deadletters"]),
        (["tail"], "--co", ["--config", "--count"]),
        (["deadletters"], "re", ["replay"]),
        (["completion"], "z", ["zsh"]),
    ],
)
def test_commands_options_and_choices_are_completed(words: list[str], begun: str, completed: list[str]) -> None:
    found = BashComplete(davy, {}, "davy", "_DAVY_COMPLETE").get_completions(words, begun)

    assert [item.value for item in found] == completed
