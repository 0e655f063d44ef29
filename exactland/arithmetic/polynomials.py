"""Univariate polynomials over Q: isolated real roots, exact comparisons, sign counts.

Arb proposes one ball per complex root and proves that they are disjoint; every real root is then
confirmed by an exact sign change (or an exact zero) at rational ends of its interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import isqrt

from flint import fmpq, fmpq_poly, fmpz_poly

from exactland.arithmetic.balls import START_PRECISION, common_decimal, endpoints, working_precision
from exactland.arithmetic.ordered import Scalar, sign
from exactland.arithmetic.rationals import format_decimal, parse_rational
from exactland.errors import InputError

MAX_FACTOR_DEGREE = 100
"""Up to this degree a polynomial is split into irreducible factors, above only squarefree ones."""


@dataclass(frozen=True, slots=True)
class IsolatedRoot:
    """One real root of a polynomial, with its multiplicity there.

    Either ``lower == upper`` and the root is that rational number, or the root is the only one of
    the squarefree ``polynomial`` (integer coefficients, content 1) in the open interval, at whose
    ends the polynomial has opposite nonzero signs.  :func:`real_roots` sees to it that the closed
    interval of a nonzero root does not contain 0.

    Examples
    --------
    >>> print(real_roots(fmpq_poly([-2, 0, 1]))[1])
    1.41421
    """

    polynomial: fmpq_poly
    lower: fmpq
    upper: fmpq
    multiplicity: int = 1

    def __str__(self) -> str:
        return decimal(self, 6)


def real_roots(polynomial: fmpq_poly) -> tuple[IsolatedRoot, ...]:
    """Return the distinct real roots in increasing order, with pairwise disjoint closed intervals.

    The polynomial of each root is irreducible if the degree is at most
    :data:`MAX_FACTOR_DEGREE`, else squarefree; rational roots are then recognised as such.

    Raises
    ------
    InputError
        For the zero polynomial.

    Examples
    --------
    >>> x = fmpq_poly([0, 1])
    >>> [(str(r), r.multiplicity) for r in real_roots((x**2 - 2) * (x - fmpq(1, 3)) ** 2 * x)]
    [('-1.41421', 1), ('0', 1), ('0.333333', 2), ('1.41421', 1)]
    """
    roots = [
        replace(root, multiplicity=multiplicity)
        for factor, multiplicity in _factors(polynomial)
        for root in _roots_of_squarefree(factor)
    ]
    return _separated(roots)


def count_roots(polynomial: fmpq_poly, lower: fmpq | None = None, upper: fmpq | None = None) -> int:
    """Return the number of distinct real roots in the closed interval (``None`` = unbounded).

    Examples
    --------
    >>> p = fmpq_poly([-2, 0, 1])
    >>> count_roots(p), count_roots(p, fmpq(0)), count_roots(p, fmpq(-1), fmpq(1))
    (2, 1, 0)
    >>> count_roots(fmpq_poly([-1, 1]), fmpq(1), fmpq(1))
    1
    """
    return sum(
        (lower is None or compare(root, lower) >= 0)
        and (upper is None or compare(root, upper) <= 0)
        for root in real_roots(polynomial)
    )


def refine(root: IsolatedRoot, digits: int) -> IsolatedRoot:
    """Return the same root with an interval of length at most ``10**-digits``.

    Examples
    --------
    >>> root = refine(real_roots(fmpq_poly([-2, 0, 1]))[1], 100)
    >>> root.upper - root.lower <= fmpq(1, 10**100), root.lower**2 < 2 < root.upper**2
    (True, True)
    """
    lower, upper = narrow(root.polynomial, root.lower, root.upper, fmpq(1, 10**digits))
    return replace(root, lower=lower, upper=upper)


def narrow(polynomial: fmpq_poly, lower: fmpq, upper: fmpq, width: fmpq) -> tuple[fmpq, fmpq]:
    """Shrink an interval around a sign change to length at most `width`, exactly.

    Quadratic interval refinement (Abbott, 2006): a secant step predicts one of `parts` equal
    subintervals; each confirmed prediction squares `parts`, each failure takes its square root.
    An exact hit returns a degenerate interval.

    Examples
    --------
    >>> low, high = narrow(fmpq_poly([-2, 0, 1]), fmpq(1), fmpq(2), fmpq(1, 10**50))
    >>> low**2 < 2 < high**2, narrow(fmpq_poly([-1, 2]), fmpq(0), fmpq(1), fmpq(1, 8))
    (True, (1/2, 1/2))
    """
    if lower == upper:
        return lower, upper
    at_lower, at_upper = polynomial(lower), polynomial(upper)
    parts = 4
    while upper - lower > width:
        step = (upper - lower) / parts
        predicted = int((parts * at_lower / (at_lower - at_upper) + fmpq(1, 2)).floor())
        point = lower + min(max(predicted, 1), parts - 1) * step
        # The prediction is the part left or right of the point: test the point, then its neighbour.
        for _ in range(2):
            value = polynomial(point)
            if value == 0:
                return point, point
            if (value > 0) == (at_lower > 0):
                lower, at_lower, point = point, value, point + step
            else:
                upper, at_upper, point = point, value, point - step
            if upper - lower == step:
                break
        parts = parts**2 if upper - lower == step else max(4, isqrt(parts))
    return lower, upper


def decimal(root: IsolatedRoot, digits: int = 20) -> str:
    """Return the root with `digits` significant digits, correctly rounded (half away from zero).

    Examples
    --------
    >>> decimal(real_roots(fmpq_poly([-2, 0, 1]))[0], 25)
    '-1.414213562373095048801689'
    >>> decimal(real_roots(fmpq_poly([-1, 8]))[0], 2)
    '0.13'
    """
    lower, upper, polynomial = root.lower, root.upper, root.polynomial
    if lower < 0 < upper and polynomial(fmpq(0)) == 0:
        return "0"
    while lower != upper:
        text = common_decimal(lower, upper, digits) if lower * upper > 0 else None
        if text is not None:
            return text
        if lower * upper > 0:
            # Both neighbours stay possible for ever if the root is exactly half way between them.
            ends = (parse_rational(format_decimal(end, digits)) for end in (lower, upper))
            middle = sum(ends, fmpq(0)) / 2
            if lower < middle < upper and polynomial(middle) == 0:
                return format_decimal(middle, digits)
        lower, upper = narrow(polynomial, lower, upper, (upper - lower) / 1024)
    return format_decimal(lower, digits)


def compare(root: IsolatedRoot, other: IsolatedRoot | fmpq) -> int:
    """Return the sign of ``root - other``, exactly, for a rational number or another root.

    Examples
    --------
    >>> root = real_roots(fmpq_poly([-2, 0, 1]))[1]
    >>> compare(root, fmpq(14142135623730951, 10**16)), compare(root, fmpq(7, 5))
    (-1, 1)
    >>> compare(root, real_roots(fmpq_poly([2, -2, -1, 1]))[2])
    0
    """
    if not isinstance(other, IsolatedRoot):
        return _compare_with_rational(root, fmpq(other))
    if other.lower == other.upper:
        return _compare_with_rational(root, other.lower)
    if root.lower == root.upper:
        return -_compare_with_rational(other, root.lower)
    if root.lower < other.upper and other.lower < root.upper and _coincide(root, other):
        return 0
    (a, b), (c, d) = (root.lower, root.upper), (other.lower, other.upper)
    while a < d and c < b:
        a, b = narrow(root.polynomial, a, b, (b - a) / 16)
        c, d = narrow(other.polynomial, c, d, (d - c) / 16)
    return -1 if b <= c else 1


def _compare_with_rational(root: IsolatedRoot, number: fmpq) -> int:
    if root.lower == root.upper:
        return sign(root.lower - number)
    if number <= root.lower:
        return 1
    if number >= root.upper:
        return -1
    value = root.polynomial(number)
    return sign(value) * sign(root.polynomial(root.lower))


def _coincide(root: IsolatedRoot, other: IsolatedRoot) -> bool:
    # A common root is a simple root of the gcd, the only one in the common interval, and no end
    # of that interval is a root of the gcd: so the gcd changes sign exactly if they coincide.
    common = root.polynomial.gcd(other.polynomial)
    lower, upper = max(root.lower, other.lower), min(root.upper, other.upper)
    return bool(common(lower) * common(upper) < 0)


def sign_variations(coefficients: Sequence[Scalar]) -> int:
    """Return the number of sign changes in a sequence, zeros left out (Descartes).

    It bounds the number of positive roots counted with multiplicity, and equals it for a
    polynomial all of whose roots are real.

    Examples
    --------
    >>> sign_variations([fmpq(2), fmpq(0), fmpq(-3), fmpq(1)])
    2
    """
    signs = [s for s in map(sign, coefficients) if s]
    return sum(s != t for s, t in pairwise(signs))


def inertia_from_charpoly(
    polynomial: fmpq_poly | Sequence[Scalar], shift: Scalar | int = 0
) -> tuple[int, int, int]:
    """Return how many roots of a real-rooted polynomial are below, at and above `shift`.

    Roots count with multiplicity: for the characteristic polynomial of a symmetric matrix this is
    its inertia (negative, zero, positive), for another shift that of the matrix minus shift * I.

    Parameters
    ----------
    polynomial : fmpq_poly or sequence of scalars
        Coefficients in ascending order; *every root must be real*, as for symmetric matrices.
    shift : scalar

    Raises
    ------
    InputError
        If the polynomial is zero, or the counts show that not every root is real.

    Examples
    --------
    >>> x = fmpq_poly([0, 1])
    >>> inertia_from_charpoly(x**2 * (x - 1) * (x + 2) ** 3)
    (3, 2, 1)
    >>> inertia_from_charpoly((x**2 - 2) * (x - 1), shift=fmpq(1))
    (1, 1, 1)
    """
    coefficients = [*polynomial.coeffs()] if isinstance(polynomial, fmpq_poly) else [*polynomial]
    while coefficients and sign(coefficients[-1]) == 0:
        coefficients.pop()
    if not coefficients:
        raise InputError("polynomial", "the zero polynomial has no inertia")
    degree = len(coefficients) - 1
    coefficients = _shifted(coefficients, shift)
    zero = next(i for i, value in enumerate(coefficients) if sign(value))
    positive = sign_variations(coefficients)
    negative = sign_variations([-c if i % 2 else c for i, c in enumerate(coefficients)])
    if negative + zero + positive != degree:
        raise InputError("polynomial", "it has roots that are not real")
    return negative, zero, positive


def reciprocal_polynomial(polynomial: fmpq_poly, numerator: fmpq) -> fmpq_poly:
    """Return the polynomial whose roots are ``numerator / r`` for the nonzero roots r.

    The step sizes at which gradient descent with Hessian eigenvalues r changes its behaviour are
    such numbers (numerator 1 and 2).

    Examples
    --------
    >>> [str(root) for root in real_roots(reciprocal_polynomial(fmpq_poly([0, -8, 2]), fmpq(2)))]
    ['0.5']
    """
    coefficients = polynomial.coeffs()
    start = next((i for i, value in enumerate(coefficients) if value != 0), len(coefficients))
    trimmed = coefficients[start:]
    return fmpq_poly([c * numerator**i for i, c in enumerate(trimmed)][::-1])


def primitive_polynomial(polynomial: fmpq_poly) -> fmpq_poly:
    """Return the multiple with coprime integer coefficients and positive leading coefficient.

    Examples
    --------
    >>> primitive_polynomial(fmpq_poly([fmpq(1, 2), fmpq(-1, 3)])).coeffs()
    [-3, 2]
    """
    numerator = polynomial.numer()
    content = numerator.content()
    return fmpq_poly(numerator) / (content if numerator.leading_coefficient() > 0 else -content)


def _factors(polynomial: fmpq_poly) -> list[tuple[fmpz_poly, int]]:
    numerator = polynomial.numer()
    if numerator.degree() < 0:
        raise InputError("polynomial", "the zero polynomial has no isolated roots")
    factors = []
    zeros = next(i for i, value in enumerate(numerator.coeffs()) if value != 0)
    if zeros:
        factors.append((fmpz_poly([0, 1]), zeros))
        numerator = fmpz_poly(numerator.coeffs()[zeros:])
    split = numerator.factor if numerator.degree() <= MAX_FACTOR_DEGREE else None
    _, rest = split() if split else numerator.factor_squarefree()
    return factors + [(factor, power) for factor, power in rest if factor.degree() > 0]


def _roots_of_squarefree(factor: fmpz_poly) -> list[IsolatedRoot]:
    polynomial = primitive_polynomial(fmpq_poly(factor))
    if factor.degree() == 1:
        root = -fmpq(factor[0]) / factor[1]
        return [IsolatedRoot(polynomial, root, root)]
    # A higher precision does not help to isolate (Arb raises its own until the balls are disjoint);
    # it sets the width of the intervals.
    with working_precision(START_PRECISION):
        balls = [root.real for root, _ in factor.complex_roots() if root.imag.is_zero()]
    return [_confirmed(polynomial, *endpoints(ball)) for ball in balls]


def _confirmed(polynomial: fmpq_poly, lower: fmpq, upper: fmpq) -> IsolatedRoot:
    signs = sign(polynomial(lower)), sign(polynomial(upper))
    if 0 in signs:
        end = upper if signs[0] else lower
        return IsolatedRoot(polynomial, end, end)
    if signs[0] == signs[1]:
        raise ArithmeticError("an isolated real root without a sign change")
    return IsolatedRoot(polynomial, lower, upper)


def _separated(roots: list[IsolatedRoot]) -> tuple[IsolatedRoot, ...]:
    while True:
        roots = sorted(roots, key=lambda root: (root.lower, root.upper))
        close = {i for i, root in enumerate(roots) if root.lower <= 0 <= root.upper != root.lower}
        close |= {
            j
            for i in range(1, len(roots))
            for j in (i - 1, i)
            if roots[i - 1].upper >= roots[i].lower
        }
        if not close:
            return tuple(roots)
        for i in close:
            root = roots[i]
            width = (root.upper - root.lower) / 1024
            lower, upper = narrow(root.polynomial, root.lower, root.upper, width)
            roots[i] = replace(root, lower=lower, upper=upper)


def _shifted(coefficients: list[Scalar], shift: Scalar | int) -> list[Scalar]:
    """Return the coefficients of p(x + shift) by repeated synthetic division."""
    shifted = list(coefficients)
    if shift != 0:
        for i in range(len(shifted) - 1):
            for j in range(len(shifted) - 2, i - 1, -1):
                shifted[j] = shifted[j] + shift * shifted[j + 1]
    return shifted
