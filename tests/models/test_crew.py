"""The detectors of a bundle together: joint scores by area, what is unusual when it lasts, and what is outside what was learned."""

import numpy as np

from contracts.clock import BUILD_TIME, MINUTE, SECOND
from models.base import Frame, Scores
from models.bundle import Contents, make_bundle, read_bundle
from models.crew import LOOK, Crew
from models.drift import Drift, DriftSettings
from models.pca import Pca
from models.places import Spot
from tests.models.cases import POINTS, mine

SPOTS = tuple(Spot(point, "temperature", "face") for point in POINTS)
START = BUILD_TIME + 10_000 * SECOND


def crew(areas: int = 1, *, drift: bool = False) -> Crew:
    known = mine(3000)
    thin = Frame(known.points, known.times[::5], known.values[::5])
    members = {f"area:{at}": (Pca().fit(thin), 1.5) for at in range(areas)}
    if drift:
        members["drift"] = (Drift(DriftSettings(window_s=60)).fit(thin), 1.0)
    contents = Contents("m", 1, 0, "data", "code", {}, [])
    return Crew(read_bundle(make_bundle(contents, members)), SPOTS)


def rows(count: int, shift: float = 0.0) -> Frame:
    known = mine(3000)
    values = known.values[:count].copy()
    values[:, 0] += shift
    return Frame(POINTS, START + np.arange(count) * SECOND, values)


def good(frame: Frame) -> np.ndarray:
    return np.zeros(frame.values.shape, np.uint16)


def test_what_is_unusual_is_told_when_it_lasts_and_ends_when_it_is_calm() -> None:
    one, odd = crew(), rows(200, shift=3.0)

    begun = one.step(odd, good(odd))
    calm = Frame(POINTS, odd.times[-1] + SECOND + rows(600).times - START, rows(600).values)
    ended = one.step(calm, good(calm))

    assert [(found.kind, found.subject, found.ended) for found in begun if found.kind == "unusual"] == [("unusual", "0", None)]
    assert begun[-1].points[0] == "methane"
    assert [point for point, _ in begun[-1].parts] == list(begun[-1].points)
    assert dict(begun[-1].parts)["methane"] == max(part for _, part in begun[-1].parts) > 0
    last = [found for found in ended if found.kind == "unusual"]
    assert [found.since for found in last] == [begun[-1].since]
    assert last[0].ended is not None


def test_what_does_not_last_is_no_finding() -> None:
    one, odd = crew(), rows(MINUTE // SECOND - 10, shift=3.0)

    assert [found for found in one.step(odd, good(odd)) if found.kind == "unusual"] == []


def test_outside_of_what_was_learned_is_told_as_that_and_not_as_unusual() -> None:
    one, far = crew(drift=True), rows(400, shift=300.0)

    kinds = {found.kind for found in one.step(far, good(far))}

    assert "outside_training" in kinds
    assert "unusual" not in kinds


def test_without_readings_a_score_is_unknown_and_never_zero() -> None:
    one, silent = crew(), rows(60)
    silent.values[:] = np.nan

    one.step(silent, good(silent))

    assert np.isnan(list(one.scores.values())).all()


def test_areas_take_turns_and_each_is_looked_at_as_often_as_if_it_were_alone(monkeypatch) -> None:
    one, looked = crew(10), []
    for area in one._areas:
        score = area.detector.score

        def counted(frame: Frame, area=area, score=score) -> Scores:
            looked.append((int(frame.times[0]), area.name))
            return score(frame)

        monkeypatch.setattr(area.detector, "score", counted)
    frame = rows(61)

    one.step(frame, good(frame))

    after = [time for time, _ in looked if time > START + LOOK]
    assert max(after.count(time) for time in set(after)) == 2
    assert {sum(name == area.name for _, name in looked) for area in one._areas} <= {12, 13}
