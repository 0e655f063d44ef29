"""The two routes by which an identity is decided: expressions of sympy, polynomials of flint.

A builder function writes both sides of an identity with the operations below and knows nothing of
the route.  Each route alone is a proof, for every value of the symbols where no denominator
vanishes:

*sympy*: the difference is converted to sympy's field of rational functions, where it is a quotient
of two coprime polynomials; the numerator must have no term.  The roots p = sqrt(gamma)
and q = sqrt(1 + gamma) are two symbols with the relation q^2 = 1 + p^2; the numerator is reduced
modulo this relation, whose quotient ring is a domain.

*flint*: rational functions over Q in lowest terms, on flint's sparse polynomials, which share no
code with sympy's; zero means that the polynomial has no term.  The roots are written rationally,
p = 2t/(1 - t^2) and q = (1 + t^2)/(1 - t^2).  As t runs through (0, sqrt(2) - 1), gamma = p^2
runs through all of (0, 1), so that an identity of rational functions in t holds for every slope.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from hashlib import sha256
from typing import Any, Protocol

from flint import Ordering, fmpq, fmpq_mpoly_ctx

from exactland.proving.ratios import Ratio

SHORT = 300
"""Normal forms longer than this are recorded by their digest."""


class Algebra(Protocol):
    """What a builder may use besides +, -, *, / and integer powers.

    ``slope_roots`` are sqrt(gamma) and sqrt(1 + gamma).
    """

    name: str

    def rational(self, numerator: int, denominator: int = 1) -> Any:
        """Return a rational constant (an int works as it is, except as a quotient of two)."""

    def integral(self, expression: Any, variable: Any, lower: Any, upper: Any) -> Any:
        """Return the definite integral of a polynomial in one symbol."""

    def derivative(self, expression: Any, variable: Any) -> Any:
        """Return a partial derivative."""

    def at(self, expression: Any, values: dict[Any, Any]) -> Any:
        """Return the expression with symbols replaced."""

    def lowest(self, expression: Any) -> Any:
        """Return the expression as a quotient in lowest terms."""

    def is_zero(self, expression: Any) -> bool:
        """Decide whether the expression is identically zero."""

    def text(self, expression: Any) -> str:
        """Return the normal form as text (a digest if it is long)."""

    @property
    def slope_roots(self) -> tuple[Any, Any]:
        """The two square roots of the leaky families."""


Builder = Callable[..., tuple[Any, Any]]
"""Takes an algebra and the symbols asked for, and returns the two sides of an identity."""


class SympyAlgebra:
    """The route by sympy's expressions.

    Examples
    --------
    >>> route = SympyAlgebra()
    >>> x, s = route.symbols("x s")
    >>> p, q = route.slope_roots
    >>> route.is_zero(route.integral(s * x, x, -s, s)), route.is_zero(1 / (q - p) - p - q)
    (True, True)
    """

    name = "sympy"

    def symbols(self, names: str) -> tuple[Any, ...]:
        """Return symbols; none of them may be called p_ or q_."""
        import sympy

        return tuple(sympy.Symbol(name) for name in names.split())

    def rational(self, numerator: int, denominator: int = 1) -> Any:
        """Return a rational constant."""
        import sympy

        return sympy.Rational(numerator, denominator)

    def integral(self, expression: Any, variable: Any, lower: Any, upper: Any) -> Any:
        """Return the definite integral of a polynomial in one symbol."""
        import sympy

        fraction = self._fraction(expression)
        names = [str(symbol) for symbol in fraction.field.symbols]
        if str(variable) not in names:
            return sympy.sympify(expression) * (upper - lower)
        place = names.index(str(variable))
        if fraction.denom.degree(place):
            raise ValueError("the integrand is not a polynomial in the variable")
        whole: Any = sympy.Integer(0)
        for power, terms in _by_powers(fraction.numer, place).items():
            ends = upper ** (power + 1) - lower ** (power + 1)
            whole += fraction.numer.ring.from_dict(terms).as_expr() * ends / (power + 1)
        return self._fraction(whole / fraction.denom.as_expr()).as_expr()

    def derivative(self, expression: Any, variable: Any) -> Any:
        """Return a partial derivative."""
        import sympy

        return sympy.diff(expression, variable)

    def at(self, expression: Any, values: dict[Any, Any]) -> Any:
        """Return the expression with symbols replaced, all at once."""
        import sympy

        return sympy.sympify(expression).subs(values, simultaneous=True)

    def lowest(self, expression: Any) -> Any:
        """Return the expression as a quotient in lowest terms."""
        return self._fraction(expression).as_expr()

    def is_zero(self, expression: Any) -> bool:
        """Decide whether the expression is identically zero."""
        import sympy

        fraction = self._fraction(sympy.sympify(expression))
        if self._reduced(fraction.denom.as_expr()) == 0:
            raise ZeroDivisionError("a denominator vanishes identically")
        return bool(self._reduced(fraction.numer.as_expr()) == 0)

    def text(self, expression: Any) -> str:
        """Return the factored normal form as text (a digest if it is long)."""
        import sympy

        return _short(str(sympy.factor(expression)))

    @cached_property
    def slope_roots(self) -> tuple[Any, Any]:
        """The symbols p_, q_ with the relation q_^2 = 1 + p_^2."""
        p, q = self.symbols("p_ q_")
        return p, q

    def _fraction(self, expression: Any) -> Any:
        """Return the expression as an element of sympy's field of rational functions."""
        import sympy

        symbols = sorted(expression.free_symbols, key=str) or [sympy.Symbol("x")]
        return sympy.QQ.frac_field(*symbols).field.from_expr(expression)

    def _reduced(self, polynomial: Any) -> Any:
        import sympy

        p, q = self.slope_roots
        expanded = sympy.expand(polynomial)
        if not expanded.has(q):
            return expanded
        return sympy.Poly(expanded, q).rem(sympy.Poly(q**2 - 1 - p**2, q)).as_expr().expand()


class FlintAlgebra:
    """The route by flint's multivariate polynomials, for the given symbols.

    Examples
    --------
    >>> route = FlintAlgebra("x s")
    >>> x, s = route.symbols("x s")
    >>> p, q = route.slope_roots
    >>> route.is_zero(route.integral(s * x, x, -s, s)), route.is_zero(1 / (q - p) - p - q)
    (True, True)
    >>> route.text(route.integral(s * x * x, x, 0 * s, s))
    '1/3*s^4'
    """

    name = "flint"

    def __init__(self, names: str) -> None:
        self._names = [*names.split(), "t_"]
        self._context = fmpq_mpoly_ctx.get(self._names, Ordering.lex)

    def symbols(self, names: str) -> tuple[Any, ...]:
        """Return those generators."""
        return tuple(self._generator(name) for name in names.split())

    def rational(self, numerator: int, denominator: int = 1) -> Any:
        """Return a rational constant."""
        return Ratio(self._context.constant(fmpq(numerator, denominator)))

    def integral(self, expression: Any, variable: Any, lower: Any, upper: Any) -> Any:
        """Return the definite integral of a polynomial in one symbol."""
        low, high = self._lift(lower), self._lift(upper)
        return self._lift(expression).integral(variable, low, high)

    def derivative(self, expression: Any, variable: Any) -> Any:
        """Return a partial derivative."""
        return self._lift(expression).derivative(variable)

    def at(self, expression: Any, values: dict[Any, Any]) -> Any:
        """Return the expression with symbols replaced, all at once."""
        lifted = {variable: self._lift(value) for variable, value in values.items()}
        return self._lift(expression).at(lifted)

    def lowest(self, expression: Any) -> Any:
        """Return the expression itself: ratios are in lowest terms."""
        return self._lift(expression)

    def is_zero(self, expression: Any) -> bool:
        """Decide whether the expression is identically zero."""
        return self._lift(expression).is_zero()

    def text(self, expression: Any) -> str:
        """Return the normal form as text (a digest if it is long)."""
        return _short(str(self._lift(expression)))

    @cached_property
    def slope_roots(self) -> tuple[Any, Any]:
        """2t/(1 - t^2) and (1 + t^2)/(1 - t^2)."""
        t = self._generator("t_")
        return 2 * t / (1 - t * t), (1 + t * t) / (1 - t * t)

    def _generator(self, name: str) -> Ratio:
        return Ratio(self._context.gens()[self._names.index(name)])

    def _lift(self, value: Any) -> Ratio:
        return value if isinstance(value, Ratio) else Ratio(self._context.constant(fmpq(value)))


def _by_powers(polynomial: Any, place: int) -> dict[int, dict[tuple[int, ...], Any]]:
    """Group the terms of a sparse polynomial by their powers of one generator, taken out."""
    groups: dict[int, dict[tuple[int, ...], Any]] = {}
    for exponents, coefficient in polynomial.items():
        rest = (*exponents[:place], 0, *exponents[place + 1 :])
        groups.setdefault(exponents[place], {})[rest] = coefficient
    return dict(sorted(groups.items()))


def _short(text: str) -> str:
    return text if len(text) <= SHORT else "sha256:" + sha256(text.encode()).hexdigest()
