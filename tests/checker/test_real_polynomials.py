"""Polynomials, ranks and kernels over the checker's number fields, against fractions."""

from __future__ import annotations

from fractions import Fraction as F
from math import comb
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from exactland.checker.elimination import kernel, rank, semidefinite_rank
from exactland.checker.fields import RealField
from exactland.checker.limits import Meter
from exactland.checker.real_polynomials import (
    _bernstein,
    _halves,
    antiderivative,
    evaluate,
    integral,
    multiply,
    scale,
    sign_on,
)
from tests.checker.test_field_arithmetic import ENTRIES, NAMES, at, declared, fractions, number


@given(NAMES, st.lists(ENTRIES, min_size=1, max_size=4), ENTRIES, ENTRIES)
def test_polynomials_over_a_field_are_those_over_the_real_numbers(
    name: str, table: list[list[F]], left: list[F], right: list[F]
) -> None:
    field = declared(name)
    p = [field.element(entries[: field.degree]) for entries in table]
    x, y = (field.element(entries[: field.degree]) for entries in (left, right))
    slow = [number(c, name) for c in p]
    ends = number(x, name), number(y, name)
    assert close(number(evaluate(p, x), name), at(slow, ends[0]))
    assert close(number(evaluate(multiply(p, p[::-1]), x), name),
                 at(slow, ends[0]) * at(slow[::-1], ends[0]))  # fmt: skip
    assert close(number(evaluate(scale(y, p), x), name), at(slow, ends[0]) * ends[1])
    whole = [F(0), *(c / (k + 1) for k, c in enumerate(slow))]
    assert close(number(integral([p], [x, y]), name), at(whole, ends[1]) - at(whole, ends[0]))
    assert [close(number(c, name), w) for c, w in zip(antiderivative(p), whole, strict=True)]


def test_the_zero_polynomial_has_no_coefficients() -> None:
    field = declared("square root")
    assert antiderivative([]) == multiply([], [field.one]) == multiply([field.one], []) == []
    assert integral([[]], [field.zero, field.one]).is_zero()
    assert sign_on([], field.zero, field.one, strict=False) is True
    assert sign_on([], field.zero, field.one, strict=True) is False


def close(left: F, right: F) -> bool:
    return abs(left - right) < F(1, 2**300) * (1 + abs(right))


@given(
    st.lists(st.fractions(-3, 3, max_denominator=5), min_size=1, max_size=4),
    st.fractions(-2, 2, max_denominator=3),
    st.fractions(0, 3, max_denominator=3),
    st.booleans(),
)
def test_a_sign_on_an_interval_is_that_at_its_points(
    coefficients: list[F], start: F, length: F, strict: bool
) -> None:
    """Where it is decided, all points of a grid agree; where it is denied, some point does."""
    field = RealField(Meter())
    p = [field.rational(c) for c in coefficients]
    ends = field.rational(start), field.rational(start + length)
    answer = sign_on(p, *ends, strict=strict)
    values = [at(coefficients, start + length * k / 64) for k in range(65)]
    good = min(values) > 0 if strict else min(values) >= 0
    assert answer is None or not answer or good
    if answer is False:
        slope = sum(abs(c) * (k + 1) * 5**k for k, c in enumerate(coefficients))
        assert min(values) <= slope * length / 64
    if min(values) > sum(abs(c) * (k + 1) * 5**k for k, c in enumerate(coefficients)) / 8:
        assert answer is True


@given(
    st.lists(st.fractions(-3, 3, max_denominator=5), min_size=1, max_size=4),
    st.fractions(-2, 2, max_denominator=3),
    st.fractions(-2, 2, max_denominator=3),
)
def test_bernstein_coefficients_are_those_of_the_polynomial(
    coefficients: list[F], start: F, end: F
) -> None:
    """On an interval and on its halves, up to a positive factor and the direction of a half."""
    field = RealField(Meter())
    p = [field.rational(c) for c in coefficients]
    found = [
        fractions(b)[0] for b in _bernstein(p, field.rational(start), field.rational(end), field)
    ]
    assert alike(found, slow_bernstein(coefficients, start, end))
    left, right = _halves([field.rational(b) for b in found])
    middle = (start + end) / 2
    assert alike([fractions(b)[0] for b in left], slow_bernstein(coefficients, start, middle))
    halved = [fractions(b)[0] for b in right]
    exact = slow_bernstein(coefficients, middle, end)
    assert alike(halved, exact) or alike(halved[::-1], exact)


def slow_bernstein(coefficients: list[F], start: F, end: F) -> list[F]:
    """Return sum_{i <= k} C(k, i) / C(n, i) c_i with p(start + (end - start) y) = sum_i c_i y^i."""
    n = len(coefficients) - 1
    moved = [F(0)] * (n + 1)
    for power, c in enumerate(coefficients):
        for i in range(power + 1):
            moved[i] += c * comb(power, i) * start ** (power - i) * (end - start) ** i
    return [
        sum((F(comb(k, i), comb(n, i)) * moved[i] for i in range(k + 1)), F(0))
        for k in range(n + 1)
    ]


def alike(left: list[F], right: list[F]) -> bool:
    """Tell whether one list is a positive multiple of the other."""
    factors = {a / b for a, b in zip(left, right, strict=True) if b}
    zeros = all(not a for a, b in zip(left, right, strict=True) if not b)
    return zeros and len(factors) <= 1 and all(factor > 0 for factor in factors)


@given(NAMES, ENTRIES, st.lists(st.integers(-3, 3), min_size=6, max_size=6))
def test_ranks_and_kernels_over_a_field(name: str, entries: list[F], whole: list[int]) -> None:
    """Of matrices whose rank is known: multiples of a row, and others."""
    field = declared(name)
    x = field.element(entries[: field.degree])
    if not any(x.numerators[1:]):
        x = x + field.element([F(0), F(1)])
    row = [x, field.one * whole[0], x * x]
    multiple = [(x + 1) * entry for entry in row]
    assert rank([row, multiple], Meter()) == 1
    assert rank([[field.zero, *row], [x, *multiple], [x] * 4], Meter()) >= 2
    (first, second) = kernel([row, multiple], 3, Meter())
    for vector in (first, second):
        total = sum((a * b for a, b in zip(row, vector, strict=True)), field.zero)
        assert total.is_zero() and any(vector)
    square = [[a * b for b in row] for a in row]
    assert semidefinite_rank(square, Meter()) == 1
    assert semidefinite_rank([[-entry for entry in line] for line in square], Meter()) is None
    shifted = [[e + int(i == j) for j, e in enumerate(line)] for i, line in enumerate(square)]
    assert semidefinite_rank(shifted, Meter()) == 3


@given(st.lists(st.integers(-3, 3), min_size=6, max_size=6), st.integers(-3, -1))
def test_a_rank_of_integers_beside_numbers_of_a_field(whole: list[int], head: int) -> None:
    """The first pivots are negative integers, what is divided by them is not."""
    field = declared("square root")
    x = field.element([F(0), F(1)])
    first: list[Any] = [head, whole[0], whole[1], x]
    second: list[Any] = [whole[2], head, x, field.one * whole[3]]
    third: list[Any] = [a * whole[4] + b * head for a, b in zip(first, second, strict=True)]
    fourth: list[Any] = [0, 0, whole[5], x + 1]
    independent = head * head != whole[0] * whole[2]
    assert rank([first, second, third], Meter()) == 2
    if independent:
        assert rank([first, second, fourth, third], Meter()) <= 3
        rows = [first, second, third, fourth]
        columns = [list(column) for column in zip(*rows, strict=True)]
        assert rank(rows, Meter()) == rank(columns, Meter())


def test_a_rank_after_a_negative_rational_pivot() -> None:
    """The determinant of the lower right corner after one step is 0 only with the right signs."""
    field = declared("square root")
    x = field.element([F(0), F(1)])
    rows: list[list[Any]] = [[-2, 0, 0], [0, 3, x], [0, x, field.rational(F(2, 3))]]
    assert rank(rows, Meter()) == 2
    rows[2][2] = field.rational(F(-2, 3))
    assert rank(rows, Meter()) == 3
    single: list[list[Any]] = [[0, 5, x]]
    assert rank(single, Meter()) == 1
    six = field.rational(6)
    rows = [[-2, 0, 0, 0], [0, 1, 0, 0], [0, 0, 2, 3], [0, 0, 4, six]]
    assert rank(rows, Meter()) == 3
    rows[3][3] = -six
    assert rank(rows, Meter()) == 4
