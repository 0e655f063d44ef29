"""Deep networks and piecewise-linear activations: files, values, patterns, refusals."""

from __future__ import annotations

from copy import deepcopy
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from flint import fmpq
from hypothesis import given
from hypothesis import strategies as st

from exactland.errors import InputError
from exactland.problem import piecewise_linear as activations
from exactland.problem.deep import DeepProblem, evaluate_deep
from exactland.problem.files import problem_from_json, problem_to_json, read_problem, write_problem
from tests.deep_oracle import DeepOracle

GOOD: dict[str, Any] = {
    "format": "exactland-problem/1",
    "network": {
        "activation": {
            "kind": "piecewise_linear",
            "knots": ["-1", "1/2"],
            "slopes": ["0", "2", "-1"],
            "value": "1/3",
        },
        "layers": [
            {"w": [["1", "0"], ["-1/2", "2"], ["0", "1"]], "b": ["0", "1", "-1"]},
            {"w": [["1", "1", "1"], ["0", "-2", "1/3"]], "b": ["1/2", "0"]},
            {"w": [["3", "-1"]], "b": ["2"]},
        ],
    },
    "loss": {
        "kind": "empirical",
        "x": [["1", "2"], ["0", "-1"]],
        "y": [["1"], ["0"]],
        "scale": "1/2",
    },
}


def deep(value: Any) -> DeepProblem:
    problem = problem_from_json(value)
    assert isinstance(problem, DeepProblem)
    return problem


def test_a_round_trip_keeps_everything(tmp_path: Path) -> None:
    problem = deep(GOOD)
    assert problem_to_json(problem) == GOOD
    write_problem(tmp_path / "deep.json", problem)
    assert read_problem(tmp_path / "deep.json") == problem
    assert problem.network.widths == (3, 2) and problem.network.parameters == 9 + 8 + 3


@pytest.mark.parametrize(
    "activation",
    [
        {"kind": "relu"},
        {"kind": "leaky_relu", "slope": "1/8"},
        {"kind": "abs"},
        {"kind": "relu_like", "alpha_plus": "2", "alpha_minus": "-1"},
        {"kind": "identity"},
        GOOD["network"]["activation"],
    ],
)
def test_values_and_pieces_are_those_of_the_definition(activation: dict[str, Any]) -> None:
    value = deepcopy(GOOD)
    value["network"]["activation"] = activation
    problem, oracle = deep(value), DeepOracle(value)
    assert problem_to_json(problem) == value
    point = evaluate_deep(problem)
    found = [[Fraction(str(e)) for e in row] for row in point.residuals]
    assert found == oracle.residuals() and Fraction(str(point.loss)) == oracle.loss()
    pieces = {
        (layer, neuron, piece)
        for layer in range(2)
        for neuron, row in enumerate(point.pieces(layer))
        for piece in row
    }
    assert pieces == oracle.pieces()
    assert (point.linear_pieces() is not None) == oracle.on_linear_pieces()


NUMBER = st.builds(fmpq, st.integers(-6, 6), st.integers(1, 3))


@given(st.lists(NUMBER, min_size=1, max_size=4, unique=True), st.data())
def test_an_activation_is_continuous_with_its_slopes(
    knots: list[fmpq], data: st.DataObject
) -> None:
    slopes = data.draw(st.lists(NUMBER, min_size=len(knots) + 1, max_size=len(knots) + 1))
    value = data.draw(NUMBER)
    rho = activations.piecewise_linear(tuple(sorted(knots)), tuple(slopes), value)
    assert rho(min(knots)) == value
    for index, knot in enumerate(rho.knots):
        for piece in (index, index + 1):
            assert rho(knot) == slopes[piece] * knot + rho.intercept(piece)
        assert rho.piece(knot) is None
    for piece, slope in enumerate(slopes):
        left, right = rho.interval(piece)
        if left is None or right is None:
            inside = left + 1 if left is not None else right - 1  # type: ignore[operator]  # one is
        else:
            inside = (left + right) / 2
        assert rho.piece(inside) == piece
        assert rho(inside) == slope * inside + rho.intercept(piece)


def test_hard_tanh_is_piecewise_linear() -> None:
    rho = activations.hard_tanh()
    values = [fmpq(-5), fmpq(-1), fmpq(-1, 3), fmpq(0), fmpq(2, 3), fmpq(1), fmpq(9)]
    assert [rho(t) for t in values] == [max(min(t, fmpq(1)), fmpq(-1)) for t in values]
    assert not rho.is_affine and activations.identity().is_affine


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("network", "layers"), [], "network.layers: needs a hidden layer"),
        (("network", "layers"), "x", "network.layers: expected a list"),
        (("network", "layers", 0), {"w": [["1", "0"]]}, "network.layers[0].b: is missing"),
        (("network", "layers", 0, "b"), ["1"], "network.layers[0].b: has 1 entries"),
        (("network", "layers", 1, "w"), [["1"], ["2"]], "network.layers[1].w[0]: has 1 entries"),
        (("network", "layers", 1, "w"), [], "network.layers[1].w: needs at least one row"),
        (("network", "layers", 2, "w"), [["1/0", "0"]], "network.layers[2].w[0][0]"),
        (("network", "activation", "knots"), ["1", "1"], "knots[1]: is not above"),
        (("network", "activation", "knots"), [], "knots: needs at least one"),
        (("network", "activation", "slopes"), ["1"], "slopes: has 1 entries for 2 knots"),
        (("network", "activation", "kind"), "tanh", '"tanh" is unknown'),
        (("network", "w"), [["1"]], 'unknown key "w"'),
        (("loss", "x"), [["1"], ["2"]], "network.layers[0].w: rows have 2 entries"),
        (("loss", "y"), [["1", "2"]] * 2, "network.layers[2].w: has 1 rows"),
    ],
)
def test_bad_input_names_the_field(path: tuple[Any, ...], value: Any, message: str) -> None:
    bad = deepcopy(GOOD)
    part: Any = bad
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    with pytest.raises(InputError) as refused:
        problem_from_json(bad)
    assert message in str(refused.value) and "\n" not in str(refused.value)
