"""`docker-compose.yml`, read without Docker: all it starts exists, is pinned, bounded, watched, not root, and open to this machine only."""

import re
import tomllib
from pathlib import Path
from typing import Any

import click
import msgspec
import pytest
import yaml

from console.cli.__main__ import COMMANDS, davy
from console.cli.demo import GATEWAY
from console.cli.kinds import read_settings
from console.paper.press import FAMILIES
from contracts.config import load
from edge_agent.config import EdgeSettings
from edge_agent.config import check as check_edge
from ingest.config import IngestSettings
from ingest.config import check as check_ingest
from sim_sensors.demo import DEMO

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: one for name, one in SERVICES.items() if one["image"].startswith("davylamp:")}
RUNNING = {name: one for name, one in SERVICES.items() if one["restart"] != "no"}
VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")
SECRET_KEY = re.compile(r"PASSWORD|TOKEN|SECRET|RECORDS$")


def with_defaults(text: str) -> str:
    """The text as it reads where no variable is set."""
    return VARIABLE.sub(lambda found: found[2] or "", text)


def sample() -> dict[str, tuple[str, str]]:
    """Variable to (value, comment above it) of `.env.sample`."""
    found, comment = {}, ""
    for line in (ROOT / ".env.sample").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            comment += line.lstrip("# ")
        elif "=" in line:
            name, _, value = line.partition("=")
            found[name] = (value, comment)
            comment = ""
        else:
            comment = ""
    return found


every_service = pytest.mark.parametrize("name", SERVICES)


def test_the_services_of_the_production_shape_are_there() -> None:
    always = {name for name, one in SERVICES.items() if "profiles" not in one}
    demo = {name for name, one in SERVICES.items() if one.get("profiles") == ["demo"]}

    assert {"mosquitto", "influxdb", "postgres", "grafana", "centre"} <= always
    assert {"sim", *(f"edge-{device.name}" for device in DEMO.devices)} <= demo
    assert always | demo == set(SERVICES)


@every_service
def test_images_are_pinned_to_a_full_version(name: str) -> None:
    assert re.search(r":\d+\.\d+(\.\d+)?(-[a-z]+)?$", SERVICES[name]["image"])


def test_our_image_has_our_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]

    assert {one["image"] for one in OURS.values()} == {f"davylamp:{version}"}


@every_service
def test_nobody_is_root_or_may_become_it(name: str) -> None:
    one = SERVICES[name]

    assert re.fullmatch(r"[1-9]\d*:\d+", one["user"])
    assert (one["cap_drop"], one["security_opt"]) == (["ALL"], ["no-new-privileges:true"])
    assert not {"privileged", "cap_add", "devices", "pid", "ipc"} & one.keys()


@every_service
def test_the_root_is_read_only(name: str) -> None:
    assert SERVICES[name]["read_only"] is True


@every_service
def test_cpu_memory_processes_and_logs_are_bounded(name: str) -> None:
    limits, logging = SERVICES[name]["deploy"]["resources"]["limits"], SERVICES[name]["logging"]

    assert 0 < float(limits["cpus"]) <= 2
    assert re.fullmatch(r"\d+[MG]", limits["memory"])
    assert limits["pids"] > 0
    assert logging["options"].keys() == {"max-size", "max-file"}


@pytest.mark.parametrize("name", RUNNING)
def test_what_keeps_running_has_a_health_check_with_a_patience(name: str) -> None:
    check = RUNNING[name]["healthcheck"]

    assert check["test"][0] == "CMD"
    assert {"interval", "timeout", "retries", "start_period"} <= check.keys()


@pytest.mark.parametrize("name", [name for name in RUNNING if name == "centre" or name.startswith("edge-")])
def test_our_processes_are_asked_whether_they_are_ready(name: str) -> None:
    assert "/readyz" in RUNNING[name]["healthcheck"]["test"][-1]


@every_service
def test_ports_are_open_on_this_machine_only(name: str) -> None:
    for port in SERVICES[name].get("ports", []):
        assert re.fullmatch(r"127\.0\.0\.1:\d+:\d+", with_defaults(port))


def test_the_databases_have_no_way_out() -> None:
    assert COMPOSE["networks"]["data"] == {"internal": True}
    assert [SERVICES[name]["networks"] for name in ("influxdb", "postgres")] == [["data"], ["data"]]


@every_service
def test_every_file_that_is_mounted_exists_and_every_volume_is_named(name: str) -> None:
    for mount in SERVICES[name].get("volumes", []):
        source, target, *mode = mount.split(":")
        assert target.startswith("/")
        if source.startswith("."):
            assert (ROOT / source).is_file()
            assert mode == ["ro"]
        else:
            assert source in COMPOSE["volumes"]


def test_no_volume_secret_or_network_is_declared_for_nobody() -> None:
    mounted = {mount.split(":")[0] for one in SERVICES.values() for mount in one.get("volumes", []) if not mount.startswith(".")}
    told = {name for one in SERVICES.values() for name in one.get("secrets", [])}
    joined = {name for one in SERVICES.values() for name in one.get("networks", [])}

    assert (set(COMPOSE["volumes"]), set(COMPOSE["secrets"]), set(COMPOSE["networks"])) == (mounted, told, joined)


def test_only_services_that_end_have_the_key_of_the_ca() -> None:
    holders = {name for name, one in SERVICES.items() if any(mount.startswith("ca:") for mount in one.get("volumes", []))}

    assert holders
    assert holders & set(RUNNING) == set()


def test_secrets_are_files_that_the_script_makes_and_git_does_not_know() -> None:
    script = (ROOT / "docker" / "secrets.sh").read_text(encoding="utf-8")
    files = [with_defaults(one["file"]) for one in COMPOSE["secrets"].values()]

    assert [path for path in files if not (path.startswith("./secrets/") and path.removeprefix("./secrets/") in script)] == []
    assert {"secrets/", ".env"} <= set((ROOT / ".gitignore").read_text(encoding="utf-8").splitlines())


@every_service
def test_no_secret_stands_in_the_environment(name: str) -> None:
    told = SERVICES[name].get("environment", {})

    files = ("/run/secrets/", "/var/lib/davy/")
    assert {key: value for key, value in told.items() if SECRET_KEY.search(key) and not str(value).startswith(files)} == {}
    assert {value.removeprefix("/run/secrets/") for value in map(str, told.values()) if value.startswith("/run/secrets/")} <= set(
        SERVICES[name].get("secrets", [])
    )


@pytest.mark.parametrize("name", OURS)
def test_every_davy_command_exists_and_takes_its_options(name: str) -> None:
    if OURS[name].get("entrypoint", ["davy"]) != ["davy"]:
        assert (ROOT / "docker" / OURS[name]["entrypoint"][1].removeprefix("/docker/")).is_file()
        return
    words = [with_defaults(word) for word in OURS[name]["command"]]
    command: click.Command = davy
    while isinstance(command, click.Group) and words and words[0] in command.list_commands(click.Context(command)):
        below = command.get_command(click.Context(command), words.pop(0))
        assert below is not None
        command = below

    assert command is not davy
    assert command.make_context(name, words, help_option_names=["-h", "--help"]) is not None


@pytest.mark.parametrize("script", sorted((ROOT / "docker").glob("*.sh")), ids=lambda path: path.name)
def test_every_davy_command_in_a_script_exists(script: Path) -> None:
    lines = [line for line in script.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")]

    assert {word for line in lines for word in re.findall(r"\bdavy ([a-z]+)", line)} <= set(COMMANDS)


def test_every_variable_is_explained_and_none_is_explained_for_nobody() -> None:
    explained = sample()

    assert set(explained) == {found[1] for found in VARIABLE.finditer(TEXT)}
    assert [name for name, (_, comment) in explained.items() if len(comment) < 20] == []
    assert not re.search(r"\$\{?\w+", VARIABLE.sub("", TEXT))


def test_the_sample_says_what_holds_where_nothing_is_set() -> None:
    used = {found[1]: found[2] for found in VARIABLE.finditer(TEXT)}

    assert {name: value for name, (value, _) in sample().items()} == used


def test_the_centre_s_configuration_is_accepted_as_the_container_reads_it() -> None:
    secrets = {"/run/secrets/records": "sqlite:////var/lib/davy/records.sqlite"}
    environment = {key: with_defaults(value) for key, value in SERVICES["centre"]["environment"].items()}
    settings = load(IngestSettings, (ROOT / "docker/centre.toml").read_text(encoding="utf-8"), environment, secrets.__getitem__)

    assert check_ingest(settings).store == "influx+http://influxdb:8086/davy"
    assert settings.metrics_port == 9100


def test_doctor_knows_the_centre_s_configuration_in_the_container_too(tmp_path: Path) -> None:
    """It names neither store nor records: the environment does."""
    (tmp_path / "records").write_text("sqlite:////var/lib/davy/records.sqlite", encoding="ascii")
    told = {key: with_defaults(value) for key, value in SERVICES["centre"]["environment"].items()}
    settings = read_settings(str(ROOT / "docker/centre.toml"), told | {"DAVY_RECORDS_FILE": str(tmp_path / "records")})

    assert isinstance(settings, IngestSettings)
    assert (settings.store, settings.broker.host) == ("influx+http://influxdb:8086/davy", "mosquitto")


@pytest.mark.parametrize("device", DEMO.devices, ids=lambda device: device.name)
def test_a_demo_agent_reads_its_own_device_and_has_its_own_name(device: Any) -> None:
    settings = check_edge(load(EdgeSettings, (ROOT / f"docker/demo/{device.name}.toml").read_text(encoding="utf-8"), {}))
    (source,) = settings.sources
    certs = SERVICES["demo-certs"]["command"]

    assert (settings.mine, settings.gateway, source.host, source.port) == (device.name, GATEWAY, "sim", device.port)
    assert dict(zip(certs[::2], certs[1::2], strict=True))[str(settings.name)] == str(Path(settings.broker.cert_file).parent)
    assert msgspec.structs.asdict(settings)["metrics_port"] == 9100


def test_the_image_is_small_pinned_and_nobody_s() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")

    assert re.search(r"^ARG PYTHON=python:3\.\d+\.\d+-slim-bookworm$", text, re.MULTILINE)
    assert set(re.findall(r"^FROM (\S+)", text, re.MULTILINE)) == {"${PYTHON}"}
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", text, re.MULTILINE)
    assert text.count("--require-hashes") == 2
    assert 'ENTRYPOINT ["davy"]' in text


def test_the_image_and_the_demo_bring_a_font_that_reports_are_printed_with() -> None:
    """Without one a PDF is refused."""
    for path in ("Dockerfile", "tools/setup"):
        assert "fonts-wqy-microhei" in (ROOT / path).read_text(encoding="utf-8")
    assert "WenQuanYi Micro Hei" in FAMILIES


def test_nothing_that_only_developers_need_goes_into_the_image() -> None:
    let_in = {line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line.startswith("!")}
    packages = set(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]["files"])

    assert let_in == packages | {"pyproject.toml", "requirements.lock", "README.md", "tools/runtime_lock.py"}


def test_all_that_the_packages_hold_goes_into_the_image() -> None:
    let_in = set((ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines())
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]["files"]
    links = [path for name in packages for path in (ROOT / name).rglob("*") if path.is_symlink()]

    assert {f"!{name}" for name in packages} <= let_in
    assert {f"!{path.resolve().relative_to(ROOT).parts[0]}" for path in links} <= let_in


def test_the_boards_are_pushed_with_a_token_that_store_init_makes_and_grafana_has_no_other() -> None:
    command = SERVICES["store-init"]["command"]
    boards = SERVICES["boards"]

    assert command[command.index("--grafana-token") + 1] == boards["environment"]["DAVY_INFLUX_READ_TOKEN_FILE"]
    assert boards["depends_on"] == {
        "grafana": {"condition": "service_healthy"},
        "store-init": {"condition": "service_completed_successfully"},
    }
    assert [name for name in ("grafana", "boards") if "influx_token" in SERVICES[name]["secrets"]] == []
