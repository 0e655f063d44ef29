"""Enclosures of exp, log and the logistic function at rational numbers, in integer arithmetic.

A number is enclosed by two integers (low, high) over 2**BITS.  Every division and shift is rounded
outwards, so that the enclosures hold whatever BITS is; it only decides how narrow they are.
"""

from __future__ import annotations

from fractions import Fraction

from exactland.checker.limits import Meter
from exactland.checker.numbers import bits_of

BITS = 320
UNIT = 1 << BITS

Enclosure = tuple[int, int]


def floor_of(value: Fraction, meter: Meter) -> int:
    """Return the largest integer at most value * 2**BITS.

    Examples
    --------
    >>> floor_of(Fraction(-1, 4), Meter()) == -UNIT // 4
    True
    """
    meter.work(4, bits_of(value.as_integer_ratio()) + BITS, value.denominator.bit_length())
    return (value.numerator << BITS) // value.denominator


def ceiling_of(value: Fraction, meter: Meter) -> int:
    """Return the least integer at least value * 2**BITS."""
    return -floor_of(-value, meter)


def ceiling_product(left: int, right: int) -> int:
    """Return the product of two numbers over 2**BITS, rounded up; the caller announces the work."""
    return -(-left * right >> BITS)


def exp_minus(value: Fraction, meter: Meter) -> Enclosure:
    """Enclose exp(-value), value >= 0.

    exp(value / 2**k) by its series, the reciprocal of that, squared k times.

    Examples
    --------
    >>> low, high = exp_minus(Fraction(1), Meter())
    >>> 0 < high - low < 2**20, low * 10**20 >> BITS
    (True, 36787944117144232159)
    >>> exp_minus(Fraction(10**6), Meter())
    (0, 1)
    """
    down, up = floor_of(value, meter), ceiling_of(value, meter)
    if down >> BITS >= BITS:  # exp(-BITS) < 2**-BITS
        return 0, 1
    halvings = (up >> BITS).bit_length()
    meter.work(6 * BITS + 4 * halvings, 2 * BITS, BITS)
    low, high = _exp_below(down >> halvings), _exp_above(-(-up >> halvings))
    low, high = UNIT * UNIT // high, -(-UNIT * UNIT // low)
    for _ in range(halvings):
        low, high = low * low >> BITS, ceiling_product(high, high)
    return low, min(high, UNIT)


def _exp_below(argument: int) -> int:
    """Bound exp from below on [0, 1]: every term of the series rounded down."""
    total, term, index = 0, UNIT, 0
    while term:
        total, index = total + term, index + 1
        term = term * argument // (index << BITS)
    return total


def _exp_above(argument: int) -> int:
    """Bound exp from above on [0, 1]: every term rounded up, and the last one once more.

    The terms left out are at most 1/2, 1/4, ... of the last one, if its index is 1 or more.
    """
    total, term, index = 0, UNIT, 0
    while term > 1:
        total, index = total + term, index + 1
        term = -(-term * argument // (index << BITS))
    return total + 2 * term


def logistic(value: Fraction, meter: Meter) -> Enclosure:
    """Enclose 1 / (1 + exp(-value)).

    Examples
    --------
    >>> low, high = logistic(Fraction(0), Meter())
    >>> low <= UNIT // 2 <= high
    True
    """
    low, high = exp_minus(abs(value), meter)
    meter.work(4, 2 * BITS, BITS)
    if value >= 0:
        return UNIT * UNIT // (UNIT + high), -(-UNIT * UNIT // (UNIT + low))
    # u / (1 + u) increases with u.
    return low * UNIT // (UNIT + low), -(-high * UNIT // (UNIT + high))


def logistic_slope_below(size: Fraction, meter: Meter) -> int:
    """Bound from below the derivative of the logistic function on [-size, size], size >= 0.

    It is u / (1 + u)^2 with u = exp(-|value|), and increases with u <= 1.

    Examples
    --------
    >>> UNIT // 4 - logistic_slope_below(Fraction(0), Meter()) < 2**20
    True
    """
    low, _ = exp_minus(size, meter)
    meter.work(4, 3 * BITS, 2 * BITS)
    return low * UNIT * UNIT // (UNIT + low) ** 2


def softplus(value: Fraction, meter: Meter) -> Enclosure:
    """Enclose log(1 + exp(value)) = max(value, 0) + log(1 + exp(-|value|)).

    Examples
    --------
    >>> low, high = softplus(Fraction(0), Meter())
    >>> 0 <= high - low < 2**20, low * 10**20 >> BITS
    (True, 69314718055994530941)
    """
    low, high = exp_minus(abs(value), meter)
    meter.work(6 * BITS, 2 * BITS, BITS)
    positive = max(value, Fraction(0))
    down, up = floor_of(positive, meter), ceiling_of(positive, meter)
    return down + _log_below(low), up + _log_above(high)


def _log_below(u: int) -> int:
    """Bound log(1 + u) = 2 (z + z^3/3 + z^5/5 + ...), z = u / (2 + u), from below, 0 <= u <= 1."""
    power = u * UNIT // (2 * UNIT + u)
    square, total, index = power * power >> BITS, 0, 1
    while power:
        total += power // index
        power, index = power * square >> BITS, index + 2
    return 2 * total


def _log_above(u: int) -> int:
    """Bound the same from above.  As z <= 1/3, the terms left out add up to less than the last."""
    power = -(-u * UNIT // (2 * UNIT + u))
    square, total, index = ceiling_product(power, power), 0, 1
    while power > 1:
        total -= -power // index
        power, index = ceiling_product(power, square), index + 2
    return 2 * (total + 2 * power)
