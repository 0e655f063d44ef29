"""Sums by activation patterns are the products with the slope matrix."""

from __future__ import annotations

from flint import fmpq, fmpz, fmpz_mat
from hypothesis import given
from hypothesis import strategies as st

from exactland.arithmetic.rationals import dot, dot_over_common
from exactland.derivatives.slope_sums import BLOCK, slope_sums

RATIONALS = st.fractions(max_denominator=10**20).map(lambda x: fmpq(x.numerator, x.denominator))


@given(st.data(), st.integers(1, 3), st.integers(1, 2 * BLOCK + 1))
def test_slope_sums_are_a_matrix_product(data: st.DataObject, width: int, count: int) -> None:
    numbers = st.integers(-(10**30), 10**30)
    rows = data.draw(st.lists(st.lists(numbers, min_size=width, max_size=width), min_size=count,
                              max_size=count))  # fmt: skip
    patterns = data.draw(
        st.lists(st.text("+0-", min_size=count, max_size=count), min_size=1, max_size=20)
    )
    slopes = {"+": fmpz(3), "0": fmpz(-1), "-": fmpz(0)}
    matrix = fmpz_mat(rows)
    chosen = fmpz_mat([[slopes[character] for character in pattern] for pattern in patterns])
    assert slope_sums(patterns, slopes, matrix) == (chosen * matrix).tolist()


@given(st.lists(st.tuples(RATIONALS, RATIONALS), max_size=6))
def test_both_inner_products_agree(pairs: list[tuple[fmpq, fmpq]]) -> None:
    left, right = [a for a, _ in pairs], [b for _, b in pairs]
    assert dot_over_common(left, right) == dot(left, right)
