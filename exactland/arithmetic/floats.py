"""Exact numbers of any size as float mantissas and binary exponents, for proposals only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flint import fmpq, fmpz


def float_parts(numbers: Sequence[fmpq | fmpz], np: Any) -> tuple[Any, Any]:
    """Return mantissas in (-1, 1) and binary exponents, correct to a float's precision.

    Parameters
    ----------
    numbers : sequence of fmpq or fmpz
    np : module
        numpy, which the caller has imported (it is slow to load).

    Examples
    --------
    >>> import numpy
    >>> mantissas, exponents = float_parts([fmpq(3, 8), fmpq(-(2**2000))], numpy)
    >>> mantissas.tolist(), exponents.tolist()
    ([0.75, -0.5], [-1, 2001])
    """
    mantissas = np.zeros(len(numbers))
    exponents = np.zeros(len(numbers), dtype=np.int64)
    for index, number in enumerate(numbers):
        if number == 0:
            continue
        top, bottom = int(number.numerator), int(number.denominator)
        shift = 64 - (top.bit_length() - bottom.bit_length())
        if bottom == 1 and shift > 0:
            mantissas[index] = float(top)
            continue
        ratio = (top << shift) // bottom if shift > 0 else top // (bottom << -shift)
        mantissas[index], exponents[index] = float(ratio), -shift
    mantissas, extra = np.frexp(mantissas)
    return mantissas, exponents + extra
