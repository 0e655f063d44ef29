"""Several algebraic numbers in one field, and numbers recognised from their digits."""

from __future__ import annotations

from fractions import Fraction

import pytest
from flint import arb, fmpq, fmpq_poly
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from exactland.arithmetic.balls import working_precision
from exactland.arithmetic.compositum import adjoin_roots, compositum
from exactland.arithmetic.number_fields import NumberField, RealAlgebraic, sqrt_field
from exactland.arithmetic.ordered import to_ball
from exactland.arithmetic.polynomials import IsolatedRoot, real_roots
from exactland.arithmetic.recognition import in_field, integer_relation, recognise
from exactland.errors import UnsupportedError

SMALL = st.integers(-6, 6)
CUBIC = NumberField(fmpq_poly([-2, 0, 0, 1]), (fmpq(1), fmpq(2)))


def irreducible_roots(coefficients: list[int]) -> list[IsolatedRoot]:
    polynomial = fmpq_poly([*coefficients, 1])
    return [root for root in real_roots(polynomial) if root.polynomial.degree() <= 3]


@settings(max_examples=40)
@given(st.lists(st.lists(SMALL, min_size=1, max_size=3), min_size=1, max_size=3))
def test_roots_in_one_field_are_the_roots_they_were(tables: list[list[int]]) -> None:
    roots = [root for table in tables for root in irreducible_roots(table)][:3]
    assume(roots)
    assume(sum(root.polynomial.degree() == 3 for root in roots) < 3)
    field, values = adjoin_roots(roots)
    for root, value in zip(roots, values, strict=True):
        polynomial = root.polynomial.coeffs()
        total = sum((c * value**power for power, c in enumerate(polynomial)), fmpq(0))
        assert total == 0
        ball = to_ball(value, 80)
        assert bool(ball.overlaps(arb(root.lower).union(arb(root.upper))))
        if isinstance(value, RealAlgebraic):
            assert value.field == field


def test_a_compositum_is_no_larger_than_needed() -> None:
    root = sqrt_field(fmpq(2))
    other = NumberField(fmpq_poly([-4, -4, 1]), (fmpq(4), fmpq(5)))  # 2 + 2 sqrt 2
    field, two, sum_ = compositum(root, other)
    assert field.degree == 2 and sum_ == 2 + 2 * two
    wide, a, b = compositum(root, CUBIC)
    assert wide.degree == 6 and a**2 == 2 and b**3 == 2 and b > 1 and a > 1
    with pytest.raises(UnsupportedError, match="degree"):
        compositum(
            NumberField(fmpq_poly([-2] + [0] * 8 + [1]), (fmpq(1), fmpq(2))),
            NumberField(fmpq_poly([-3] + [0] * 7 + [1]), (fmpq(1), fmpq(2))),
        )


@settings(max_examples=30)
@given(st.lists(st.fractions(-9, 9, max_denominator=9), min_size=3, max_size=3))
def test_an_element_is_recognised_from_its_digits(entries: list[Fraction]) -> None:
    element = CUBIC.element([fmpq(x.numerator, x.denominator) for x in entries])
    with working_precision(500):
        digits = to_ball(element, 480) if element else arb(0)
    assert in_field(digits, CUBIC, 400) == element
    root = recognise(digits, 400)
    assert root is not None
    assert element.polynomial.degree() < 1 or root.polynomial.degree() == 3


def test_digits_without_a_relation_are_not_recognised() -> None:
    with working_precision(600):
        e, pi = arb(1).exp(), arb.pi()
        assert recognise(pi, 400) is None
        assert integer_relation([arb(1), e, pi], 400) is None
        assert in_field(pi, CUBIC, 400) is None
