"""Real numbers of one number field Q(theta), exactly: arithmetic, zero test, sign, rounding.

A number is a polynomial in theta of degree below that of the minimal polynomial, with rational
coefficients: integers over one positive denominator.  Degree 1 is the rational numbers.

A number is zero if all coefficients are; no other number is ever taken for zero.  The sign of a
number with a nonzero coefficient is found by refining a rational enclosure of theta; if that does
not succeed within `MAX_REFINEMENT_BITS` (the number may be zero, if the polynomial was reducible),
the certificate is unusable.  So nothing depends on the polynomial being irreducible.

Numbers mix with `int` and `Fraction`, and have the parts that exact arithmetic asks those for: a
numerator (an element without denominator) and a denominator (an integer), comparisons, and a bit
length.  So the arithmetic of a claim is written once, for rational numbers and for number fields.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import gcd, lcm
from typing import TYPE_CHECKING, TypeAlias

from exactland.checker import limits
from exactland.checker.limits import Meter
from exactland.checker.numbers import bits_of, common_denominator, show
from exactland.checker.outcome import Rejected, Unusable

if TYPE_CHECKING:
    from exactland.checker.reader import Field

START_BITS = 128

Number: TypeAlias = "Fraction | Real"
"""An exact number as a certificate has it: rational, or an element of its number field."""
Whole: TypeAlias = "int | Real"
"""What stands over a common denominator."""


class RealField:
    """Q(theta), theta the only root of `minpoly` between two rationals where its sign changes.

    Parameters
    ----------
    minpoly : integers, ascending
        Of degree 2 to MAX_FIELD_DEGREE; None for the rational numbers.
    interval : two rationals
        An isolating interval; the caller has counted the roots.
    """

    def __init__(
        self, meter: Meter, minpoly: list[int] | None = None, interval: Sequence[Fraction] = ()
    ) -> None:
        self.meter = meter
        self.minpoly = minpoly or [0, 1]
        self.degree = len(self.minpoly) - 1
        self.declared = tuple(interval)
        self.interval = tuple(interval)  # becomes narrower where a sign needs it
        self.left_sign = 0
        if interval:
            start = interval[0]
            self.left_sign = sign_at(self.minpoly, start.numerator, start.denominator, meter)
        self.powers, self.unit = _reduced_powers(self.minpoly, meter)
        self.enclosures: dict[int, tuple[list[int], list[int]]] = {}
        self.zero, self.one = self.rational(0), self.rational(1)

    def rational(self, value: Fraction | int) -> Real:
        """Return a rational number as an element."""
        value = Fraction(value)
        tail = (0,) * (self.degree - 1)
        return Real(self, (value.numerator, *tail), value.denominator)

    def element(self, coefficients: Sequence[Fraction]) -> Real:
        """Return the number with these coefficients, at most `degree` of them, reduced."""
        denominator = common_denominator((c.denominator for c in coefficients), self.meter)
        size = bits_of(c.numerator for c in coefficients) + denominator.bit_length()
        self.meter.work(4 * len(coefficients), size, size)
        numerators = [c.numerator * (denominator // c.denominator) for c in coefficients]
        numerators += [0] * (self.degree - len(numerators))
        return Real(self, tuple(numerators), denominator)

    def read(self, coefficients: Sequence[Fraction], where: str) -> Number:
        """Return the number with these coefficients, as a `Fraction` where it is rational."""
        if not 1 <= len(coefficients) <= self.degree:
            count = f"{len(coefficients)} coefficients in a field of degree {self.degree}"
            raise Unusable(where, count)
        return self.element(coefficients) if any(coefficients[1:]) else coefficients[0]

    def same_as(self, other: RealField) -> bool:
        """Tell whether the other field was declared in the same words."""
        return self is other or (self.minpoly == other.minpoly and self.declared == other.declared)

    def over_common_denominator(self, values: Sequence[Real]) -> list[Real]:
        """Return the numbers with equal denominators, so that sums of them stay short."""
        reduced = [value.reduced() for value in values]
        common = common_denominator((value.denominator for value in reduced), self.meter)
        size = max((bits_of(value.numerators) for value in reduced), default=0)
        self.meter.memory(self.degree * len(reduced), common.bit_length() + size)
        result = []
        for value in reduced:
            self.meter.work(2 * self.degree, common.bit_length(), bits_of(value.numerators))
            factor = common // value.denominator
            result.append(Real(self, tuple(n * factor for n in value.numerators), common))
        return result

    def enclosure(self, bits: int) -> tuple[list[int], list[int]]:
        """Return integers l_i <= 2**bits * theta**i <= u_i for i below the degree."""
        if bits not in self.enclosures:
            low, high = self._refine(bits + 2 * self.degree)
            lower, upper = [1 << bits], [1 << bits]
            scale = bits + 2 * self.degree
            for _ in range(self.degree - 1):
                self.meter.work(8, bits_of(lower + upper), scale)
                ends = [a * b for a in (lower[-1], upper[-1]) for b in (low, high)]
                lower.append(min(ends) >> scale)
                upper.append(-((-max(ends)) >> scale))
            self.enclosures[bits] = lower, upper
        return self.enclosures[bits]

    def _refine(self, bits: int) -> tuple[int, int]:
        """Return integers with  low <= 2**bits * theta <= high,  high - low <= 1, by bisection."""
        if self.degree == 1:
            return 0, 0
        start, end = self.interval
        low = (start.numerator << bits) // start.denominator
        high = -((-end.numerator << bits) // end.denominator)
        while high - low > 1:
            middle = (low + high) >> 1
            if middle * start.denominator <= start.numerator << bits:
                low = middle
            elif middle * end.denominator >= end.numerator << bits:
                high = middle
            elif sign_at(self.minpoly, middle, 1 << bits, self.meter) == self.left_sign:
                low = middle
            else:
                high = middle
        narrower = (max(start, Fraction(low, 1 << bits)), min(end, Fraction(high, 1 << bits)))
        self.interval = narrower
        return low, high


class Real:
    """An element sum_i numerators[i] theta^i / denominator, not always in lowest terms."""

    __slots__ = ("denominator", "field", "numerators")

    def __init__(self, field: RealField, numerators: tuple[int, ...], denominator: int) -> None:
        self.field, self.numerators, self.denominator = field, numerators, denominator

    def reduced(self) -> Real:
        """Return the same number in lowest terms."""
        size = max(bits_of(self.numerators), self.denominator.bit_length())
        self.field.meter.work(4 * self.field.degree, size, size)
        divisor = gcd(self.denominator, *self.numerators)
        numerators = tuple(n // divisor for n in self.numerators)
        return Real(self.field, numerators, self.denominator // divisor)

    @property
    def numerator(self) -> Real:
        """The number times its denominator."""
        return Real(self.field, self.numerators, 1)

    def as_integer_ratio(self) -> tuple[Real, int]:
        """Return numerator and denominator."""
        return self.numerator, self.denominator

    def bit_length(self) -> int:
        """Return the size of the whole number, for the meter."""
        size = bits_of(self.numerators) + self.denominator.bit_length()
        return self.field.degree * (limits.OBJECT_BITS + size)

    def _operand(self, other: Number | int) -> Real:
        if not isinstance(other, Real):
            return self.field.rational(other)
        if not self.field.same_as(other.field):
            raise Unusable("problem.field", "numbers of two different fields meet")
        return other

    def __add__(self, other: Number | int) -> Real:
        other = self._operand(other)
        left, right, denominator = self.numerators, other.numerators, self.denominator
        field = self.field
        if denominator != other.denominator:
            if not any(right):
                return self
            if not any(left):
                return other
            if denominator < other.denominator:
                return other + self
            size = max(denominator.bit_length(), other.denominator.bit_length())
            field.meter.work(4 + 4 * field.degree, size, size + bits_of(left) + bits_of(right))
            if denominator % other.denominator:
                denominator = lcm(denominator, other.denominator)
                _bounded(denominator)
                factor = denominator // self.denominator
                left = tuple(n * factor for n in left)
            factor = denominator // other.denominator
            right = tuple(n * factor for n in right)
        else:
            field.meter.work(field.degree, bits_of(left) + bits_of(right))
        return Real(field, tuple(a + b for a, b in zip(left, right, strict=True)), denominator)

    __radd__ = __add__

    def __neg__(self) -> Real:
        return Real(self.field, tuple(-n for n in self.numerators), self.denominator)

    def __sub__(self, other: Number | int) -> Real:
        return self + -other

    def __rsub__(self, other: Number | int) -> Real:
        return -self + other

    def __mul__(self, other: Number | int) -> Real:
        if isinstance(other, int):
            self.field.meter.work(self.field.degree, bits_of(self.numerators), other.bit_length())
            return Real(self.field, tuple(n * other for n in self.numerators), self.denominator)
        other = self._operand(other)
        field, left, right = self.field, self.numerators, other.numerators
        size, other_size = bits_of(left), bits_of(right)
        field.meter.work(field.degree**2, size, other_size)
        field.meter.work(2, self.denominator.bit_length(), other.denominator.bit_length())
        denominator = self.denominator * other.denominator
        _bounded(denominator)
        if field.degree == 1:
            return Real(field, (left[0] * right[0],), denominator)
        product = [0] * (2 * field.degree - 1)
        for i, a in enumerate(left):
            if a:
                for j, b in enumerate(right):
                    product[i + j] += a * b
        unit, size = field.unit, bits_of(product)
        field.meter.work(field.degree**2, size, unit.bit_length() + bits_of(field.powers[-1]))
        result = [n * unit for n in product[: field.degree]]
        for high, row in zip(product[field.degree :], field.powers, strict=True):
            if high:
                result = [n + high * m for n, m in zip(result, row, strict=True)]
        return Real(field, tuple(result), denominator * unit)

    __rmul__ = __mul__

    def __abs__(self) -> Real:
        return -self if self.sign() < 0 else self

    def __bool__(self) -> bool:
        return self.sign() != 0

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Real | Fraction | int):
            return NotImplemented
        return (self - other).sign() == 0

    def __lt__(self, other: Number | int) -> bool:
        return (self - other).sign() < 0

    def __gt__(self, other: Number | int) -> bool:
        return (self - other).sign() > 0

    def __le__(self, other: Number | int) -> bool:
        return (self - other).sign() <= 0

    def __ge__(self, other: Number | int) -> bool:
        return (self - other).sign() >= 0

    def __hash__(self) -> int:
        value = self.reduced()
        if not any(value.numerators[1:]):
            return hash(Fraction(value.numerators[0], value.denominator))
        return hash((value.numerators, value.denominator))

    def over(self, divisor: int) -> Real:
        """Return self / divisor for a positive integer."""
        self.field.meter.work(1, self.denominator.bit_length(), divisor.bit_length())
        return Real(self.field, self.numerators, self.denominator * divisor)

    def inverse(self, where: str) -> Real:
        """Return 1 / self for a nonzero number: solve  self * y = 1  for the coefficients of y."""
        field, n = self.field, self.field.degree
        columns, value = [], self.reduced()
        theta = Real(field, (0, 1, *(0,) * (n - 2)), 1) if n > 1 else field.one
        power = field.one
        for _ in range(n):
            columns.append((value * power).reduced())
            power = power * theta
        common = field.over_common_denominator(columns)
        rows = [[column.numerators[i] for column in common] + [int(i == 0)] for i in range(n)]
        solution, determinant = _solve(rows, field.meter, where)
        scale = common[0].denominator
        field.meter.work(2 * n, bits_of(solution), scale.bit_length())
        sign = -1 if determinant < 0 else 1
        numerators = tuple(sign * scale * x for x in solution)
        return Real(field, numerators, abs(determinant)).reduced()

    def sign(self, where: str = "limits") -> int:
        """Return -1, 0 or 1; 0 exactly if all coefficients are 0."""
        if not any(self.numerators):
            return 0
        if not any(self.numerators[1:]):
            return 1 if self.numerators[0] > 0 else -1
        bits = START_BITS
        while bits <= limits.MAX_REFINEMENT_BITS:
            low, high = self._between(bits)
            if low > 0:
                return 1
            if high < 0:
                return -1
            bits *= 2
        limit = f"MAX_REFINEMENT_BITS = {limits.MAX_REFINEMENT_BITS}"
        raise Unusable(where, f"the sign of a number is not decided within {limit}")

    def is_zero(self) -> bool:
        """Tell whether the number is zero, which is decided like its sign."""
        return self.sign() == 0

    def rounded(self, bits: int) -> int:
        """Return an integer g with  0 <= 2**bits * self - g <= 2."""
        meter, size = self.field.meter, bits_of(self.numerators)
        if not any(self.numerators[1:]):
            meter.work(2, bits + size, self.denominator.bit_length())
            return (self.numerators[0] << bits) // self.denominator
        precision = bits + 64 + max(0, size - self.denominator.bit_length())
        if precision <= 2 * limits.MAX_REFINEMENT_BITS:
            low, high = self._between(precision)
            unit = self.denominator << (precision - bits)
            meter.work(4, bits_of((low, high)), unit.bit_length())
            if high - low <= unit:
                return low // unit
        limit = f"MAX_REFINEMENT_BITS = {limits.MAX_REFINEMENT_BITS}"
        raise Unusable("limits", f"a number is not rounded within {limit}")

    def _between(self, bits: int) -> tuple[int, int]:
        """Return integers around  2**bits * denominator * self."""
        lower, upper = self.field.enclosure(bits)
        self.field.meter.work(2 * len(lower), bits_of(self.numerators), bits_of(lower + upper))
        low = high = 0
        for n, a, b in zip(self.numerators, lower, upper, strict=True):
            low += n * (a if n > 0 else b)
            high += n * (b if n > 0 else a)
        return low, high

    def __str__(self) -> str:
        parts = [show(Fraction(n, self.denominator)) for n in self.numerators]
        return parts[0] if not any(self.numerators[1:]) else f"[{', '.join(parts)}]"


def rational(value: Number, where: str) -> Fraction:
    """Return a number that has to be rational."""
    if isinstance(value, Real):
        raise Unusable(where, "must be a rational number")
    return value


def read_field(field: Field) -> RealField:
    """Read a number field; there must be exactly one root of `minpoly` in the interval."""
    meter = field.meter
    parts = field.members(("minpoly", "interval"))
    coefficients = parts["minpoly"].numbers()
    degree = len(coefficients) - 1
    if not 1 <= degree <= limits.MAX_FIELD_DEGREE or coefficients[-1] == 0:
        bounds = f"1 to MAX_FIELD_DEGREE = {limits.MAX_FIELD_DEGREE}"
        raise Unusable(parts["minpoly"].where, f"must be a polynomial of degree {bounds}")
    start, end = parts["interval"].numbers(2)
    common = common_denominator((c.denominator for c in coefficients), meter)
    size = common.bit_length() + bits_of(c.numerator for c in coefficients)
    meter.work(2 * len(coefficients), size, size)
    minpoly = [c.numerator * (common // c.denominator) for c in coefficients]
    where = parts["interval"].where
    ends = [sign_at(minpoly, x.numerator, x.denominator, meter) for x in (start, end)]
    if degree == 1:
        if not start <= end or ends[0] * ends[1] > 0:
            raise Rejected(where, "does not contain the root of the polynomial")
        return RealField(meter)
    if not start < end or ends[0] * ends[1] >= 0:
        raise Rejected(where, "the polynomial does not change its sign between these ends")
    if _count_roots(minpoly, start, end, meter) != 1:
        raise Rejected(where, "contains more than one root of the polynomial")
    return RealField(meter, minpoly, (start, end))


def _bounded(denominator: int) -> None:
    if denominator.bit_length() > limits.MAX_DENOMINATOR_BITS:
        limit = f"MAX_DENOMINATOR_BITS = {limits.MAX_DENOMINATOR_BITS}"
        raise Unusable("limits", f"a denominator exceeds {limit}")


def sign_at(polynomial: Sequence[int], numerator: int, denominator: int, meter: Meter) -> int:
    """Return the sign of an integer polynomial at numerator / denominator, denominator > 0.

    Examples
    --------
    >>> [sign_at([-2, 0, 1], numerator, 10, Meter()) for numerator in (14, 15)]
    [-1, 1]
    """
    size = max(numerator.bit_length(), denominator.bit_length())
    count = len(polynomial)
    meter.work(3 * count, bits_of(polynomial) + count * size, size)
    value, power = 0, 1
    for coefficient in reversed(polynomial):
        value = value * numerator + coefficient * power
        power *= denominator
    return (value > 0) - (value < 0)


def _reduced_powers(minpoly: list[int], meter: Meter) -> tuple[list[list[int]], int]:
    """Return rows and a unit > 0 with  theta^(n + k) = sum_i rows[k][i] theta^i / unit,  k < n - 1.

    With leading coefficient a,  a theta^n = -sum_{i < n} m_i theta^i;  unit is |a|^(n - 1).
    """
    n, lead = len(minpoly) - 1, minpoly[-1]
    sign = 1 if lead > 0 else -1
    lead = abs(lead)
    lowest = [-sign * m for m in minpoly[:-1]]
    size = bits_of(minpoly)
    meter.work(3 * n**3, n * size, size)
    rows, current, power = [], list(lowest), 1  # current / lead^power is the row
    for _ in range(n - 1):
        rows.append([entry * lead ** (n - 1 - power) for entry in current])
        top, shifted = current[-1], [0, *current[:-1]]
        current = [lead * a + top * b for a, b in zip(shifted, lowest, strict=True)]
        power += 1
    return rows, lead ** max(n - 1, 0)


def _count_roots(minpoly: list[int], start: Fraction, end: Fraction, meter: Meter) -> int:
    """Return the number of distinct roots between two points that are not roots (Sturm)."""
    chain = [minpoly, [i * c for i, c in enumerate(minpoly)][1:]]
    while len(chain[-1]) > 1:
        remainder = _negative_remainder(chain[-2], chain[-1], meter)
        if not remainder:
            break
        chain.append(remainder)
    counts = []
    for at in (start, end):
        signs = [sign_at(p, at.numerator, at.denominator, meter) for p in chain]
        signs = [sign for sign in signs if sign]
        counts.append(sum(a != b for a, b in pairwise(signs)))
    return counts[0] - counts[1]


def _negative_remainder(left: list[int], right: list[int], meter: Meter) -> list[int]:
    """Return a positive multiple of -(left mod right), primitive, without leading zeros."""
    remainder = list(left)
    lead = right[-1]
    while len(remainder) >= len(right):
        size = max(bits_of(remainder), bits_of(right))
        meter.work(4 * len(remainder), size, size)
        top, shift = remainder[-1], len(remainder) - len(right)
        # |lead| * remainder - (+-top) x^shift * right: a positive multiple of the remainder.
        factor = top if lead > 0 else -top
        remainder = [abs(lead) * c for c in remainder]
        for i, c in enumerate(right):
            remainder[i + shift] -= factor * c
        while remainder and remainder[-1] == 0:
            remainder.pop()
    size = bits_of(remainder)
    meter.work(4 * len(remainder), size, size)
    content = gcd(*remainder) or 1
    return [-c // content for c in remainder]


def _solve(rows: list[list[int]], meter: Meter, where: str) -> tuple[list[int], int]:
    """Return y, d with  M y = d * right  for the rows [M, right] of integers (Bareiss, Jordan)."""
    n, previous = len(rows), 1
    for k in range(n):
        pivot = next((i for i in range(k, n) if rows[i][k]), None)
        if pivot is None:
            raise Unusable(where, "a number has no inverse: the polynomial is reducible")
        rows[k], rows[pivot] = rows[pivot], rows[k]
        size = max(map(bits_of, rows))
        meter.work(4 * n * n, 2 * size, size)
        for i in range(n):
            if i != k:
                factor, head = rows[i][k], rows[k][k]
                rows[i] = [
                    (head * a - factor * b) // previous
                    for a, b in zip(rows[i], rows[k], strict=True)
                ]
        previous = rows[k][k]
    return [row[-1] for row in rows], previous
