"""Square roots in and over real number fields: recognise them, or adjoin them.

Whether an element e of K = Q(a) is a square in K is read off one rational polynomial, the norm of
(X - s a)^2 - e: for a shift s that makes it squarefree, its factors over Q are the norms of the
factors over K.

References
----------
B. Trager, *Algebraic factoring and rational function integration*, SYMSAC 1976.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from flint import fmpq, fmpq_mat, fmpq_poly, fmpz

from exactland.arithmetic.balls import START_PRECISION, endpoints, working_precision
from exactland.arithmetic.number_fields import (
    MAX_DEGREE,
    NumberField,
    RealAlgebraic,
    sqrt_field,
)
from exactland.arithmetic.ordered import Scalar, sign
from exactland.arithmetic.polynomials import IsolatedRoot, real_roots, refine
from exactland.arithmetic.radicals import rational_square_root, reduced_radical
from exactland.arithmetic.rationals import format_rational
from exactland.errors import InputError, UnsupportedError


@dataclass(frozen=True, slots=True)
class Extension:
    """A field K' that contains K = Q(a) and one more square root.

    Attributes
    ----------
    field : NumberField
        K'.
    generator_image : RealAlgebraic
        The generator a of K as an element of K'.
    root : RealAlgebraic
        The nonnegative square root that was adjoined.
    """

    field: NumberField
    generator_image: RealAlgebraic
    root: RealAlgebraic

    def embed(self, value: Scalar) -> RealAlgebraic:
        """Return a rational number or an element of K as an element of K'."""
        if not isinstance(value, RealAlgebraic):
            return self.field.element([value])
        result = self.field.element([0])
        for coefficient in reversed(value.coefficients):
            result = result * self.generator_image + coefficient
        return result


def square_root(value: Scalar) -> Scalar | None:
    """Return the nonnegative square root if it lies in the field of `value`, else ``None``.

    Examples
    --------
    >>> a = sqrt_field(fmpq(2)).generator
    >>> square_root(3 + 2 * a), square_root(a), square_root(fmpq(9, 4))
    (1 + sqrt(2), None, 3/2)
    >>> square_root(sqrt_field(fmpq(2)).element([8]))
    2*sqrt(2)
    """
    if not isinstance(value, RealAlgebraic):
        return rational_square_root(fmpq(value))
    plain = value.rational()
    if plain is not None and (root := rational_square_root(plain)) is not None:
        return value.field.element([root])
    if value.sign() < 0:
        return None
    shift, _, factors = _squarefree_norm(value)
    return None if len(factors) == 1 else _root_from_factor(value, shift, factors[0])


def adjoin_square_root(element: RealAlgebraic) -> Extension:
    """Return the field of `element` with its square root adjoined (that field if it is there).

    Raises
    ------
    InputError
        If the element is negative.
    UnsupportedError
        If the degree would exceed the limit of :class:`NumberField`.

    Examples
    --------
    >>> two = sqrt_field(fmpq(2))
    >>> extension = adjoin_square_root(1 + two.generator)
    >>> print(extension.root.decimal(20), extension.root**2 == extension.embed(1 + two.generator))
    1.5537739740300373073 True
    """
    if element.sign() < 0:
        raise InputError("radicand", f"{element} is negative")
    field = element.field
    root = square_root(element)
    if root is not None:
        return Extension(field, field.generator, root)
    degree = field.degree
    if 2 * degree > MAX_DEGREE:
        raise UnsupportedError("radicand", f"needs a field of degree {2 * degree} > {MAX_DEGREE}")
    shift, norm, _ = _squarefree_norm(element)
    extension = NumberField(norm, _interval_of(norm, element, shift))
    # Rows: 1, theta, theta^2, ... in the basis a^i, sqrt(e) a^i, for theta = sqrt(e) + shift * a.
    step = _multiplication_matrix(element, shift)
    powers = [fmpq_mat(1, 2 * degree, [1] + [0] * (2 * degree - 1))]
    for _ in range(2 * degree - 1):
        powers.append(powers[-1] * step)
    table = fmpq_mat([row.entries() for row in powers]).transpose()
    targets = fmpq_mat(2 * degree, 2)
    for i, coefficient in enumerate(field.generator.coefficients):
        targets[i, 0] = coefficient
    targets[degree, 1] = 1
    solution = table.solve(targets).transpose().tolist()
    return Extension(extension, extension.element(solution[0]), extension.element(solution[1]))


def adjoin_square_roots(
    radicands: Sequence[fmpq | int],
) -> tuple[NumberField | None, tuple[Scalar, ...]]:
    """Return Q(sqrt(r_1), sqrt(r_2), ...) and the nonnegative square roots in it.

    Rational square roots are plain rationals; if all are, the field is ``None``.  The generator is
    the sum of the independent square roots.

    Raises
    ------
    InputError
        If a number is negative.
    UnsupportedError
        If more than six square roots are independent.

    Examples
    --------
    >>> field, roots = adjoin_square_roots([fmpq(1, 2), fmpq(3, 2), fmpq(9, 4), fmpq(3)])
    >>> print(field, *roots)
    Q(sqrt(2), sqrt(6)) 1/2*sqrt(2) 1/2*sqrt(6) 3/2 sqrt(3)
    """
    field: NumberField | None = None
    products: list[tuple[fmpz, Scalar]] = [(fmpz(1), fmpq(1))]  # (D, sqrt(D)), closed under product
    found: list[tuple[fmpq, int]] = []
    for index, radicand in enumerate(map(fmpq, radicands)):
        if radicand < 0:
            raise InputError(f"radicands[{index}]", f"{format_rational(radicand)} is negative")
        known = _in_terms_of(radicand, [product for product, _ in products])
        if known is None:
            outside, inside = reduced_radical(radicand)
            if field is None:
                field, images = sqrt_field(fmpq(inside)), [fmpq(1)]
                new = field.generator
            else:
                extension = adjoin_square_root(field.element([inside]))
                field, new = extension.field, extension.root
                images = [extension.embed(root) for _, root in products]
            products = [(d, r) for (d, _), r in zip(products, images, strict=True)] + [
                (d * inside, r * new) for (d, _), r in zip(products, images, strict=True)
            ]
            known = outside, len(images)
        found.append(known)
    roots = tuple(factor * products[place][1] if place else factor for factor, place in found)
    return field, roots


def _in_terms_of(radicand: fmpq, products: Sequence[fmpz]) -> tuple[fmpq, int] | None:
    """Return r rational and i with sqrt(radicand) = r sqrt(products[i]), if there are such."""
    for place, product in enumerate(products):
        root = rational_square_root(radicand / product)
        if root is not None:
            return root, place
    return None


def _multiplication_matrix(element: RealAlgebraic, shift: int) -> fmpq_mat:
    """Return the matrix (acting on rows) of sqrt(e) + shift * a in the basis a^i, sqrt(e) a^i."""
    field, degree = element.field, element.field.degree
    matrix = fmpq_mat(2 * degree, 2 * degree)
    power = field.element([1])
    for i in range(degree):
        moved = (field.generator * power * shift).coefficients
        scaled = (element * power).coefficients
        for j in range(degree):
            matrix[i, j] = matrix[degree + i, degree + j] = moved[j]
            matrix[degree + i, j] = scaled[j]
        matrix[i, degree + i] = 1
        power = power * field.generator
    return matrix


def _squarefree_norm(element: RealAlgebraic) -> tuple[int, fmpq_poly, list[fmpq_poly]]:
    """Return a shift, the squarefree norm of (X - shift a)^2 - element, and its factors over Q.

    Only finitely many shifts make two of the conjugates of sqrt(e) + shift * a coincide.
    """
    for shift in (s for size in count() for s in ((size, -size) if size else (0,))):
        norm = _multiplication_matrix(element, shift).charpoly()
        if norm.gcd(norm.derivative()).degree() == 0:
            return shift, norm, [fmpq_poly(factor) for factor, _ in norm.numer().factor()[1]]
    raise AssertionError("unreachable")


def _root_from_factor(element: RealAlgebraic, shift: int, factor: fmpq_poly) -> RealAlgebraic:
    # factor(r + shift a) = u + v r modulo r^2 = e; it vanishes for one of the two roots +-sqrt(e).
    move = element.field.generator * shift
    u = v = element.field.element([0])
    for coefficient in reversed(factor.coeffs()):
        u, v = u * move + v * element + coefficient, u + v * move
    root = abs(-u / v)
    if root * root != element:
        raise ArithmeticError("a factor of the norm without a square root")
    return root


def _interval_of(norm: fmpq_poly, element: RealAlgebraic, shift: int) -> tuple[fmpq, fmpq]:
    """Return simple ends of an interval with one root of the norm, sqrt(element) + shift * a."""
    roots = list(real_roots(norm))
    bits = START_PRECISION
    while True:
        ball, generator = element.ball(bits), element.field.generator.ball(bits)
        with working_precision(bits):
            lower, upper = endpoints(ball.sqrt() + shift * generator)
        close = [i for i, root in enumerate(roots) if lower <= root.upper and root.lower <= upper]
        if len(close) == 1:
            return _simple_ends(roots, close[0])
        roots = [refine(root, bits // 3) if i in close else root for i, root in enumerate(roots)]
        bits *= 2


def _simple_ends(roots: Sequence[IsolatedRoot], index: int) -> tuple[fmpq, fmpq]:
    root = roots[index]
    below = roots[index - 1].upper if index else fmpq(root.lower.floor()) - 1
    above = roots[index + 1].lower if index + 1 < len(roots) else fmpq(root.upper.ceil()) + 1
    return _simplest_between(below, root.lower), _simplest_between(root.upper, above)


def _simplest_between(lower: fmpq, upper: fmpq) -> fmpq:
    """Return the number with the smallest denominator in the closed interval (Stern-Brocot)."""
    if lower <= 0 <= upper:
        return fmpq(0)
    if sign(upper) < 0:
        return -_simplest_between(-upper, -lower)
    whole = fmpq(lower.ceil())
    if whole <= upper:
        return whole
    floor = whole - 1
    return floor + 1 / _simplest_between(1 / (upper - floor), 1 / (lower - floor))
