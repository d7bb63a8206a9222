"""Which process a configuration file is for, told by its keys."""

import os
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path

from contracts.config import BrokerAddress, load
from contracts.errors import BadConfig
from edge_agent.config import EdgeSettings, check
from ingest.config import IngestSettings
from ingest.config import check as check_ingest
from sim_sensors.config import Settings as SimSettings
from sim_sensors.config import check as check_sim

Settings = EdgeSettings | IngestSettings | SimSettings

KINDS: dict[str, type[Settings]] = {"edge": EdgeSettings, "ingest": IngestSettings, "sim": SimSettings}


def kind_of(keys: Collection[str]) -> str:
    """The kind most of the keys belong to, of those that only one kind has; BadConfig where none or several do."""
    fields = {name: set(kind.__struct_fields__) for name, kind in KINDS.items()}
    only = {name: own - set().union(*(other for at, other in fields.items() if at != name)) for name, own in fields.items()}
    found = sorted(((len(own & set(keys)), name) for name, own in only.items()), reverse=True)
    if found[0][0] == found[1][0]:
        allowed = "; ".join(f"{name}: {', '.join(kind.__struct_fields__)}" for name, kind in KINDS.items())
        raise BadConfig("keys", ", ".join(sorted(keys)), f"the keys of one kind of configuration ({allowed})")
    return found[0][1]


def _kind(keys: Collection[str], environment: Mapping[str, str]) -> str:
    """By the file's own keys; where these do not tell, by what `DAVY_...` adds: a centre's file need not name its databases."""
    try:
        return kind_of(keys)
    except BadConfig:
        names = {field for kind in KINDS.values() for field in kind.__struct_fields__}
        told = {name for name in names if {f"DAVY_{name.upper()}", f"DAVY_{name.upper()}_FILE"} & environment.keys()}
        if not told:
            raise
        return kind_of({*keys, *told})


def read_settings(path: str, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of a file, checked as its process checks them at its start; else BadConfig."""
    try:
        text = Path(path).read_text(encoding="utf-8")
        keys = set(tomllib.loads(text))
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfig("file", path, f"a readable text file ({error})") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadConfig("file", path, f"TOML ({error})") from error
    settings = load(KINDS[_kind(keys, environment)], text, environment)
    if isinstance(settings, EdgeSettings):
        check(settings)
    elif isinstance(settings, IngestSettings):
        check_ingest(settings)
    else:
        check_sim(settings)
    return settings


def broker_in(path: str) -> BrokerAddress:
    """The broker that a file's process connects to; BadConfig for a simulator's."""
    settings = read_settings(path)
    if isinstance(settings, SimSettings):
        raise BadConfig("--config", path, "the configuration of an agent or of the ingest: a simulator has no broker")
    return settings.broker
