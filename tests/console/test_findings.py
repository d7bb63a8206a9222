"""The models' findings for people: shown in both languages with reason and advice, marked and forwarded by name, no alarm touched."""

import httpx
import pytest

from contracts.clock import MINUTE
from contracts.payload import Finding
from models.words import WORDS, told
from store.records import audit, findings
from tests.console.apps import app_of
from tests.console.web_pit import NOON, Pit

SAID = {"name": "王工", "words": "现场核对, 风筒脱节"}


@pytest.fixture
def pit() -> Pit:
    pit = Pit()
    pit.hear()
    with pit.records.begin() as db:
        for kind, subject, ended in (("gas_accumulation", "1302", 0), ("frozen", "T13", NOON - MINUTE)):
            finding = Finding(kind, subject, ["T13"], NOON - 5 * MINUTE, NOON, ended, 0.8, NOON, "3@abcd", {"T13": 1.4})
            findings.take(db, "north", "north/gw1", finding, NOON)
    return pit


def client(pit: Pit) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app_of(pit.plant)), base_url="http://davy.test")


async def test_the_list_says_what_where_since_when_how_sure_and_what_to_check(pit: Pit) -> None:
    async with client(pit) as web:
        newest, older = (await web.get("/api/v1/findings", params={"mine": "north"})).json()["items"]
        standing = (await web.get("/api/v1/findings", params={"standing": True})).json()["items"]

    assert (newest["kind"], newest["ended_us"]) == ("frozen", NOON - MINUTE)
    assert older["title"]["zh"] == WORDS["gas_accumulation"].seen[0]
    assert older["points"] == [
        {"point": "T13", "place": {"zh": "1302局部通风机前", "en": "Before the local fan, heading 1302"}, "part": 1.4}
    ]
    assert older["sure"] == 0.8
    assert [one["id"] for one in standing] == [older["id"]]


async def test_a_page_of_findings_ends_and_the_next_begins_there(pit: Pit) -> None:
    async with client(pit) as web:
        first = (await web.get("/api/v1/findings", params={"limit": 1})).json()
        rest = (await web.get("/api/v1/findings", params={"limit": 1, "after": first["next"]})).json()

    assert [page["items"][0]["kind"] for page in (first, rest)] == ["frozen", "gas_accumulation"]
    assert rest["next"] is None


async def test_a_mark_is_kept_with_its_name_audited_and_becomes_a_label(pit: Pit) -> None:
    async with client(pit) as web:
        await web.post("/api/v1/findings/1/mark", json=SAID | {"mark": "nonsense"})
        marked = (await web.post("/api/v1/findings/1/mark", json=SAID | {"mark": "true"})).json()
        active = (await web.get("/api/v1/alarms")).json()["items"]

    assert marked["mark"] == "true"
    assert [(said["mark"], said["name"]) for said in marked["remarks"]] == [("nonsense", "王工"), ("true", "王工")]
    with pit.records.read() as db:
        assert [(row.id, row.mark) for row in findings.labels(db, "north")] == [(1, "true")]
        last = audit.head(db)
    assert last is not None
    assert (last.kind, last.actor) == ("finding.marked", audit.pseudonym("王工"))
    assert active == []


async def test_an_engineer_forwards_a_finding_once(pit: Pit) -> None:
    async with client(pit) as web:
        first = await web.post("/api/v1/findings/1/forward", json=SAID)
        second = await web.post("/api/v1/findings/1/forward", json=SAID)

    assert first.json()["forwarded"] is True
    assert second.status_code == 409
    assert "王工" in second.json()["error"]["allowed"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/api/v1/findings/99/mark", SAID | {"mark": "true"}, 404),
        ("/api/v1/findings/x/mark", SAID | {"mark": "true"}, 404),
        ("/api/v1/findings/1/mark", SAID | {"mark": "perhaps"}, 422),
        ("/api/v1/findings/1/mark", {"name": " ", "words": "x", "mark": "true"}, 422),
    ],
)
async def test_what_cannot_be_marked_is_refused_with_what_is_allowed(pit: Pit, path: str, body: dict[str, str], status: int) -> None:
    async with client(pit) as web:
        answer = await web.post(path, json=body)

    assert answer.status_code == status
    assert answer.json()["error"]["allowed"]


async def test_another_sites_page_cannot_mark(pit: Pit) -> None:
    async with client(pit) as web:
        answer = await web.post("/api/v1/findings/1/mark", json=SAID | {"mark": "true"}, headers={"origin": "http://evil.example"})

    assert answer.status_code == 403


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_the_mine_page_shows_what_stands_and_says_that_it_is_advice(pit: Pit, lang: str) -> None:
    async with client(pit) as web:
        mine = (await web.get("/mines/north", params={"lang": lang})).text
        every = (await web.get("/findings", params={"lang": lang})).text

    words = told("gas_accumulation")
    for text in (*words.seen, *words.check):
        assert (text in mine) == (text in (words.seen[lang == "en"], words.check[lang == "en"]))
    assert ("never an official alarm" if lang == "en" else "不是官方报警") in mine
    assert told("frozen").seen[lang == "en"] in every
    assert told("frozen").seen[lang == "en"] not in mine


def test_a_kind_without_words_is_named_as_it_is() -> None:
    assert told("new_kind").seen == ("模型发现: new_kind", "finding: new_kind")
