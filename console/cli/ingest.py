"""`davy ingest`: the centre without pages."""

import gc

import click

from console.cli.files import configured
from console.cli.ingest_import import command as import_files
from console.cli.processes import config_option, own_configuration, run_process
from contracts.clock import SystemClock
from ingest.config import IngestSettings
from ingest.process import run_ingest

GC_THRESHOLD = 20_000
"""Items and their columns make no cycles: looking for some every 700 objects takes a twentieth of the process' CPU."""


def spare_collector() -> None:
    """Once everything is loaded: what lives as long as the process is not walked through any more."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD)


@click.group(name="ingest", invoke_without_command=True)
@config_option
@click.pass_context
def command(ctx: click.Context, path: str | None) -> None:
    """运行中心接收 / run the centre's ingest: receive, check, store, alarm (or see the subcommands)."""
    if (file := own_configuration(ctx, path)) is not None:
        spare_collector()
        run_process(run_ingest(configured(IngestSettings, file), SystemClock()))


command.add_command(import_files)
