"""Solvers of nonlinear real arithmetic agree with every verdict on tiny instances they decide."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction as F

import pytest

from exactland.landscape.analyze import analyze
from exactland.problem.files import problem_from_json
from tests.differential import empirical_stream, smt
from tests.differential.empirical import Point, read

INSTANCES = 60
MOST_PARAMETERS = 5


def tiny(count: int) -> list[tuple[dict[str, object], Point]]:
    """The first problems of the stream with few parameters, few data and rational numbers."""
    found: list[tuple[dict[str, object], Point]] = []
    index = 0
    while len(found) < count:
        problem, index = empirical_stream.problem(1, index), index + 1
        if "field" in problem:
            continue
        point = read(problem)
        parameters = sum(map(len, point.w)) + sum(map(len, point.h)) + len(point.c or ())
        longest = max(len(text) for row in problem["network"]["w"] for text in row)
        # Residuals of zero settle everything at once.
        if parameters <= MOST_PARAMETERS and len(point.x) <= 4 and longest < 6 and point.loss:
            found.append((problem, point))
    return found


SOLVERS = [
    pytest.param(
        name, marks=pytest.mark.needs(name, checks=f"that {name} agrees on tiny instances")
    )
    for name in smt.ANSWERS
]


@pytest.mark.slow
@pytest.mark.parametrize("solver", SOLVERS)
def test_the_solver_agrees_on_all_it_decides(solver: str) -> None:
    answer, decided = smt.ANSWERS[solver], Counter[str]()
    for problem, point in tiny(INSTANCES):
        shown = analyze(problem_from_json(problem)).to_json()
        verdict = shown["verdict"]
        descents = [answer(smt.descends(point, i)) for i in range(len(point.w))]
        decided.update(f"descent {found}" for found in descents)
        if shown["stationary"]["directional"]:
            assert "sat" not in descents, problem
        elif point.smooth_part_vanishes():
            assert "sat" in descents or "unknown" in descents, problem
        radius = F(shown.get("radius", "1/1000"))
        found = answer(smt.lower_within(point, radius))
        decided[f"{verdict} {found}"] += 1
        if verdict in ("global_minimum", "local_minimum"):
            # A minimum without a radius claims only that there is one.
            assert found != "sat" or ("radius" not in shown and verdict != "global_minimum"), (
                problem
            )
        elif verdict in ("saddle", "not_stationary"):
            assert found != "unsat", problem
    # It is not vacuous: the solver decides most of them, both ways.
    assert decided["local_minimum unsat"] > 3, decided
    assert decided["not_stationary sat"] > 3, decided
    assert decided["descent sat"] > 3 and decided["descent unsat"] > 20, decided
