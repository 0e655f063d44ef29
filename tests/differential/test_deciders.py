"""Two independently written deciders agree on random problems, and on every problem kept.

`make differential` runs 100,000 problems; this is a slice of the same stream.  The files in
`disagreements` are the shrunk problems on which the two once differed, named after the fact.
"""

from __future__ import annotations

import json
from fractions import Fraction as F
from pathlib import Path

import pytest

from tests.differential import empirical, integral, run
from tests.differential.polynomials import mul, nonnegative
from tests.integral_reference import instances
from tests.integral_reference import problem_object as integral_object
from tests.reference import instance, instance_names, problem_object

KEPT = sorted((Path(__file__).parent / "disagreements").glob("*.json"))
VERDICTS = {"global_minimum", "local_minimum", "not_stationary", "saddle"}
SLICE = {"empirical": (400, 5), "integral": (100, 3)}  # problems in a test, tests


@pytest.mark.parametrize(
    ("loss", "number"), [(loss, k) for loss, (_, count) in SLICE.items() for k in range(count)]
)
def test_the_deciders_agree(loss: str, number: int) -> None:
    size = SLICE[loss][0]
    counts, wrong = run.chunk(loss, 1, range(size * number, size * (number + 1)))
    assert not wrong
    assert sum(counts.values()) == size
    assert set(counts) >= VERDICTS, "the stream meets every verdict often"


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_the_deciders_agree_where_they_once_did_not(path: Path) -> None:
    kept = json.loads(path.read_text())
    assert run.compared(kept["loss"]["kind"], kept, {}) == []


@pytest.mark.parametrize("name", instance_names())
def test_the_slow_decider_gives_the_reference_answers(name: str) -> None:
    entry, truth = instance(name), empirical.decide(empirical.read(problem_object(name)))
    assert truth.loss == F(entry["L"])
    assert truth.directional == entry["d_stationary"]
    assert truth.clarke == entry.get("clarke_stationary", truth.clarke)
    if truth.directional and "escape_neurons" in entry:
        assert list(truth.escape or ()) == entry["escape_neurons"]
    if truth.minimum is not None and entry["verdict"].startswith(("LOCAL_MIN", "NOT_LOCAL_MIN")):
        assert truth.minimum == entry["verdict"].startswith("LOCAL_MIN")


@pytest.mark.parametrize(
    "name", [name for name, entry in instances().items() if entry["activation"] != "leaky"]
)
def test_the_slow_decider_gives_the_reference_answers_of_the_integral_loss(name: str) -> None:
    entry, truth = (
        instances()[name],
        integral.decide(integral.read(integral_object(instances()[name]))),
    )
    assert truth.loss == F(entry["loss"])
    if "inertia" in entry and truth.inertia is not None:
        assert list(truth.inertia) == entry["inertia"]
    notions = entry.get("notions", {})
    for key, value in (
        ("differentiable", truth.differentiable),
        ("classical", truth.classical),
        ("d_stationary", truth.directional),
        ("clarke", truth.clarke),
        ("coordinatewise", truth.coordinatewise),
        ("right_partials_zero", truth.right_partials),
    ):
        assert notions.get(key, value) == value


def test_a_wrong_verdict_is_seen_and_shrunk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison is tried on a decider made to err: every kink counts as smooth."""
    from tests.differential import empirical_compare

    def smooth(point: empirical.Point) -> empirical.Verdicts:
        truth = empirical.decide(point)
        return empirical.Verdicts(
            truth.loss, True, truth.directional, truth.clarke, truth.escape,
            truth.global_minimum, truth.minimum, truth.dimension_of_directions,
        )  # fmt: skip

    monkeypatch.setattr(empirical_compare, "decide", smooth)
    wrong = run.chunk("empirical", 1, range(200))[1]
    assert wrong and all("differentiable" in text for _, texts in wrong for text in texts)
    problem = run.LOSSES["empirical"][0](1, wrong[0][0])
    small = run.shrunk(problem, lambda candidate: bool(run.compared("empirical", candidate, {})))
    assert len(json.dumps(small)) < len(json.dumps(problem))
    assert len(small["network"]["w"]) == len(small["loss"]["x"]) == 1


@pytest.mark.parametrize(
    ("roots", "holds"),
    [
        ([], True),
        ([F(1, 2), F(1, 2)], True),
        ([F(1, 2)], False),
        ([F(0)], True),
        ([F(0), F(1, 10**9)], False),
        ([F(1, 3), F(1, 3), F(1, 3)], False),
        ([F(1, 3), F(1, 3), F(2, 3), F(2, 3)], True),
        ([F(-1)], True),
        ([F(0), F(0), F(1, 2), F(1, 2)], True),
    ],
)
def test_signs_of_polynomials_on_an_interval(roots: list[F], holds: bool) -> None:
    p = [F(1)]
    for root in roots:
        p = mul(p, [-root, F(1)])
    assert nonnegative(p, F(0), F(1)) == holds
