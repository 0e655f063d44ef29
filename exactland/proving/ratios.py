"""Rational functions in several variables over Q, on flint's sparse polynomials."""

from __future__ import annotations

from typing import Any

from flint import fmpq, fmpq_mpoly, fmpz


class Ratio:
    """A quotient of two polynomials of one flint context, in lowest terms.

    flint's sparse polynomials have one normal form, so that two ratios are equal as rational
    functions exactly if the numerator of their difference has no term.

    Parameters
    ----------
    numerator, denominator : fmpq_mpoly

    Examples
    --------
    >>> from flint import Ordering, fmpq_mpoly_ctx
    >>> x, y = (Ratio(gen) for gen in fmpq_mpoly_ctx.get(["x", "y"], Ordering.lex).gens())
    >>> print((x * x - y * y) / (2 * x + 2 * y), (1 / x - x).derivative(x))
    1/2*x - 1/2*y (-x^2 - 1)/(x^2)
    """

    __slots__ = ("denominator", "numerator")

    def __init__(self, numerator: fmpq_mpoly, denominator: fmpq_mpoly | None = None) -> None:
        one = numerator.context().constant(1)
        if denominator is None or denominator == one:
            self.numerator, self.denominator = numerator, one
            return
        if denominator == 0:
            raise ZeroDivisionError("a denominator is the zero polynomial")
        common = numerator.gcd(denominator)
        if common != 1:
            numerator, denominator = numerator // common, denominator // common
        leading = denominator.leading_coefficient()
        self.numerator, self.denominator = numerator / leading, denominator / leading

    def _lift(self, other: Any) -> Ratio | None:
        if isinstance(other, Ratio):
            return other
        if isinstance(other, int | fmpq | fmpz):
            return Ratio(self.numerator.context().constant(fmpq(other)))
        return None

    def __add__(self, other: Any) -> Ratio:
        right = self._lift(other)
        if right is None:
            return NotImplemented
        if self.denominator == right.denominator:
            return Ratio(self.numerator + right.numerator, self.denominator)
        top = self.numerator * right.denominator + right.numerator * self.denominator
        return Ratio(top, self.denominator * right.denominator)

    def __neg__(self) -> Ratio:
        return Ratio(-self.numerator, self.denominator)

    def __sub__(self, other: Any) -> Ratio:
        right = self._lift(other)
        return NotImplemented if right is None else self + (-right)

    def __rsub__(self, other: Any) -> Ratio:
        return -self + other

    def __mul__(self, other: Any) -> Ratio:
        right = self._lift(other)
        if right is None:
            return NotImplemented
        return Ratio(self.numerator * right.numerator, self.denominator * right.denominator)

    __radd__ = __add__
    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Ratio:
        right = self._lift(other)
        if right is None:
            return NotImplemented
        return Ratio(self.numerator * right.denominator, self.denominator * right.numerator)

    def __rtruediv__(self, other: Any) -> Ratio:
        left = self._lift(other)
        return NotImplemented if left is None else left / self

    def __pow__(self, exponent: int) -> Ratio:
        if exponent < 0:
            return 1 / self ** (-exponent)
        return Ratio(self.numerator**exponent, self.denominator**exponent)

    def is_zero(self) -> bool:
        """Whether it is the zero function."""
        return bool(self.numerator == 0)

    def __str__(self) -> str:
        top, bottom = str(self.numerator), str(self.denominator)
        return top if bottom == "1" else f"({top})/({bottom})"

    def derivative(self, variable: Ratio) -> Ratio:
        """Return the partial derivative with respect to a generator."""
        index = self._index(variable)
        top, bottom = self.numerator, self.denominator
        slope = top.derivative(index) * bottom - top * bottom.derivative(index)
        return Ratio(slope, bottom * bottom)

    def at(self, values: dict[Ratio, Ratio]) -> Ratio:
        """Return the function with all the given generators replaced at once."""
        places = {self._index(variable): value for variable, value in values.items()}
        return _replaced(self.numerator, places) / _replaced(self.denominator, places)

    def integral(self, variable: Ratio, lower: Ratio, upper: Ratio) -> Ratio:
        """Return the definite integral over a generator that the denominator does not contain."""
        index = self._index(variable)
        if self.denominator.degrees()[index]:
            raise ValueError("the integrand is not a polynomial in the variable")
        whole = self.numerator.integral(index)
        ends = _replaced(whole, {index: upper}) - _replaced(whole, {index: lower})
        return ends / Ratio(self.denominator)

    def _index(self, variable: Ratio) -> int:
        ((exponents, coefficient),) = variable.numerator.to_dict().items()
        if coefficient != 1 or sum(exponents) != 1 or variable.denominator != 1:
            raise ValueError(f"{variable} is not a generator")
        return tuple(exponents).index(1)


def _replaced(polynomial: fmpq_mpoly, places: dict[int, Ratio]) -> Ratio:
    """Substitute ratios for generators; the terms are grouped by their powers of these first."""
    context = polynomial.context()
    groups: dict[tuple[int, ...], dict[tuple[int, ...], fmpq]] = {}
    for exponents, coefficient in polynomial.to_dict().items():
        powers = tuple(int(exponents[index]) for index in places)
        rest = tuple(0 if i in places else int(e) for i, e in enumerate(exponents))
        groups.setdefault(powers, {})[rest] = coefficient
    total = Ratio(context.constant(0))
    for powers, terms in groups.items():
        part = Ratio(context.from_dict(terms))
        for power, value in zip(powers, places.values(), strict=True):
            part = part * value**power
        total = total + part
    return total
