"""Polynomials over an ordered field (rational or real algebraic): signs on intervals, exactly.

A polynomial is the tuple of its coefficients, ascending, without trailing zeros; the zero
polynomial is ``()``.  The coefficients only need ``+ - * /`` and comparison with 0, so that the
same functions serve :class:`flint.fmpq` and the elements of a real number field.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise, zip_longest
from typing import Any

from flint import fmpq

Number = Any
Polynomial = tuple[Number, ...]


def trimmed(coefficients: Iterable[Number]) -> Polynomial:
    """Return the polynomial with these coefficients, trailing zeros removed.

    Examples
    --------
    >>> trimmed([fmpq(1), fmpq(0), fmpq(2), fmpq(0)])
    (1, 0, 2)
    """
    result = list(coefficients)
    while result and result[-1] == 0:
        result.pop()
    return tuple(result)


def evaluate(polynomial: Sequence[Number], point: Number) -> Number:
    """Return the value at `point` (Horner).

    Examples
    --------
    >>> evaluate((fmpq(1), fmpq(0), fmpq(2)), fmpq(1, 2))
    3/2
    """
    value = fmpq(0)
    for coefficient in reversed(polynomial):
        value = value * point + coefficient
    return value


def add(left: Sequence[Number], right: Sequence[Number]) -> Polynomial:
    """Return the sum.

    Examples
    --------
    >>> add((fmpq(1), fmpq(1)), (fmpq(0), fmpq(-1)))
    (1,)
    """
    return trimmed(a + b for a, b in zip_longest(left, right, fillvalue=fmpq(0)))


def scale(polynomial: Sequence[Number], factor: Number) -> Polynomial:
    """Return the polynomial times a number.

    Examples
    --------
    >>> scale((fmpq(1), fmpq(3)), fmpq(-2))
    (-2, -6)
    """
    return trimmed(a * factor for a in polynomial)


def multiply(left: Sequence[Number], right: Sequence[Number]) -> Polynomial:
    """Return the product.

    Examples
    --------
    >>> multiply((fmpq(1), fmpq(1)), (fmpq(-1), fmpq(1)))
    (-1, 0, 1)
    """
    if not left or not right:
        return ()
    result: list[Number] = [fmpq(0)] * (len(left) + len(right) - 1)
    for i, a in enumerate(left):
        for j, b in enumerate(right):
            result[i + j] = result[i + j] + a * b
    return trimmed(result)


def antiderivative(polynomial: Sequence[Number]) -> Polynomial:
    """Return the antiderivative that vanishes at 0.

    Examples
    --------
    >>> antiderivative((fmpq(1), fmpq(1)))
    (0, 1, 1/2)
    """
    if not polynomial:
        return ()
    return (fmpq(0), *(a / (k + 1) for k, a in enumerate(polynomial)))


def derivative(polynomial: Sequence[Number]) -> Polynomial:
    """Return the derivative.

    Examples
    --------
    >>> derivative((fmpq(1), fmpq(2), fmpq(3)))
    (2, 6)
    """
    return tuple(a * k for k, a in enumerate(polynomial) if k)


def divide(left: Sequence[Number], right: Sequence[Number]) -> tuple[Polynomial, Polynomial]:
    """Return quotient and remainder; `right` must not be zero.

    Examples
    --------
    >>> divide((fmpq(-1), fmpq(0), fmpq(1)), (fmpq(1), fmpq(1)))
    ((-1, 1), ())
    """
    remainder = list(left)
    quotient: list[Number] = [fmpq(0)] * max(0, len(left) - len(right) + 1)
    for shift in range(len(left) - len(right), -1, -1):
        factor = remainder[shift + len(right) - 1] / right[-1]
        quotient[shift] = factor
        if factor != 0:
            for k, b in enumerate(right):
                remainder[shift + k] = remainder[shift + k] - factor * b
        remainder.pop()
    return trimmed(quotient), trimmed(remainder)


def greatest_common_divisor(left: Polynomial, right: Polynomial) -> Polynomial:
    """Return the monic greatest common divisor (Euclid); of two zeros it is zero.

    Examples
    --------
    >>> greatest_common_divisor((fmpq(-1), fmpq(0), fmpq(1)), (fmpq(2), fmpq(2)))
    (1, 1)
    """
    while right:
        left, right = right, divide(left, right)[1]
        if right:
            right = scale(right, fmpq(1) / right[-1])
    return scale(left, fmpq(1) / left[-1]) if left else ()


def squarefree_factors(polynomial: Polynomial) -> list[tuple[Polynomial, int]]:
    """Return the squarefree factors with their multiplicities (Yun), constants left out.

    Examples
    --------
    >>> squarefree_factors((fmpq(0), fmpq(0), fmpq(-1), fmpq(1)))
    [((-1, 1), 1), ((0, 1), 2)]
    """
    factors: list[tuple[Polynomial, int]] = []
    common = greatest_common_divisor(polynomial, derivative(polynomial))
    rest, multiplicity = divide(polynomial, common)[0], 1
    while len(rest) > 1:
        shared = greatest_common_divisor(rest, common)
        factor = divide(rest, shared)[0]
        if len(factor) > 1:
            factors.append((scale(factor, fmpq(1) / factor[-1]), multiplicity))
        rest, common, multiplicity = shared, divide(common, shared)[0], multiplicity + 1
    return factors


def roots_inside(polynomial: Polynomial, lower: Number, upper: Number) -> int:
    """Return the number of distinct real roots in the open interval (lower, upper), by Sturm.

    Raises
    ------
    ValueError
        If the polynomial is zero.

    Examples
    --------
    >>> roots_inside((fmpq(0), fmpq(-1), fmpq(0), fmpq(1)), fmpq(-1), fmpq(2))
    2
    """
    if not polynomial:
        raise ValueError("the zero polynomial vanishes everywhere")
    common = greatest_common_divisor(polynomial, derivative(polynomial))
    current = divide(polynomial, common)[0]
    for end in (lower, upper):
        if evaluate(current, end) == 0:
            current = divide(current, (-end, fmpq(1)))[0]
    sequence = [current, derivative(current)]
    while sequence[-1]:
        sequence.append(scale(divide(sequence[-2], sequence[-1])[1], -1))
    sequence.pop()
    return _variations(sequence, lower) - _variations(sequence, upper)


def nonnegative_on(polynomial: Sequence[Number], lower: Number, upper: Number) -> bool:
    """Return whether the polynomial is >= 0 on the closed interval [lower, upper].

    Only roots of odd multiplicity inside change the sign, so that the sign at one point that is
    no root decides when there are none.

    Examples
    --------
    >>> nonnegative_on((fmpq(1), fmpq(-2), fmpq(1)), fmpq(0), fmpq(3))
    True
    >>> nonnegative_on((fmpq(0), fmpq(1)), fmpq(-1), fmpq(1))
    False
    """
    polynomial = trimmed(polynomial)
    if not polynomial:
        return True
    if lower == upper:
        return bool(evaluate(polynomial, lower) >= 0)
    for factor, multiplicity in squarefree_factors(polynomial):
        if multiplicity % 2 and roots_inside(factor, lower, upper):
            return False
    return bool(_value_off_roots(polynomial, lower, upper) > 0)


def positive_on(polynomial: Sequence[Number], lower: Number, upper: Number) -> bool:
    """Return whether the polynomial is > 0 on the closed interval [lower, upper].

    Examples
    --------
    >>> positive_on((fmpq(1), fmpq(0), fmpq(1)), fmpq(-1), fmpq(1))
    True
    >>> positive_on((fmpq(0), fmpq(0), fmpq(1)), fmpq(-1), fmpq(1))
    False
    """
    polynomial = trimmed(polynomial)
    if not polynomial or not (evaluate(polynomial, lower) > 0 and evaluate(polynomial, upper) > 0):
        return False
    return lower == upper or roots_inside(polynomial, lower, upper) == 0


def negative_point(polynomial: Sequence[Number], lower: Number, upper: Number) -> Number | None:
    """Return a point of [lower, upper] where the polynomial is < 0, or None if there is none.

    Bisection, guided by :func:`nonnegative_on`, which is exact.

    Examples
    --------
    >>> negative_point((fmpq(-1), fmpq(1)), fmpq(0), fmpq(2))
    0
    >>> negative_point((fmpq(1), fmpq(-2), fmpq(1)), fmpq(0), fmpq(3)) is None
    True
    """
    if nonnegative_on(polynomial, lower, upper):
        return None
    while True:
        middle = (lower + upper) / 2
        for point in (lower, upper, middle):
            if evaluate(polynomial, point) < 0:
                return point
        if nonnegative_on(polynomial, lower, middle):
            lower = middle
        else:
            upper = middle


def _value_off_roots(polynomial: Polynomial, lower: Number, upper: Number) -> Number:
    parts = len(polynomial) + 1
    for k in range(1, parts):
        value = evaluate(polynomial, lower + (upper - lower) * fmpq(k, parts))
        if value != 0:
            return value
    raise AssertionError("a polynomial has no more roots than its degree")


def _variations(sequence: list[Polynomial], point: Number) -> int:
    signs = []
    for polynomial in sequence:
        value = evaluate(polynomial, point)
        if value != 0:
            signs.append(value > 0)
    return sum(a != b for a, b in pairwise(signs))
