"""Recognise real algebraic numbers from their digits, by lattice reduction.

What is returned fits the digits far beyond chance and nothing more is claimed: the caller has to
verify what it concludes, exactly.
"""

from __future__ import annotations

from collections.abc import Sequence

from flint import arb, fmpq, fmpq_poly, fmpz, fmpz_mat, fmpz_poly

from exactland.arithmetic.balls import endpoints, working_precision
from exactland.arithmetic.number_fields import NumberField, RealAlgebraic
from exactland.arithmetic.polynomials import IsolatedRoot, primitive_polynomial, real_roots

_DEGREES = (2, 4, 8, 16)


def recognise(value: arb, bits: int) -> IsolatedRoot | None:
    """Return an algebraic number of degree at most 16 that agrees with `value` to `bits` bits.

    Parameters
    ----------
    value : arb
        The number; its ball is ignored beyond the precision given.
    bits : int
        Correct bits after the binary point.

    Returns
    -------
    IsolatedRoot or None
        The root of an irreducible polynomial whose coefficients together have at most three
        quarters of the bits of the digits used, so that chance is out of the question.

    Examples
    --------
    >>> with working_precision(300):
    ...     root = recognise(arb(2).sqrt() + arb(3).sqrt(), 250)
    >>> print(root.polynomial, root)
    x^4 + (-10)*x^2 + 1 3.14626
    """
    for degree in _DEGREES:
        with working_precision(bits + 64):
            powers = [value**exponent for exponent in range(degree + 1)]
        relation = integer_relation(powers, bits)
        if relation is None:
            continue
        for factor, _ in fmpz_poly(relation).factor()[1]:
            if factor.degree() > 0 and _vanishes(factor, value, bits):
                close = [root for root in real_roots(fmpq_poly(factor)) if _is_at(root, value)]
                return close[0] if len(close) == 1 else None
    return None


def in_field(value: arb, field: NumberField, bits: int) -> RealAlgebraic | None:
    """Return the element of a field that agrees with `value` to `bits` bits, if there is one.

    The element is sought as q(theta) / p'(theta), p the minimal polynomial: among conjugate
    solutions of a system the q have coefficients of about the size of those of p.

    Examples
    --------
    >>> from exactland.arithmetic.number_fields import sqrt_field
    >>> with working_precision(300):
    ...     print(in_field(arb(5).sqrt() / 7 - 3, sqrt_field(fmpq(5)), 250))
    -3 + 1/7*sqrt(5)
    """
    generator = field.generator.ball(bits + 64)
    derivative = primitive_polynomial(field.minpoly).derivative()
    with working_precision(bits + 64):
        powers = [generator**exponent for exponent in range(field.degree)]
        slope = derivative.numer()(generator)
        scaled = [value * slope, *powers]
    # Errors of the digits grow with the size of what they are multiplied by.
    lost = max(int(abs(entry).mid().fmpq().ceil().bit_length()) for entry in [slope, *scaled])
    relation = integer_relation(scaled, bits - lost)
    if relation is None or relation[0] == 0:
        return None
    numerator = field.element([fmpq(-entry, relation[0]) for entry in relation[1:]])
    return numerator / field.element(derivative.coeffs())


def integer_relation(values: Sequence[arb], bits: int) -> list[fmpz] | None:
    """Return integers c, not all zero, with sum c_i values_i = 0 to `bits` bits beyond chance.

    Examples
    --------
    >>> with working_precision(200):
    ...     [int(c) for c in integer_relation([arb(2).sqrt(), arb(8).sqrt()], 150)] in (
    ...         [2, -1], [-2, 1])
    True
    """
    size = len(values)
    if not all(value.is_finite() for value in values):
        return None
    rows = []
    with working_precision(bits + 64):
        for index, value in enumerate(values):
            scaled = endpoints(value * arb(2) ** bits)[0]
            rows.append([int(index == place) for place in range(size)] + [scaled.floor()])
    shortest = fmpz_mat(rows).lll().tolist()[0]
    coefficients = shortest[:size]
    length = max(int(abs(entry).bit_length()) for entry in shortest)
    # A relation by chance has about bits / size bits in each of its coefficients.
    if not any(coefficients) or 4 * length * size > 3 * bits:
        return None
    return list(coefficients)


def _vanishes(polynomial: fmpz_poly, value: arb, bits: int) -> bool:
    height = max(int(abs(entry).bit_length()) for entry in polynomial.coeffs())
    with working_precision(bits + 64):
        middle = arb(value.mid())
        return bool(abs(polynomial(middle)) < arb(2) ** (height + 40 - bits // 2))


def _is_at(root: IsolatedRoot, value: arb) -> bool:
    middle = value.mid().fmpq()
    margin = fmpq(1, 2**40)
    return bool(root.lower - margin <= middle <= root.upper + margin)
