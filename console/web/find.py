"""Finding what is registered: by identifier, or by a part of a name, place, serial or identifier. Pure, over what the viewer sees."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from console.web.board import Place, gateways_of, mine_name, mines_of, places_of
from console.web.shapes import Words
from contracts.clock import iso
from contracts.units import QUANTITIES
from fleet.bodies import Profile, Workplace
from ingest.live import Live


@dataclass(frozen=True, slots=True)
class FoundView:
    """One thing that was found. `kind`: point, workplace or mine. Moments null: unknown, or still in use. `href`: its page."""

    kind: str
    mine: str
    mine_name: Words
    id: str
    name: Words
    measures: Words
    serial: str
    identifier: str
    valid_from: str | None
    valid_to: str | None
    href: str


@dataclass(frozen=True, slots=True)
class Registered:
    """What the fleet's log has of the mines the viewer sees."""

    profiles: tuple[Profile, ...] = ()
    workplaces: tuple[Workplace, ...] = ()


NOTHING = Words("", "")


def with_identifier(live: Live, known: Registered, identifier: str) -> list[FoundView]:
    """Everything that carries it (letters are told apart by case), in the order of mines."""
    return [one for one in _everything(live, known) if one.identifier == identifier]


def search(live: Live, known: Registered, text: str, most: int) -> tuple[list[FoundView], bool]:
    """What has the text in its id, name, place, serial or identifier, whatever the case; and whether there was more."""
    wanted = text.casefold()
    found: list[FoundView] = []
    for one in _everything(live, known):
        if any(wanted in words.casefold() for words in _texts(one)):
            if len(found) == most:
                return found, True
            found.append(one)
    return found, False


def _texts(one: FoundView) -> Iterable[str]:
    return (one.id, one.name.zh, one.name.en, one.serial, one.identifier, one.measures.zh, one.measures.en)


def _everything(live: Live, known: Registered) -> Iterator[FoundView]:
    names = {profile.mine: Words(profile.name_zh, profile.name_en) for profile in known.profiles}
    identifiers = {profile.mine: profile.identifier for profile in known.profiles}
    for mine in sorted({*mines_of(live), *names}):
        connected = bool(gateways_of(live, mine))
        name = names.get(mine) or mine_name(live, mine)
        href = f"/mines/{mine}" if connected else f"/fleet/mines/{mine}"
        yield FoundView("mine", mine, name, mine, name, NOTHING, "", identifiers.get(mine, ""), None, None, href)
        for one in known.workplaces:
            if one.mine == mine:
                told = Words(one.name_zh, one.name_en)
                dates = (one.valid_from or None, one.valid_to or None)
                yield FoundView("workplace", mine, name, one.id, told, NOTHING, "", one.identifier, *dates, f"/fleet/mines/{mine}")
        if connected:
            for place in places_of(live, mine).values():
                yield _of_point(mine, name, place)


def _of_point(mine: str, name: Words, place: Place) -> FoundView:
    point, quantity = place.point, QUANTITIES.get(place.point.quantity)
    return FoundView(
        "point",
        mine,
        name,
        point.id,
        Words(point.place_zh, point.place_en),
        Words(quantity.zh, quantity.en) if quantity else NOTHING,
        point.serial,
        point.identifier,
        iso(point.valid_from) if point.valid_from else None,
        iso(point.valid_to) if point.valid_to is not None else None,
        f"/mines/{mine}/points/{point.id}",
    )
