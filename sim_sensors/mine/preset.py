"""The numbers that make one mine differ from another. All are ours (project), chosen so that the air quantities, speeds and
concentrations are those of a medium longwall district; `silesia-like` is fitted to published statistics (docs/simulator.md)."""

from dataclasses import dataclass, field, replace

from contracts.errors import BadConfig


@dataclass(frozen=True, slots=True)
class Network:
    """Resistances in N·s²/m⁸, pressures in Pa, areas in m², lengths in m. `main` and `slope` are for one district's share."""

    shut_off: float = 2260.0
    slope: float = 0.3
    natural: float = 40.0
    main: float = 0.6
    trunk: float = 0.6
    face: float = 1.27
    entry: float = 2.6
    door: float = 0.5
    face_area: float = 10.0
    intake_area: float = 11.0
    return_area: float = 11.0
    heading_area: float = 12.0
    district_area: float = 14.0
    main_area: float = 10.0
    duct_area: float = 4.5
    intake_length: float = 900.0
    face_length: float = 180.0
    return_length: float = 1000.0
    heading_length: float = 400.0
    district_length: float = 700.0
    main_length: float = 1500.0
    face_wander: float = 0.06
    """Relative sd of the face's resistance (supports, shearer and coal in the way), correlation 30 min."""
    return_wander: float = 0.03
    """Relative sd of the speed at the return's anemometer beside that of the flow (it does not see the whole section), 2 h."""


@dataclass(frozen=True, slots=True)
class Gas:
    """Sources, m³/min of methane unless said otherwise; times in s."""

    face: float = 1.6
    """Desorption from the standing face."""
    fresh: float = 1.4
    """From the cut itself while the shearer works."""
    coal: float = 1.2
    """From broken coal on the conveyor, long after the cut."""
    gob: float = 1.6
    """From the gob at steady barometer."""
    ribs: tuple[float, float] = (0.25, 0.25)
    """Into the first and the second half of the return airway."""
    breathing: float = 0.25
    """Relative rise of the gob's emission per hPa/h of barometric fall."""
    wander: float = 0.18
    """Relative sd of face and gob emission, correlation 2 h."""
    releases_per_day: float = 10.0
    """Gas pushed out of the gob when the roof comes down."""
    release_volume: float = 5.0
    """Mean volume of such a release, m³; the volumes are exponentially distributed."""
    release_time: float = 180.0
    released_beyond: float = 0.0
    """Part of the releases that come into the first half of the return airway instead of the face's end."""
    heading: float = 0.9
    heading_cut: float = 0.7
    heading_volume: float = 200.0
    """Air that the duct's jet stirs at the heading's face, m³."""
    local_fan: float = 6.0
    """Air at the end of the duct, m³/s."""
    corner: float = 1.7
    """How much richer the return corner is in gob gas than the mixed return."""
    intake: float = 0.15
    """Into the intake airway (belt, coal)."""
    cut_ge: tuple[float, float] = (1.5, 1.0)
    """Where the mine's own certified system cuts power: at face or heading face, and in their return, %CH4 (Table 19)."""


@dataclass(frozen=True, slots=True)
class Rota:
    """Three shifts of 8 h from local midnight; hours are local time, UTC plus `offset_h`."""

    offset_h: int = 8
    cutting_shifts: tuple[bool, bool, bool] = (True, False, True)
    """Whether coal is cut in the shift from 0, from 8 and from 16 o'clock; the other one maintains."""
    share: float = 0.55
    """Part of a cutting shift (without its first 30 and last 10 minutes) in which the shearer really cuts."""
    run_s: float = 1500.0
    """Mean length of a run between two stops."""


@dataclass(frozen=True, slots=True)
class Weather:
    """Barometer at the mine's level, hPa, and temperatures, °C."""

    pressure: float = 1078.0
    pressure_sd: float = 6.0
    intake: float = 19.0
    strata: float = 27.0
    wander: float = 0.3
    humidity: float = 84.0


@dataclass(frozen=True, slots=True)
class Preset:
    """One kind of mine. `gas_class` is low, high or outburst; `methane_decimals` is the resolution of its meters."""

    name: str
    gas_class: str
    network: Network = field(default_factory=Network)
    gas: Gas = field(default_factory=Gas)
    rota: Rota = field(default_factory=Rota)
    weather: Weather = field(default_factory=Weather)
    methane_decimals: int = 2


HIGH = Preset("high", "high")
LOW = Preset("low", "low", gas=Gas(0.7, 0.6, 0.5, 0.5, (0.08, 0.08), heading=0.4, heading_cut=0.35, release_volume=1.0))
OUTBURST = replace(HIGH, name="outburst", gas_class="outburst")
SILESIA_LIKE = Preset(
    "silesia-like",
    "high",
    Network(face_wander=0.22, return_wander=0.19, face=1.9, intake_area=11.0, return_area=12.4),
    Gas(
        face=0.6,
        fresh=1.5,
        coal=1.8,
        gob=1.3,
        ribs=(0.75, 1.05),
        wander=0.48,
        breathing=0.3,
        releases_per_day=11.0,
        release_volume=28.0,
        released_beyond=0.75,
        intake=0.02,
        cut_ge=(1.5, 1.5),
    ),
    Rota(offset_h=1, share=0.25, run_s=1200.0),
    Weather(pressure=1105.6, pressure_sd=7.6, strata=28.6, humidity=69.0, wander=0.6),
    methane_decimals=1,
)

PRESETS: dict[str, Preset] = {preset.name: preset for preset in (HIGH, LOW, OUTBURST, SILESIA_LIKE)}


def find_preset(name: str) -> Preset:
    """The preset of that name, or BadConfig."""
    if name not in PRESETS:
        raise BadConfig("preset", name, ", ".join(PRESETS))
    return PRESETS[name]
