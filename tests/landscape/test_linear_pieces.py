"""Spurious local minima at any depth: constructed, compared with the definitions, refused."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import pytest
from flint import fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactland.certificates.deep import certify_deep, spurious_certificates
from exactland.certificates.produce import checked
from exactland.landscape.analyze import analyze
from exactland.landscape.linear_pieces import (
    HypothesisError,
    SpuriousMinimum,
    analyze_deep,
    spurious_minimum,
)
from exactland.problem import piecewise_linear as activations
from exactland.problem.deep import DeepProblem, evaluate_deep
from exactland.problem.files import problem_from_json, problem_to_json
from exactland.problem.huber import DeepLoss, HuberLoss
from exactland.problem.losses import EmpiricalLoss
from tests.deep_oracle import DeepOracle, is_true
from tests.reference import reference

ACTIVATIONS = {
    "relu": activations.relu(),
    "leaky": activations.leaky_relu(fmpq(1, 4)),
    "abs": activations.absolute_value(),
    "hard_tanh": activations.hard_tanh(),
    "relu_like": activations.relu_like(fmpq(-1), fmpq(2)),
    "hat": activations.piecewise_linear(
        (fmpq(-1), fmpq(0), fmpq(1, 2)), (fmpq(0), fmpq(2), fmpq(-1, 3), fmpq(0)), fmpq(1)
    ),
    "late": activations.piecewise_linear((fmpq(0), fmpq(3)), (fmpq(2), fmpq(2), fmpq(5)), fmpq(-1)),
}


def five_points() -> EmpiricalLoss:
    def column(name: str) -> Any:
        return tuple((fmpq(*map(int, entry.split("/"))),) for entry in reference()["hwt"][name])

    return EmpiricalLoss(column("xs"), column("ys"))


def hwt_problem(name: str) -> dict[str, Any]:
    """A network of the reference file as a problem with layers."""
    net, data = reference()["hwt"]["nets"][name], reference()["hwt"]
    layers = [{"w": layer["W"], "b": layer["b"]} for layer in net["layers"]]
    rows = {key: [[value] for value in data[f"{key}s"]] for key in ("x", "y")}
    return {
        "format": "exactland-problem/1",
        "network": {"activation": {"kind": net["activation"]}, "layers": layers},
        "loss": {"kind": "empirical", **rows},
    }


def deep(value: dict[str, Any]) -> DeepProblem:
    problem = problem_from_json(value)
    assert isinstance(problem, DeepProblem)
    return problem


@pytest.mark.parametrize(("name", "dimension"), [("P", 5), ("P2", 11)])
def test_reference_minimum(name: str, dimension: int) -> None:
    analysis = analyze_deep(deep(hwt_problem(name)))
    report = analysis.to_json()
    assert (report["loss"], report["verdict"]) == (
        reference()["hwt"]["L_spurious"],
        "local_minimum",
    )
    assert report["valley"]["dimension"] == dimension
    kinds = [certificate.kind for certificate in certify_deep(analysis.point.problem)]
    assert kinds[1:] == ["linear_piece_local_minimum", "constant_loss_segment", "valley_dimension"]


@pytest.mark.parametrize("name", ["Q", "Q2"])
def test_reference_better_network(name: str) -> None:
    analysis = analyze(deep(hwt_problem(name)))
    assert analysis.to_json()["loss"] == reference()["hwt"]["L_better"]
    assert analysis.verdict == "undetermined"


@pytest.mark.parametrize("kind", ACTIVATIONS)
@pytest.mark.parametrize("widths", [[2], [2, 2], [3, 1, 2]])
def test_five_points(kind: str, widths: list[int]) -> None:
    found = spurious_minimum(five_points(), ACTIVATIONS[kind], widths)
    hwt = reference()["hwt"]
    report = found.to_json()
    assert report["loss"] == hwt["L_spurious"] and report["better_loss"] == hwt["L_better"]
    parameters = {1: 7, 2: 13, 3: 17}[len(widths)]
    assert found.valley.dimension == parameters - 2
    for certificate in spurious_certificates(found):
        assert is_true(checked(certificate).to_json())


NUMBER = st.builds(fmpq, st.integers(-4, 4), st.sampled_from([1, 1, 2, 3]))


@st.composite
def found_minima(draw: st.DrawFn) -> SpuriousMinimum | None:
    """A construction for random data, None where a hypothesis fails."""
    inputs, outputs = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    points = draw(st.integers(2, 6))

    def table(columns: int) -> Any:
        row = st.tuples(*[NUMBER] * columns)
        return tuple(draw(st.lists(row, min_size=points, max_size=points)))

    widths = [outputs + 1 + draw(st.integers(0, 1))]
    widths += draw(st.lists(st.integers(outputs, outputs + 1), max_size=2))
    loss: DeepLoss
    rows, targets = table(inputs), table(outputs)
    scale = draw(st.sampled_from([fmpq(1, 2), fmpq(3)]))
    if draw(st.booleans()):
        loss = EmpiricalLoss(rows, targets, scale)
    else:
        loss = HuberLoss(rows, targets, draw(st.sampled_from([fmpq(1, 2), fmpq(2)])), scale)
    activation = ACTIVATIONS[draw(st.sampled_from(sorted(ACTIVATIONS)))]
    try:
        return spurious_minimum(loss, activation, widths)
    except HypothesisError as error:
        distinct = len(set(loss.inputs)) == points
        assert not distinct or "no affine function fits" in str(error)
        return None


@settings(max_examples=60)
@given(found_minima(), st.randoms(use_true_random=False))
def test_constructions_against_the_definitions(
    found: SpuriousMinimum | None, source: random.Random
) -> None:
    if found is None:
        return
    problem = problem_to_json(found.minimum.problem)
    oracle = DeepOracle(problem)
    assert oracle.is_linear_piece_minimum()
    assert DeepOracle(problem_to_json(found.better.problem)).loss() < oracle.loss()
    assert found.valley.rank == oracle.jacobian_rank()
    assert found.valley.dimension == oracle.parameters() - oracle.jacobian_rank()
    # Random perturbations within the linear pieces never lower the loss.
    used, loss = oracle.pieces(), oracle.loss()
    for _ in range(10):
        step = Fraction(1, 4)
        while True:
            layers = [
                (
                    [[a + step * source.randint(-8, 8) / 8 for a in row] for row in w],
                    [a + step * source.randint(-8, 8) / 8 for a in b],
                )
                for w, b in oracle.layers
            ]
            if oracle.pieces(layers) == used:
                break
            step /= 2
        assert oracle.loss(layers) >= loss
    for certificate in spurious_certificates(found):
        assert is_true(checked(certificate).to_json())


def test_the_valley_of_a_network_that_carries_too_little_has_no_dimension() -> None:
    """Zero output weights: the Jacobian has not full rank, and no dimension is claimed."""
    value = hwt_problem("P")
    value["network"]["layers"][0]["w"] = [["0"], ["0"]]
    value["network"]["layers"][1] = {"w": [["0", "0"]], "b": ["0"]}
    value["loss"]["y"] = [["1"], ["-1"], ["0"], ["0"], ["0"]]
    value["loss"]["x"] = [["0"], ["0"], ["1"], ["2"], ["3"]]
    analysis = analyze_deep(deep(value))
    assert analysis.verdict == "global_minimum"
    assert analysis.valley is not None and analysis.valley.dimension is None
    assert analysis.valley.rank == DeepOracle(value).jacobian_rank() == 1


ONE_TO_FIVE = tuple((fmpq(k),) for k in range(5))
BENT = tuple((fmpq(abs(k - 2)),) for k in range(5))


@pytest.mark.parametrize(
    ("inputs", "targets", "activation", "widths", "hypothesis"),
    [
        (ONE_TO_FIVE, BENT, activations.identity(), [2], "the activation is not affine"),
        (
            ONE_TO_FIVE,
            BENT,
            activations.piecewise_linear((fmpq(0),), (fmpq(3), fmpq(3)), fmpq(0)),
            [2],
            "the activation is not affine",
        ),
        (ONE_TO_FIVE, ONE_TO_FIVE, activations.relu(), [2], "no affine function fits the data"),
        (
            (*ONE_TO_FIVE[:4], (fmpq(0),)),
            BENT,
            activations.relu(),
            [2],
            "the inputs are distinct",
        ),
        (ONE_TO_FIVE, BENT, activations.relu(), [1], "the first hidden layer is wider"),
        (
            ONE_TO_FIVE,
            tuple((*row, *row) for row in BENT),
            activations.relu(),
            [3, 1],
            "layer 2 has width 1, below 2",
        ),
    ],
)
def test_a_failing_hypothesis_is_named(
    inputs: Any, targets: Any, activation: Any, widths: list[int], hypothesis: str
) -> None:
    with pytest.raises(HypothesisError) as refused:
        spurious_minimum(EmpiricalLoss(inputs, targets), activation, widths)
    message = str(refused.value)
    assert message.startswith("hypothesis ") and hypothesis in message and "\n" not in message
    assert refused.value.exit_status == 2


@pytest.mark.parametrize("delta", ["1/100", "1/10", "1"])
def test_the_huber_loss_needs_only_convexity(delta: str) -> None:
    squared = five_points()
    loss = HuberLoss(squared.inputs, squared.targets, fmpq(*map(int, f"{delta}/1".split("/")[:2])))
    found = spurious_minimum(loss, activations.relu(), [2, 2])
    value = problem_to_json(found.minimum.problem)
    assert value["loss"]["delta"] == delta and problem_from_json(value) == found.minimum.problem
    kinds = []
    for certificate in spurious_certificates(found):
        assert is_true(checked(certificate).to_json())
        kinds.append(certificate.kind)
    # Equal Huber losses do not mean equal predictions: the dimension is not certified.
    assert "valley_dimension" not in kinds and "constant_loss_segment" in kinds
    if delta == "1":  # no residual is that large
        assert found.loss == fmpq(16139, 231500)


def test_many_points_and_layers() -> None:
    """A hundred points, four hidden layers, three inputs, two outputs: seconds."""
    source = random.Random(5)
    inputs = tuple(tuple(fmpq(source.randint(-99, 99), 7) for _ in range(3)) for _ in range(100))
    targets = tuple(tuple(fmpq(source.randint(-99, 99), 9) for _ in range(2)) for _ in range(100))
    found = spurious_minimum(EmpiricalLoss(inputs, targets), activations.hard_tanh(), [9, 5, 5, 4])
    assert found.better.loss < found.loss
    assert evaluate_deep(found.neighbour).residuals == found.minimum.residuals
    (composite, *_) = spurious_certificates(found)
    assert checked(composite)
