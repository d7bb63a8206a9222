"""What the agent is made of is not looked through for garbage again and again: a full collection stops every decision."""

import gc

from edge_agent.process import settle_memory


def test_what_stands_is_left_alone_by_collections_and_what_comes_after_is_not() -> None:
    try:
        stood = [object() for _ in range(3)], {"limits": []}
        settle_memory()
        after = [[]]

        tracked = {id(one) for one in gc.get_objects()}
        assert id(stood) not in tracked
        assert id(stood[1]) not in tracked
        assert id(after) in tracked
    finally:
        gc.unfreeze()
