"""How a report speaks: its language, its zone, the regulation pack; and the cells everything is written in. Pure."""

from dataclasses import dataclass

from alerts import words as told
from alerts.packs.pack import Pack
from console.paper.paper import Cell, Number
from console.web.board import text_of
from console.web.draw import share_text
from console.web.times import Zone, length_text, unit_text
from console.web.words import say
from contracts.units import QUANTITIES


@dataclass(frozen=True, slots=True)
class Ink:
    """One language of one report."""

    lang: str
    zone: Zone
    pack: Pack

    def t(self, key: str, **numbers: object) -> str:
        return say(self.lang, key, numbers)

    def pick(self, pair: tuple[str, str]) -> str:
        """Of (zh, en) the one of this language."""
        return pair[self.lang != "zh"]

    def stamp(self, micros: int | None) -> str:
        """A moment in the mine's zone; "unknown" where there is none."""
        return self.zone.stamp(micros) if micros is not None and micros > 0 else self.unknown

    @property
    def unknown(self) -> str:
        return self.t("state.unknown")

    def span(self, start: int, end: int) -> str:
        return f"{self.zone.stamp(start)} – {self.zone.stamp(end)} {self.zone.label}"

    def length(self, micros: int) -> str:
        return length_text(micros, self.lang)

    def share(self, share: float | None) -> str:
        """Rounded down; "unknown" where it is not known."""
        return share_text(share, self.unknown)

    def clause(self, reference: str) -> str:
        return told.clause_words(reference, self.pack.documents, self.lang)

    def measures(self, quantity: str) -> str:
        """What a point measures, and in which unit."""
        found = QUANTITIES.get(quantity)
        if found is None:
            return quantity
        unit = unit_text(found.unit)
        return self.pick((found.zh, found.en)) + (f" ({unit})" if unit else "")

    def value(self, value: float | None, quantity: str, limit: float | None = None) -> Cell:
        """A number as its quantity is shown (never rounded up to its limit); "unknown" where there is none."""
        if value is None:
            return self.unknown
        found = QUANTITIES.get(quantity)
        shown = text_of(value, found.decimals if found else 2, limit)
        return Number(value, len(shown.partition(".")[2]))
