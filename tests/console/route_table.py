"""Every route of the console and what it asks of whoever calls it. A new route is added here, or test_every_route.py fails."""

import re
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from console.web.access import Right

SAID = {"name": "x", "words": "y"}
AT = {"mine": "north", "point": "T01"}
SAID_FACE = {"name": "x", "id": "1301", "kind": "face", "name_zh": "y", "name_en": "y", "valid_from": "2026-01-01"}
SAID_FACT = {"name": "x", "fact": "upgrade_done", "value": 1, "valid_from": "2026-01-01", "valid_to": "2027-01-01", "document": "0" * 64}
SAID_FACT |= {"document_name": "y"}
SAID_NOTICE = {"name": "x", "level": "primary", "notice_date": "2026-01-01", "authority": "y", "document": "z"}
SAID_PRESS = {"name": "x", "id": "x", "confidence": "seen"}
ONE_SHIFT = [{"zh": "早", "en": "one", "start": "06:00"}]


@dataclass(frozen=True)
class Rule:
    """`right`: what it needs beside looking (`also`: or this). `query`: of a call about one mine (`{mine}` is put in), as is `body`'s
    `mine`. `public`: also without signing in. `statuses`: what whoever may is answered."""

    right: Right | None = None
    also: Right | None = None
    body: dict[str, Any] | None = None
    query: str = ""
    public: bool = False
    form: dict[str, str] | None = None
    statuses: frozenset[int] = field(default=frozenset({200}))


LOOK = Rule()
OF_MINE = Rule(query="mine={mine}")
INSIDE = Rule(query="mine={mine}", statuses=frozenset({200, 404}))
"""What a mine keeps to itself: for who is not of it, it does not exist."""
DONE = frozenset({200, 201, 204, 409, 422})
ELSEWHERE = Rule(statuses=frozenset({404}))

TABLE: dict[str, Rule] = {
    # the door
    "GET /sign-in": Rule(public=True),
    "POST /sign-in": Rule(public=True, form={"login": "nobody", "password": "nothing"}, statuses=frozenset({401, 429})),
    "GET /sign-in/oidc": Rule(public=True, statuses=frozenset({404})),
    "GET /sign-in/oidc/back": Rule(public=True, statuses=frozenset({404})),
    "POST /sign-out": Rule(form={}, statuses=frozenset({303})),
    "GET /me": LOOK,
    "POST /me/password": Rule(form={}, statuses=frozenset({401, 422, 429})),
    "POST /me/language": Rule(form={"lang": "zh"}, statuses=frozenset({303})),
    "GET /api/v1/session": Rule(public=True),
    "POST /api/v1/session": Rule(public=True, body={"login": "nobody", "password": "nothing"}, statuses=frozenset({401, 429})),
    "POST /api/v1/session/end": Rule(public=True, body={}, statuses=frozenset({204})),
    "POST /api/v1/session/password": Rule(public=True, body={"old": "x", "new": "yyyyyyyyyyyy"}, statuses=frozenset({401, 429})),
    "GET /healthz": Rule(public=True),
    "GET /api/v1/openapi.json": LOOK,
    # mines and points
    "GET /": LOOK,
    "GET /mines/{mine}": LOOK,
    "GET /mines/{mine}/points/{point}": LOOK,
    "GET /api/v1/mines": LOOK,
    "GET /api/v1/mines/{mine}/points": LOOK,
    "GET /api/v1/mines/{mine}/points/{point}": LOOK,
    "GET /api/v1/mines/{mine}/points/{point}/series": LOOK,
    "GET /api/v1/mines/{mine}/sparklines": Rule(query="points=T01"),
    "GET /find": Rule(query="q=T01"),
    "GET /mines/{mine}/drainage": LOOK,
    "GET /api/v1/id/{identifier:path}": LOOK,
    "GET /api/v1/search": Rule(query="q=T01"),
    "GET /api/v1/mines/{mine}/points.csv": LOOK,
    "GET /api/v1/mines/{mine}/drainage": LOOK,
    # alarms
    "GET /alarms": OF_MINE,
    "GET /alarms/{alarm}": LOOK,
    "GET /api/v1/alarms": OF_MINE,
    "GET /api/v1/alarms/current": OF_MINE,
    "GET /api/v1/alarms/{alarm}": LOOK,
    "POST /api/v1/alarms/{alarm}/acknowledge": Rule(Right.ACKNOWLEDGE, body=SAID, statuses=DONE),
    "POST /api/v1/alarms/{alarm}/shelve": Rule(Right.SHELVE, body=SAID | {"minutes": 5}, statuses=DONE),
    "POST /api/v1/alarms/{alarm}/unshelve": Rule(Right.SHELVE, body=SAID, statuses=DONE),
    "GET /api/v1/mines/{mine}/points/{point}/service": LOOK,
    "POST /api/v1/mines/{mine}/points/{point}/service": Rule(
        Right.SERVICE, body=SAID | {"rule": "limit.alarm", "out": True}, statuses=DONE
    ),
    "GET /locktests": LOOK,
    "GET /api/v1/locktests": OF_MINE,
    "GET /recipients": LOOK,
    "GET /api/v1/recipients": LOOK,
    "GET /api/v1/routing": LOOK,
    "POST /api/v1/recipients/{name:path}/test": Rule(Right.ADMIN, body={}, statuses=DONE),
    "GET /health": OF_MINE,
    "GET /api/v1/alarm-health": OF_MINE,
    # drills
    "GET /drills": OF_MINE,
    "GET /api/v1/drills": OF_MINE,
    "GET /api/v1/drills/{drill}": LOOK,
    "POST /api/v1/drills": Rule(Right.DRILL, body=SAID | {"mine": "north", "point": "T01"}, statuses=DONE),
    "POST /api/v1/drills/{drill}/gateway": Rule(Right.DRILL, body={"decided": 1}, statuses=DONE),
    # the mine's answer, the inspector's word, evidence
    "GET /inbox": OF_MINE,
    "GET /inspect": OF_MINE,
    "GET /api/v1/inbox": OF_MINE,
    "GET /api/v1/referrals": OF_MINE,
    "GET /api/v1/alarms/{alarm}/handling": LOOK,
    "POST /api/v1/alarms/{alarm}/answer": Rule(Right.ANSWER, body={"name": "x", "cause": "real"}, statuses=DONE),
    "POST /api/v1/alarms/{alarm}/close": Rule(Right.CLOSE, body=SAID | {"version": 0}, statuses=DONE),
    "POST /api/v1/alarms/{alarm}/return": Rule(Right.CLOSE, body=SAID | {"version": 0}, statuses=DONE),
    "POST /api/v1/alarms/{alarm}/evidence": Rule(Right.ANSWER, Right.CLOSE, {"name": "x"}, statuses=DONE | {503}),
    "GET /api/v1/alarms/{alarm}/evidence": LOOK,
    "GET /api/v1/alarms/{alarm}/evidence/{number}": LOOK,
    "GET /api/v1/evidence/key": LOOK,
    # findings
    "GET /findings": OF_MINE,
    "GET /api/v1/findings": OF_MINE,
    "POST /api/v1/findings/{finding}/mark": Rule(Right.MARK, body=SAID | {"mark": "true"}, statuses=DONE),
    "POST /api/v1/findings/{finding}/forward": Rule(Right.MARK, body=SAID, statuses=DONE),
    # the control room's duty, and reports
    "GET /wall": OF_MINE,
    "GET /log": INSIDE,
    "GET /handover": INSIDE,
    "GET /reports": OF_MINE,
    "GET /reports/{kind}/{mine}/{day}": INSIDE,
    "GET /api/v1/log": INSIDE,
    "POST /api/v1/log": Rule(Right.LOG, body=SAID | {"mine": "north", "kind": "note"}, statuses=DONE),
    "GET /api/v1/mines/{mine}/shifts": INSIDE,
    "POST /api/v1/mines/{mine}/shifts": Rule(
        Right.REVIEW, body={"name": "x", "shifts": [{"zh": "早", "en": "one", "start": "06:00"}]}, statuses=DONE
    ),
    "GET /api/v1/handovers": INSIDE,
    "POST /api/v1/mines/{mine}/handovers": Rule(Right.LOG, body=SAID, statuses=DONE),
    "POST /api/v1/handovers/{handover}/take": Rule(Right.LOG, body=SAID | {"hash": "0" * 64}, statuses=DONE),
    "POST /api/v1/wall/{alarm}/acknowledge": Rule(Right.ACKNOWLEDGE, body=SAID, statuses=DONE),
    "POST /api/v1/wall/{alarm}/report": Rule(Right.LOG, body=SAID, statuses=DONE),
    "GET /api/v1/reports": OF_MINE,
    "GET /api/v1/reports/{kind}/{mine}/{day}": INSIDE,
    "GET /api/v1/reports/{kind}/{mine}/{day}/file": Rule(query="format=csv", statuses=frozenset({200, 404})),
    "POST /api/v1/reports/{kind}/{mine}/{day}/versions": Rule(Right.LOG, body={"name": "x", "reason": "y"}, statuses=DONE),
    "POST /api/v1/reports/{kind}/{mine}/{day}/reviews": Rule(
        Right.REVIEW, body=SAID | {"version": 1, "hash": "0" * 64, "office": "mine_manager"}, statuses=DONE | {403}
    ),
    # the fleet: what people see of it
    "GET /fleet": LOOK,
    "GET /fleet/mines": LOOK,
    "GET /fleet/mines/{mine}": LOOK,
    "GET /fleet/compare": LOOK,
    "GET /fleet/audit": LOOK,
    "GET /fleet/log/{n}": LOOK,
    "GET /api/v1/fleet/export": Rule(Right.AUDIT, statuses=frozenset({200, 403, 409})),
    "GET /api/v1/fleet/heads": LOOK,
    "POST /api/v1/fleet/heads": Rule(Right.AUDIT, body={}, statuses=DONE | {403}),
    "GET /api/v1/fleet/key": LOOK,
    "GET /api/v1/fleet": LOOK,
    "GET /api/v1/fleet/mines": LOOK,
    "GET /api/v1/fleet/mines/{mine}": LOOK,
    "GET /api/v1/fleet/mines/{mine}/facts": LOOK,
    "GET /api/v1/fleet/mines/{mine}/facts/today": LOOK,
    "GET /api/v1/fleet/packs": LOOK,
    "GET /api/v1/fleet/compare": Rule(query="a=shanxi-2025&b=shanxi-2023"),
    "GET /api/v1/fleet/sample": Rule(query="seed=x"),
    "GET /api/v1/fleet/log": OF_MINE,
    "GET /api/v1/fleet/log/{n}": LOOK,
    "GET /api/v1/fleet/report": Rule(query="format=csv&mine={mine}"),
    # the fleet: what people enter
    "GET /api/v1/fleet/profiles": LOOK,
    "POST /api/v1/fleet/profiles": Rule(Right.ASSESS, body={"name": "x", "mine": "north", "name_zh": "y", "name_en": "y"}, statuses=DONE),
    "GET /api/v1/fleet/mines/{mine}/workplaces": LOOK,
    "POST /api/v1/fleet/mines/{mine}/workplaces": Rule(Right.DECLARE, body=SAID_FACE, statuses=DONE),
    "GET /api/v1/fleet/mines/{mine}/declared": LOOK,
    "POST /api/v1/fleet/mines/{mine}/declared": Rule(Right.DECLARE, body=SAID_FACT, statuses=DONE),
    "GET /api/v1/fleet/mines/{mine}/stages": LOOK,
    "POST /api/v1/fleet/mines/{mine}/stages": Rule(
        Right.DECLARE, Right.ASSESS, {"name": "x", "project": "p", "step": "application", "date": "2026-01-01"}, statuses=DONE
    ),
    "GET /api/v1/fleet/assessments": OF_MINE,
    "POST /api/v1/fleet/assessments": Rule(Right.ASSESS, body=SAID_NOTICE | {"mine": "north"}, statuses=DONE),
    "POST /api/v1/fleet/assessments/list": Rule(Right.ASSESS, body={"name": "x", "file": "x.csv", "content_base64": ""}, statuses=DONE),
    "GET /api/v1/fleet/series": LOOK,
    "POST /api/v1/fleet/series/load": Rule(Right.ASSESS, body={"name": "x"}, statuses=DONE),
    "POST /api/v1/fleet/series/reported": Rule(
        Right.ASSESS, body=SAID_PRESS | {"date": "2026-01", "total": 1, "where": "z"}, statuses=DONE
    ),
    "POST /api/v1/fleet/series/targets": Rule(
        Right.ASSESS, body=SAID_PRESS | {"year": 2030, "kind": "scope", "source": "z"}, statuses=DONE
    ),
    # permits, calibration, monitoring by hand
    "GET /permits": OF_MINE,
    "GET /calibration": OF_MINE,
    "GET /api/v1/permits": OF_MINE,
    "GET /api/v1/permits/count": OF_MINE,
    "GET /api/v1/permits/{permit}": LOOK,
    "POST /api/v1/permits": Rule(Right.PERMIT, body=SAID | {"mine": "north", "points": ["T01"]}, statuses=DONE),
    "POST /api/v1/permits/{permit}/open": Rule(Right.PERMIT, body={"name": "x", "caller": "y", "reason": "z"}, statuses=DONE),
    "POST /api/v1/permits/{permit}/extend": Rule(Right.PERMIT, body=SAID | {"minutes": 5}, statuses=DONE),
    "POST /api/v1/permits/{permit}/close": Rule(Right.PERMIT, body=SAID, statuses=DONE),
    "POST /api/v1/permits/{permit}/cancel": Rule(Right.PERMIT, body=SAID, statuses=DONE),
    "GET /api/v1/calibrations": OF_MINE,
    "POST /api/v1/calibrations": Rule(Right.PERMIT, body=SAID | AT, statuses=DONE),
    "POST /api/v1/calibrations/periods": Rule(Right.PERMIT, body=AT | {"name": "x", "kind": "laser"}, statuses=DONE),
    "GET /api/v1/comparisons": OF_MINE,
    "POST /api/v1/comparisons": Rule(Right.PERMIT, body=AT | {"name": "x", "portable": 0.3, "instrument": "i"}, statuses=DONE),
    "POST /api/v1/comparisons/{comparison}/mended": Rule(Right.PERMIT, body=SAID, statuses=DONE),
    "GET /api/v1/manual": OF_MINE,
    "GET /api/v1/mines/{mine}/points/{point}/manual": LOOK,
    "POST /api/v1/manual": Rule(Right.PERMIT, body=SAID | AT, statuses=DONE),
    "POST /api/v1/manual/{task}/readings": Rule(Right.PERMIT, body={"name": "x", "value": 0.3, "instrument": "i"}, statuses=DONE),
    "POST /api/v1/manual/{task}/close": Rule(Right.PERMIT, body=SAID, statuses=DONE),
    # delivery and the store
    "GET /receipts": LOOK,
    # the story of the demo: where no demo runs there is none, for nobody
    "GET /story": ELSEWHERE,
    "GET /api/v1/story": ELSEWHERE,
    "POST /story": Rule(form={"asked": "pause"}, statuses=frozenset({404})),
    "GET /api/v1/gaps": OF_MINE,
    "GET /api/v1/deadletters": Rule(query="gateway={mine}/gw1"),
    "POST /api/v1/deadletters/{letter}/replay": Rule(Right.ADMIN, body={}, statuses=DONE),
    "POST /api/v1/store/backup": Rule(Right.ADMIN, body={}, statuses=DONE),
}
"""By method and path. The stream has a test of its own: it does not end."""
STREAM = "GET /api/v1/stream"


def routes(app: FastAPI) -> dict[str, APIRoute | None]:
    """Every route by method and path."""
    found = {}
    for context in iter_route_contexts(app.routes):
        for method in sorted((context.methods or set()) - {"HEAD"}):
            found[f"{method} {context.path}"] = context
    return found


def call_of(key: str, rule: Rule, ids: dict[str, str], *, query: bool = True) -> tuple[str, str, dict[str, Any]]:
    method, path = key.split(" ", 1)
    url = re.sub(r"\{(\w+)(?::path)?\}", lambda found: ids[found[1]], path)
    if rule.query and query:
        url += "?" + rule.query.format(**ids)
    body = rule.body if rule.body is None or "mine" not in rule.body else rule.body | {"mine": ids["mine"]}
    return method, url, {"json": body} if body is not None else {"data": rule.form} if rule.form is not None else {}
