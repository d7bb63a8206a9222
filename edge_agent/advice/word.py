"""What the models of a gateway say of themselves."""

import msgspec


class ModelsWord(msgspec.Struct):
    """`use`: number@digest (empty: none); `since`: in use since, µs UTC; `kept`: numbers on disk; `refused`: why the last bundle was
    refused or could not be used. Since the start: `cycles` scored in `total_s`, `failed` of them with `failure` the last (empty: well
    again); `last_ms` and `p99_ms` of the last 600. `standing`: findings that have not ended."""

    use: str = ""
    detectors: int = 0
    since: int = 0
    signer: str = ""
    kept: list[int] = []
    refused: str = ""
    cycles: int = 0
    total_s: float = 0.0
    failed: int = 0
    failure: str = ""
    last_ms: float = 0.0
    p99_ms: float = 0.0
    standing: int = 0
