"""Number fields and their elements as readable text and LaTeX.

Quadratic fields and Q(sqrt(p), sqrt(q)) are written with square roots, other fields with powers of
the generator ``a``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from flint import fmpq

from exactland.arithmetic.radicals import rational_square_root, reduced_radical
from exactland.arithmetic.rationals import format_rational

if TYPE_CHECKING:
    from exactland.arithmetic.number_fields import NumberField, RealAlgebraic

Term = tuple[fmpq, str, str]
"""A rational coefficient, the plain text and the LaTeX of what it multiplies ("" for 1)."""


def element_terms(element: RealAlgebraic) -> list[Term]:
    r"""Return the nonzero terms of an element: coefficients with what they multiply.

    Examples
    --------
    >>> from exactland.arithmetic.number_fields import sqrt_field
    >>> element_terms(fmpq(1, 2) - 3 * sqrt_field(fmpq(5)).generator)
    [(1/2, '', ''), (-3, 'sqrt(5)', '\\sqrt{5}')]
    """
    return _terms(element.field, element.coefficients)


def element_text(element: RealAlgebraic) -> str:
    """Return readable exact text.

    Examples
    --------
    >>> from exactland.arithmetic.number_fields import sqrt_field
    >>> element_text(fmpq(1, 2) - 3 * sqrt_field(fmpq(5)).generator)
    '1/2 - 3*sqrt(5)'
    """
    parts = []
    for coefficient, name, _ in element_terms(element):
        parts.append(("-" if coefficient < 0 else "+", _product(abs(coefficient), name)))
    return _joined(parts)


def element_latex(element: RealAlgebraic) -> str:
    r"""Return LaTeX source (mathematics mode).

    Examples
    --------
    >>> from exactland.arithmetic.number_fields import sqrt_field
    >>> print(element_latex(fmpq(1, 2) - 3 * sqrt_field(fmpq(5)).generator))
    \frac{1}{2} - 3\sqrt{5}
    """
    parts = []
    for coefficient, _, name in element_terms(element):
        size = abs(coefficient)
        number = str(size.p) if size.q == 1 else f"\\frac{{{size.p}}}{{{size.q}}}"
        body = name if name and size == 1 else number + name
        parts.append(("-" if coefficient < 0 else "+", body))
    return _joined(parts)


def field_text(field: NumberField) -> str:
    """Return a readable name of the field.

    Examples
    --------
    >>> from flint import fmpq_poly
    >>> from exactland.arithmetic.number_fields import NumberField
    >>> print(NumberField(fmpq_poly([-2, 0, 0, 1]), (fmpq(1), fmpq(2))))
    Q(a) with a = 1.25992..., a^3 - 2 = 0
    """
    if field.degree == 1:
        return "Q"
    radicals = _biquadratic(field)
    if radicals is not None:
        names = sorted(reduced_radical(radical)[1] for radical in radicals[:2])
        return f"Q({', '.join(f'sqrt({name})' for name in names)})"
    generator = field.generator
    if field.degree == 2:
        return f"Q({element_text(generator)})"
    signs = [
        ("-" if c < 0 else "+", _product(abs(c), _power("a", i)))
        for i, c in reversed([*enumerate(field.minpoly.coeffs())])
        if c != 0
    ]
    return f"Q(a) with a = {generator.decimal(6)}..., {_joined(signs)} = 0"


def field_latex(field: NumberField) -> tuple[str, str]:
    r"""Return LaTeX of the field, and of the equation of its generator where elements need that.

    Examples
    --------
    >>> from flint import fmpq_poly
    >>> from exactland.arithmetic.number_fields import NumberField, sqrt_field
    >>> print(field_latex(sqrt_field(fmpq(20)))[0])
    \mathbb{Q}(\sqrt{5})
    >>> print(*field_latex(NumberField(fmpq_poly([-2, 0, 0, 1]), (fmpq(1), fmpq(2)))))
    \mathbb{Q}(a) a^{3} - 2 = 0,\quad a\approx1.25992
    """
    radicals = _biquadratic(field)
    if field.degree == 2:
        radicands = [field.minpoly[1] ** 2 / 4 - field.minpoly[0]]
    elif radicals is not None:
        radicands = list(radicals[:2])
    else:
        terms = [
            ("-" if c < 0 else "+", _product(abs(c), _power("a", i, "{{{}}}")).replace("*", r"\,"))
            for i, c in reversed([*enumerate(field.minpoly.coeffs())])
            if c != 0
        ]
        equation = rf"{_joined(terms)} = 0,\quad a\approx{field.generator.decimal(6)}"
        return r"\mathbb{Q}(a)", equation
    names = sorted(reduced_radical(radicand)[1] for radicand in radicands)
    roots = ", ".join(rf"\sqrt{{{name}}}" for name in names)
    return rf"\mathbb{{Q}}({roots})", ""


def _terms(field: NumberField, coefficients: Sequence[fmpq]) -> list[Term]:
    radicals = _biquadratic(field)
    terms: list[Term]
    if field.degree == 2:
        terms = _quadratic_terms(field, coefficients)
    elif radicals is not None:
        terms = _biquadratic_terms(*radicals, coefficients)
    else:
        names = [(_power("a", i), _power("a", i, "{{{}}}")) for i in range(field.degree)]
        terms = [(c, *name) for c, name in zip(coefficients, names, strict=True)]
    return [term for term in terms if term[0] != 0]


def _quadratic_terms(field: NumberField, coefficients: Sequence[fmpq]) -> list[Term]:
    # a = -p/2 +- sqrt(p^2/4 - q); the greater root is the one with index 1.
    q, p = field.minpoly[0], field.minpoly[1]
    constant, factor = coefficients
    radical = factor if field.root_index == 1 else -factor
    return [(constant - factor * p / 2, "", ""), _root_term(radical, p * p / 4 - q)]


def _biquadratic(field: NumberField) -> tuple[fmpq, fmpq, int, int] | None:
    """Return b > c and signs e, f with generator e*sqrt(b) + f*sqrt(c), if it has that form.

    Then its minimal polynomial is x^4 - 2(b + c) x^2 + (b - c)^2.
    """
    minpoly = field.minpoly
    if field.degree != 4 or minpoly[1] != 0 or minpoly[3] != 0 or minpoly[2] > 0:
        return None
    difference = rational_square_root(minpoly[0])
    if difference is None or -minpoly[2] / 2 <= difference:
        return None
    total = -minpoly[2] / 2
    signs = [(-1, -1), (-1, 1), (1, -1), (1, 1)][field.root_index]
    return ((total + difference) / 2, (total - difference) / 2, *signs)


def _biquadratic_terms(
    b: fmpq, c: fmpq, e: int, f: int, coefficients: Sequence[fmpq]
) -> list[Term]:
    c0, c1, c2, c3 = coefficients
    # a^2 = b + c + 2ef sqrt(bc),  a^3 = e(b + 3c) sqrt(b) + f(3b + c) sqrt(c)
    terms = [
        _root_term(e * (c1 + c3 * (b + 3 * c)), b),
        _root_term(f * (c1 + c3 * (3 * b + c)), c),
        _root_term(2 * e * f * c2, b * c),
    ]
    return [(c0 + c2 * (b + c), "", ""), *sorted(terms, key=lambda term: (len(term[1]), term[1]))]


def _root_term(coefficient: fmpq, radicand: fmpq) -> Term:
    outside, inside = reduced_radical(radicand)
    return coefficient * outside, f"sqrt({inside})", f"\\sqrt{{{inside}}}"


def _product(size: fmpq, name: str) -> str:
    if not name:
        return format_rational(size)
    return name if size == 1 else f"{format_rational(size)}*{name}"


def _power(symbol: str, exponent: int, braces: str = "{}") -> str:
    if exponent == 0:
        return ""
    return symbol if exponent == 1 else f"{symbol}^{braces.format(exponent)}"


def _joined(parts: Sequence[tuple[str, str]]) -> str:
    if not parts:
        return "0"
    (sign, first), *rest = parts
    head = f"-{first}" if sign == "-" else first
    return head + "".join(f" {sign} {body}" for sign, body in rest)
