"""The models put beside an agent: how they come, what they do, and what they say of themselves."""

from collections.abc import Callable

import msgspec

from edge_agent.advice.advisor import advise
from edge_agent.advice.kept import KeptBundles
from edge_agent.advice.orders import Incoming, models_handler
from edge_agent.advice.standing import Standing
from edge_agent.advice.word import ModelsWord
from edge_agent.agent import Agent
from edge_agent.care.commands import Handler
from models.bundle import Bundle


def put_beside(agent: Agent, kept: KeptBundles, bundle: Bundle | None, again: Callable[[], None]) -> Handler:
    """The handler of the command `models`. `again` is called when the agent is to be started anew, with another bundle."""
    advisor = advise(agent, bundle, Standing(kept.folder / "standing.json")) if bundle is not None else None
    signer = bundle.seal.signer if bundle is not None else ""

    def word() -> ModelsWord:
        said = advisor.said() if advisor is not None else ModelsWord()
        return msgspec.structs.replace(said, since=kept.since if bundle else 0, signer=signer, kept=kept.numbers, refused=kept.why)

    agent.models = word
    agent.beside.append(Incoming(kept, again).run)
    return models_handler(kept, again)
