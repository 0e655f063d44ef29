"""Isolated real roots against Sturm's theorem on fractions, sympy and known factorisations."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
import sympy
from flint import ctx, fmpq, fmpq_poly
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from exactland.arithmetic.polynomial_files import root_from_json, root_to_json
from exactland.arithmetic.polynomials import (
    compare,
    count_roots,
    decimal,
    inertia_from_charpoly,
    real_roots,
    reciprocal_polynomial,
    refine,
    sign_variations,
)
from exactland.arithmetic.rationals import format_decimal, sign
from exactland.errors import InputError

Q = fmpq
X = fmpq_poly([0, 1])
few = settings(max_examples=40, deadline=None)
fractions = st.fractions(min_value=-4, max_value=4, max_denominator=6)
coefficient_lists = st.lists(st.integers(-9, 9), min_size=2, max_size=7).filter(
    lambda c: c[-1] != 0
)


def exact(value: Fraction) -> fmpq:
    return Q(value.numerator, value.denominator)


def textbook_count(coefficients: list[int], lower: Fraction, upper: Fraction) -> int:
    """Distinct roots in (lower, upper] by Sturm, for ends that are not roots."""

    def trim(p: list[Fraction]) -> list[Fraction]:
        while p and p[-1] == 0:
            p = p[:-1]
        return p

    def remainder(p: list[Fraction], q: list[Fraction]) -> list[Fraction]:
        p = list(p)
        while len(p) >= len(q):
            factor = p[-1] / q[-1]
            for i, value in enumerate(q):
                p[len(p) - len(q) + i] -= factor * value
            p.pop()
        return trim(p)

    sequence = [[Fraction(c) for c in coefficients]]
    sequence.append([k * c for k, c in enumerate(sequence[0])][1:])
    while sequence[-1]:
        sequence.append([-c for c in remainder(sequence[-2], sequence[-1])])

    def changes(point: Fraction) -> int:
        values = [sum((c * point**k for k, c in enumerate(p)), Fraction(0)) for p in sequence]
        signs = [value > 0 for value in values if value != 0]
        return sum(a != b for a, b in pairwise(signs))

    return changes(lower) - changes(upper)


@few
@given(coefficient_lists, fractions, fractions)
def test_the_number_of_roots_in_an_interval_is_that_of_sturm(
    coefficients: list[int], one: Fraction, two: Fraction
) -> None:
    lower, upper = sorted((one, two))
    polynomial = fmpq_poly(coefficients)
    assume(polynomial(exact(lower)) != 0 and polynomial(exact(upper)) != 0)
    expected = textbook_count(coefficients, lower, upper)
    assert count_roots(polynomial, exact(lower), exact(upper)) == expected


@few
@given(st.lists(st.tuples(fractions, st.integers(1, 3)), max_size=4), st.integers(0, 2))
def test_a_product_of_linear_factors_gives_back_its_roots_and_multiplicities(
    factors: list[tuple[Fraction, int]], complex_pairs: int
) -> None:
    polynomial = (X * X + X + 1) ** complex_pairs * Q(-2, 3)
    expected: dict[Fraction, int] = {}
    for root, power in factors:
        polynomial *= (X - exact(root)) ** power
        expected[root] = expected.get(root, 0) + power
    found = real_roots(polynomial)
    assert [(r.lower, r.upper, r.multiplicity) for r in found] == [
        (exact(root), exact(root), expected[root]) for root in sorted(expected)
    ]


@settings(max_examples=10, deadline=None)
@given(coefficient_lists)
def test_roots_and_their_digits_are_those_of_sympy(coefficients: list[int]) -> None:
    symbol = sympy.Symbol("x")
    polynomial = sympy.Poly(coefficients[::-1], symbol)
    expected = sorted(set(polynomial.real_roots()), key=lambda root: root.evalf(60))
    found = real_roots(fmpq_poly(coefficients))
    assert len(found) == len(expected)
    for root, reference in zip(found, expected, strict=True):
        near = Fraction(str(sympy.N(reference, 60)))
        fine = refine(root, 30)
        assert exact(near) - Q(1, 10**40) <= fine.upper and fine.lower <= exact(near) + Q(1, 10**40)
        if exact(near) != 0:
            assert decimal(root, 20) == format_decimal(exact(near), 20)


@few
@given(coefficient_lists)
def test_intervals_isolate_and_are_disjoint_and_avoid_zero(coefficients: list[int]) -> None:
    roots = real_roots(fmpq_poly(coefficients))
    for root in roots:
        at_lower, at_upper = root.polynomial(root.lower), root.polynomial(root.upper)
        assert at_lower == 0 if root.lower == root.upper else at_lower * at_upper < 0
        assert root.lower == root.upper == 0 or root.lower * root.upper > 0
        assert compare(root_from_json(root_to_json(root)), root) == 0
    for left, right in pairwise(roots):
        assert left.upper < right.lower
        assert (compare(left, right), compare(right, left)) == (-1, 1)


@few
@given(coefficient_lists, st.integers(1, 80))
def test_refining_keeps_the_root_and_reaches_the_width(
    coefficients: list[int], digits: int
) -> None:
    for root in real_roots(fmpq_poly(coefficients)):
        fine = refine(root, digits)
        assert root.lower <= fine.lower <= fine.upper <= root.upper
        assert fine.upper - fine.lower <= Q(1, 10**digits)
        assert compare(fine, root) == 0


@few
@given(st.lists(fractions, min_size=1, max_size=6), fractions, fractions.filter(bool))
def test_a_real_rooted_polynomial_shows_its_inertia_at_every_shift(
    roots: list[Fraction], shift: Fraction, leading: Fraction
) -> None:
    polynomial = fmpq_poly([exact(leading)])
    for root in roots:
        polynomial *= X - exact(root)
    signs = [sign(exact(root - shift)) for root in roots]
    expected = (signs.count(-1), signs.count(0), signs.count(1))
    assert inertia_from_charpoly(polynomial, exact(shift)) == expected
    assert inertia_from_charpoly(tuple(polynomial.coeffs()), exact(shift)) == expected


@few
@given(st.lists(fractions, min_size=1, max_size=5), fractions.filter(bool))
def test_reciprocal_roots(roots: list[Fraction], numerator: Fraction) -> None:
    polynomial = fmpq_poly([1])
    for root in roots:
        polynomial *= X - exact(root)
    found = [r.lower for r in real_roots(reciprocal_polynomial(polynomial, exact(numerator)))]
    assert found == [exact(v) for v in sorted({numerator / root for root in roots if root})]


def test_roots_closer_than_any_float_are_told_apart() -> None:
    gap = Q(1, 10**60)
    roots = real_roots((X - 1) * (X - 1 - gap) * (X**2 - 1 - gap))
    # sqrt(1 + g) lies between 1 and 1 + g, about half way.
    assert [compare(root, Q(1)) for root in roots] == [-1, 0, 1, 1]
    assert compare(roots[2], 1 + gap / 2) == -1 and compare(roots[2], 1 + gap * Q(49, 100)) == 1
    assert compare(roots[3], 1 + gap) == 0


def test_mignotte_roots_are_separated() -> None:
    roots = real_roots(X**9 - 2 * (10**8 * X - 1) ** 2)
    assert len(roots) == 3 and roots[0].upper < roots[1].lower
    assert compare(roots[0], Q(1, 10**8)) == -1 and compare(roots[1], Q(1, 10**8)) == 1


def test_a_root_half_way_between_two_decimals_is_rounded_away_from_zero() -> None:
    # Above the degree limit for factoring the rational root is not recognised beforehand.
    polynomial = (X - Q(1, 8)) * (X**2 + X + 3) * (X + Q(1, 8)) * (X**101 - 2)
    assert [decimal(root, 2) for root in real_roots(polynomial)] == ["-0.13", "0.13", "1"]


def test_equal_roots_of_different_polynomials_compare_equal() -> None:
    left = real_roots(X**2 - 2)[1]
    right = real_roots((X**2 - 2) * (X**101 - 3))[-1]
    assert right.polynomial.degree() > 2 and compare(left, right) == 0
    assert compare(real_roots(X**101 - 3)[0], left) == -1


def test_the_working_precision_of_the_caller_changes_nothing() -> None:
    before = ctx.prec
    try:
        ctx.prec = 4
        root = real_roots(X**3 - 2)[0]
        assert decimal(root, 30) == "1.25992104989487316476721060728" and ctx.prec == 4
    finally:
        ctx.prec = before


@pytest.mark.parametrize(
    "points", [(None, None, 3), (Q(0), None, 2), (Q(1), Q(1), 1), (Q(2), Q(1), 0)]
)
def test_counts_in_closed_and_unbounded_intervals(points: tuple[Any, Any, int]) -> None:
    lower, upper, expected = points
    assert count_roots(X * (X - 1) ** 2 * (X + 1), lower, upper) == expected


def test_sign_changes_skip_zeros() -> None:
    assert sign_variations([Q(0), Q(1), Q(0), Q(0), Q(-1), Q(-2), Q(3)]) == 2


def test_what_has_no_answer_is_refused() -> None:
    with pytest.raises(InputError, match="zero polynomial"):
        real_roots(fmpq_poly([]))
    with pytest.raises(InputError, match="zero polynomial"):
        inertia_from_charpoly([Q(0)])
    with pytest.raises(InputError, match="not real"):
        inertia_from_charpoly(X**2 + 1)
    assert real_roots(fmpq_poly([3])) == ()


GOOD: dict[str, Any] = {"polynomial": ["-2", "0", "1"], "interval": ["1", "2"], "multiplicity": 1}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"polynomial": ["4", "-4", "1"]}, "root.polynomial: not a squarefree"),
        ({"polynomial": ["1"]}, "root.polynomial: not a squarefree"),
        ({"polynomial": "x"}, "root.polynomial: expected a list"),
        ({"polynomial": ["-2", "1/0"]}, r'root.polynomial\[1\]: "1/0"'),
        ({"polynomial": ["1"] * 1002}, "root.polynomial: degree 1001"),
        ({"interval": ["2", "3"]}, "root.interval: the polynomial does not change sign"),
        ({"interval": ["2", "1"]}, "root.interval: its left end"),
        ({"interval": ["1", "1"]}, "root.interval: the polynomial does not change sign"),
        ({"polynomial": ["0", "-2", "0", "1"], "interval": ["-3", "3"]}, "more than one root"),
        ({"interval": ["1"]}, "root.interval: expected the two ends"),
        ({"multiplicity": 0}, "root.multiplicity"),
        ({"multiplicity": True}, "root.multiplicity"),
    ],
)
def test_a_malformed_root_in_a_file_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        root_from_json(GOOD | change)
