"""Polynomials with real coefficients, ascending: values, integrals, and signs on intervals.

The sign is proved by Bernstein coefficients: on [a, b] a polynomial is a combination of its
Bernstein coefficients with weights that are nonnegative and sum to 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import comb, lcm

from exactland.checker import limits
from exactland.checker.fields import Real, RealField

Polynomial = list[Real]


def add(left: Polynomial, right: Polynomial) -> Polynomial:
    """Return left + right."""
    if len(left) < len(right):
        left, right = right, left
    return [a + b for a, b in zip(left, right, strict=False)] + left[len(right) :]


def multiply(left: Polynomial, right: Polynomial) -> Polynomial:
    """Return left * right."""
    if not left or not right:
        return []
    zero = left[0].field.zero
    result = [zero] * (len(left) + len(right) - 1)
    for i, a in enumerate(left):
        if any(a.numerators):
            for j, b in enumerate(right):
                if any(b.numerators):
                    result[i + j] = result[i + j] + a * b
    return result


def scale(factor: Real, polynomial: Polynomial) -> Polynomial:
    """Return factor * polynomial."""
    return [factor * c for c in polynomial]


def evaluate(polynomial: Polynomial, at: Real) -> Real:
    """Return the value at a point."""
    value = at.field.zero
    for coefficient in reversed(polynomial):
        value = value * at + coefficient
    return value


def antiderivative(polynomial: Polynomial) -> Polynomial:
    """Return the antiderivative that is 0 at 0."""
    if not polynomial:
        return []
    common = lcm(*range(1, len(polynomial) + 1))  # equal denominators stay equal
    terms = [(c * (common // k)).over(common) for k, c in enumerate(polynomial, start=1)]
    return [polynomial[0].field.zero, *terms]


def integral(pieces: Sequence[Polynomial], knots: Sequence[Real]) -> Real:
    """Return the integral of the function that is pieces[i] between knots[i] and knots[i + 1]."""
    total = knots[0].field.zero
    for piece, start, end in zip(pieces, knots[:-1], knots[1:], strict=True):
        whole = antiderivative(piece)
        total = total + (evaluate(whole, end) - evaluate(whole, start))
    return total


def sign_on(polynomial: Polynomial, start: Real, end: Real, *, strict: bool) -> bool | None:
    """Tell whether the polynomial is positive (strict) or nonnegative on [start, end].

    Returns None if that is not decided with MAX_INTERVALS intervals.
    """
    field = start.field
    waiting = [_bernstein(polynomial, start, end, field)]
    for _ in range(limits.MAX_INTERVALS):
        if not waiting:
            return True
        coefficients = waiting.pop()
        signs = [c.sign() for c in coefficients]
        least = 1 if strict else 0
        if min(signs) >= least:
            continue
        if min(signs[0], signs[-1]) < least:  # the values at the two ends
            return False
        waiting += _halves(coefficients)
    return None


def _bernstein(polynomial: Polynomial, start: Real, end: Real, field: RealField) -> Polynomial:
    """Return positive multiples, by one factor, of the Bernstein coefficients on [start, end]."""
    # The polynomial in y, x = start + (end - start) y, by Horner's rule.
    shifted: Polynomial = []
    line = [start, end - start]
    for coefficient in reversed(polynomial):
        shifted = add(multiply(shifted, line), [coefficient])
    degree = max(len(shifted) - 1, 0)
    shifted = field.over_common_denominator(shifted or [field.zero])
    # b_k = sum_{i <= k} C(k, i) / C(degree, i) c_i, times the common multiple of the C(degree, i).
    common = lcm(*(comb(degree, i) for i in range(degree + 1)))
    factors = [common // comb(degree, i) for i in range(degree + 1)]
    result = []
    for k in range(degree + 1):
        value = field.zero
        for i in range(k + 1):
            value = value + shifted[i] * (comb(k, i) * factors[i])
        result.append(value)
    return result


def _halves(coefficients: Polynomial) -> list[Polynomial]:
    """Return the coefficients on the two halves (de Casteljau), times 2^degree."""
    degree = len(coefficients) - 1
    row, left, right = list(coefficients), [], []
    for level in range(degree + 1):
        left.append(row[0] * (1 << (degree - level)))
        right.append(row[-1] * (1 << (degree - level)))
        row = [a + b for a, b in pairwise(row)]
    return [left, right[::-1]]
