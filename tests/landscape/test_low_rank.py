"""Snapping with several outputs: plateaus of low rank are points over real number fields."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flint import fmpq
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from exactland.arithmetic.number_fields import RealAlgebraic
from exactland.arithmetic.ordered import format_exact, to_ball
from exactland.arithmetic.rationals import from_float
from exactland.certificates.produce import certificates, checked
from exactland.landscape.analysis import analyze_empirical
from exactland.landscape.snapping import SnapResult, snap
from exactland.landscape.snapping.coupled import solve_coupled
from exactland.landscape.snapping.low_rank import Block, NotFoundError
from exactland.problem.checkpoints import Checkpoint, read_checkpoint
from exactland.problem.datasets import Dataset, read_dataset
from exactland.problem.files import problem_from_json, problem_to_json
from tests.landscape.test_field_points import analysed

SMALL = st.integers(-5, 5)
TABLE = st.lists(st.lists(SMALL, min_size=2, max_size=2), min_size=2, max_size=2)


def exact(rows: Any) -> Any:
    return tuple(tuple(from_float(float(x)) for x in row) for row in rows)


def rational(rows: Any) -> Any:
    return tuple(tuple(fmpq(x) for x in row) for row in rows)


def aligned(matrix: Any, width: int, seed: int, noise: float) -> tuple[Any, Any]:
    """Neurons along the first singular pair of a J x d matrix: weights and outputs, nearly."""
    generator = np.random.default_rng(seed)
    left, values, right = np.linalg.svd(np.array(matrix, dtype=float))
    sign = 1.0 if right[0].sum() > 0 else -1.0
    parts = generator.dirichlet(np.ones(width))
    scales = np.sqrt(parts * values[0])[:, None]
    weights = sign * scales * right[0] + noise * generator.normal(size=(width, 2))
    outputs = sign * scales * left[:, 0] + noise * generator.normal(size=(width, 2))
    return weights, outputs


def snapped(weights: Any, outputs: Any, data: Any, targets: Any, **others: Any) -> SnapResult:
    checkpoint = Checkpoint(exact(weights), exact(np.array(outputs).T), **others)
    return snap(checkpoint, Dataset(rational(data), rational(targets)))


@settings(max_examples=30, deadline=None)
@given(TABLE, st.integers(1, 6), st.integers(0, 99))
def test_an_aligned_group_snaps_to_the_truncated_singular_value_decomposition(
    matrix: list[list[int]], width: int, seed: int
) -> None:
    """Data: the unit vectors.  Twice the loss is the least eigenvalue of B B^T, B the targets."""
    singular = np.linalg.svd(np.array(matrix, dtype=float))
    assume(singular[1][0] - singular[1][1] > 0.2)
    assume(abs(singular[2][0]).min() > 0.1 and singular[2][0].prod() > 0)
    weights, outputs = aligned(matrix, width, seed, 1e-5)
    weights = np.vstack([weights, [[-1.0, -2.0]], [[1e-7, 2e-8]]])  # one dead, one next to nothing
    outputs = np.vstack([outputs, [[0.3, 0.1]], [[1e-7, 1e-7]]])
    targets = [[row[k] for row in matrix] for k in range(2)]
    result = snapped(weights, outputs, [[1, 0], [0, 1]], targets)
    assert result.status == "ok" and result.problem is not None and result.loss is not None
    assert result.distance is not None and result.distance < fmpq(1, 1000)
    (a, b), (c, d) = matrix
    trace, determinant = a * a + b * b + c * c + d * d, (a * d - b * c) ** 2
    value = 2 * result.loss
    assert value * value - trace * value + determinant == 0 and 2 * value <= trace
    square = trace * trace - 4 * determinant
    assert (result.problem.field is None) == (int(square**0.5 + 0.5) ** 2 == square)
    assert analyze_empirical(result.problem).directional.holds


def test_the_snapped_point_is_certified_end_to_end() -> None:
    weights, outputs = aligned([[1, 1], [2, 1]], 5, 7, 1e-5)
    result = snapped(weights, outputs, [[1, 0], [0, 1]], [[1, 2], [1, 1]])
    assert result.status == "ok" and result.problem is not None and result.loss is not None
    assert format_exact(result.loss) == "7/4 - 3/4*sqrt(5)"
    shown = result.to_json()
    assert shown["loss"] == "7/4 - 3/4*sqrt(5)" and shown["loss_exact"] == ["7/4", "-3/4"]
    assert "Q(sqrt(5))" in str(result)
    written = problem_to_json(result.problem)
    assert problem_from_json(written) == result.problem
    analysis = analysed(written)
    assert analysis.verdict == "saddle"
    for certificate in certificates(analysis):
        checked(certificate)


def test_groups_without_common_data_have_fields_of_their_own() -> None:
    first, second = [[1, 1], [2, 1]], [[3, 1], [1, 1]]
    weights, outputs = aligned(first, 3, 1, 1e-6)
    opposite, others = aligned(second, 4, 2, 1e-6)
    data = [[1, 0], [0, 1], [-1, 0], [0, -1]]
    targets = [[row[k] for row in table] for table in (first, second) for k in range(2)]
    result = snapped(np.vstack([weights, -opposite]), np.vstack([outputs, others]), data, targets)
    assert result.status == "ok" and result.problem is not None and result.loss is not None
    field = result.problem.field
    assert field is not None and field.degree == 4
    expected = sum(min(np.linalg.svd(np.array(t, dtype=float))[1]) ** 2 for t in (first, second))
    assert abs(float(to_ball(2 * result.loss).mid()) - expected) < 1e-9


def test_an_output_bias_shifts_an_aligned_group() -> None:
    generator = np.random.default_rng(3)
    data = [[1, 0], [0, 1], [1, 1], [2, 1]]
    centred = np.array([[1.0, 2.0], [1.0, 1.0], [3.0, 2.0], [2.0, 5.0]])
    design = np.array(data, dtype=float)
    project = np.eye(4) - np.ones((4, 4)) / 4
    solution = np.linalg.lstsq(project @ design, project @ centred, rcond=None)[0]
    images = project @ design @ solution
    left = np.linalg.svd(images)[2][0]
    slope = solution @ left  # B = left slope^T
    assume_active = design @ slope
    if (assume_active < 0).all():
        slope, left = -slope, -left
    assert ((design @ slope) > 0).all()
    bias = (centred - np.outer(design @ slope, left)).mean(axis=0)
    parts = np.sqrt(generator.dirichlet(np.ones(4)))[:, None]
    result = snapped(
        parts * slope,
        parts * left,
        data,
        centred.astype(int).tolist(),
        output_bias=tuple(from_float(float(x)) for x in bias),
    )
    assert result.status == "ok" and result.problem is not None and result.loss is not None
    assert result.problem.field is not None and result.problem.network.output_bias is not None
    assert result.distance is not None and result.distance < fmpq(1, 10**4)


def test_where_an_eigenvalue_is_repeated_a_rational_space_is_chosen() -> None:
    generator = np.random.default_rng(5)
    parts = np.sqrt(generator.dirichlet(np.ones(3)))[:, None]
    direction = np.array([0.6, 0.8])
    result = snapped(parts * direction, parts * direction, [[1, 0], [0, 1]], [[1, 0], [0, 1]])
    assert result.status == "ok" and result.problem is not None and result.loss is not None
    assert result.problem.field is None and result.loss == fmpq(1, 2)


def test_three_outputs_lead_to_a_cubic_field() -> None:
    matrix = np.array([[3.0, 1.0, 0.0], [1.0, 2.0, 1.0], [1.0, 1.0, 2.0]])
    left, values, right = np.linalg.svd(matrix)
    sign = 1.0 if right[0].sum() > 0 else -1.0
    parts = np.sqrt(np.random.default_rng(1).dirichlet(np.ones(4)) * values[0])[:, None]
    targets = [[int(matrix[j, k]) for j in range(3)] for k in range(3)]
    result = snapped(
        sign * parts * right[0], sign * parts * left[:, 0], np.eye(3, dtype=int).tolist(), targets
    )
    assert result.status == "ok" and result.problem is not None and result.loss is not None
    field = result.problem.field
    assert field is not None and field.degree == 3
    assert abs(float(to_ball(2 * result.loss).mid()) - (values[1:] ** 2).sum()) < 1e-9


def test_groups_that_share_data_are_recognised_in_a_field_and_verified() -> None:
    tables = [[1, 0], [0, 1], [1, 1], [1, -1]], [[0, 0], [0, 0], [1, 2], [2, 1]]
    targets = [[1, 2], [2, 0], [1, -1], [0, 1]]
    one, two, y = (np.array(table, dtype=float) for table in (*tables, targets))
    u, v, p, q = np.random.default_rng(0).normal(size=(4, 2))
    for _ in range(5000):
        e = np.outer(one @ v, u) + np.outer(two @ q, p) - y
        steps = e.T @ (one @ v), one.T @ e @ u, e.T @ (two @ q), two.T @ e @ p
        u, v, p, q = (a - 0.02 * step for a, step in zip((u, v, p, q), steps, strict=True))
    guesses = np.outer(u, v), np.outer(p, q)
    blocks = [Block(rational(x), 1, guess) for x, guess in zip(tables, guesses, strict=True)]
    found, _ = solve_coupled(blocks, ((),) * 4, rational(targets), np.zeros((0, 2)))
    residuals = [[-fmpq(value) for value in row] for row in targets]
    for table, factors in zip(tables, found, strict=True):
        for row, errors in zip(table, residuals, strict=True):
            for j, line in enumerate(factors.product):
                errors[j] += sum((b * x for b, x in zip(line, row, strict=True)), fmpq(0))
    for table, factors, guess in zip(tables, found, guesses, strict=True):
        gradient = [
            [
                sum((e[j] * row[a] for e, row in zip(residuals, table, strict=True)), fmpq(0))
                for a in (0, 1)
            ]
            for j in (0, 1)
        ]
        for a in (0, 1):
            assert sum((factors.left[j][0] * gradient[j][a] for j in (0, 1)), fmpq(0)) == 0
            products = zip(gradient[a], factors.right[0], strict=True)
            assert sum((g * x for g, x in products), fmpq(0)) == 0
        assert abs(float(to_ball(factors.product[0][0]).mid()) - guess[0, 0]) < 1e-6
    assert isinstance(found[0].product[0][0], RealAlgebraic)
    assert found[0].product[0][0].field.degree == 8


def test_a_guess_far_from_every_solution_is_given_up() -> None:
    data, targets = rational([[1, 0], [0, 1], [1, 1]]), rational([[1, 2], [3, 1], [1, -1]])
    blocks = [Block(data, 1, np.array([[1e9, 0.0], [0.0, 0.0]]))] * 2
    with pytest.raises(NotFoundError):
        solve_coupled(blocks, ((), (), ()), targets, np.zeros((0, 2)))


def test_training_from_a_small_start_snaps_to_a_quadratic_plateau() -> None:
    """Gradient descent on two outputs; the first plateau is one aligned group."""
    generator = np.random.default_rng(4)
    data = np.array([[0.9, 0.1], [0.7, 0.8], [0.2, 0.5], [0.6, 0.3]])
    targets = np.array([[0.9, 0.4], [0.2, 0.8], [0.3, 0.1], [0.7, 0.6]])
    w, v = generator.normal(size=(12, 2)) * 1e-6, generator.normal(size=(2, 12)) * 1e-6
    sizes: list[float] = []
    for _ in range(8000):
        z = data @ w.T
        e = np.maximum(z, 0) @ v.T - targets
        gv, gw = e.T @ np.maximum(z, 0), ((e @ v) * (z > 0)).T @ data
        sizes.append(float((gv**2).sum() + (gw**2).sum()))
        # The plateau: the first time that the gradient stops to fall after it has grown.
        if len(sizes) > 2 and max(sizes) > 0.1 > 100 * sizes[-2] and sizes[-2] < sizes[-1]:
            break
        w, v = w - 0.02 * gw, v - 0.02 * gv
    tenths = [[f"{x:.1f}" for x in row] for table in (data, targets) for row in table]
    numbers = [tuple(fmpq(int(x.replace(".", "")), 10) for x in row) for row in tenths]
    checkpoint = Checkpoint(exact(w), exact(v))
    result = snap(checkpoint, Dataset(tuple(numbers[:4]), tuple(numbers[4:])))
    assert result.status == "ok" and result.problem is not None and result.loss is not None
    field = result.problem.field
    assert field is not None and field.degree == 2
    assert analyze_empirical(result.problem).directional.holds


def test_the_example_snaps_to_the_golden_field() -> None:
    folder = Path(__file__).parents[2] / "examples" / "two_outputs"
    result = snap(read_checkpoint(folder / "plateau.npz"), read_dataset(folder / "data.json"))
    assert result.status == "ok" and format_exact(result.loss) == "7/4 - 3/4*sqrt(5)"
