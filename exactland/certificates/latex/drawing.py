"""Coordinates in pictures: exact fractions, which pgfplots evaluates, as far as they are short."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from flint import fmpq

from exactland.arithmetic.ordered import format_decimal_exact
from exactland.arithmetic.ordered_polynomials import Number
from exactland.arithmetic.rationals import format_rational
from exactland.certificates.latex.markup import Tex

MAX_EXACT: Final = 22
"""Characters of a fraction up to which a coordinate is written exactly."""


def coordinate(value: Number) -> Tex:
    """Return a number as pgfplots reads it: an exact fraction, or nine digits where it is long.

    Examples
    --------
    >>> print(coordinate(fmpq(-1, 3)), coordinate(fmpq(1, 3) / 10**30))
    -1/3 3.33333333e-31
    """
    if isinstance(value, fmpq):
        text = format_rational(value)
        if len(text) <= MAX_EXACT:
            return Tex(text)
    return Tex(format_decimal_exact(value, 9))


def path(points: Iterable[tuple[Number, Number]]) -> Tex:
    """Return points as the coordinates of a pgfplots plot.

    Examples
    --------
    >>> print(path([(fmpq(0), fmpq(1, 2)), (fmpq(1), fmpq(-1))]))
    (0,1/2) (1,-1)
    """
    return Tex(" ".join(f"({coordinate(x)},{coordinate(y)})" for x, y in points))
