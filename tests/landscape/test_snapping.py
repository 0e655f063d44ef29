"""Snapping: from floats to the exact stationary point they came from, and honest failures."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from flint import fmpq
from hypothesis import assume, given
from hypothesis import strategies as st

from exactland.arithmetic.matrices import nullspace
from exactland.arithmetic.ordered import as_rational
from exactland.arithmetic.rationals import dot, from_float
from exactland.derivatives.empirical import evaluate, one_sided_functionals
from exactland.errors import InputError
from exactland.landscape.analysis import analyze_empirical
from exactland.landscape.snapping import SnapResult, snap
from exactland.landscape.stationarity import directional_stationarity
from exactland.problem.activations import ReluLike, absolute_value, leaky_relu, relu
from exactland.problem.checkpoints import Checkpoint, read_checkpoint
from exactland.problem.datasets import Dataset, read_dataset
from exactland.problem.losses import EmpiricalLoss, Problem
from exactland.problem.network import Matrix, Network, Vector

FIVE_POINTS = Path(__file__).parents[2] / "examples" / "five_points"
PLATEAU_ESCAPES = (16, 19, 21, 26, 27, 34, 38, 44, 49)


def is_stationary(problem: Problem) -> bool:
    point = evaluate(problem)
    return directional_stationarity(point, one_sided_functionals(point)).holds is True


def rows(*entries: tuple[int | str, ...]) -> Matrix:
    return tuple(tuple(fmpq(*map(int, str(e).split("/"))) for e in row) for row in entries)


def perturbed(value: fmpq, noise: Callable[[], float]) -> fmpq:
    return from_float(float(int(value.p)) / float(int(value.q)) + noise())


def checkpoint_near(network: Network, size: float, rng: random.Random) -> Checkpoint:
    """Return the network in floats, every parameter moved by at most `size`."""

    def moved(row: Vector) -> Vector:
        return tuple(perturbed(entry, lambda: rng.uniform(-size, size)) for entry in row)

    return Checkpoint(
        tuple(map(moved, network.input_weights)),
        tuple(map(moved, network.output_weights)),
        None if network.hidden_biases is None else moved(network.hidden_biases),
        None if network.output_bias is None else moved(network.output_bias),
    )


# --- the five-point experiment -------------------------------------------------------------------


@cache
def five_points(iteration: int) -> SnapResult:
    data = read_dataset(FIVE_POINTS / "data.json", targets_required=True)
    return snap(read_checkpoint(FIVE_POINTS / f"five_points_{iteration}.npz"), data)


def total_product(result: SnapResult) -> Vector:
    return tuple(
        sum(column, fmpq(0)) for column in zip(*(g.product[0] for g in result.groups), strict=True)
    )


def test_the_end_point_is_the_published_local_minimum() -> None:
    result = five_points(600000)
    assert result.status == "ok"
    assert result.loss == fmpq(16139, 231500)
    assert result.mean_squared_error == fmpq(16139, 578750)
    assert [(g.pattern, g.output_sign, g.boundary) for g in result.groups] == [
        ("++++0", 1, (4,)),
        ("+++++", -1, ()),
    ]
    assert [len(group.neurons) for group in result.groups] == [28, 9]
    assert result.groups[1].neurons == PLATEAU_ESCAPES
    assert (len(result.dead), result.zeroed) == (13, ())
    assert total_product(result) == (fmpq(-693, 4630), fmpq(1067, 46300))
    assert result.distance is not None and result.distance < fmpq(1, 10**5)
    assert result.problem is not None
    analysis = analyze_empirical(result.problem)
    assert (analysis.verdict, analysis.escape_neurons) == ("local_minimum", ())


def test_the_plateau_is_a_saddle_with_nine_escape_neurons() -> None:
    result = five_points(100000)
    assert (result.status, result.loss) == ("ok", fmpq(50749, 672500))
    (ray,) = result.groups
    assert (ray.pattern, len(ray.neurons)) == ("++++0", 28)
    assert ray.product == ((fmpq(-231, 2690), fmpq(1617, 26900)),)
    assert (len(result.dead), result.zeroed) == (13, PLATEAU_ESCAPES)
    assert result.distance is not None
    assert fmpq(63, 10**5) < result.distance < fmpq(64, 10**5)
    assert result.problem is not None
    analysis = analyze_empirical(result.problem)
    assert (analysis.verdict, analysis.escape_neurons) == ("saddle", PLATEAU_ESCAPES)


def test_the_beginning_is_near_the_zero_network() -> None:
    result = five_points(42000)
    assert (result.status, result.loss) == ("ok", fmpq(953, 10000))
    assert (len(result.zeroed), len(result.dead), result.groups) == (37, 13, ())
    assert result.distance is not None and fmpq(1, 100) < result.distance < fmpq(12, 1000)


@pytest.mark.parametrize("iteration", [600000, 100000])
def test_all_parameters_but_one_neuron_a_group_are_short(iteration: int) -> None:
    problem = five_points(iteration).problem
    assert problem is not None
    lengths = [
        max(len(str(entry.p)) + len(str(entry.q)) for entry in row)
        for row in problem.network.input_weights
    ]
    assert sorted(lengths)[-3] < 40
    assert max(lengths) < 150


def test_a_result_is_shown_in_every_form_and_is_reproducible() -> None:
    result = five_points(100000)
    shown = json.loads(json.dumps(result.to_json()))
    assert (shown["status"], shown["loss"]) == ("ok", "50749/672500")
    assert shown["distance"] == "0.000633782"
    assert shown["zeroed"] == list(PLATEAU_ESCAPES)
    assert len(shown["attempts"]) == 9
    assert "28 neurons" in str(result) and "<table>" in result._repr_html_()
    data = read_dataset(FIVE_POINTS / "data.json")
    again = snap(read_checkpoint(FIVE_POINTS / "five_points_100000.npz"), data)
    assert again == result


def test_a_small_limit_makes_the_plateau_far_and_keeps_the_point() -> None:
    data = read_dataset(FIVE_POINTS / "data.json")
    path = FIVE_POINTS / "five_points_100000.npz"
    result = snap(read_checkpoint(path), data, max_distance=fmpq(1, 10**4))
    assert (result.status, result.loss) == ("FAR", fmpq(50749, 672500))
    assert result.problem is not None and is_stationary(result.problem)
    assert {attempt.outcome for attempt in result.attempts} == {"FAR", "SAME"}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("width", [5, 20, 50])
def test_a_random_initialisation_is_not_near_a_stationary_point(width: int, seed: int) -> None:
    """Of the usual size (1/10 and more); one close to 0 *is* near the zero network."""
    data = read_dataset(FIVE_POINTS / "data.json")
    rng = random.Random(100 * width + seed)
    size = rng.choice([0.1, 0.5, 1.0])

    def draw(count: int) -> Vector:
        return tuple(from_float(rng.gauss(0, size)) for _ in range(count))

    result = snap(Checkpoint(tuple(draw(2) for _ in range(width)), (draw(width),)), data)
    assert result.status != "ok"
    if result.status == "FAR":
        assert result.distance is not None and result.distance > result.max_distance


# --- exact points, perturbed ---------------------------------------------------------------------


def sampled_stationary_problem(
    rng: random.Random,
    activation: ReluLike,
    outputs: int,
    hidden_bias: bool,
    output_bias: bool,
) -> Problem | None:
    """Choose a network first and then targets that make it stationary.

    The residuals e are taken from the orthogonal complement of what the neurons can change to first
    order, y = f - e; the sign of the kinks is left to chance.
    """
    dimension = rng.randint(1, 3)
    points = [
        tuple(fmpq(rng.randint(-9, 9), 4) for _ in range(dimension))
        for _ in range(rng.randint(3, 8))
    ]
    if rng.random() < 0.3:
        points.append(points[0])
    if rng.random() < 0.3:
        points.append(tuple(2 * entry for entry in points[-1]))
    one = (fmpq(1),)
    inputs = [row + one for row in points] if hidden_bias else points
    weights, heads = [], []
    for _ in range(rng.randint(1, 4)):
        weight = tuple(fmpq(rng.randint(-9, 9), 5) for _ in inputs[0])
        if rng.random() < 0.6:
            x = rng.choice(inputs)
            ratio = dot(weight, x) / (dot(x, x) or 1)
            weight = tuple(w - ratio * entry for w, entry in zip(weight, x, strict=True))
        # As many parallel copies as outputs, so that the output weights of a group span Q^J.
        for copy in range(outputs):
            weights.append(tuple((copy + 1) * entry for entry in weight))
            head = [fmpq(rng.choice((-1, 1)) * rng.randint(4, 9), 6) for _ in range(outputs)]
            head[copy] += 4
            heads.append(tuple(head))
    bias = tuple(fmpq(rng.randint(-3, 3), 2) for _ in range(outputs)) if output_bias else None
    for weight in weights:
        size = dot(weight, weight)
        if not size:  # w = 0 with h != 0: no tolerance tells it from a light neuron
            return None
        for x in inputs:
            product = dot(weight, x)
            if product and product**2 * 10**6 < size * dot(x, x):
                return None
    network = Network(
        activation,
        tuple(weight[:dimension] for weight in weights),
        tuple(zip(*heads, strict=True)),
        tuple(weight[-1] for weight in weights) if hidden_bias else None,
        bias,
    )
    nothing = tuple((fmpq(0),) * outputs for _ in points)
    values = evaluate(Problem(network, EmpiricalLoss(tuple(points), nothing))).residuals
    conditions = [] if bias is None else [(fmpq(1),) * len(points)]
    for weight in weights:
        signs = [dot(weight, x) for x in inputs]
        face = nullspace([x for x, s in zip(inputs, signs, strict=True) if s == 0], len(weight))
        slopes = [activation.slope(1 if s > 0 else -1) for s in signs]
        for vector in face:
            pairs = zip(slopes, inputs, strict=True)
            conditions.append(tuple(slope * dot(vector, x) for slope, x in pairs))
    basis = [
        tuple(entry / max(map(abs, vector)) for entry in vector)
        for vector in nullspace(conditions, len(points))
    ]
    for _ in range(12):
        errors = [
            [
                sum((c * v[k] for c, v in zip(factors, basis, strict=True)), fmpq(0))
                for k in range(len(points))
            ]
            for factors in [[fmpq(rng.randint(-3, 3), 20) for _ in basis] for _ in range(outputs)]
        ]
        targets = tuple(
            tuple(value - error for value, error in zip(row, column, strict=True))
            for row, column in zip(values, zip(*errors, strict=True), strict=True)
        )
        problem = Problem(network, EmpiricalLoss(tuple(points), targets))
        if is_stationary(problem):
            return problem if survives_noise(problem) else None
    return None


def survives_noise(problem: Problem) -> bool:
    """Return False where a kink h_i . kappa_q is 0 by accident, so that noise in h makes it < 0."""
    point = evaluate(problem)
    return all(
        dot(output, kink.jump)
        for psi, output in zip(one_sided_functionals(point), point.outputs, strict=True)
        for kink in psi.kinks
    )


ACTIVATIONS = st.sampled_from([relu(), leaky_relu(fmpq(1, 10)), absolute_value()])


@given(
    seed=st.integers(0, 2**32),
    activation=ACTIVATIONS,
    outputs=st.integers(1, 2),
    hidden_bias=st.booleans(),
    output_bias=st.booleans(),
)
def test_a_perturbed_stationary_point_is_found_again(
    seed: int, activation: ReluLike, outputs: int, hidden_bias: bool, output_bias: bool
) -> None:
    rng = random.Random(seed)
    problem = sampled_stationary_problem(rng, activation, outputs, hidden_bias, output_bias)
    assume(problem is not None)
    assert problem is not None
    trained = checkpoint_near(problem.network, 1e-7, rng)
    data = Dataset(problem.loss.inputs, problem.loss.targets)
    result = snap(trained, data, activation=activation)
    assert result.status == "ok", result
    assert result.problem is not None and is_stationary(result.problem)
    assert result.loss == evaluate(problem).loss
    assert result.distance is not None and result.distance < fmpq(1, 10**4)


@given(seed=st.integers(0, 2**32), activation=ACTIVATIONS)
def test_whatever_the_checkpoint_an_accepted_point_is_stationary_at_the_stated_distance(
    seed: int, activation: ReluLike
) -> None:
    rng = random.Random(seed)
    outputs, width, dimension = rng.randint(1, 2), rng.randint(0, 6), rng.randint(1, 3)
    hidden, last = rng.random() < 0.5, rng.random() < 0.5

    def draw(count: int) -> Vector:
        # Exact zeros, equal neurons and tiny weights are as likely as anything else.
        choices = (0.0, 1.0, -0.5, 1e-9, rng.gauss(0, 1), 1e-300)
        return tuple(from_float(rng.choice(choices)) for _ in range(count))

    trained = Checkpoint(
        tuple(draw(dimension) for _ in range(width)),
        tuple(draw(width) for _ in range(outputs)),
        draw(width) if hidden else None,
        draw(outputs) if last else None,
    )
    points = rng.randint(1, 6)
    table = [[fmpq(rng.randint(-4, 4), 2) for _ in range(dimension)] for _ in range(points)]
    targets = tuple(
        tuple(fmpq(rng.randint(-4, 4), 3) for _ in range(outputs)) for _ in range(points)
    )
    data = Dataset(tuple(map(tuple, table)), targets)
    result = snap(trained, data, activation=activation, max_distance=fmpq(1))
    json.dumps(result.to_json())
    assert str(result)
    if result.problem is None:
        assert result.detail is not None and result.status == result.detail.status
        return
    assert is_stationary(result.problem)
    assert result.loss == evaluate(result.problem).loss
    found, given_ = result.problem.network, trained
    differences = [
        abs(a - b)
        for mine, theirs in (
            (found.input_weights, given_.input_weights),
            (found.output_weights, given_.output_weights),
            ((found.hidden_biases or (),), (given_.hidden_biases or (),)),
            ((found.output_bias or (),), (given_.output_bias or (),)),
        )
        for row, other in zip(mine, theirs, strict=True)
        for a, b in zip(row, other, strict=True)
    ]
    # An irrational distance is stated just above its value.
    distance = max(differences, default=fmpq(0))
    assert result.distance is not None
    assert distance <= result.distance <= distance * (1 + fmpq(1, 2**30))
    assert as_rational(distance) is None or result.distance == distance
    assert (result.status == "ok") == (result.distance <= 1)


# --- single facts --------------------------------------------------------------------------------


def test_an_exactly_stationary_checkpoint_is_returned_as_it_is() -> None:
    trained = Checkpoint(rows((1, 0), (-3, 1)), rows(("1/2", 5)))
    data = Dataset(rows((2, 0), (4, 1)), rows((1,), (2,)))
    result = snap(trained, data)
    assert (result.status, result.distance, result.loss_gap) == ("ok", 0, 0)
    assert result.attempts == () and "itself is exactly stationary" in str(result)
    assert result.problem is not None
    assert result.problem.network.input_weights == trained.input_weights
    assert (result.dead, result.groups[0].neurons) == ((1,), (0,))


def test_tiny_dead_neurons_stay_dead_and_do_not_become_escape_neurons() -> None:
    data = Dataset(rows((1, 1), (-1, 1)), rows((2,), (3,)))
    tiny = from_float(1e-12)
    weights = ((fmpq(0), -tiny), *rows((0, 1)))
    trained = Checkpoint((*weights, (-tiny, -tiny * (1 + tiny))), rows((7, 3, 1)))
    result = snap(trained, data, max_distance=fmpq(1))
    assert result.status == "ok" and result.dead == (0, 2)
    assert result.problem is not None
    for weight in (
        result.problem.network.input_weights[0],
        result.problem.network.input_weights[2],
    ):
        assert all(dot(weight, x) < 0 for x in data.inputs)


def test_groups_of_cancelling_output_signs_stay() -> None:
    """Two neurons that differ in the sign of h compute 0, and stay where 0 is the best fit."""
    data = Dataset(rows((1, 1), (1, 2), (1, 3)), rows((1,), (-2,), (1,)))
    noise = from_float(1e-9)
    trained = Checkpoint(((fmpq(1) + noise, fmpq(1)), rows((1, 1))[0]), rows((1, -1)))
    result = snap(trained, data)
    assert (result.status, result.loss, result.zeroed) == ("ok", 3, ())
    assert total_product(result) == (0, 0)
    assert [group.output_sign for group in result.groups] == [1, -1]


def test_a_light_group_keeps_its_input_weights_where_they_are_stationary() -> None:
    """With h = 0 and Psi(w) = 0 there is no reason to move w to 0."""
    data = Dataset(rows((1, 0), (1, 1), (1, 2)), rows((1,), (2,), (1,)))
    trained = Checkpoint(
        rows((1, 1), (2, 1)), ((fmpq(1), from_float(-3e-8)),), output_bias=(from_float(1e-8),)
    )
    result = snap(trained, data, max_distance=fmpq(2))
    assert result.problem is not None and result.zeroed == ()
    assert [group.output_sign for group in result.groups] == [1, 0]


def test_a_deficient_group_is_named() -> None:
    """Two neurons that cancel: their common share has rank 0, which no plateau has."""
    data = Dataset(rows((1, 0), (0, 1)), rows((1, 0), (0, 2)))
    trained = Checkpoint(rows((1, "3/4"), (1, "3/4")), rows((1, -1), ("3/5", "-3/5")))
    result = snap(trained, data)
    assert result.status == "RANK_DEFICIENT"
    assert result.detail is not None
    assert (result.detail.pattern, result.detail.neurons) == ("++", (0, 1))
    assert "neurons 0, 1 with pattern ++" in str(result)


def test_a_face_of_dimension_one_adapts_the_output_weights() -> None:
    """Two outputs, one neuron, d = 1: the output weights are the least-squares solution."""
    data = Dataset(rows((1,), (2,)), rows((1, 0), (3, 1)))
    result = snap(Checkpoint(rows((1,)), rows(("7/5",), ("2/5",))), data)
    assert (result.status, result.loss) == ("ok", fmpq(1, 5))
    assert result.problem is not None
    assert result.problem.network.output_weights == rows(("7/5",), ("2/5",))
    moved = Checkpoint(((from_float(1.001),),), rows(("7/5",), ("2/5",)))
    result = snap(moved, data)
    assert (result.status, result.loss) == ("ok", fmpq(1, 5))


def test_a_violated_sign_moves_the_group_to_a_face() -> None:
    """The cell's minimiser lies beyond two boundaries: the first is crossed, the second stays."""
    data = Dataset(rows((1, 0), (1, 1), (0, 1)), rows((3,), (-1,), (-4,)))
    trained = Checkpoint(rows((1, "1/20")), rows((1,)))
    result = snap(trained, data, max_distance=fmpq(2))
    assert result.problem is not None
    assert (result.groups[0].pattern, result.loss) == ("+0-", fmpq(17, 2))
    assert is_stationary(result.problem)


def test_a_descending_face_is_released() -> None:
    """The checkpoint is on a boundary across which the loss falls; the search leaves it."""
    data = Dataset(rows((1, 0), (0, 1)), rows((1,), (1,)))
    result = snap(Checkpoint(rows((1, 0)), rows((1,))), data, max_distance=fmpq(2))
    assert (result.status, result.loss) == ("ok", 0)
    assert result.groups[0].pattern == "++"


def test_enormous_and_minute_weights_do_no_harm() -> None:
    data = Dataset(rows((1, 2), (3, -1), (0, 1)), rows((1, 0), (2, 1), (0, 3)))
    for sizes in [(1e308, 1e308), (1e-308, 1e-308), (1e308, 1e-308), (5e-324, 1e300)]:
        first, second = map(from_float, sizes)
        weights = ((first, second), (second, -first), (first, first))
        result = snap(Checkpoint(weights, ((first, second, first), (second, first, first))), data)
        assert result.problem is None or is_stationary(result.problem)


def test_a_wide_overparametrised_network_is_fitted_nearby() -> None:
    """More parameters than data: of all interpolating networks one near the checkpoint is taken."""
    rng = random.Random(5)
    inputs = tuple(tuple(fmpq(rng.randint(-99, 99), 10) for _ in range(3)) for _ in range(12))
    weights = tuple(tuple(from_float(rng.gauss(0, 1)) for _ in range(3)) for _ in range(60))
    heads = (tuple(from_float(rng.gauss(0, 1)) for _ in range(60)),)
    zeros = tuple((fmpq(0),) for _ in inputs)
    values = evaluate(Problem(Network(relu(), weights, heads), EmpiricalLoss(inputs, zeros)))
    targets = tuple((fmpq(round(value * 10**6), 10**6),) for (value,) in values.residuals)
    result = snap(Checkpoint(weights, heads), Dataset(inputs, targets), angle_tolerances=[fmpq(0)])
    assert (result.status, result.loss) == ("ok", 0)
    assert result.distance is not None and result.distance < fmpq(1, 10**5)


def test_zero_targets_and_networks_without_neurons() -> None:
    data = Dataset(rows((1,), (2,)), rows((0,), (0,)))
    assert snap(Checkpoint(rows((1,)), rows((1,))), data, max_distance=fmpq(1)).loss == 0
    constant = Dataset(rows((1,), (2,)), rows((0,), (1,)))
    result = snap(Checkpoint((), ((),), output_bias=(from_float(0.4999),)), constant)
    assert (result.status, result.loss) == ("ok", fmpq(1, 4))
    assert result.problem is not None and result.problem.network.output_bias == (fmpq(1, 2),)


def test_shapes_and_missing_targets_are_refused() -> None:
    trained = Checkpoint(rows((1, 2)), rows((1,)))
    with pytest.raises(InputError, match=r"^y: is missing"):
        snap(trained, Dataset(rows((1, 2))))
    with pytest.raises(InputError, match=r"^network\.w: rows have 2 entries"):
        snap(trained, Dataset(rows((1,)), rows((1,))))
