"""Numbers a + b sqrt(D) with fractions a, b: a slow definition of a real quadratic field.

Shares nothing with the package.  D may be any nonnegative fraction, also the square of one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction as F
from typing import Any


@dataclass(frozen=True, eq=False)
class Surd:
    a: F
    b: F
    D: F

    def of(self, other: Any) -> Surd:
        if isinstance(other, Surd):
            assert other.D == self.D
            return other
        return Surd(F(other), F(0), self.D)

    def sign(self) -> int:
        a, b = self.a, self.b if self.D else F(0)
        signs = {(a > 0) - (a < 0), (b > 0) - (b < 0)} - {0}
        if len(signs) < 2:
            return sum(signs)
        difference = a * a - b * b * self.D
        larger = a if difference > 0 else b
        return 0 if difference == 0 else (1 if larger > 0 else -1)

    def __add__(self, other: Any) -> Surd:
        other = self.of(other)
        return Surd(self.a + other.a, self.b + other.b, self.D)

    def __float__(self) -> float:
        return float(self.a) + float(self.b) * float(self.D) ** 0.5

    def __neg__(self) -> Surd:
        return Surd(-self.a, -self.b, self.D)

    def __sub__(self, other: Any) -> Surd:
        return self + -self.of(other)

    def __rsub__(self, other: Any) -> Surd:
        return -self + other

    def __mul__(self, other: Any) -> Surd:
        other = self.of(other)
        a, b, c, d = self.a, self.b, other.a, other.b
        return Surd(a * c + b * d * self.D, a * d + b * c, self.D)

    __radd__, __rmul__ = __add__, __mul__

    def __truediv__(self, other: Any) -> Surd:
        other = self.of(other)
        norm = other.a**2 - other.b**2 * self.D
        return self * Surd(other.a / norm, -other.b / norm, self.D)

    def __rtruediv__(self, other: Any) -> Surd:
        return self.of(other) / self

    def __pow__(self, power: int) -> Surd:
        result = self.of(1)
        for _ in range(power):
            result = result * self
        return result

    def __abs__(self) -> Surd:
        return self if self.sign() >= 0 else -self

    def __bool__(self) -> bool:
        return self.sign() != 0

    def __eq__(self, other: Any) -> bool:
        return (self - other).sign() == 0

    def __lt__(self, other: Any) -> bool:
        return (self - other).sign() < 0

    def __le__(self, other: Any) -> bool:
        return (self - other).sign() <= 0

    def __gt__(self, other: Any) -> bool:
        return (self - other).sign() > 0

    def __ge__(self, other: Any) -> bool:
        return (self - other).sign() >= 0

    def __hash__(self) -> int:
        return hash(self.a) if not self.b else hash((self.a, self.b))


def reader(problem: dict[str, Any]) -> Callable[[Any], Any]:
    """Return what reads the numbers of a problem, over the quadratic field that it declares."""
    if "field" not in problem:
        return lambda value: F(str(value))
    p, q, r = (F(str(c)) for c in problem["field"]["minpoly"])
    low, high = (F(str(end)) for end in problem["field"]["interval"])
    D = q * q - 4 * p * r
    roots = [Surd(-q / (2 * r), side / (2 * r), D) for side in (F(1), F(-1))]
    (theta,) = (root for root in roots if low <= root <= high)

    def read(value: Any) -> Any:
        if not isinstance(value, list):
            return F(str(value))
        constant, factor = [*(F(str(c)) for c in value), F(0)][:2]
        return theta * factor + constant

    return read


def value(shown: Any, problem: dict[str, Any]) -> Any:
    """Return what a number of an answer means: an object, or text such as "7/4 - 3/4*sqrt(2)"."""
    if isinstance(shown, dict):
        return reader(problem)(shown["coefficients"])
    text: str = shown
    rational, _, rest = text.replace(" - ", " + -").partition(" + ")
    if "sqrt" in rational:
        rational, rest = "0", rational
    if not rest:
        return F(rational)
    factor, _, radicand = rest.removesuffix(")").partition("sqrt(")
    number = F({"": "1", "-": "-1"}.get(factor, factor.removesuffix("*")))
    theta = reader(problem)(["0", "1"])
    assert theta.a == 0 and theta * theta == F(radicand)
    return theta * number + F(rational)
