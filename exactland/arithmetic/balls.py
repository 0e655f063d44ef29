"""Arb balls with their precision made explicit: enclose, read off a certain sign or decimal.

A ball is a proved enclosure, so what these helpers return is a fact; where the ball is too wide
to tell, they return ``None`` and the caller raises the precision.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flint import arb, ctx, fmpq

from exactland.arithmetic.rationals import format_decimal

START_PRECISION = 64
"""Bits at which every refinement loop of the package starts (it then doubles)."""


@contextmanager
def working_precision(bits: int) -> Iterator[None]:
    """Run a block with Arb's working precision set to `bits`, restored afterwards.

    Examples
    --------
    >>> with working_precision(200):
    ...     print(arb(2).sqrt().rel_accuracy_bits() > 190)
    True
    """
    before = ctx.prec
    ctx.prec = bits
    try:
        yield
    finally:
        ctx.prec = before


def enclose(lower: fmpq, upper: fmpq, bits: int) -> arb:
    """Return a ball of `bits` bits that contains the closed interval [lower, upper].

    Examples
    --------
    >>> bool(enclose(fmpq(1, 3), fmpq(1, 2), 64).contains(arb(0.4)))
    True
    """
    with working_precision(bits):
        return arb(lower).union(arb(upper))


def endpoints(ball: arb) -> tuple[fmpq, fmpq]:
    """Return the two ends of a finite ball, without rounding.

    Examples
    --------
    >>> low, high = endpoints(arb(1, 0.5))
    >>> endpoints(arb(0.375)), low <= fmpq(1, 2), high >= fmpq(3, 2)
    ((3/8, 3/8), True, True)
    """
    middle, radius = ball.mid().fmpq(), ball.rad().fmpq()
    return middle - radius, middle + radius


def sign_of_ball(ball: arb) -> int | None:
    """Return the common sign of all points of the ball, ``None`` if there is none.

    Examples
    --------
    >>> sign_of_ball(arb(-2)), sign_of_ball(arb(0)), sign_of_ball(arb(1, 2))
    (-1, 0, None)
    """
    if ball > 0:
        return 1
    if ball < 0:
        return -1
    return 0 if ball.is_zero() else None


def common_decimal(lower: fmpq, upper: fmpq, digits: int) -> str | None:
    """Return the decimal that every number of [lower, upper] rounds to, ``None`` if they differ.

    Rounding is monotone, so it is enough that both ends round alike.

    Examples
    --------
    >>> common_decimal(fmpq(3332, 10000), fmpq(3334, 10000), 3)
    '0.333'
    >>> common_decimal(fmpq(3334, 10000), fmpq(3336, 10000), 3) is None
    True
    """
    text = format_decimal(lower, digits)
    return text if text == format_decimal(upper, digits) else None
