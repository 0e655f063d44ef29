"""Exact numbers in print: fractions, small type with line breaks where they are long, decimals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from flint import fmpq

from exactland.arithmetic.number_field_text import element_terms
from exactland.arithmetic.number_fields import RealAlgebraic
from exactland.arithmetic.ordered import (
    Scalar,
    as_rational,
    format_decimal_exact,
    format_exact,
    format_latex,
    simplify,
)
from exactland.arithmetic.rationals import format_rational, parse_rational
from exactland.certificates.latex.markup import Tex

SHORT: Final = 22
"""Characters up to which a fraction is set like any other formula."""
MAX_EXACT: Final = 400
"""Characters up to which a number is printed exactly; the certificate holds longer ones."""
MAX_ENTRIES: Final = 30
"""Entries of a vector that are printed."""
MAX_VECTOR: Final = 1500
"""Characters up to which a vector is printed exactly."""
_CHUNK: Final = 5


@dataclass(frozen=True, slots=True)
class Number:
    """A number ready for print; a template takes the form it has room for.

    Attributes
    ----------
    tex : text mode, exact (in small type and breakable where long); a decimal with a remark beyond
        :data:`MAX_EXACT` characters.
    math : math mode, exact if ``short``, otherwise a decimal after an approximation sign has no
        place in a formula, so templates use it only where ``short`` holds.
    rounded : math mode, a decimal with seven significant digits.
    decimal : text mode, the same.
    relation : math mode, an equals sign if the decimal is exact, otherwise an approximation sign.
    full : text mode, exact with the decimal gloss.
    short : whether the exact form fits into a formula.
    integral : whether a decimal gloss would add nothing.
    size : how many characters the exact form has.
    """

    tex: Tex
    math: Tex
    rounded: Tex
    decimal: Tex
    relation: Tex
    full: Tex
    short: bool
    integral: bool
    size: int


@dataclass(frozen=True, slots=True)
class Tuple:
    """A vector ready for print: ``tex`` exact in text mode, ``decimal`` in text mode."""

    tex: Tex
    decimal: Tex
    short: bool
    exact: bool
    size: int


def number(value: Scalar) -> Number:
    r"""Return the forms of an exact number.

    Examples
    --------
    >>> from flint import fmpq
    >>> print(number(fmpq(-7, 25)).tex, number(fmpq(-7, 25)).math)
    $-7/25$ -\frac{7}{25}
    >>> print(number(fmpq(2) ** -70).tex)
    {\exdigits 1/11805\exb 91620\exb 71741\exb 13034\exb 24}
    >>> from exactland.arithmetic.number_fields import sqrt_field
    >>> print(number(1 - sqrt_field(fmpq(5)).generator / 3).tex)
    $1 - 1/3\sqrt{5}$
    """
    value = simplify(value)
    text = format_exact(value)
    short = len(text) <= SHORT
    integral = isinstance(value, fmpq) and value.q == 1
    approximate = decimal(value, 7)
    exact, relation = _exact(value, text, approximate), _relation(value, 7)
    gloss = (integral and short) or len(text) > MAX_EXACT
    full = exact if gloss else Tex(rf"{exact} ${relation} {approximate}$")
    return Number(
        tex=exact,
        math=Tex(format_latex(value)),
        rounded=approximate,
        decimal=Tex(f"${approximate}$"),
        relation=relation,
        full=full,
        short=short,
        integral=integral,
        size=len(text),
    )


def numbers(values: Iterable[Scalar]) -> list[Number]:
    """Return the forms of several numbers."""
    return [number(value) for value in values]


def decimal(value: Scalar, digits: int = 7) -> Tex:
    r"""Return a rounded decimal in math mode.

    Examples
    --------
    >>> from flint import fmpq
    >>> print(decimal(fmpq(1, 3) / 10**9, 3), decimal(fmpq(-1, 4)))
    3.33\cdot10^{-10} -0.25
    """
    mantissa, _, exponent = format_decimal_exact(value, digits).partition("e")
    return Tex(rf"{mantissa}\cdot10^{{{exponent}}}" if exponent else mantissa)


def digits(text: str) -> Tex:
    r"""Return a long number in small type, with line breaks allowed between its digits.

    Examples
    --------
    >>> print(digits("-1234567/89"))
    {\exdigits$-$12345\exb 67/89}
    """
    sign = "$-$" if text.startswith("-") else " "
    parts = text.removeprefix("-").split("/")
    broken = "/".join(
        r"\exb ".join(part[start : start + _CHUNK] for start in range(0, len(part), _CHUNK))
        for part in parts
    )
    return Tex(rf"{{\exdigits{sign}{broken}}}")


def vector(values: Sequence[Scalar]) -> Tuple:
    r"""Return the forms of a vector; long ones are cut after :data:`MAX_ENTRIES` entries.

    Examples
    --------
    >>> from flint import fmpq
    >>> print(vector((fmpq(-1), fmpq(7, 10))).tex)
    $({-1},\,7/10)$
    """
    shown, left_out = values[:MAX_ENTRIES], max(0, len(values) - MAX_ENTRIES)
    shown = [simplify(value) for value in shown]
    texts = [format_exact(value) for value in shown]
    size = sum(map(len, texts)) + 2 * len(texts)
    approximate = _tuple([decimal(value, 6) for value in shown], left_out)
    if size > MAX_VECTOR or any(len(text) > MAX_EXACT for text in texts):
        remark = r" {\footnotesize(decimals; exactly in the certificate)}"
        return Tuple(Tex(approximate + remark), approximate, False, False, size)
    if all(len(text) <= SHORT for text in texts):
        short = size <= 40
        formulas = [_inline(value) for value in shown]
        exact = _tuple(formulas, left_out, size <= 16)
        return Tuple(exact, approximate, short, left_out == 0, size)
    # Long entries break between their digits, which only text outside of formulas can do.
    pairs = zip(shown, texts, strict=True)
    entries = [_exact(value, text, Tex("")) for value, text in pairs]
    more = rf"\exc\ldots\ {{\footnotesize({left_out} more)}}" if left_out else ""
    exact = Tex("(" + r"\exc ".join(entries) + more + ")")
    return Tuple(exact, approximate, False, left_out == 0, size)


def polynomial(coefficients: Sequence[Scalar]) -> tuple[Tex | None, list[tuple[int, Number]]]:
    r"""Return a polynomial in tau in math mode (None where a coefficient is long), and its terms.

    Examples
    --------
    >>> from flint import fmpq
    >>> print(polynomial((fmpq(0), fmpq(0), fmpq(-3, 2), fmpq(0), fmpq(1)))[0])
    -\frac{3}{2}\,\tau^{2} + \tau^{4}
    """
    terms = [(power, value) for power, value in enumerate(coefficients) if value]
    listed = [(power, number(value)) for power, value in terms]
    if not all(form.short for _, form in listed) or len(listed) > 6:
        return None, listed
    text = ""
    for power, value in terms:
        sign = "-" if value < 0 else "+" if text else ""
        name = "" if power == 0 else r"\tau" if power == 1 else rf"\tau^{{{power}}}"
        size = Tex(format_latex(abs(value)))
        if name and " " in size:  # a sum over a number field
            size = Tex(rf"\left({size}\right)")
        factor = name if name and abs(value) == 1 else rf"{size}\,{name}" if name else size
        text += f" {sign} {factor}" if text else sign + factor
    return Tex(text or "0"), listed


def _relation(value: Scalar, places: int) -> Tex:
    plain = as_rational(value)
    exact = plain is not None and parse_rational(format_decimal_exact(plain, places)) == plain
    return Tex("=" if exact else r"\approx")


def _inline(value: Scalar) -> Tex:
    """An exact number on one line in math mode."""
    if not isinstance(value, RealAlgebraic):
        return Tex(format_rational(value))
    text = ""
    for coefficient, _, name in element_terms(value):
        size = format_rational(abs(coefficient))
        sign = "-" if coefficient < 0 else "+"
        joint = f" {sign} " if text else sign.replace("+", "")
        text += joint + (name if name and size == "1" else size + name)
    return Tex(text)


def _broken(value: Scalar) -> Tex:
    """A long exact number in text mode, with line breaks allowed between its digits."""
    if not isinstance(value, RealAlgebraic):
        return digits(format_rational(value))
    parts: list[str] = []
    for coefficient, _, name in element_terms(value):
        sign = "$-$" if coefficient < 0 else "$+$" if parts else ""
        size = digits(format_rational(abs(coefficient)))
        parts.append(sign + size + (f"${name}$" if name else ""))
    return Tex(r"\exb{}".join(parts))


def _exact(value: Scalar, text: str, approximate: Tex) -> Tex:
    if len(text) <= SHORT:
        return Tex(f"${_inline(value)}$")
    if len(text) <= MAX_EXACT:
        return _broken(value)
    remark = rf"{{\footnotesize(exactly, in {len(text)} characters, in the certificate)}}"
    return Tex(rf"$\approx {approximate}$ {remark}")


def _tuple(entries: Sequence[str], left_out: int, short: bool = False) -> Tex:
    r"""A vector in one formula; ``\exc`` is a comma after which the formula may break."""
    comma = r",\," if short else r"\exc "
    more = r"\exc\ldots" if left_out else ""
    remark = rf" {{\footnotesize({left_out} more)}}" if left_out else ""
    # Braces: a minus after the comma stands for a sign, not for a difference.
    body = comma.join(f"{{{entry}}}" if entry.startswith("-") else entry for entry in entries)
    return Tex("$(" + body + more + ")$" + remark)
