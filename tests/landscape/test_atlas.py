"""The atlas against known lists, brute force, exact descents and random networks."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from math import comb
from typing import Any

import pytest
from flint import fmpq

from exactland.arithmetic.matrices import independent_rows, least_squares
from exactland.arithmetic.rationals import ZERO, dot, format_rational, from_float, parse_rational
from exactland.derivatives.empirical import evaluate
from exactland.errors import ExactlandError
from exactland.landscape.analysis import analyze_empirical
from exactland.landscape.atlas.bounding import least_loss
from exactland.landscape.atlas.faces import faces_of, simplicial_fan
from exactland.landscape.atlas.pieces import Plan
from exactland.landscape.atlas.result import Atlas
from exactland.landscape.atlas.run import atlas
from exactland.landscape.atlas.setting import Landscape, make_setting
from exactland.landscape.descent.run import descend
from exactland.problem.activations import (
    ReluLike,
    absolute_value,
    leaky_relu,
    relu,
    relu_like,
)
from exactland.problem.losses import EmpiricalLoss
from tests.landscape.brute_force import Data, best_constant, stationary_losses
from tests.reference import reference

ACTIVATIONS = (relu(), leaky_relu(fmpq(1, 4)), absolute_value(), relu_like(fmpq(-1), fmpq(1, 2)))


def matrix(rows: list[list[str]]) -> tuple[tuple[fmpq, ...], ...]:
    return tuple(tuple(parse_rational(entry, "entry") for entry in row) for row in rows)


def five_points(**more: bool) -> Landscape:
    data = reference()["datasets"]["exp1"]
    return Landscape(EmpiricalLoss(matrix(data["X"]), matrix(data["Y"])), relu(), **more)


def random_landscape(generator: random.Random) -> Landscape:
    dimension, points = generator.choice([1, 2, 2, 2, 3]), generator.randint(1, 4)
    bias = generator.random() < 0.4

    def row() -> tuple[fmpq, ...]:
        entries = [fmpq(generator.randint(-2, 2)) for _ in range(dimension)]
        return (*entries, fmpq(1)) if bias else tuple(entries)

    inputs = tuple(row() for _ in range(points))
    targets = tuple((fmpq(generator.randint(-3, 3)),) for _ in range(points))
    loss = EmpiricalLoss(inputs, targets, generator.choice([fmpq(1, 2), fmpq(1), fmpq(3, 7)]))
    return Landscape(loss, generator.choice(ACTIVATIONS), bias, generator.random() < 0.4)


def losses(found: Atlas) -> dict[str, int]:
    return {format_rational(entry.loss): entry.configurations for entry in found.losses}


def test_five_points_at_width_1_are_the_reference_list() -> None:
    expected = reference()["atlas_exp1"]["1"]
    found = atlas(five_points(), 1)
    assert losses(found) == {entry["L"]: len(entry["configs"]) for entry in expected}
    assert found.total == 34 and found.complete
    assert [entry.kind for entry in found.losses] == ["local_minimum"] * 4
    assert found.losses[0].classes[0][0] in ("+----", "+0---")


def as_fractions(landscape: Landscape) -> Data:
    def fraction(value: fmpq) -> Fraction:
        return Fraction(int(value.p), int(value.q))

    loss, rho = landscape.loss, landscape.activation
    return Data(
        [[fraction(entry) for entry in row] for row in loss.inputs],
        [fraction(row[0]) for row in loss.targets],
        fraction(rho.alpha_plus),
        fraction(rho.alpha_minus),
        fraction(loss.scale),
        landscape.output_bias,
    )


def agrees_with_brute_force(landscape: Landscape, width: int) -> None:
    found = losses(atlas(landscape, width))
    data = as_fractions(landscape)
    expected = {str(loss): n for loss, n in stationary_losses(data, width).items()}
    # Networks with no active neuron are no multiset of classes, and count as one.
    passive = str(best_constant(data))
    expected[passive] = expected.get(passive, 0) + 1
    assert found == expected


def test_five_points_at_width_2_are_what_brute_force_finds() -> None:
    agrees_with_brute_force(five_points(), 2)


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=str)
@pytest.mark.parametrize("output_bias", [False, True])
def test_four_points_with_biases_and_every_slope_against_brute_force(
    activation: ReluLike, output_bias: bool
) -> None:
    rows = [(-2, 1), (0, 3), (1, -1), (2, 2)]
    inputs = tuple((fmpq(x), fmpq(1)) for x, _ in rows)
    targets = tuple((fmpq(y),) for _, y in rows)
    loss = EmpiricalLoss(inputs, targets)
    agrees_with_brute_force(Landscape(loss, activation, True, output_bias), 1)


@pytest.mark.parametrize("seed", range(40))
def test_small_random_data_against_brute_force(seed: int) -> None:
    """Repeated, parallel and zero points among them, all activations, with and without biases."""
    generator = random.Random(seed)
    landscape = random_landscape(generator)
    faces = len(make_setting(landscape).faces)
    agrees_with_brute_force(landscape, 2 if faces <= 8 else 1)


@pytest.mark.parametrize("seed", range(30))
def test_descents_end_on_listed_losses_and_verdicts_agree(seed: int) -> None:
    generator = random.Random(seed)
    landscape, width = random_landscape(generator), generator.randint(1, 2)
    found = atlas(landscape, width)
    for entry in found.losses:
        analysis = analyze_empirical(entry.problem)
        assert analysis.directional.holds and analysis.loss == entry.loss
        assert analysis.verdict in (entry.kind, "global_minimum")
    listed = {entry.loss for entry in found.losses}
    assert found.global_minimum is not None
    least = found.global_minimum.loss
    assert least_loss(make_setting(landscape), width).loss == least
    for leave in (False, True, False):
        weights = tuple(
            tuple(fmpq(generator.randint(-4, 4), generator.randint(1, 3)) for _ in row)
            for row in (landscape.loss.inputs[0],) * width
        )
        if landscape.hidden_bias:
            assert landscape.loss.inputs[0][-1] == 1
        outputs = tuple(fmpq(generator.randint(-3, 3)) for _ in range(width))
        start = landscape.problem(weights, outputs, fmpq(generator.randint(-2, 2)))
        assert evaluate(start).loss >= least
        end = descend(start, leave_saddles=leave)
        assert end.loss in listed
        assert end.status == ("local_minimum" if leave else "stationary")
        assert all(a.loss > b.loss for a, b in zip(end.steps, end.steps[1:], strict=False))


@pytest.mark.parametrize("width", [1, 2])
def test_gradient_descent_in_floats_ends_only_on_listed_values(width: int) -> None:
    """From 40 random starts: exact descent from where training stopped ends at a listed loss, and
    nearly always training was there already (it lingers at saddles)."""
    import numpy as np

    landscape = five_points()
    inputs = np.array([[float(str_fraction(x)) for x in row] for row in landscape.loss.inputs])
    targets = np.array([float(str_fraction(row[0])) for row in landscape.loss.targets])
    listed = {entry.loss for entry in atlas(landscape, width).losses}
    generator = np.random.default_rng(width)
    weights = generator.normal(size=(40, width, 2))
    heights = generator.normal(size=(40, width))
    for step in np.geomspace(0.05, 0.001, 15_000):
        values = weights @ inputs.T
        active = np.maximum(values, 0)
        errors = np.einsum("rw,rwk->rk", heights, active) - targets
        pull = np.einsum("rw,rwk,kd->rwd", heights, (values > 0) * errors[:, None], inputs)
        heights = heights - step * np.einsum("rk,rwk->rw", errors, active)
        weights = weights - step * pull
    ends, close = set(), 0
    for inner, outer in zip(weights.tolist(), heights.tolist(), strict=True):
        rows = tuple(tuple(from_float(entry) for entry in row) for row in inner)
        start = landscape.problem(rows, tuple(map(from_float, outer)), ZERO)
        end = descend(start)
        assert end.status == "stationary" and end.loss in listed
        gap = evaluate(start).loss - end.loss
        assert gap >= 0
        close += gap < fmpq(1, 2000)
        ends.add(end.loss)
    assert close >= 30 and len(ends) > 2 and min(ends) == min(listed)


def str_fraction(value: fmpq) -> Fraction:
    return Fraction(str(value))


def test_plan_cuts_all_sets_once() -> None:
    for faces, width in ((0, 1), (5, 1), (17, 3), (40, 2)):
        plan = Plan(faces, width)
        sets = [chosen for piece in range(plan.pieces) for chosen in plan.sets_of(piece)]
        assert len(sets) == len(set(sets)) == plan.sets
        assert plan.sets == sum(comb(faces, size) for size in range(1, width + 1))


@pytest.mark.parametrize("seed", range(12))
def test_faces_have_their_signs_and_cones_their_dimension(seed: int) -> None:
    generator = random.Random(seed)
    dimension, points = generator.randint(1, 4), generator.randint(1, 6)
    inputs = tuple(
        tuple(fmpq(generator.randint(-2, 2)) for _ in range(dimension)) for _ in range(points)
    )
    found = faces_of(inputs)
    for face in found.faces:
        point = found.interior_point(face)
        signs = "".join("0+-"[(v > 0) + 2 * (v < 0)] for v in (dot(point, x) for x in inputs))
        assert signs == face.signs
        assert face.dimension == len(independent_rows([found.rays[ray] for ray in face.rays]))
    # The Euler relation of the essential fan: the faces with the origin alternate to (-1)^rank.
    total = 1 + sum((-1) ** face.dimension for face in found.faces)
    assert total == (-1) ** found.rank
    for cone in simplicial_fan(found):
        assert len(independent_rows([found.rays[ray] for ray in cone])) == found.rank


def test_the_order_of_work_and_limits_do_not_change_what_is_found() -> None:
    whole = json.dumps(atlas(five_points(), 3).to_json())
    assert json.dumps(atlas(five_points(), 3, jobs=2).to_json()) == whole
    part = atlas(five_points(), 3, max_configurations=200)
    assert not part.complete and part.global_minimum is None and part.examined <= 200
    assert part.to_json()["global_minimum"] is None
    assert not atlas(five_points(), 3, max_seconds=0).complete


def test_output_bias_is_a_constant_feature() -> None:
    """With c, the residuals of every listed network sum to zero."""
    for entry in atlas(five_points(output_bias=True), 2).losses:
        point = evaluate(entry.problem)
        assert sum((row[0] for row in point.residuals), ZERO) == 0


def test_the_least_loss_with_no_activation_is_plain_least_squares() -> None:
    """Data in an open half space: one class sees all of them, and the linear fit is listed."""
    landscape = five_points(hidden_bias=True)
    design = landscape.loss.inputs
    solution, _ = least_squares(design, landscape.loss.targets)
    fitted = [dot(row, tuple(entry[0] for entry in solution)) for row in design]
    value = sum(
        ((f - y[0]) ** 2 for f, y in zip(fitted, landscape.loss.targets, strict=True)), ZERO
    )
    assert value / 2 in {entry.loss for entry in atlas(landscape, 2).losses}


@pytest.mark.parametrize(
    ("more", "message"),
    [({"width": 0}, "width"), ({"targets": ((fmpq(1), fmpq(2)),)}, "one output")],
)
def test_bad_input(more: dict[str, Any], message: str) -> None:
    targets = more.get("targets", ((fmpq(1),),))
    with pytest.raises(ExactlandError, match=message):
        landscape = Landscape(EmpiricalLoss(((fmpq(1),),), targets), relu())
        atlas(landscape, more.get("width", 1))
