"""Matrices and polynomials over a number field against textbook formulas and the rational case."""

from __future__ import annotations

from itertools import permutations
from math import prod
from typing import Any

import pytest
from flint import fmpq, fmpq_mat, fmpq_poly
from hypothesis import given, settings
from hypothesis import strategies as st

from exactland.arithmetic.field_extensions import adjoin_square_roots
from exactland.arithmetic.field_matrices import (
    characteristic_polynomial,
    determinant,
    inertia,
    nullspace,
    rank,
    solve,
)
from exactland.arithmetic.field_polynomials import field_real_roots, norm_polynomial
from exactland.arithmetic.number_fields import NumberField, RealAlgebraic, sqrt_field
from exactland.arithmetic.ordered import sign
from exactland.arithmetic.polynomials import compare, decimal, inertia_from_charpoly, real_roots

Q = fmpq
few = settings(max_examples=25, deadline=None)
biquadratic, _ = adjoin_square_roots([2, 3])
assert biquadratic is not None
FIELDS: list[NumberField] = [sqrt_field(Q(5)), biquadratic]
Table = list[list[Any]]


@st.composite
def tables(draw: st.DrawFn, rows: int, columns: int) -> Table:
    field = draw(st.sampled_from(FIELDS))
    entry = st.lists(st.integers(-2, 2), min_size=1, max_size=field.degree).map(field.element)
    return [[draw(entry) for _ in range(columns)] for _ in range(rows)]


@st.composite
def low_rank(draw: st.DrawFn) -> Table:
    rows, inner, columns = (draw(st.integers(1, 4)) for _ in range(3))
    left = draw(tables(rows, inner))
    field = left[0][0].field
    entry = st.lists(st.integers(-2, 2), min_size=1, max_size=2).map(field.element)
    return product(left, [[draw(entry) for _ in range(columns)] for _ in range(inner)])


@st.composite
def symmetric(draw: st.DrawFn) -> Table:
    """B D B^T, so that kernels, zero diagonals and both signs are common."""
    size, inner = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    table = draw(tables(size, inner))
    diagonal = [draw(st.sampled_from([-1, 1, 0])) for _ in range(inner)]
    scaled = [[x * d for x, d in zip(row, diagonal, strict=True)] for row in table]
    result = product(scaled, [list(column) for column in zip(*table, strict=True)])
    if draw(st.booleans()):
        for i in range(size):
            result[i][i] = result[i][i] * 0
    return result


def product(left: Table, right: Table) -> Table:
    return [
        [
            sum((x * y for x, y in zip(row, column, strict=True)), Q(0))
            for column in zip(*right, strict=True)
        ]
        for row in left
    ]


def leibniz(matrix: Table) -> Any:
    total: Any = Q(0)
    for order in permutations(range(len(matrix))):
        inversions = sum(order[i] > order[j] for j in range(len(order)) for i in range(j))
        total = total + (-1) ** inversions * prod(
            (matrix[i][j] for i, j in enumerate(order)), start=Q(1)
        )
    return total


@few
@given(st.integers(1, 4).flatmap(lambda n: tables(n, n)))
def test_the_determinant_is_the_sum_over_permutations(matrix: Table) -> None:
    assert determinant(matrix) == leibniz(matrix)


@few
@given(st.integers(1, 4).flatmap(lambda n: tables(n, n)), st.integers(-3, 3))
def test_the_characteristic_polynomial_takes_the_values_of_the_determinant(
    matrix: Table, point: int
) -> None:
    coefficients = characteristic_polynomial(matrix)
    size = len(matrix)
    shifted = [[point * int(i == j) - matrix[i][j] for j in range(size)] for i in range(size)]
    assert sum((c * point**i for i, c in enumerate(coefficients)), Q(0)) == leibniz(shifted)
    assert len(coefficients) == size + 1 and coefficients[-1] == 1


@few
@given(low_rank())
def test_rank_and_kernel_fit_together(matrix: Table) -> None:
    kernel = nullspace(matrix)
    assert rank(matrix) + len(kernel) == len(matrix[0])
    assert rank([list(vector) for vector in kernel]) == len(kernel)
    for vector in kernel:
        assert all(entry[0] == 0 for entry in product(matrix, [[x] for x in vector]))
    minor = max(
        (len(m) for m in square_minors(matrix) if leibniz(m) != 0),
        default=0,
    )
    assert rank(matrix) == minor


def square_minors(matrix: Table) -> list[Table]:
    rows, columns = len(matrix), len(matrix[0])
    return [
        [[matrix[i][j] for j in range(columns) if c >> j & 1] for i in range(rows) if r >> i & 1]
        for r in range(1, 2**rows)
        for c in range(1, 2**columns)
        if r.bit_count() == c.bit_count()
    ]


@few
@given(low_rank(), st.booleans())
def test_a_system_is_solved_exactly_when_it_is_consistent(matrix: Table, inside: bool) -> None:
    if inside:
        right = [sum(row, Q(0)) for row in matrix]
    else:
        right = [Q(int(i == 0)) for i in range(len(matrix))]
    solution = solve(matrix, right)
    extended = [[*row, b] for row, b in zip(matrix, right, strict=True)]
    if solution is None:
        assert rank(extended) == rank(matrix) + 1
    else:
        assert [row[0] for row in product(matrix, [[x] for x in solution])] == right


@few
@given(symmetric())
def test_inertia_is_that_of_the_characteristic_polynomial_and_has_a_witness(matrix: Table) -> None:
    found = inertia(matrix)
    assert found.inertia == inertia_from_charpoly(characteristic_polynomial(matrix))
    transform = [list(row) for row in found.transform]
    transposed = [list(column) for column in zip(*transform, strict=True)]
    diagonal = product(product(transform, matrix), transposed)
    assert determinant(transform) != 0
    for i, row in enumerate(diagonal):
        for j, entry in enumerate(row):
            assert entry == (found.diagonal[i] if i == j else 0)


@few
@given(symmetric())
def test_eigenvalues_over_the_field_are_counted_and_signed(matrix: Table) -> None:
    coefficients = characteristic_polynomial(matrix)
    roots = field_real_roots(coefficients)
    assert sum(root.multiplicity for root in roots) == len(matrix)
    signs = [compare(root, Q(0)) for root in roots for _ in range(root.multiplicity)]
    assert (signs.count(-1), signs.count(0), signs.count(1)) == inertia(matrix).inertia
    assert inertia_from_charpoly(coefficients, Q(1, 2))[0] == sum(
        root.multiplicity for root in roots if compare(root, Q(1, 2)) < 0
    )


def test_roots_over_a_field_are_only_those_of_the_polynomial_not_of_its_conjugates() -> None:
    a = sqrt_field(Q(2)).generator
    # (x - a)^2 (x + 1 + a): the conjugates -a and -1 + a are no roots.
    square = [a * a, -2 * a, Q(1)]
    polynomial = [
        (1 + a) * square[0],
        (1 + a) * square[1] + square[0],
        (1 + a) * square[2] + square[1],
        Q(1),
    ]
    found = [(decimal(root, 10), root.multiplicity) for root in field_real_roots(polynomial)]
    assert found == [("-2.414213562", 1), ("1.414213562", 2)]


def test_norms_multiply_the_conjugates() -> None:
    a = sqrt_field(Q(2)).generator
    assert norm_polynomial([a, Q(3), a]) == fmpq_poly([0, 3]) ** 2 - 2 * fmpq_poly([1, 0, 1]) ** 2


def test_rational_matrices_take_the_same_calls() -> None:
    rows = [[Q(2), Q(1, 3)], [Q(1, 3), Q(-1)]]
    polynomial = characteristic_polynomial(rows)
    assert fmpq_poly(list(polynomial)) == fmpq_mat(rows).charpoly()
    assert inertia(rows).inertia == (1, 0, 1) and characteristic_polynomial([]) == (1,)
    assert field_real_roots(polynomial) == real_roots(fmpq_poly(list(polynomial)))
    assert inertia([]).inertia == (0, 0, 0) and determinant([]) == 1


def test_a_matrix_that_is_not_symmetric_is_refused() -> None:
    with pytest.raises(ValueError, match="not symmetric"):
        inertia([[Q(0), Q(1)], [Q(2), Q(0)]])


def test_a_pivot_of_a_near_singular_matrix_is_decided_exactly() -> None:
    a: RealAlgebraic = sqrt_field(Q(2)).generator
    near = a - Q(14142135623730950488016887242096980785696718753769, 10**49)
    assert sign(near) == 1
    assert inertia([[Q(1), a], [a, Q(2)]]).inertia == (0, 1, 1)
    assert inertia([[Q(1), a], [a, 2 - near]]).inertia == (1, 0, 1)
    assert inertia([[Q(1), a], [a, 2 + near]]).inertia == (0, 0, 2)
