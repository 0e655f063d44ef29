"""Inertia against the signs of the characteristic polynomial; its witness against tampering."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable

import pytest
from flint import fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactland.arithmetic import inertia as module
from exactland.arithmetic.matrices import (
    Matrix,
    inertia,
    is_positive_definite,
    multiply,
    negative_direction,
    quadratic_form,
    transpose,
    verify_inertia,
)
from tests.arithmetic.textbook import fractions_of, inertia_by_characteristic_polynomial, rationals

Q = fmpq
few = settings(max_examples=50, deadline=None)


@st.composite
def symmetric_matrices(draw: st.DrawFn) -> Matrix:
    """Of the form B diag(D) B^T with thin B, so that kernels and both signs are common."""
    size, inner = draw(st.integers(1, 6)), draw(st.integers(0, 6))
    if inner == 0:
        rows = [[Q(0)] * size for _ in range(size)]
        for i in range(size):
            for j in range(i + 1):
                rows[i][j] = rows[j][i] = draw(rationals())
        return tuple(tuple(row) for row in rows)
    factor = [tuple(draw(rationals(2)) for _ in range(inner)) for _ in range(size)]
    weights = [draw(rationals(2)) for _ in range(inner)]
    weighted = [tuple(a * b for a, b in zip(row, weights, strict=True)) for row in factor]
    return multiply(weighted, transpose(factor))


@few
@given(symmetric_matrices())
def test_inertia_is_that_of_the_characteristic_polynomial(matrix: Matrix) -> None:
    found = inertia(matrix)
    assert found.counts == inertia_by_characteristic_polynomial(fractions_of(matrix))
    assert verify_inertia(matrix, found)
    assert is_positive_definite(matrix) == (found.positive == len(matrix))


@few
@given(symmetric_matrices())
def test_eigenvector_congruences_agree_with_elimination(matrix: Matrix) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_ELIMINATE_UP_TO", -1)
        found = inertia(matrix)
    assert found.counts == inertia(matrix).counts
    assert verify_inertia(matrix, found)


@few
@given(symmetric_matrices())
def test_a_negative_direction_exists_exactly_below_semidefiniteness(matrix: Matrix) -> None:
    direction = negative_direction(matrix)
    assert (direction is None) == (inertia(matrix).negative == 0)
    if direction is not None:
        assert quadratic_form(matrix, direction) < 0
        assert all(entry.q == 1 for entry in direction)


def random_symmetric(size: int, entry: Callable[[], fmpq]) -> Matrix:
    rows = [[Q(0)] * size for _ in range(size)]
    for i in range(size):
        for j in range(i + 1):
            rows[i][j] = rows[j][i] = entry()
    return tuple(tuple(row) for row in rows)


def test_coprime_64_bit_denominators_are_never_brought_together() -> None:
    generator = random.Random(5)
    matrix = random_symmetric(
        90, lambda: Q(generator.getrandbits(64) - 2**63, generator.getrandbits(64) | 1)
    )
    found = inertia(matrix)
    assert found.method == "eigenvectors"
    assert found.zero == 0
    assert verify_inertia(matrix, found)


def test_a_singular_block_beside_dead_coordinates() -> None:
    generator = random.Random(6)
    factor = [tuple(Q(generator.randint(-9, 9)) for _ in range(30)) for _ in range(50)]
    gram = multiply(factor, transpose(factor))
    matrix = (*((*row, *[Q(0)] * 10) for row in gram), *[(Q(0),) * 60] * 10)
    found = inertia(matrix)
    assert found.counts == (0, 30, 30)
    assert verify_inertia(matrix, found)
    assert negative_direction(matrix) is None


def test_condition_numbers_beyond_float_are_resolved() -> None:
    hilbert = tuple(tuple(Q(1, i + j + 1) for j in range(45)) for i in range(45))
    shifted = [list(row) for row in hilbert]
    shifted[44][44] -= Q(1, 10**60)
    for matrix in (hilbert, shifted):
        found = inertia(matrix)
        assert found.method == "eigenvectors"
        assert verify_inertia(matrix, found)
    assert inertia(hilbert).counts == (0, 0, 45)


def test_entries_of_any_size() -> None:
    matrix = ((Q(10) ** 400, Q(1)), (Q(1), Q(-1) / Q(10) ** 400))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_ELIMINATE_UP_TO", -1)
        found = inertia(matrix)
    assert found.counts == (1, 0, 1)
    assert verify_inertia(matrix, found)


def test_a_changed_witness_is_rejected() -> None:
    matrix = ((Q(2), Q(1), Q(0)), (Q(1), Q(-1), Q(0)), (Q(0), Q(0), Q(0)))
    found = inertia(matrix)
    assert verify_inertia(matrix, found)
    changes: list[dict[str, object]] = [
        {"negative": 0, "positive": 2, "signs": (1, 1)},
        {"signs": tuple(-value for value in found.signs)},
        {"kernel": ((Q(1), Q(0), Q(0)),)},
        {"kernel": ((Q(0), Q(0), Q(0)),)},
        {"kernel": (), "zero": 0},
        {"congruence": (found.congruence[0], found.congruence[0])},
        {"congruence": ((Q(1), Q(0), Q(0)), (Q(0), Q(1), Q(0)), (Q(0), Q(0), Q(1)))},
    ]
    for change in changes:
        assert not verify_inertia(matrix, dataclasses.replace(found, **change))  # type: ignore[arg-type]  # fields by name


def test_the_empty_matrix_is_positive_definite() -> None:
    assert inertia(()).counts == (0, 0, 0)
    assert verify_inertia((), inertia(()))
    assert is_positive_definite(())
    assert negative_direction(()) is None


def test_asymmetric_input_is_refused() -> None:
    with pytest.raises(ValueError, match="not symmetric"):
        inertia([[Q(1), Q(2)], [Q(0), Q(1)]])
    with pytest.raises(ValueError, match="not square"):
        inertia([[Q(1), Q(2)]])
