"""What a centre with pages does for the fleet beside everything else: the night of each mine, and the care of the chain."""

from console.fleet.night import Night
from console.fleet.signing import ChainUpkeep
from console.fleet.steps import STEPS
from console.web.plant import Plant
from ingest.process import Centre
from wire.together import together


async def run_fleet(centre: Centre, plant: Plant) -> None:
    """Until cancelled."""
    night = Night(plant, STEPS)
    centre.intake.statistics.on_done = night.changed
    chain = ChainUpkeep(centre.records, centre.store, centre.seal.secret, centre.clock, centre.intake.attempt)
    await together(night.run(), chain.run())
