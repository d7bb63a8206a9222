"""The demo's fleet: its mines are registered, and the programme that comes with the product is loaded. No notice: none was published."""

from collections.abc import Sequence

from console.fleet import registering, registers
from console.fleet.registering import Deed
from fleet.bodies import Profile
from sim_sensors.config import DeviceSettings
from store.records.engine import Records

GAS_CLASS = {"high": "high", "low": "low"}
"""By the simulated mine's preset; a replay states none."""


def demo_fleet(records: Records, devices: Sequence[DeviceSettings], now: int) -> None:
    """Twice changes nothing."""
    deed = Deed("demo", now)
    with records.begin() as db:
        known = registers.profiles(db)
        for one in devices:
            if one.name not in known:
                gas = GAS_CLASS.get(one.preset, "") if one.kind == "mine" else ""
                registering.enter_profile(db, Profile(mine=one.name, name_zh=one.mine_zh, name_en=one.mine_en, gas_class=gas), deed)
        registering.load_series(db, deed)
