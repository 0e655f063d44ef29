"""Row reduction and least squares against Gaussian elimination on fractions."""

from __future__ import annotations

from math import gcd

import pytest
from flint import fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactland.arithmetic.echelon import rank_lower_bound
from exactland.arithmetic.matrices import (
    independent_rows,
    least_squares,
    multiply,
    nearest_least_squares,
    nullspace,
    primitive,
    rank,
    shorten_direction,
    solve_columns,
    solve_linear,
    transpose,
)
from exactland.arithmetic.rationals import dot
from tests.arithmetic.textbook import eliminate, exact, fractions_of, rationals, tables

Q = fmpq
Rows = list[tuple[fmpq, ...]]
few = settings(max_examples=50, deadline=None)


@few
@given(tables(rows=(0, 6), columns=(1, 6)))
def test_rank_and_independent_rows_are_those_of_elimination(rows: Rows) -> None:
    assert rank(rows) == len(eliminate(fractions_of(rows))[1])
    assert rank_lower_bound(rows) <= rank(rows)
    greedy: list[int] = []
    for index in range(len(rows)):
        chosen = fractions_of([rows[k] for k in [*greedy, index]])
        if len(eliminate(chosen)[1]) == len(greedy) + 1:
            greedy.append(index)
    assert independent_rows(rows) == tuple(greedy)


@few
@given(tables(), st.data())
def test_solve_linear_solves_exactly_the_consistent_systems(
    rows: Rows, data: st.DataObject
) -> None:
    right = [data.draw(rationals()) for _ in rows]
    if data.draw(st.booleans()):
        hidden = [data.draw(rationals()) for _ in rows[0]]
        right = [dot(row, hidden) for row in rows]
    augmented = [(*row, value) for row, value in zip(rows, right, strict=True)]
    solution = solve_linear(rows, right)
    consistent = rank(augmented) == rank(rows)
    assert (solution is not None) == consistent
    if solution is not None:
        assert [dot(row, solution) for row in rows] == right


@few
@given(tables(rows=(0, 5), columns=(1, 6)))
def test_nullspace_is_a_primitive_basis_of_the_kernel(rows: Rows) -> None:
    columns = len(rows[0]) if rows else 4
    basis = nullspace(rows, columns)
    assert len(basis) == columns - rank(rows)
    assert rank(basis) == len(basis)
    for vector in basis:
        assert all(dot(row, vector) == 0 for row in rows)
        assert all(entry.q == 1 for entry in vector)
        assert gcd(*(int(entry.p) for entry in vector)) == 1
        last = max(index for index, entry in enumerate(vector) if entry != 0)
        assert vector[last] > 0
        assert all(other[last] == 0 for other in basis if other is not vector)


def test_a_kernel_of_a_thousand_columns_is_exact() -> None:
    rows = [tuple(Q((7 * i + 3) ** 2 * j % 101 - 50, 1 + i) for j in range(300)) for i in range(3)]
    basis = nullspace(rows, 300)
    assert len(basis) == 300 - rank(rows)
    assert all(dot(row, vector) == 0 for row in rows for vector in basis)


@few
@given(tables(), st.integers(1, 3), st.data())
def test_least_squares_residual_is_orthogonal_to_the_design(
    design: Rows, outputs: int, data: st.DataObject
) -> None:
    targets = [tuple(data.draw(rationals()) for _ in range(outputs)) for _ in design]
    particular, directions = least_squares(design, targets)
    fitted = multiply(design, particular)
    residual = [
        tuple(a - b for a, b in zip(row, other, strict=True))
        for row, other in zip(fitted, targets, strict=True)
    ]
    # For a convex quadratic, a vanishing gradient is minimality.
    assert not any(any(row) for row in multiply(transpose(design), residual))
    assert directions == nullspace(design, len(design[0]))


@few
@given(tables(rows=(1, 3), columns=(1, 4)), st.integers(1, 4), st.data())
def test_nearest_least_squares_is_nearest(design: Rows, ambient: int, data: st.DataObject) -> None:
    unknowns = len(design[0])
    targets = [(data.draw(rationals()),) for _ in design]
    metric = [tuple(data.draw(rationals()) for _ in range(unknowns)) for _ in range(ambient)]
    guess = [(data.draw(rationals()),) for _ in range(ambient)]
    nearest = nearest_least_squares(design, targets, guess, metric)
    particular, directions = least_squares(design, targets)
    assert multiply(design, nearest) == multiply(design, particular)
    image = multiply(metric, nearest)
    error = [a[0] - b[0] for a, b in zip(image, guess, strict=True)]
    for direction in directions:
        moved = [dot(row, direction) for row in metric]
        assert dot(error, moved) == 0


def test_the_metric_decides_which_solution_is_nearest() -> None:
    one = [(Q(1), Q(1))]
    plain = nearest_least_squares(one, [(Q(2),)], [(Q(2),), (Q(2),)], [(Q(1), Q(0)), (Q(0), Q(1))])
    skewed = nearest_least_squares(one, [(Q(2),)], [(Q(2),), (Q(2),)], [(Q(3), Q(0)), (Q(0), Q(1))])
    assert plain == ((1,), (1,))
    assert skewed == ((Q(3, 5),), (Q(7, 5),))


def test_degenerate_shapes() -> None:
    assert solve_linear([], []) == ()
    assert solve_linear([()], [Q(0)]) == ()
    assert solve_linear([()], [Q(1)]) is None
    assert nullspace([], 0) == ()
    assert nullspace([(Q(0), Q(0))], 2) == ((1, 0), (0, 1))
    assert rank([]) == rank([()]) == 0
    assert independent_rows([]) == ()
    assert least_squares([()], [(Q(1),)]) == ((), ())
    assert multiply([], []) == ()


def test_shapes_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="1 equations with 2"):
        solve_linear([(Q(1),)], [Q(1), Q(2)])
    with pytest.raises(ValueError, match="different lengths"):
        rank([(Q(1),), (Q(1), Q(2))])
    with pytest.raises(ValueError, match="without equations"):
        least_squares([], [])


@few
@given(st.lists(rationals(), min_size=1, max_size=5), st.lists(rationals(), min_size=5, max_size=5))
def test_a_shortened_direction_is_admitted_and_never_longer(
    vector: list[fmpq], normal: list[fmpq]
) -> None:
    normal = normal[: len(vector)]
    side = dot(normal, vector)
    short = shorten_direction(vector, lambda v: (dot(normal, v) > 0) == (side > 0))
    assert (dot(normal, short) > 0) == (side > 0)
    assert max(map(abs, short)) <= max(map(abs, primitive(vector)))


def test_exact_of_fractions_round_trips() -> None:
    rows = [(Q(1, 3), Q(-2))]
    assert exact(fractions_of(rows)) == rows
    assert solve_columns(rows, [(Q(1), Q(0))]) == ((3, 0), (0, 0))
