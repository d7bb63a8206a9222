"""What a request brings: the watch, a span of time, a language."""

from typing import Annotated

from fastapi import Depends, Query, Request

from console.web.access import Viewing
from console.web.refusals import Refused
from console.web.sessions import Sessions
from console.web.watch import Watch, seen_by
from console.web.words import COOKIE, pick_language
from contracts.clock import DAY, from_iso


async def watch_of(request: Request, viewer: Viewing) -> Watch:
    """What this person may see of the plant."""
    watch: Watch = request.app.state.watch
    return seen_by(watch, viewer)


async def door_of(request: Request) -> Sessions:
    door: Sessions = request.app.state.sessions
    return door


async def language_of(request: Request) -> str:
    return pick_language(request.query_params.get("lang"), request.cookies.get(COOKIE))


Watched = Annotated[Watch, Depends(watch_of)]
Doorway = Annotated[Sessions, Depends(door_of)]
Language = Annotated[str, Depends(language_of)]
Moment = Annotated[str | None, Query(description="µs since 1970 UTC, or ISO-8601", examples=["2026-11-24T08:00:00Z"])]


def moment(place: str, value: str | None, default: int) -> int:
    """µs UTC of a query parameter: an integer of µs or an ISO-8601 stamp; `default` where it is absent."""
    if value is None:
        return default
    try:
        micros = int(value) if value.lstrip("-").isdigit() else from_iso(value)
    except ValueError as error:
        raise Refused(422, place, value[:80], "µs since 1970 (UTC), or ISO-8601 such as 2026-11-24T08:00:00Z") from error
    if not 0 <= micros < 1 << 60:
        raise Refused(422, place, value[:80], "a time after 1970 in µs")
    return micros


def span(start: str | None, end: str | None, now: int, usual: int, longest: int) -> tuple[int, int]:
    """[start, end) of two query parameters; the last `usual` µs where they are absent."""
    until = moment("query.end", end, now)
    since = moment("query.start", start, until - usual)
    if since >= until:
        raise Refused(422, "query.start", since, f"a time before query.end ({until})")
    if until - since > longest:
        raise Refused(422, "query.start", since, f"at most {longest // DAY} days before query.end")
    return since, until
