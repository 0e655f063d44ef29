"""Polynomials with fractions for the slow deciders: ascending coefficients, Sturm's theorem."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction as F
from itertools import pairwise

Poly = list[F]


def trim(p: Sequence[F]) -> Poly:
    result = list(p)
    while result and not result[-1]:
        result.pop()
    return result


def add(*polynomials: Sequence[F]) -> Poly:
    size = max(map(len, polynomials), default=0)
    return [sum((p[k] for p in polynomials if k < len(p)), F(0)) for k in range(size)]


def mul(p: Sequence[F], q: Sequence[F]) -> Poly:
    result = [F(0)] * max(len(p) + len(q) - 1, 0)
    for i, a in enumerate(p):
        for j, b in enumerate(q):
            result[i + j] += a * b
    return result


def at(p: Sequence[F], x: F) -> F:
    return sum((c * x**k for k, c in enumerate(p)), F(0))


def antiderivative(p: Sequence[F]) -> Poly:
    return [F(0), *(c / (k + 1) for k, c in enumerate(p))]


def integral(p: Sequence[F], low: F, high: F) -> F:
    whole = antiderivative(p)
    return at(whole, high) - at(whole, low)


def _derivative(p: Sequence[F]) -> Poly:
    return [k * c for k, c in enumerate(p)][1:]


def _remainder(p: Sequence[F], q: Sequence[F]) -> Poly:
    rest, divisor = trim(p), trim(q)
    while len(rest) >= len(divisor):
        factor, shift = rest[-1] / divisor[-1], len(rest) - len(divisor)
        for k, c in enumerate(divisor):
            rest[k + shift] -= factor * c
        rest = trim(rest[:-1])
    return rest


def _roots_above(chain: list[Poly], x: F) -> int:
    signs = [value > 0 for value in (at(p, x) for p in chain) if value]
    return sum(a != b for a, b in pairwise(signs))


def nonnegative(p: Sequence[F], low: F, high: F) -> bool:
    """Decide p >= 0 on [low, high], low < high, by isolating the roots."""
    p = trim(p)
    chain = [p, trim(_derivative(p))]
    while chain[-1]:
        chain.append([-c for c in _remainder(chain[-2], chain[-1])])
    chain.pop()  # Sturm's chain counts distinct roots even where there are multiple ones
    return not p or _nonnegative(p, chain, low, high)


def _nonnegative(p: Poly, chain: list[Poly], low: F, high: F) -> bool:
    ends, middle = (at(p, low), at(p, high)), (low + high) / 2
    if min(ends) < 0 or at(p, middle) < 0:
        return False
    if all(ends):  # Sturm counts in (low, high]
        roots = _roots_above(chain, low) - _roots_above(chain, high)
        if roots <= 1:  # between two positive ends one root has even multiplicity
            return True
    elif _only_end_roots(p, chain, low, high):
        return True
    return _nonnegative(p, chain, low, middle) and _nonnegative(p, chain, middle, high)


def _only_end_roots(p: Poly, chain: list[Poly], low: F, high: F) -> bool:
    """Whether no root is strictly inside: divide the roots at the ends out and count anew."""
    for end in (low, high):
        while p and not at(p, end):
            quotient, carry = [], F(0)
            for c in reversed(p):
                carry = carry * end + c
                quotient.append(carry)
            p = quotient[-2::-1]
    inner = [p, trim(_derivative(p))]
    while inner[-1]:
        inner.append([-c for c in _remainder(inner[-2], inner[-1])])
    inner.pop()
    return _roots_above(inner, low) == _roots_above(inner, high)
