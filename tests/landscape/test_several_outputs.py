"""Local minima with several outputs: blocks, second order, reduced rank, against slow searches."""

from __future__ import annotations

from copy import deepcopy
from fractions import Fraction as F
from typing import Any

import pytest
from flint import fmpq

from exactland.certificates.produce import certify
from exactland.landscape.analysis import Analysis, analyze_empirical
from exactland.landscape.outcomes import BlockwiseMinimum, NotLocalMinimum
from tests.oracle import Oracle
from tests.reference import empirical_problem, problem_object
from tests.stationary_points import lower_nearby, stationary_point

FAMILIES = [(2, 2, False), (2, 2, True), (3, 2, True), (3, 3, False), (4, 2, True)]
"""(dimension, outputs, loose)."""


def analysis_of(problem: dict[str, Any]) -> Analysis:
    return analyze_empirical(empirical_problem(problem))


def minimum_of(problem: dict[str, Any]) -> BlockwiseMinimum:
    found = analysis_of(problem).minimality
    assert isinstance(found, BlockwiseMinimum), found
    return found


def direct_sum(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Two problems with inputs e_1, e_2, ... side by side, each neuron dead on the other's data."""

    def wide(rows: list[list[str]], before: str, zeros: int, left: bool) -> list[list[str]]:
        return [([*row, *[before] * zeros] if left else [*[before] * zeros, *row]) for row in rows]

    result = deepcopy(first)
    sizes = [len(part["loss"]["x"][0]) for part in (first, second)]
    for place, key, fill in (("network", "w", "-1"), ("loss", "x", "0")):
        result[place][key] = wide(first[place][key], fill, sizes[1], True) + wide(
            second[place][key], fill, sizes[0], False
        )
    result["loss"]["y"] = first["loss"]["y"] + second["loss"]["y"]
    result["network"]["v"] = [
        [*a, *b] for a, b in zip(first["network"]["v"], second["network"]["v"], strict=True)
    ]
    return result


def test_a_rational_type_2_minimum_exists() -> None:
    """An escape neuron at a strict local minimum: the form has only its rescaling as kernel."""
    analysis = analysis_of(problem_object("type2_min"))
    assert (analysis.verdict, analysis.escape_neurons) == ("local_minimum", (0,))
    minimum = minimum_of(problem_object("type2_min"))
    assert minimum.type == "type_2_strict"
    assert minimum.blocks[0].leaves[0].inertia == (0, 1, 3)


def test_equal_singular_values_are_decided_by_eckart_and_young() -> None:
    minimum = minimum_of(problem_object("type2_degenerate"))
    assert minimum.type == "reduced_rank"
    assert minimum.blocks[0].leaves[0].inertia == (0, 2, 2)


def truncated(kept: list[list[str]], left: list[list[str]]) -> dict[str, Any]:
    """Rank 2 for the block matrix diag(kept, left) of size 4: W = (I 0), H = (kept 0)^T."""
    rows = [[*row, "0", "0"] for row in kept] + [["0", "0", *row] for row in left]
    return {
        "format": "exactland-problem/1",
        "network": {
            "activation": {"kind": "identity"},
            "w": [["1", "0", "0", "0"], ["0", "1", "0", "0"]],
            "v": [*kept, ["0", "0"], ["0", "0"]],
        },
        "loss": {
            "kind": "empirical",
            "x": [[str(int(i == j)) for j in range(4)] for i in range(4)],
            "y": [list(column) for column in zip(*rows, strict=True)],
        },
    }


def test_irrational_singular_values_need_no_eigenvalue() -> None:
    """Kept: 2 +- sqrt 2.  Left: t and 0; a minimum exactly for t <= 2 - sqrt 2 = 0.5857..."""
    for left, verdict in (("0.585", "local_minimum"), ("0.586", "saddle")):
        problem = truncated([["1", "1"], ["1", "3"]], [[left, "0"], ["0", "0"]])
        assert analysis_of(problem).verdict == verdict


def test_equal_irrational_singular_values_are_a_minimum() -> None:
    """Kept: sqrt 2 twice.  Left: sqrt 2 twice, then a little more."""
    kept = [["1", "1"], ["1", "-1"]]
    minimum = minimum_of(truncated(kept, kept))
    assert minimum.type == "reduced_rank"
    assert analysis_of(truncated(kept, [["1.001", "1"], ["1", "-1"]])).verdict == "saddle"


SUMS = {
    ("type2_min", "type2_min"): ("local_minimum", "type_2_strict"),
    ("type2_min", "type2_degenerate"): ("local_minimum", "mixed"),
    ("type2_degenerate", "type2_degenerate"): ("local_minimum", "reduced_rank"),
    ("type2_min", "type2_saddle"): ("saddle", None),
    ("type2_degenerate", "type2_min_replicated"): ("saddle", None),
}


@pytest.mark.parametrize(("first", "second"), SUMS)
def test_a_sum_of_blocks_is_a_minimum_if_and_only_if_every_block_is(
    first: str, second: str
) -> None:
    problem = direct_sum(problem_object(first), problem_object(second))
    result = analysis_of(problem).to_json()
    verdict, kind = SUMS[first, second]
    assert (result["verdict"], result.get("minimum_type")) == (verdict, kind)
    if kind is not None:
        assert [len(block["data"]) for block in result["blocks"]] == [2, 2]
    certify(empirical_problem(problem))


@pytest.mark.parametrize("name", ["type2_min", "type2_degenerate"])
def test_copies_of_an_escape_neuron_never_are_a_minimum(name: str) -> None:
    problem = problem_object(name)
    network = problem["network"]
    network["w"] = network["w"] * 2
    network["v"] = [[str(fmpq(1, 2) * fmpq(int(a))) for a in row] * 2 for row in network["v"]]
    analysis = analysis_of(problem)
    assert analysis.verdict == "saddle"
    assert isinstance(analysis.minimality, NotLocalMinimum)


def test_a_dead_neuron_keeps_a_type_2_minimum_and_a_zero_neuron_does_not() -> None:
    problem = problem_object("type2_min")
    problem["network"]["v"] = [[*row, "0"] for row in problem["network"]["v"]]
    for weight, verdict in ((["-1", "-1"], "local_minimum"), (["0", "0"], "saddle")):
        problem["network"]["w"] = [problem["network"]["w"][0], weight]
        assert analysis_of(problem).verdict == verdict


def test_a_neuron_with_two_silent_moves_can_undo_the_second_order() -> None:
    """It is zero up to the third datum, where it adds a product of two moves: any small vector."""
    problem = problem_object("type2_saddle")
    problem["loss"]["x"].append(["16", "-12"])
    problem["loss"]["y"].append(["28/5", "0"])
    assert analysis_of(problem).verdict == "local_minimum"
    network = problem["network"]
    network["w"], network["v"] = [*network["w"], ["-3", "-4"]], [["1", "0"], ["0", "0"]]
    assert analysis_of(problem).verdict != "local_minimum"
    oracle = Oracle(problem)
    for tau in (F(1, 10), F(1, 100)):
        t = tau**2
        weights = [
            [F(4, 5) - F(3, 5) * t, F(3, 5) + F(4, 5) * t],
            [-3 + tau / 25, -4 - 3 * tau / 100],
        ]
        heights = [[F(1), 2 * t], [F(0), F(0)]]
        missing = [
            a - b
            for a, b in zip(oracle.y[2], oracle.predict(oracle.x[2], weights, heights), strict=True)
        ]
        heights[1] = [a / tau for a in missing]
        assert oracle.loss(weights, heights) < oracle.loss()


@pytest.mark.parametrize(("dimension", "outputs", "loose"), FAMILIES)
def test_verdicts_at_random_stationary_points_are_certified_and_not_refuted(
    dimension: int, outputs: int, loose: bool
) -> None:
    """Every certificate is accepted; at claimed minima a search finds nothing lower nearby."""
    seen: dict[str, int] = {}
    for seed in range(45):
        problem = stationary_point(seed, 1 + seed % 4, dimension, outputs, loose)
        analysis = None if problem is None else analysis_of(problem)
        if analysis is None or not analysis.escape_neurons:
            continue
        seen[analysis.verdict] = seen.get(analysis.verdict, 0) + 1
        assert problem is not None
        if isinstance(analysis.minimality, BlockwiseMinimum):
            kinds = {certificate.kind for certificate in certify(analysis.point.problem)}
            assert "local_minimum" in kinds
            assert lower_nearby(problem, seed, 12) is None
    assert seen.get("local_minimum", 0) >= 3
    assert seen.get("undetermined", 0) <= sum(seen.values()) // 5


def test_the_search_finds_lower_points_at_saddles() -> None:
    """So that its silence at minima says something."""
    found = total = 0
    for seed in range(60):
        problem = stationary_point(seed, 2)
        if problem is not None and analysis_of(problem).verdict == "saddle":
            total += 1
            found += lower_nearby(problem, seed) is not None
    assert total >= 5
    assert found >= total // 3


def test_the_order_of_neurons_and_outputs_does_not_matter() -> None:
    for seed in range(40):
        problem = stationary_point(seed, 3, loose=True)
        if problem is None:
            continue
        mirrored = deepcopy(problem)
        mirrored["network"]["w"].reverse()
        mirrored["network"]["v"] = [row[::-1] for row in mirrored["network"]["v"][::-1]]
        mirrored["loss"]["y"] = [row[::-1] for row in mirrored["loss"]["y"]]
        if "c" in mirrored["network"]:
            mirrored["network"]["c"].reverse()
        first, second = analysis_of(problem), analysis_of(mirrored)
        assert first.verdict == second.verdict


@pytest.mark.parametrize(
    ("left", "verdict", "kind"),
    [
        ("1", "local_minimum", "type_2_strict"),
        ("2", "local_minimum", "reduced_rank"),
        ("3", "saddle", None),
    ],
)
def test_the_decision_over_a_number_field(left: str, verdict: str, kind: str | None) -> None:
    """w = (1, 1) / sqrt 2; singular values 2, which is kept, and `left`; all in Q(sqrt 2)."""
    problem = {
        "format": "exactland-problem/1",
        "field": {"minpoly": ["-2", "0", "1"], "interval": ["1", "2"]},
        "network": {
            "activation": {"kind": "relu"},
            "w": [[["0", "1/2"], ["0", "1/2"]]],
            "v": [["2"], ["0"]],
        },
        "loss": {
            "kind": "empirical",
            "x": [["1", "0"], ["0", "1"]],
            "y": [[["0", "1"], ["0", f"-{left}/2"]], [["0", "1"], ["0", f"{left}/2"]]],
        },
    }
    result = analysis_of(problem).to_json()
    assert (result["verdict"], result.get("minimum_type")) == (verdict, kind)
    assert len(certify(empirical_problem(problem))) == 5
