"""Ordered real number fields Q(a): exact arithmetic, exact zero test, exact sign.

An element is a polynomial in the generator a, reduced modulo the minimal polynomial; it is zero
exactly if that polynomial is.  Only a number known to be nonzero is enclosed in Arb balls of
growing precision until its sign is certain, so that the refinement always ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from flint import arb, fmpq, fmpq_poly, fmpz

from exactland.arithmetic import number_field_text as text
from exactland.arithmetic.balls import (
    START_PRECISION,
    common_decimal,
    enclose,
    endpoints,
    sign_of_ball,
    working_precision,
)
from exactland.arithmetic.polynomial_files import (
    interval_from_json,
    limited_rational,
    polynomial_from_json,
    polynomial_to_json,
)
from exactland.arithmetic.polynomials import compare, narrow, real_roots
from exactland.arithmetic.radicals import rational_square_root
from exactland.arithmetic.rationals import format_decimal, format_rational, parse_rational
from exactland.errors import ExactlandError, InputError

MAX_DEGREE = 64
"""Degree beyond which a field is refused."""

MAX_FIELD_DIGITS = 1000
"""Digits beyond which a coefficient of a minimal polynomial in a file is refused."""

MAX_ELEMENT_DIGITS = 20_000
"""Digits beyond which a coefficient of an element in a file is refused."""


class MixedFieldsError(ExactlandError, TypeError):
    """Numbers of two different fields meet: nothing says how one field lies in the other."""


@dataclass(frozen=True, slots=True, eq=False)
class NumberField:
    """The field Q(a), a the only real root of an irreducible polynomial in a closed interval.

    Two fields are equal if they have the same generator, whatever interval isolates it.

    Parameters
    ----------
    minpoly : fmpq_poly
        Irreducible over Q, of degree 1 to :data:`MAX_DEGREE`; stored monic.
    interval : tuple of two fmpq

    Raises
    ------
    InputError
        Naming ``field.minpoly`` or ``field.interval``; every condition is checked exactly.

    Examples
    --------
    >>> golden = NumberField(fmpq_poly([-1, -1, 1]), (fmpq(1), fmpq(2)))
    >>> print(golden, golden.degree, golden.generator)
    Q(1/2 + 1/2*sqrt(5)) 2 1/2 + 1/2*sqrt(5)
    >>> NumberField(fmpq_poly([-2, 0, 1]), (fmpq(-2), fmpq(2)))
    Traceback (most recent call last):
    ...
    exactland.errors.InputError: field.interval: it contains 2 real roots of minpoly instead of 1
    """

    minpoly: fmpq_poly
    interval: tuple[fmpq, fmpq]
    root_index: int = field(init=False)
    _enclosures: dict[int, tuple[arb, fmpq, fmpq]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        degree = self.minpoly.degree()
        if not 1 <= degree <= MAX_DEGREE:
            raise InputError("field.minpoly", f"degree {degree}, not between 1 and {MAX_DEGREE}")
        factors = self.minpoly.factor()[1]
        if len(factors) != 1 or factors[0][1] != 1:
            raise InputError("field.minpoly", "reducible over the rationals")
        lower, upper = map(fmpq, self.interval)
        if lower > upper:
            raise InputError("field.interval", "its left end is greater than its right end")
        roots = real_roots(self.minpoly)
        inside = [
            i for i, root in enumerate(roots) if compare(root, lower) >= 0 >= compare(root, upper)
        ]
        if len(inside) != 1:
            count = f"it contains {len(inside) or 'no'} real roots of minpoly instead of 1"
            raise InputError("field.interval", count)
        object.__setattr__(self, "minpoly", self.minpoly / self.minpoly.leading_coefficient())
        object.__setattr__(self, "interval", (lower, upper))
        object.__setattr__(self, "root_index", inside[0])
        root = roots[inside[0]]
        ball = enclose(root.lower, root.upper, 2 * START_PRECISION)
        object.__setattr__(self, "_enclosures", {0: (ball, root.lower, root.upper)})

    @property
    def degree(self) -> int:
        return int(self.minpoly.degree())

    @property
    def generator(self) -> RealAlgebraic:
        return RealAlgebraic(self, fmpq_poly([0, 1]) % self.minpoly)

    def element(self, coefficients: Iterable[fmpq | int]) -> RealAlgebraic:
        """Return the element with these coefficients of 1, a, a^2, ... (any number of them)."""
        return RealAlgebraic(self, fmpq_poly(list(coefficients)) % self.minpoly)

    def generator_ball(self, bits: int) -> arb:
        """Return a ball of radius about ``2**-bits`` around the generator (cached)."""
        if bits not in self._enclosures:
            known = max(known for known in self._enclosures if known < bits)
            _, lower, upper = self._enclosures[known]
            lower, upper = narrow(self.minpoly, lower, upper, fmpq(1, fmpz(2) ** bits))
            self._enclosures[bits] = enclose(lower, upper, bits + 8), lower, upper
        return self._enclosures[bits][0]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, NumberField):
            return NotImplemented
        return self is other or bool(
            self.minpoly == other.minpoly and self.root_index == other.root_index
        )

    def __hash__(self) -> int:
        return hash((tuple(self.minpoly.coeffs()), self.root_index))

    def __reduce__(self) -> tuple[Any, ...]:
        # flint's polynomials cannot be pickled, their coefficients can
        return _restored_field, (self.minpoly.coeffs(), self.interval)

    def __str__(self) -> str:
        return text.field_text(self)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RealAlgebraic:
    """An element of a real number field: a real number, exactly.

    Supports ``+ - * /`` and comparisons with integers, rationals and elements of the same field,
    ``**`` with an integer, ``abs`` and ``hash`` (consistent with rationals).

    Parameters
    ----------
    field : NumberField
    polynomial : fmpq_poly
        The element as a polynomial in the generator, of degree below that of the field; use
        :meth:`NumberField.element` for an unreduced one.

    Raises
    ------
    MixedFieldsError
        By every operation on elements of two different fields.

    Examples
    --------
    >>> a = sqrt_field(fmpq(5)).generator
    >>> print((1 + a) / 2, 1 / (2 + a), a**2, a > fmpq(2236067977, 10**9))
    1/2 + 1/2*sqrt(5) -2 + sqrt(5) 5 True
    >>> a - sqrt_field(fmpq(3)).generator
    Traceback (most recent call last):
    ...
    exactland.arithmetic.number_fields.MixedFieldsError: Q(sqrt(5)) and Q(sqrt(3)) differ
    """

    field: NumberField
    polynomial: fmpq_poly

    @property
    def coefficients(self) -> tuple[fmpq, ...]:
        """The coefficients of 1, a, ..., a^(degree - 1)."""
        return tuple(self.polynomial[i] for i in range(self.field.degree))

    def rational(self) -> fmpq | None:
        """Return the number as a plain rational if it is one, else ``None``."""
        return self.polynomial[0] if self.polynomial.degree() <= 0 else None

    def sign(self) -> int:
        """Return -1, 0 or 1, exactly."""
        plain = self.rational()
        if plain is not None:
            return int(plain > 0) - int(plain < 0)
        bits = START_PRECISION
        while (found := sign_of_ball(self._evaluate(bits))) is None:
            bits *= 2
        return found

    def ball(self, bits: int = 64) -> arb:
        """Return a ball with a relative error below ``2**-bits`` (a rational number's may be 0)."""
        precision = START_PRECISION
        while precision < bits + 8:
            precision *= 2
        plain = self.rational()
        if plain is not None:
            with working_precision(precision):
                return arb(plain)
        while (found := self._evaluate(precision)).rel_accuracy_bits() < bits:
            precision *= 2
        return found

    def decimal(self, digits: int = 20) -> str:
        """Return the decimal with `digits` significant digits, correctly rounded."""
        plain = self.rational()
        if plain is not None:
            return format_decimal(plain, digits)
        bits = START_PRECISION
        while True:
            lower, upper = endpoints(self._evaluate(bits))
            # An irrational number is never half way between two decimals: this ends.
            if lower * upper > 0 and (found := common_decimal(lower, upper, digits)) is not None:
                return found
            bits *= 2

    def latex(self) -> str:
        """Return LaTeX source (mathematics mode)."""
        return text.element_latex(self)

    def _evaluate(self, bits: int) -> arb:
        generator = self.field.generator_ball(bits)
        with working_precision(bits + 8):
            return self.polynomial.numer()(generator) / self.polynomial.denom()

    def _operand(self, other: object) -> Any:
        """Return the polynomial of the other operand, ``None`` if it is not a number of ours."""
        if isinstance(other, RealAlgebraic):
            if other.field is not self.field and other.field != self.field:
                raise MixedFieldsError(f"{self.field} and {other.field} differ")
            return other.polynomial
        return fmpq_poly([other]) if isinstance(other, fmpq | fmpz | int) else None

    def _inverse(self) -> fmpq_poly:
        if self.polynomial.degree() < 0:
            raise ZeroDivisionError("division by zero in a number field")
        _, inverse, _ = self.polynomial.xgcd(self.field.minpoly)
        return inverse

    def __add__(self, other: object) -> RealAlgebraic:
        operand = self._operand(other)
        if operand is None:
            return NotImplemented
        return RealAlgebraic(self.field, self.polynomial + operand)

    __radd__ = __add__

    def __sub__(self, other: object) -> RealAlgebraic:
        operand = self._operand(other)
        if operand is None:
            return NotImplemented
        return RealAlgebraic(self.field, self.polynomial - operand)

    def __rsub__(self, other: object) -> RealAlgebraic:
        return (-self).__add__(other)

    def __mul__(self, other: object) -> RealAlgebraic:
        operand = self._operand(other)
        if operand is None:
            return NotImplemented
        return RealAlgebraic(self.field, self.polynomial * operand % self.field.minpoly)

    __rmul__ = __mul__

    def __truediv__(self, other: object) -> RealAlgebraic:
        if isinstance(other, fmpq | fmpz | int):
            return RealAlgebraic(self.field, self.polynomial / fmpq(other))
        if self._operand(other) is None or not isinstance(other, RealAlgebraic):
            return NotImplemented
        return RealAlgebraic(self.field, self.polynomial * other._inverse() % self.field.minpoly)

    def __rtruediv__(self, other: object) -> RealAlgebraic:
        operand = self._operand(other)
        if operand is None:
            return NotImplemented
        return RealAlgebraic(self.field, operand * self._inverse() % self.field.minpoly)

    def __pow__(self, exponent: int) -> RealAlgebraic:
        if not isinstance(exponent, int):
            return NotImplemented
        base = RealAlgebraic(self.field, self._inverse()) if exponent < 0 else self
        result, exponent = RealAlgebraic(self.field, fmpq_poly([1])), abs(exponent)
        while exponent:
            result = result * base if exponent & 1 else result
            base, exponent = base * base, exponent >> 1
        return result

    def __neg__(self) -> RealAlgebraic:
        return RealAlgebraic(self.field, -self.polynomial)

    def __pos__(self) -> RealAlgebraic:
        return self

    def __abs__(self) -> RealAlgebraic:
        return -self if self.sign() < 0 else self

    def __bool__(self) -> bool:
        return bool(self.polynomial.degree() >= 0)

    def __eq__(self, other: object) -> bool:
        operand = self._operand(other)
        return NotImplemented if operand is None else bool(self.polynomial == operand)

    def __hash__(self) -> int:
        plain = self.rational()
        return hash((self.field, self.coefficients) if plain is None else plain)

    def __lt__(self, other: object) -> bool:
        operand = self._operand(other)
        if operand is None:
            return NotImplemented
        return RealAlgebraic(self.field, self.polynomial - operand).sign() < 0

    def __gt__(self, other: object) -> bool:
        operand = self._operand(other)
        if operand is None:
            return NotImplemented
        return RealAlgebraic(self.field, self.polynomial - operand).sign() > 0

    def __le__(self, other: object) -> bool:
        greater = self.__gt__(other)
        return greater if greater is NotImplemented else not greater

    def __ge__(self, other: object) -> bool:
        less = self.__lt__(other)
        return less if less is NotImplemented else not less

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored_element, (self.field, self.coefficients)

    def __str__(self) -> str:
        return text.element_text(self)

    __repr__ = __str__


def sqrt_field(radicand: fmpq) -> NumberField:
    """Return Q(sqrt(radicand)); its generator is that positive square root.

    Raises
    ------
    InputError
        If the number is not positive or its square root is rational.

    Examples
    --------
    >>> print(sqrt_field(fmpq(5, 4)), sqrt_field(fmpq(5, 4)).generator.decimal(10))
    Q(1/2*sqrt(5)) 1.118033989
    >>> sqrt_field(fmpq(9, 16))
    Traceback (most recent call last):
    ...
    exactland.errors.InputError: radicand: the square root of 9/16 is rational
    """
    radicand = fmpq(radicand)
    if radicand <= 0:
        raise InputError("radicand", f"{format_rational(radicand)} is not positive")
    if rational_square_root(radicand) is not None:
        raise InputError("radicand", f"the square root of {format_rational(radicand)} is rational")
    return NumberField(fmpq_poly([-radicand, 0, 1]), (fmpq(0), radicand + 1))


def field_from_json(obj: object, where: str = "field") -> NumberField:
    """Return the field that a file declares.

    Parameters
    ----------
    obj : object
        ``{"minpoly": [ascending coefficients], "interval": ["a", "b"]}``.
    where : str
        Where it stands in the file, for the error messages.

    Raises
    ------
    InputError
        Naming what is malformed, too large, reducible or not isolating.

    Examples
    --------
    >>> print(field_from_json({"minpoly": ["-5", "0", "1"], "interval": ["2", "2.5"]}))
    Q(sqrt(5))
    """
    if not isinstance(obj, dict):
        raise InputError(where, "expected an object with minpoly and interval")
    minpoly = polynomial_from_json(
        obj.get("minpoly"), f"{where}.minpoly", MAX_DEGREE, MAX_FIELD_DIGITS
    )
    interval = interval_from_json(obj.get("interval"), f"{where}.interval")
    unknown = sorted(map(str, obj.keys() - {"minpoly", "interval"}))
    if unknown:
        raise InputError(f"{where}.{unknown[0]}", "unknown field")
    try:
        return NumberField(minpoly, interval)
    except InputError as error:
        raise InputError(where + error.field.removeprefix("field"), error.message) from None


def field_to_json(number_field: NumberField) -> dict[str, list[str]]:
    """Return the file form of a field.

    Examples
    --------
    >>> field_to_json(sqrt_field(fmpq(5)))
    {'minpoly': ['-5', '0', '1'], 'interval': ['0', '6']}
    """
    return {
        "minpoly": polynomial_to_json(number_field.minpoly),
        "interval": [format_rational(end) for end in number_field.interval],
    }


def element_from_json(value: object, field: NumberField, where: str = "number") -> RealAlgebraic:
    """Return the element that a file shows: a list of coefficients, or one rational number.

    Raises
    ------
    InputError
        If the list is longer than the degree of the field, or a coefficient is no number.

    Examples
    --------
    >>> field = sqrt_field(fmpq(5))
    >>> print(element_from_json(["-1/2", "3"], field), element_from_json("0.25", field))
    -1/2 + 3*sqrt(5) 1/4
    """
    if not isinstance(value, list):
        return field.element([parse_rational(value, where)])
    if not 1 <= len(value) <= field.degree:
        raise InputError(where, f"{len(value)} coefficients in a field of degree {field.degree}")
    return field.element(
        limited_rational(item, f"{where}[{i}]", MAX_ELEMENT_DIGITS) for i, item in enumerate(value)
    )


def element_to_json(value: RealAlgebraic | fmpq) -> str | list[str]:
    """Return the file form: rational text where the number is rational, else its coefficients.

    Examples
    --------
    >>> a = sqrt_field(fmpq(5)).generator
    >>> element_to_json(1 - a), element_to_json(a * a), element_to_json(fmpq(1, 2))
    (['1', '-1'], '5', '1/2')
    """
    plain = value.rational() if isinstance(value, RealAlgebraic) else fmpq(value)
    if plain is not None:
        return format_rational(plain)
    return [format_rational(coefficient) for coefficient in value.coefficients]


def _restored_field(coefficients: list[fmpq], interval: tuple[fmpq, fmpq]) -> NumberField:
    return NumberField(fmpq_poly(coefficients), interval)


def _restored_element(number_field: NumberField, coefficients: tuple[fmpq, ...]) -> RealAlgebraic:
    return number_field.element(coefficients)
