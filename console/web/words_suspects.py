"""Words of the kinds of cheating that are looked for."""

from fleet.suspect.kinds import FINDERS

WORDS: dict[str, tuple[str, str]] = {
    f"fleet.why.{kind.value}": (f"{one.zh}的疑点", f"looks like {one.en}") for kind, one in FINDERS.items()
}
