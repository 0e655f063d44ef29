"""One vocabulary for exact real numbers: the same calls on rationals and on number-field elements.

A *scalar* is a :class:`flint.fmpq` or a
:class:`~exactland.arithmetic.number_fields.RealAlgebraic`.  Both support ``+ - * /``, ``**``,
comparisons and ``abs``; what their types spell differently is spelled once here.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from flint import arb, fmpq, fmpz

from exactland.arithmetic.balls import endpoints, working_precision
from exactland.arithmetic.rationals import format_decimal, format_rational

Scalar: TypeAlias = Any
"""fmpq or RealAlgebraic (python-flint's types are invisible to the type checker)."""


def sign(value: Scalar) -> int:
    """Return -1, 0 or 1, decided exactly.

    Examples
    --------
    >>> from exactland.arithmetic.number_fields import sqrt_field
    >>> root = sqrt_field(fmpq(2)).generator
    >>> sign(fmpq(-1, 3)), sign(root * root - 2), sign(root - fmpq(7, 5))
    (-1, 0, 1)
    """
    if isinstance(value, fmpq | fmpz | int):
        return (value > 0) - (value < 0)
    return int(value.sign())


def is_zero(value: Scalar) -> bool:
    """Return whether the number is exactly zero.

    Examples
    --------
    >>> is_zero(fmpq(0)), is_zero(fmpq(1, 10**40))
    (True, False)
    """
    return bool(value == 0)


def as_rational(value: Scalar) -> fmpq | None:
    """Return the number as a plain rational if it is one, else ``None``.

    Examples
    --------
    >>> from exactland.arithmetic.number_fields import sqrt_field
    >>> root = sqrt_field(fmpq(2)).generator
    >>> as_rational(root * root / 4), as_rational(root), as_rational(fmpq(3))
    (1/2, None, 3)
    """
    return fmpq(value) if isinstance(value, fmpq | fmpz | int) else value.rational()


def simplify(value: Scalar) -> Scalar:
    """Return a plain rational where the number is one, else the number itself.

    Examples
    --------
    >>> from exactland.arithmetic.number_fields import sqrt_field
    >>> root = sqrt_field(fmpq(2)).generator
    >>> isinstance(simplify(root * root), fmpq), simplify(1 + root)
    (True, 1 + sqrt(2))
    """
    plain = as_rational(value)
    return value if plain is None else plain


def to_ball(value: Scalar, bits: int = 64) -> arb:
    """Return a ball around the number with a relative error below ``2**-bits`` (zero is exact).

    Examples
    --------
    >>> bool(3 * to_ball(fmpq(1, 3)) == 1), to_ball(fmpq(1, 3), 100).rel_accuracy_bits() >= 100
    (False, True)
    """
    if isinstance(value, fmpq | fmpz | int):
        with working_precision(bits + 8):
            return arb(value)
    return value.ball(bits)


def rational_below(value: Scalar, bits: int = 32) -> fmpq:
    """Return a rational number at most `value`, short of it by a relative ``2**-bits`` at most.

    A rational number is returned as it is, otherwise a short dyadic one of the same sign.

    Examples
    --------
    >>> from exactland.arithmetic.number_fields import sqrt_field
    >>> root = sqrt_field(fmpq(2)).generator
    >>> low = rational_below(root)
    >>> low < root, root - low < fmpq(1, 10**9), rational_below(fmpq(1, 3))
    (True, True, 1/3)
    """
    plain = as_rational(value)
    if plain is not None:
        return plain
    low = endpoints(value.ball(bits + 8))[0]
    shift = bits + 2 - (low.p.__abs__().bit_length() - low.q.bit_length())
    unit = fmpq(2) ** shift
    return fmpq((low * unit).floor()) / unit


def format_exact(value: Scalar) -> str:
    """Return readable exact text, never a float.

    Examples
    --------
    >>> from exactland.arithmetic.number_fields import sqrt_field
    >>> format_exact(fmpq(14, -50)), format_exact(3 * sqrt_field(fmpq(5)).generator - fmpq(1, 2))
    ('-7/25', '-1/2 + 3*sqrt(5)')
    """
    return format_rational(fmpq(value)) if isinstance(value, fmpq | fmpz | int) else str(value)


def format_latex(value: Scalar) -> str:
    r"""Return exact LaTeX source (mathematics mode).

    Examples
    --------
    >>> from exactland.arithmetic.number_fields import sqrt_field
    >>> print(format_latex(fmpq(-7, 25)), format_latex(sqrt_field(fmpq(5)).generator / 2 + 1))
    -\frac{7}{25} 1 + \frac{1}{2}\sqrt{5}
    """
    if not isinstance(value, fmpq | fmpz | int):
        return str(value.latex())
    number = fmpq(value)
    if number.q == 1:
        return str(number.p)
    return f"{'-' if number < 0 else ''}\\frac{{{abs(number.p)}}}{{{number.q}}}"


def format_decimal_exact(value: Scalar, digits: int = 6) -> str:
    """Return the decimal with `digits` significant digits, correctly rounded (half away from 0).

    Examples
    --------
    >>> from exactland.arithmetic.number_fields import sqrt_field
    >>> format_decimal_exact(sqrt_field(fmpq(5)).generator, 30)
    '2.23606797749978969640917366873'
    """
    if isinstance(value, fmpq | fmpz | int):
        return format_decimal(fmpq(value), digits)
    return str(value.decimal(digits))
