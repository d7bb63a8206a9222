"""Criteria packs, one YAML file each, checked when read: a key unknown to us, or a number that nothing read by us carries, is refused."""

from importlib.resources import files
from pathlib import Path

from contracts.errors import BadConfig
from fleet.packs.pack import Criterion, Fold, Op, Pack, Query
from fleet.packs.reading import read_pack

__all__ = ["USUAL", "Criterion", "Fold", "Op", "Pack", "Query", "load", "names", "read_pack"]
USUAL = "shanxi-2025"
"""What is in force in Shanxi."""


def names() -> tuple[str, ...]:
    """Ids of the packs carried in the product."""
    return tuple(sorted(one.name.removesuffix(".yaml") for one in files("fleet.packs").iterdir() if one.name.endswith(".yaml")))


def load(name: str = USUAL) -> Pack:
    """A pack carried in the product by its id, or a file of one's own by its path; BadConfig naming place, value and what is allowed."""
    if name.endswith((".yaml", ".yml")):
        try:
            return read_pack(Path(name).read_bytes())
        except OSError as error:
            raise BadConfig("pack", name, f"a file that can be read ({error.strerror})") from error
    if name not in names():
        raise BadConfig("pack", name, f"{', '.join(names())}, or the path of a .yaml file")
    return read_pack((files("fleet.packs") / f"{name}.yaml").read_bytes())
