"""Rational numbers: read from text, put over common denominators, shown in messages.

A number as read is a `Fraction`.  Bulk arithmetic is done on `Scaled` vectors: integers over one
positive denominator, because signs and zeros can then be read off the integers.

Where a certificate declares a number field, a `Real` of that field may stand for a `Fraction`, and
for an integer a `Real` as well: it has a numerator, a denominator and a sign of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from operator import methodcaller, mul
from typing import TYPE_CHECKING, Generic, TypeVar, overload

from exactland.checker import limits
from exactland.checker.limits import Meter
from exactland.checker.outcome import Unusable

if TYPE_CHECKING:
    from exactland.checker.fields import Number, Real, Whole

W = TypeVar("W", int, "int | Real")
W_co = TypeVar("W_co", bound="int | Real", covariant=True)

_NUMBER = re.compile(
    r"(?P<sign>[+-]?)(?:(?P<num>[0-9]+)/(?P<den>[0-9]+)"
    r"|(?=\.?[0-9])(?P<whole>[0-9]*)(?:\.(?P<part>[0-9]*))?(?:[eE](?P<exp>[+-]?[0-9]+))?)"
)
_CHUNK = 4000  # Python converts at most 4300 digits at once


@dataclass(frozen=True, slots=True)
class Scaled(Generic[W_co]):
    """The vector numerators / denominator, with denominator > 0."""

    numerators: list[W_co]
    denominator: int


def parse_number(text: str, where: str, meter: Meter) -> Fraction:
    """Return the number that `text` shows: ``p/q``, an integer, or a decimal, exactly.

    Examples
    --------
    >>> parse_number("-0.28", "here", Meter()), parse_number("1e-2", "here", Meter())
    (Fraction(-7, 25), Fraction(1, 100))
    """
    if len(text) > limits.MAX_NUMBER_CHARACTERS:
        raise Unusable(where, f"a number longer than {limits.MAX_NUMBER_CHARACTERS} characters")
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise Unusable(where, f"{text[:40]!a} is not a rational number")
    exponent_text = match["exp"] or "0"
    if len(exponent_text.lstrip("+-0")) > 5 or abs(int(exponent_text)) > limits.MAX_EXPONENT:
        raise Unusable(where, f"an exponent beyond {limits.MAX_EXPONENT}")
    part = match["part"] or ""
    exponent = int(exponent_text) - len(part)
    bits = 4 * (len(text) + abs(exponent))
    meter.work(1, bits, bits)
    meter.memory(2, bits)
    numerator = _integer(match["num"] or (match["whole"] or "") + part)
    denominator = _integer(match["den"] or "1")
    if denominator == 0:
        raise Unusable(where, f"{text[:40]!a} has denominator zero")
    if exponent >= 0:
        numerator *= 10**exponent
    else:
        denominator *= 10**-exponent
    return Fraction(-numerator if match["sign"] == "-" else numerator, denominator)


def _integer(digits: str) -> int:
    value = 0
    for start in range(0, len(digits), _CHUNK):
        chunk = digits[start : start + _CHUNK]
        value = value * 10 ** len(chunk) + int(chunk)
    return value


def show(value: Number) -> str:
    """Return the number as ``p/q`` for a message, or how long it is when it is long.

    Examples
    --------
    >>> show(Fraction(7, 25)), show(Fraction(1, 10**300))
    ('7/25', '(a fraction of about 997 bits)')
    """
    if not isinstance(value, Fraction | int):
        return str(value)  # which shows its coefficients
    size = bits_of((value.numerator, value.denominator))
    return str(value) if size <= 800 else f"(a fraction of about {size} bits)"


_BIT_LENGTH = methodcaller("bit_length")


def bits_of(integers: Iterable[Whole]) -> int:
    """Return the bit length of the longest of the integers."""
    if not isinstance(integers, list | tuple):
        integers = list(integers)
    try:  # the rational numbers: all are integers, which is much faster
        return max(map(int.bit_length, integers), default=0)
    except TypeError:
        return max(map(_BIT_LENGTH, integers), default=0)


def common_denominator(denominators: Iterable[int], meter: Meter) -> int:
    """Return the least common multiple, refusing one longer than MAX_DENOMINATOR_BITS bits.

    Examples
    --------
    >>> common_denominator([4, 6, 3], Meter())
    12
    """
    result = 1
    for denominator in sorted(set(denominators)):
        size = result.bit_length()
        meter.work(1, size, denominator.bit_length())
        if result % denominator:
            meter.work(4, size, denominator.bit_length())
            result = lcm(result, denominator)
            if result.bit_length() > limits.MAX_DENOMINATOR_BITS:
                limit = f"MAX_DENOMINATOR_BITS = {limits.MAX_DENOMINATOR_BITS}"
                raise Unusable("limits", f"a common denominator exceeds {limit}")
    return result


@overload
def clear(values: Sequence[Fraction], meter: Meter, keep: bool = False) -> Scaled[int]: ...
@overload
def clear(values: Sequence[Number], meter: Meter, keep: bool = False) -> Scaled[Whole]: ...


def clear(
    values: Sequence[Number], meter: Meter, keep: bool = False
) -> Scaled[int] | Scaled[Whole]:
    """Put the numbers over their least common denominator.

    Examples
    --------
    >>> clear([Fraction(1, 2), Fraction(-2, 3)], Meter())
    Scaled(numerators=[3, -4], denominator=6)
    """
    denominator = common_denominator((value.denominator for value in values), meter)
    return Scaled(over(values, denominator, meter, keep), denominator)


def over(
    values: Sequence[Number], denominator: int, meter: Meter, keep: bool = False
) -> list[Whole]:
    """Return the numerators over the given multiple of all the denominators."""
    size = bits_of(value.numerator for value in values)
    meter.work(2 * len(values), denominator.bit_length(), size)
    meter.memory(len(values), denominator.bit_length() + size, keep)
    return [value.numerator * (denominator // value.denominator) for value in values]


@overload
def ratio(numerator: int, denominator: int, meter: Meter) -> Fraction: ...
@overload
def ratio(numerator: Whole, denominator: int, meter: Meter) -> Number: ...


def ratio(numerator: Whole, denominator: int, meter: Meter) -> Number:
    """Return the reduced fraction numerator / denominator."""
    meter.work(4, numerator.bit_length(), denominator.bit_length())
    if isinstance(numerator, int):
        return Fraction(numerator, denominator)
    return numerator.over(denominator).reduced()


@overload
def times(left: Fraction, right: Fraction, meter: Meter) -> Fraction: ...
@overload
def times(left: Number, right: Number, meter: Meter) -> Number: ...


def times(left: Number, right: Number, meter: Meter) -> Number:
    """Return the product."""
    meter.work(8, bits_of(left.as_integer_ratio()), bits_of(right.as_integer_ratio()))
    return left * right


@overload
def total(values: Sequence[Fraction], meter: Meter) -> Fraction: ...
@overload
def total(values: Sequence[Number], meter: Meter) -> Number: ...


def total(values: Sequence[Number], meter: Meter) -> Number:
    """Return the sum, through one bounded common denominator."""
    scaled = clear(values, meter)
    return ratio(sum(scaled.numerators), scaled.denominator, meter)


def size_of(value: W) -> W:
    """Return the absolute value."""
    return -value if value < 0 else value


def inner(left: Iterable[W], right: Iterable[W]) -> W:
    """Return the inner product of two integer vectors; the caller has announced the work."""
    return sum(map(mul, left, right))


def dot(left: Sequence[W], right: Sequence[W], meter: Meter) -> W:
    """Return the inner product of two integer vectors.

    Examples
    --------
    >>> dot([1, 2], [3, -1], Meter())
    1
    """
    meter.work(len(left), bits_of(left), bits_of(right))
    return inner(left, right)


def scale(factor: W, row: Sequence[W], meter: Meter, keep: bool = False) -> list[W]:
    """Return factor * row."""
    bits = bits_of(row)
    meter.work(len(row), bits, factor.bit_length())
    meter.memory(len(row), bits + factor.bit_length(), keep)
    return [factor * x for x in row]


def add_multiple(row: Sequence[W], factor: W, other: Sequence[W], meter: Meter) -> list[W]:
    """Return row + factor * other."""
    meter.work(len(other), bits_of(other), factor.bit_length())
    return [x + factor * y for x, y in zip(row, other, strict=True)]
