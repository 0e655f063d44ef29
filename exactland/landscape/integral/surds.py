"""Numbers u0 + u1 sqrt(g) + u2 sqrt(1+g) + u3 sqrt(g(1+g)): where the critical families live.

The slope g >= 0 and the coefficients lie in any ordered field.  Signs are decided by squaring,
so that no approximation is involved.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flint import arb, fmpq, fmpz

from exactland.arithmetic.balls import common_decimal, endpoints, working_precision
from exactland.arithmetic.ordered import as_rational, format_exact, sign, to_ball
from exactland.arithmetic.ordered_polynomials import Number
from exactland.arithmetic.rationals import format_decimal
from exactland.errors import UnsupportedError

MAX_FACTOR_BITS = 160
"""Size up to which radicands are factored, to write sqrt(8) as 2 sqrt(2)."""


@dataclass(frozen=True, slots=True)
class Surd:
    """u0 + u1 sqrt(gamma) + u2 sqrt(1 + gamma) + u3 sqrt(gamma (1 + gamma)).

    Examples
    --------
    >>> gamma = fmpq(1, 2)
    >>> ratio = Surd.slope_root(gamma) / Surd.sum_root(gamma)
    >>> print(ratio, (ratio * ratio - fmpq(1, 3)).sign())
    1/3*sqrt(3) 0
    """

    parts: tuple[Number, Number, Number, Number]
    gamma: Number

    @staticmethod
    def of(value: Number, gamma: Number) -> Surd:
        """Return a number of the ground field."""
        zero = fmpq(0)
        return Surd((value, zero, zero, zero), gamma)

    @staticmethod
    def slope_root(gamma: Number) -> Surd:
        """Return sqrt(gamma)."""
        return Surd((fmpq(0), fmpq(1), fmpq(0), fmpq(0)), gamma)

    @staticmethod
    def sum_root(gamma: Number) -> Surd:
        """Return sqrt(1 + gamma)."""
        return Surd((fmpq(0), fmpq(0), fmpq(1), fmpq(0)), gamma)

    def __add__(self, other: Any) -> Surd:
        right = self._lift(other).parts
        a, b, c, d = (x + y for x, y in zip(self.parts, right, strict=True))
        return Surd((a, b, c, d), self.gamma)

    def __neg__(self) -> Surd:
        a, b, c, d = self.parts
        return Surd((-a, -b, -c, -d), self.gamma)

    def __sub__(self, other: Any) -> Surd:
        return self + (-self._lift(other))

    def __mul__(self, other: Any) -> Surd:
        a, b, c, d = self.parts
        e, f, g, h = self._lift(other).parts
        slope, total = self.gamma, self.gamma + 1
        both = slope * total
        return Surd(
            (
                a * e + slope * (b * f) + total * (c * g) + both * (d * h),
                a * f + b * e + total * (c * h + d * g),
                a * g + c * e + slope * (b * h + d * f),
                a * h + d * e + b * g + c * f,
            ),
            slope,
        )

    __radd__ = __add__
    __rmul__ = __mul__

    def inverse(self) -> Surd:
        """Return 1 / self, by the conjugates over sqrt(1 + gamma), then over sqrt(gamma)."""
        a, b, c, d = self.parts
        conjugate = Surd((a, b, -c, -d), self.gamma)
        first = self * conjugate
        if first.sign() == 0:  # sqrt(1 + gamma) lies below: the conjugate may vanish
            return self._inverse_by_root()
        e, f = first.parts[0], first.parts[1]
        other = Surd((e, -f, fmpq(0), fmpq(0)), self.gamma)
        norm = e * e - self.gamma * (f * f)
        if norm == 0:
            return self._inverse_by_root()
        return conjugate * other * (1 / norm)

    def __truediv__(self, other: Any) -> Surd:
        return self * self._lift(other).inverse()

    def sign(self) -> int:
        """Return -1, 0 or 1, exactly."""
        a, b, c, d = self.parts
        slope, total = self.gamma, self.gamma + 1
        left, right = _sign(a, b, slope), _sign(c, d, slope)
        if left == right or right == 0:
            return left
        if left == 0:
            return right
        square = a * a + slope * (b * b) - total * (c * c + slope * (d * d))
        return left * _sign(square, 2 * (a * b - total * (c * d)), slope)

    def ball(self, bits: int = 128) -> arb:
        """Return a ball around the number, of absolute error about 2**-bits relative to parts."""
        with working_precision(bits + 16):
            slope = to_ball(self.gamma, bits + 16).sqrt() if self.gamma != 0 else arb(0)
            total = (to_ball(self.gamma, bits + 16) + 1).sqrt()
            a, b, c, d = (to_ball(part, bits + 16) for part in self.parts)
            return a + b * slope + (c + d * slope) * total

    def decimal(self, digits: int = 20) -> str:
        """Return `digits` significant digits, correctly rounded."""
        if self.sign() == 0:
            return "0"
        plain = self.rational()
        if plain is not None:  # the only numbers whose rounding could stay undecided
            return format_decimal(plain, digits)
        bits = 64 + 4 * digits
        while True:
            text = common_decimal(*endpoints(self.ball(bits)), digits)
            if text is not None:
                return text
            bits *= 2

    def rational(self) -> fmpq | None:
        """Return the number as a rational, None if it is not (or gamma is not rational)."""
        try:
            terms = self.reduced()
        except UnsupportedError:
            return None
        return terms.get(1, fmpq(0)) if set(terms) <= {1} else None

    def reduced(self) -> dict[int, fmpq]:
        """Return {squarefree radicand: coefficient} of the same number, for rational gamma.

        Raises
        ------
        UnsupportedError
            If gamma or a part is not rational.
        """
        gamma = as_rational(self.gamma)
        parts = [as_rational(part) for part in self.parts]
        if gamma is None or None in parts:
            raise UnsupportedError("gamma", "is not rational")
        result: dict[int, fmpq] = {}
        for part, radicand in zip(
            parts, (fmpq(1), gamma, gamma + 1, gamma * (gamma + 1)), strict=True
        ):
            if part != 0 and radicand != 0:
                factor, core = square_part(radicand)
                result[core] = result.get(core, fmpq(0)) + part * factor
        return {core: value for core, value in sorted(result.items()) if value != 0}

    def __str__(self) -> str:
        try:
            terms = self.reduced()
        except UnsupportedError:
            names = ("", "*sqrt(gamma)", "*sqrt(1 + gamma)", "*sqrt(gamma*(1 + gamma))")
            pairs = zip(self.parts, names, strict=True)
            return " + ".join(f"({format_exact(p)}){n}" for p, n in pairs if p != 0) or "0"
        text = ""
        for core, value in terms.items():
            size = format_exact(abs(value))
            root = f"sqrt({core})" if core != 1 else ""
            term = f"{size}*{root}" if root and size != "1" else root or size
            joint = (" - " if value < 0 else " + ") if text else ("-" if value < 0 else "")
            text += joint + term
        return text or "0"

    def _lift(self, other: Any) -> Surd:
        return other if isinstance(other, Surd) else Surd.of(other, self.gamma)

    def _inverse_by_root(self) -> Surd:
        """Invert where the two roots are not independent of the ground field: rational gamma."""
        terms = self.reduced()
        gamma = as_rational(self.gamma)
        assert gamma is not None
        if set(terms) <= {1}:
            return Surd.of(1 / terms[1], self.gamma)
        core = next(c for c in terms if c != 1)  # then the number is p + q sqrt(core)
        p, q = terms.get(1, fmpq(0)), terms[core]
        norm = p * p - core * q * q
        roots = [square_part(gamma)[::-1], square_part(gamma + 1)[::-1]]
        place = next(i for i, (radicand, _) in enumerate(roots) if radicand == core)
        parts = [p / norm, fmpq(0), fmpq(0), fmpq(0)]
        parts[place + 1] = -q / norm / roots[place][1]
        return Surd((parts[0], parts[1], parts[2], parts[3]), self.gamma)


def square_part(value: fmpq) -> tuple[fmpq, int]:
    """Return (k, d) with value = k**2 * d and d a squarefree positive integer.

    Radicands beyond :data:`MAX_FACTOR_BITS` bits are only tested for being a square.

    Examples
    --------
    >>> square_part(fmpq(8, 9)), square_part(fmpq(1, 2)), square_part(fmpq(9, 16))
    ((2/3, 2), (1/2, 2), (3/4, 1))
    """
    product = fmpz(value.p) * fmpz(value.q)
    root = product.isqrt()
    if root * root == product:
        return fmpq(root, value.q), 1
    if product.bit_length() > MAX_FACTOR_BITS:
        return fmpq(1, value.q), int(product)
    factor, core = fmpz(1), 1
    for prime, exponent in product.factor():
        factor *= prime ** (exponent // 2)
        core *= int(prime) if exponent % 2 else 1
    return fmpq(factor, value.q), core


def _sign(plain: Number, factor: Number, radicand: Number) -> int:
    """The sign of plain + factor sqrt(radicand) in the ground field, by squaring."""
    left, right = sign(plain), sign(factor) if radicand != 0 else 0
    if left == right or right == 0:
        return left
    if left == 0:
        return right
    return left * sign(plain * plain - radicand * (factor * factor))
