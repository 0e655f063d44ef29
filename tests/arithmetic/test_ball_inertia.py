"""The inertia proved by balls is that of exact elimination."""

from __future__ import annotations

from flint import arb, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactland.arithmetic.ball_inertia import ball_inertia, inertia_of_blocks_and_gram
from exactland.arithmetic.balls import working_precision
from exactland.arithmetic.inertia import inertia
from exactland.arithmetic.matrices import multiply, transpose

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


def enclosed(rows: list[list[fmpq]]) -> list[list[arb]]:
    with working_precision(400):
        return [[arb(entry) for entry in row] for row in rows]


@settings(max_examples=200)
@given(st.data(), st.integers(0, 4), st.integers(1, 3), st.integers(1, 3), st.integers(0, 2))
def test_inertia_of_blocks_and_a_gram_matrix(
    data: st.DataObject, count: int, size: int, rank: int, loose: int
) -> None:
    """Blocks of one size on the diagonal plus U G U^T, with coordinates that have no block."""

    def matrix(rows: int, columns: int) -> list[list[fmpq]]:
        return [[fmpq(data.draw(ENTRIES), 7) for _ in range(columns)] for _ in range(rows)]

    def symmetric(size: int) -> list[list[fmpq]]:
        rows = matrix(size, size)
        return [[rows[max(i, j)][min(i, j)] for j in range(size)] for i in range(size)]

    blocks = [(symmetric(size), matrix(size, rank)) for _ in range(count)]
    ends, gram = matrix(loose, rank), symmetric(rank)
    rows = [row for _, part in blocks for row in part] + ends
    whole = [list(row) for row in multiply(multiply(rows, gram), transpose(rows))] if rows else []
    for place, (block, _) in enumerate(blocks):
        for i in range(size):
            for j in range(size):
                whole[place * size + i][place * size + j] += block[i][j]
    found = inertia_of_blocks_and_gram(
        [(enclosed(block), enclosed(part)) for block, part in blocks], ends, gram
    )
    nonsingular = all(inertia(part).zero == 0 for part in [gram, *(block for block, _ in blocks)])
    counts = inertia(whole).counts
    assert found == (counts if nonsingular and counts[1] == 0 else None)
