"""How the reports of the fleet speak: one language, one zone; numbers and codes as they are read. Pure."""

from dataclasses import dataclass

from console.paper.paper import Cell, Number
from console.web.draw import share_text
from console.web.render_fleet import city_of, plain_number, why_of, worded
from console.web.times import Zone, unit_text
from console.web.words import say
from fleet.view import Words


@dataclass(frozen=True, slots=True)
class FleetInk:
    """One language of one report."""

    lang: str
    zone: Zone

    def t(self, key: str, **numbers: object) -> str:
        return say(self.lang, key, numbers)

    def pick(self, words: Words) -> str:
        return words.zh if self.lang == "zh" else words.en

    def why(self, code: str) -> str:
        return why_of(code, self.lang) if code else ""

    def city(self, city: str) -> str:
        return city_of(city, self.lang)

    def worded(self, key: str, code: str) -> str:
        """The words of a key; the code where there are none."""
        return worded(self.lang, key, code)

    def status(self, status: str) -> str:
        return self.t(f"fleet.status.{status}")

    def number(self, value: float | None) -> Cell:
        """A number that a spreadsheet keeps; words where there is none."""
        if value is None:
            return self.t("fleet.no_value")
        return Number(value, len(plain_number(value).partition(".")[2]))

    def amount(self, value: float | None, unit: str) -> str:
        """A number with its unit, as text."""
        if value is None:
            return self.t("fleet.no_value")
        return f"{plain_number(value)} {unit_text(unit)}".strip()

    def share(self, share: float | None) -> str:
        return share_text(share, self.t("fleet.no_value"))

    def yes_no(self, value: bool | None) -> str:
        return self.t("fleet.no_value" if value is None else "fleet.yes" if value else "fleet.no")
