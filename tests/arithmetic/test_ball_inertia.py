"""The inertia proved by balls is that of exact elimination."""

from __future__ import annotations

from flint import fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactland.arithmetic.ball_inertia import ball_inertia
from exactland.arithmetic.inertia import inertia

ENTRIES = st.integers(-3, 3)
SIZES = st.sampled_from([fmpq(1), fmpq(1, 3), fmpq(10**30), fmpq(7, 10**25)])


@st.composite
def symmetric_matrices(draw: st.DrawFn) -> list[list[fmpq]]:
    """Graded and singular matrices: A^T D A with few rows, coordinates scaled differently."""
    size, rows = draw(st.integers(0, 6)), draw(st.integers(0, 6))
    factor = [[draw(ENTRIES) for _ in range(size)] for _ in range(rows)]
    diagonal = [draw(st.sampled_from([1, -1, 2, -5])) for _ in range(rows)]
    scales = [draw(SIZES) for _ in range(size)]
    return [
        [
            sum(
                (fmpq(d * row[i] * row[j]) for d, row in zip(diagonal, factor, strict=True)),
                fmpq(0),
            )
            * scales[i]
            * scales[j]
            for j in range(size)
        ]
        for i in range(size)
    ]


@settings(max_examples=200)
@given(symmetric_matrices())
def test_agrees_with_elimination(matrix: list[list[fmpq]]) -> None:
    assert ball_inertia(matrix) in (None, inertia(matrix).counts)


@settings(max_examples=200)
@given(symmetric_matrices())
def test_succeeds_on_matrices_of_every_grading(matrix: list[list[fmpq]]) -> None:
    assert ball_inertia(matrix) is not None
