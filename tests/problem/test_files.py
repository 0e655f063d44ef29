"""Problem files: what is written is read back equal; what is wrong is named."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from flint import fmpq
from hypothesis import given
from hypothesis import strategies as st

from exactland.errors import InputError, UnsupportedError
from exactland.problem.activations import absolute_value, identity, leaky_relu, relu, relu_like
from exactland.problem.files import (
    network_from_json,
    network_to_json,
    problem_from_json,
    problem_to_json,
    read_problem,
    write_problem,
)
from exactland.problem.losses import EmpiricalLoss, Problem
from exactland.problem.network import Network

GOOD: dict[str, Any] = {
    "format": "exactland-problem/1",
    "network": {
        "activation": {"kind": "relu"},
        "w": [["1", "0"], ["-1/3", "2"]],
        "b": ["0", "1"],
        "v": [["1/2", "-1"]],
        "c": ["0.125"],
    },
    "loss": {"kind": "empirical", "x": [["-1", "1"]], "y": [["0.28"]], "scale": "1"},
}

rationals = st.fractions(max_denominator=10**12).map(lambda q: fmpq(q.numerator, q.denominator))
activations = st.one_of(
    st.sampled_from([relu(), absolute_value(), identity()]),
    st.fractions(0, Fraction(99, 100)).map(lambda q: leaky_relu(fmpq(q.numerator, q.denominator))),
    st.tuples(rationals, rationals).filter(lambda s: s[0] != s[1]).map(lambda s: relu_like(*s)),
)


def matrices(rows: int, columns: int) -> st.SearchStrategy[Any]:
    return st.tuples(*[st.tuples(*[rationals] * columns)] * rows)


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    width, dimension, outputs = draw(
        st.tuples(*[st.integers(*r) for r in ((0, 3), (1, 3), (1, 2))])
    )
    points = draw(st.integers(1, 3))
    network = Network(
        draw(activations),
        draw(matrices(width, dimension)),
        draw(matrices(outputs, width)),
        draw(st.none() | st.tuples(*[rationals] * width)),
        draw(st.none() | st.tuples(*[rationals] * outputs)),
    )
    scale = draw(rationals.filter(lambda q: q > 0))
    data = draw(matrices(points, dimension)), draw(matrices(points, outputs))
    return Problem(network, EmpiricalLoss(*data, scale))


def changed(path: str, value: Any) -> dict[str, Any]:
    """Return GOOD with one field replaced (or, for the value ..., removed)."""
    result = copy.deepcopy(GOOD)
    *folders, last = path.split(".")
    inner = result
    for folder in folders:
        inner = inner[folder]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return result


@given(problems())
def test_a_problem_is_read_back_equal(problem: Problem) -> None:
    value = problem_to_json(problem)
    assert problem_from_json(json.loads(json.dumps(value))) == problem
    assert problem_to_json(problem_from_json(value)) == value
    assert network_from_json(network_to_json(problem.network)) == problem.network


def test_a_file_is_read_back_equal_and_is_canonical(tmp_path: Path) -> None:
    path = tmp_path / "problem.json"
    problem = problem_from_json(GOOD)
    write_problem(path, problem)
    assert read_problem(path) == problem
    first = path.read_bytes()
    write_problem(path, read_problem(path))
    assert path.read_bytes() == first
    value = json.loads(first)
    assert list(value) == ["format", "network", "loss"]
    assert list(value["network"]) == ["activation", "w", "b", "v", "c"]
    assert value["network"]["c"] == ["1/8"]
    assert list(value["loss"]) == ["kind", "x", "y", "scale"]


def test_a_json_number_means_the_decimal_it_shows(tmp_path: Path) -> None:
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(GOOD).replace('"0.28"', "0.28").replace('"0.125"', "1.25e-1"))
    problem = read_problem(path)
    assert isinstance(problem, Problem)
    assert problem.loss.targets == ((fmpq(7, 25),),)
    assert problem == problem_from_json(GOOD)


def test_absent_biases_are_no_parameters_and_the_scale_is_one_half() -> None:
    value = copy.deepcopy(GOOD)
    del value["network"]["b"], value["network"]["c"], value["loss"]["scale"]
    problem = problem_from_json(value)
    assert isinstance(problem, Problem)
    assert problem.network.hidden_biases is None
    assert problem.network.output_bias is None
    assert problem.loss.scale == fmpq(1, 2)


def test_a_network_without_neurons_is_a_network() -> None:
    value = copy.deepcopy(GOOD)
    value["network"].update(w=[], v=[[]], b=[])
    problem = problem_from_json(value)
    assert isinstance(problem, Problem)
    assert problem.network.width == 0
    assert problem.network.hidden_biases == ()
    assert problem_from_json(problem_to_json(problem)) == problem


@pytest.mark.parametrize(
    ("activation", "expected"),
    [
        ({"kind": "relu"}, relu()),
        ({"kind": "leaky_relu", "slope": "0.01"}, leaky_relu(fmpq(1, 100))),
        ({"kind": "abs"}, absolute_value()),
        ({"kind": "relu_like", "alpha_plus": "1", "alpha_minus": "-1/2"}, None),
        ({"kind": "identity"}, identity()),
    ],
)
def test_every_activation_of_the_empirical_loss_is_read(
    activation: dict[str, str], expected: object
) -> None:
    network = problem_from_json(changed("network.activation", activation)).network
    assert network.activation == (expected or relu_like(fmpq(1), fmpq(-1, 2)))


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("format", ..., "format: is missing"),
        ("format", "exactland-problem/2", 'format: "exactland-problem/2" is not "exactland-prob'),
        ("network", ..., "network: is missing"),
        ("loss", ..., "loss: is missing"),
        ("loss", [], "loss: expected an object, found a list"),
        ("notes", "", 'unknown key "notes"; expected format, network, loss, field'),
        ("network.width", 2, 'network: unknown key "width"; expected activation, w, v, b, c'),
        ("network.w", [["1", "0"], ["1/0", "2"]], 'network.w[1][0]: "1/0" is not a rational num'),
        ("network.w", [["1", "0"], ["1"]], "network.w[1]: has 1 entry, but w[0] has 2"),
        ("network.w", [["1"], ["2"]], "network.w: rows have 1 entries, but loss.x has 2"),
        ("network.w", [[], []], "network.w[0]: is empty"),
        ("network.w", "1", "network.w: expected a list of rows, found a string"),
        ("network.v", ..., "network.v: is missing"),
        ("network.v", [], "network.v: needs at least one output row"),
        ("network.v", [["1"]], "network.v[0]: has 1 entries, but w has 2 rows (neurons)"),
        ("loss.y", [["1", "0"]], "network.v: has 1 rows, but loss.y has 2 columns"),
        ("network.b", ["1"], "network.b: has 1 entries, but w has 2 rows (neurons)"),
        ("network.b", None, "network.b: expected a list of numbers, found null"),
        ("network.c", [True], "network.c[0]: a truth value is not a rational number"),
        ("network.c", [0.5], "network.c[0]: a binary float is not an exact number"),
        ("network.activation", ..., "network.activation: is missing"),
        ("network.activation", "relu", "network.activation: expected an object, found a string"),
        ("network.activation", {}, "network.activation.kind: is missing"),
        ("network.activation.kind", 1, "network.activation.kind: expected a string, found a num"),
        ("network.activation.kind", "tanh", 'network.activation.kind: "tanh" is unknown; expected'),
        ("network.activation.kind", "leaky_relu", "network.activation.slope: is missing"),
        ("network.activation.slope", "1", 'network.activation: unknown key "slope"; expected kind'),
        (
            "network.activation",
            {"kind": "leaky_relu", "slope": "3/2"},
            "network.activation.slope: 3/2 is outside [0, 1)",
        ),
        (
            "network.activation",
            {"kind": "relu_like", "alpha_plus": "1", "alpha_minus": "1"},
            "network.activation: alpha_plus and alpha_minus must differ",
        ),
        ("loss.kind", ..., "loss.kind: is missing"),
        ("loss.kind", "huber", 'loss.kind: "huber" is unknown; expected one of empirical'),
        ("loss.x", [], "loss.x: needs at least one data point"),
        ("loss.x", [[]], "loss.x[0]: is empty"),
        ("loss.x", [["1", "1"]] * 2, "loss.y: has 1 rows, but x has 2"),
        ("loss.y", [[]], "loss.y[0]: is empty"),
        ("loss.y", [["nan"]], 'loss.y[0][0]: "nan" is not a rational number'),
        ("loss.scale", "0", "loss.scale: 0 is not positive"),
        ("loss.weights", [], 'loss: unknown key "weights"; expected kind, x, y, scale'),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, path: str, value: Any, expected: str) -> None:
    problem = changed(path, value)
    with pytest.raises(InputError) as caught:
        problem_from_json(problem)
    assert str(caught.value).startswith(expected)
    assert not isinstance(caught.value, UnsupportedError)
    with pytest.raises(InputError) as caught:
        problem_from_json(problem, "problem")
    separator = ": " if expected.startswith("unknown") else "."
    assert str(caught.value).startswith("problem" + separator + expected)
    if isinstance(value, list) and 0.5 in value:
        return  # in a file it is the decimal 0.5
    file = tmp_path / "p.json"
    file.write_text(json.dumps(problem))
    with pytest.raises(InputError) as caught:
        read_problem(file)
    assert str(caught.value).startswith(f"{file}: {expected}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (
            "network.activation.kind",
            "quadratic",
            'network.activation.kind: "quadratic" is not supported for the empirical loss',
        ),
        (
            "network.activation",
            {"kind": "piecewise_linear", "knots": [], "slopes": ["1"]},
            'network.activation.kind: "piecewise_linear" is not supported for the empirical loss',
        ),
    ],
)
def test_what_is_known_but_not_covered_is_said_to_be_so(
    path: str, value: Any, expected: str
) -> None:
    with pytest.raises(UnsupportedError) as caught:
        problem_from_json(changed(path, value))
    assert str(caught.value).startswith(expected)


def test_messages_about_a_network_start_where_it_stands() -> None:
    broken = changed("network.w", [["x"]])["network"]
    for where, field in (("network", "network.w[0][0]"), ("", "w[0][0]"), ("witness.net", None)):
        with pytest.raises(InputError) as caught:
            network_from_json(broken, where)
        assert caught.value.field == (field or "witness.net.w[0][0]")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "is empty"),
        (b"[]", "expected an object, found a list"),
        (b"{", "line 1, column 2: is not JSON"),
        (b"PK\x03\x04\xff", "is not UTF-8 text (byte 4)"),
        (b'{"format": 1, "format": 2}', 'the key "format" occurs twice in one object'),
    ],
)
def test_a_file_that_is_no_problem_is_named(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "p.json"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_problem(path)
    assert str(caught.value).startswith(f"{path}: {expected}")


def test_a_wide_problem_is_read_in_less_than_a_second(tmp_path: Path) -> None:
    def table(rows: int, columns: int) -> list[list[str]]:
        return [[f"{i + 1}/{10**9 + j}" for j in range(columns)] for i in range(rows)]

    problem = changed("network", {**GOOD["network"], "w": table(1000, 20), "v": table(1, 1000)})
    del problem["network"]["b"]
    problem["loss"].update(x=table(1000, 20), y=table(1000, 1))
    path = tmp_path / "wide.json"
    path.write_text(json.dumps(problem))
    start = time.process_time()
    found = read_problem(path)
    assert time.process_time() - start < 1
    assert isinstance(found, Problem) and found.network.width == 1000


def test_reading_problems_loads_neither_arrays_nor_archives() -> None:
    program = "import sys, exactland.problem.files; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert not {"numpy", "zipfile", "csv", "torch", "shutil"} & set(run.stdout.split())
