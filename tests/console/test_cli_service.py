"""`davy alarms service` asks the running console."""

from click.testing import CliRunner

from console.cli.__main__ import davy
from tests.console.cli_network import network_of
from tests.console.web_pit import Pit


def test_an_alarm_is_taken_out_of_service_listed_and_brought_back() -> None:
    pit = Pit()
    pit.calm()
    with network_of(pit.plant) as network:
        typed = ["alarms", "service", "north", "T00"]
        who = ["--name", "王工", "--words", "送检"]
        out = CliRunner().invoke(davy, [*typed, "--out", "limit.alarm", *who], obj=network)
        back = CliRunner().invoke(davy, [*typed, "--back", "limit.alarm", *who], obj=network)

    assert (out.exit_code, back.exit_code) == (0, 0), out.output + back.output
    line = next(line for line in out.output.splitlines() if line.startswith("limit.alarm"))
    assert "停用 out of service" in line
    assert "王工" in line
    assert "out of service" not in back.output.replace("停用", "")


def test_who_and_why_are_asked_for_and_a_refusal_is_told() -> None:
    pit = Pit()
    pit.calm()
    with network_of(pit.plant) as network:
        nameless = CliRunner().invoke(davy, ["alarms", "service", "north", "T00", "--out", "limit.alarm"], obj=network)
        twice = CliRunner().invoke(
            davy, ["alarms", "service", "north", "T00", "--back", "limit.alarm", "--name", "王", "--words", "x"], obj=network
        )

    assert "--name, --words" in str(nameless.exception)
    assert "it is in service" in str(twice.exception)
