"""Integral-loss problems: reading, writing, and one-line errors that name the field."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from flint import fmpq

from exactland.errors import InputError
from exactland.landscape.integral.family import critical_family
from exactland.problem.integral import integral_problem_from_json, integral_problem_to_json

GOOD: dict[str, Any] = {
    "format": "exactland-problem/1",
    "network": {
        "activation": {"kind": "leaky_relu", "slope": "1/4"},
        "w": [["1"], ["-1"]],
        "b": ["-1/3", "0.5"],
        "v": [["2/3", "-2/3"]],
        "c": ["1/2"],
    },
    "loss": {
        "kind": "integral",
        "interval": ["0", "1"],
        "target": ["0", "1"],
        "weight": ["1"],
        "scale": "1",
    },
}


def changed(path: str, value: Any) -> dict[str, Any]:
    result = copy.deepcopy(GOOD)
    *outer, last = path.split(".")
    place: Any = result
    for key in outer:
        place = place[key]
    place[last] = value
    return result


def test_writing_is_the_inverse_of_reading() -> None:
    problem = integral_problem_from_json(GOOD)
    shown = integral_problem_to_json(problem)
    assert integral_problem_from_json(shown) == problem
    assert shown["network"]["b"] == ["-1/3", "1/2"]


@pytest.mark.parametrize(("n", "gamma"), [(2, fmpq(1, 4)), (3, fmpq(1, 2)), (1, fmpq(1, 3))])
def test_number_field_points_are_written_and_read(n: int, gamma: fmpq) -> None:
    problem = critical_family("leaky_relu", n, gamma).problem
    assert problem.field is not None
    assert integral_problem_from_json(integral_problem_to_json(problem)) == problem


def test_absent_biases_are_no_parameters() -> None:
    obj = copy.deepcopy(GOOD)
    del obj["network"]["b"], obj["network"]["c"]
    problem = integral_problem_from_json(obj)
    assert problem.coordinates == ("w0", "w1", "v0", "v1")
    assert integral_problem_from_json(integral_problem_to_json(problem)) == problem


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("loss.interval", ["1", "1"], "loss.interval"),
        ("loss.interval", ["1", "0"], "loss.interval"),
        ("loss.interval", ["0"], "loss.interval"),
        ("loss.interval", ["0", "x"], "loss.interval[1]"),
        ("loss.weight", ["-1"], "loss.weight"),
        ("loss.weight", ["0", "1"], "loss.weight"),
        ("loss.weight", ["1/4", "-1", "1"], "loss.weight"),
        ("loss.weight", [], "loss.weight"),
        ("loss.scale", "0", "loss.scale"),
        ("loss.target", ["1/0"], "loss.target[0]"),
        ("loss.target", "x", "loss.target"),
        ("loss.target", ["0"] * 200, "loss.target"),
        ("loss.kind", "empirical", "loss.kind"),
        ("loss.colour", "red", "loss"),
        ("network.activation", {"kind": "leaky_relu", "slope": "1"}, "network.activation.slope"),
        ("network.activation", {"kind": "leaky_relu", "slope": "-1/9"}, "network.activation.slope"),
        ("network.activation", {"kind": "leaky_relu"}, "network.activation.slope"),
        ("network.activation", {"kind": "tanh"}, "network.activation.kind"),
        ("network.activation", {"kind": ["relu"]}, "network.activation.kind"),
        ("network.activation", "relu", "network.activation"),
        ("network.w", [["1"], ["nan"]], "network.w[1][0]"),
        ("network.w", [["1", "2"], ["1", "2"]], "network.w[0]"),
        ("network.w", "1", "network.w"),
        ("network.b", ["1"], "network.b"),
        ("network.v", [["1", "2"], ["1", "2"]], "network.v"),
        ("network.v", [["1"]], "network.v[0]"),
        ("network.c", ["1", "2"], "network.c"),
        ("network.c", [0.5], "network.c[0]"),
        ("network", None, "network"),
        ("loss", 3, "loss"),
        ("field", {"minpoly": ["-4", "0", "1"], "interval": ["1", "3"]}, "field.minpoly"),
    ],
)
def test_bad_input_is_one_line_that_names_the_field(path: str, value: Any, field: str) -> None:
    with pytest.raises(InputError) as caught:
        integral_problem_from_json(changed(path, value), "file.json")
    assert caught.value.field == f"file.json: {field}"
    assert "\n" not in str(caught.value)


def test_things_that_are_no_problem_object() -> None:
    values: list[Any] = [None, [], "x", {}]
    for value in values:
        with pytest.raises(InputError):
            integral_problem_from_json(value)
