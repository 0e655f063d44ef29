"""Polynomials over a real number field: arithmetic, real roots as roots of rational polynomials.

The product of the conjugates (the norm) of such a polynomial is rational and has its roots among
its own; which ones, and how often, is decided by exact signs in the field.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flint import fmpq, fmpq_mat, fmpq_poly

from exactland.arithmetic.field_matrices import common_field
from exactland.arithmetic.ordered import Scalar, as_rational, sign
from exactland.arithmetic.ordered_polynomials import (
    add,
    evaluate,
    multiply,
    scale,
    squarefree_factors,
    trimmed,
)
from exactland.arithmetic.polynomials import IsolatedRoot, real_roots
from exactland.errors import InputError


@dataclass(frozen=True, slots=True)
class FieldPolynomial:
    """A polynomial with the operators that :class:`flint.fmpq_poly` has for rational ones.

    Examples
    --------
    >>> from exactland.arithmetic.number_fields import sqrt_field
    >>> root = sqrt_field(fmpq(2)).generator
    >>> square = FieldPolynomial((root, fmpq(1))) * FieldPolynomial((-root, fmpq(1)))
    >>> square.coeffs(), (square * root + fmpq(1)).coeffs()
    ([-2, 0, 1], [1 - 2*sqrt(2), 0, sqrt(2)])
    """

    coefficients: tuple[Scalar, ...] = ()

    def coeffs(self) -> list[Scalar]:
        """Return the coefficients, ascending, without trailing zeros."""
        return list(trimmed(self.coefficients))

    def __add__(self, other: FieldPolynomial | Scalar) -> FieldPolynomial:
        return FieldPolynomial(add(self.coefficients, _coefficients_of(other)))

    def __sub__(self, other: FieldPolynomial | Scalar) -> FieldPolynomial:
        return self + FieldPolynomial(scale(_coefficients_of(other), fmpq(-1)))

    def __mul__(self, other: FieldPolynomial | Scalar) -> FieldPolynomial:
        return FieldPolynomial(multiply(self.coefficients, _coefficients_of(other)))


def _coefficients_of(value: FieldPolynomial | Scalar) -> tuple[Scalar, ...]:
    return value.coefficients if isinstance(value, FieldPolynomial) else (value,)


def norm_polynomial(coefficients: Sequence[Scalar]) -> fmpq_poly:
    """Return the product of the conjugates of a polynomial (ascending coefficients), rational.

    Examples
    --------
    >>> from exactland.arithmetic.number_fields import sqrt_field
    >>> norm_polynomial([-sqrt_field(fmpq(2)).generator, fmpq(0), fmpq(1)]).coeffs()
    [-2, 0, 0, 0, 1]
    """
    field = common_field(coefficients)
    if field is None:
        return fmpq_poly(list(coefficients))
    size = field.degree * (len(coefficients) - 1) + 1
    points = [fmpq(i - size // 2) for i in range(size)]
    polynomials = [field.element([0]) + value for value in coefficients]
    norms = [field.minpoly.resultant(evaluate(polynomials, point).polynomial) for point in points]
    table = fmpq_mat([[point**power for power in range(size)] for point in points])
    return fmpq_poly(table.solve(fmpq_mat(size, 1, norms)).entries())


def field_real_roots(coefficients: Sequence[Scalar]) -> tuple[IsolatedRoot, ...]:
    """Return the distinct real roots of a polynomial over a field, increasing, with multiplicity.

    Each root is given by a *rational* polynomial and an isolating interval; the multiplicity is
    the one in the given polynomial.

    Parameters
    ----------
    coefficients : sequence of scalars
        Ascending; rationals and elements of one field.

    Raises
    ------
    InputError
        For the zero polynomial.

    Examples
    --------
    >>> from exactland.arithmetic.number_fields import sqrt_field
    >>> a = sqrt_field(fmpq(2)).generator
    >>> [(str(r), r.multiplicity) for r in field_real_roots([-a, fmpq(0), fmpq(1)])]
    [('-1.18921', 1), ('1.18921', 1)]
    """
    polynomial = trimmed(coefficients)
    if not polynomial:
        raise InputError("polynomial", "the zero polynomial has no isolated roots")
    plain = [as_rational(value) for value in polynomial]
    if all(value is not None for value in plain):
        return real_roots(fmpq_poly(plain))
    factors = squarefree_factors(polynomial)
    product = fmpq_poly([1])
    for factor, _ in factors:
        product *= norm_polynomial(factor)
    roots = []
    for root in real_roots(product):
        found = [power for factor, power in factors if _has_root(factor, root)]
        roots += [replace(root, multiplicity=power) for power in found]
    return tuple(roots)


def _has_root(factor: Sequence[Scalar], root: IsolatedRoot) -> bool:
    # The intervals of all roots of the norm are disjoint, so the squarefree factor has at most this
    # one root there, a simple one, and no root at the ends.
    at_lower = sign(evaluate(factor, root.lower))
    if root.lower == root.upper:
        return at_lower == 0
    return at_lower * sign(evaluate(factor, root.upper)) < 0
