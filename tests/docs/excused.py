"""Commands of the documentation that no test types for real, each with its reason. Those of `davy` are still held against its options."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Excuse:
    """Commands (regular expressions, from their beginning) on pages (the same) that are not typed, and why."""

    pages: str
    commands: str
    why: str

    def covers(self, page: str, command: str) -> bool:
        return re.fullmatch(self.pages, page) is not None and re.match(self.commands, command) is not None


DOCKER = "needs Docker: tests/packages and tests/house/test_compose.py look at the images and the compose file"
ROOT_ONLY = "changes the machine it is typed on, as root: tests/house/test_systemd.py and test_cli_edge_install.py do it in a folder"
EXCUSES = [
    Excuse(".*", r"git |cd davylamp", "fetches what is here already"),
    Excuse(".*", r"make ", "sets up or tests all of this; CI and tests/packages run it on a fresh machine"),
    Excuse(".*", r"docker compose |sh docker/secrets.sh|cp \.env\.sample|cat secrets/", DOCKER),
    Excuse(".*", r"systemctl |useradd |cp /opt/davy|runuser |journalctl |/opt/davy/.venv/bin/davy edge install", ROOT_ONLY),
    Excuse(".*", r"davy (doctor|edge status|edge|edge blackbox \w+) .*(/etc/davy|/var/lib/davy)", ROOT_ONLY),
    Excuse(
        "docs/cli(.zh)?.md", r"davy ", "one example an option: the commands have tests of their own in tests/console and tests/end_to_end"
    ),
    Excuse(
        "docs/(backup|care|certs|dashboards|edge|files|fleet|handling|influx|models|operate|people|protocol|reports|simulator|soak|doctor"
        "|security|benchmarks|alarms|permits|ingest|architecture|bundles|sources/.*)(.zh)?.md",
        r"",
        "written before this test: examples beside the text, whose commands have tests of their own",
    ),
    Excuse(
        "docs/how-to/(kj|plc|opc-ua)(.zh)?.md",
        r"davy edge (import|probe)|davy doctor|davy edge --config",
        "needs the mine's own device and list",
    ),
    Excuse(
        "docs/how-to/tell-people(.zh)?.md",
        r"davy alarms |install |export ",
        "needs somebody's robot or mailbox; test_delivery and test_recipients",
    ),
    Excuse(
        "docs/how-to/boards(.zh)?.md",
        r"davy |export |install |nano ",
        "needs an InfluxDB and a Grafana of yours: tests/dashboards, test_cli_up.py and test_influx.py",
    ),
    Excuse("docs/how-to/many-mines(.zh)?.md", r"davy ", "needs an InfluxDB: tests/store/test_influx.py; and a configuration of yours"),
    Excuse("docs/how-to/systemd(.zh)?.md", r"davy certs init", "names a broker of yours; tests/console/test_cli_certs.py"),
    Excuse("docs/how-to/back-up(.zh)?.md", r"rsync ", "carries it to a disk of yours"),
    Excuse("docs/how-to/new-version(.zh)?.md", r"davy store ", "typed from the page on backups"),
    Excuse("docs/how-to/audit-a-count(.zh)?.md", r"davy fleet verify .* --key province.pub", "needs a key that somebody else keeps"),
]
