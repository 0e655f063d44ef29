"""Activations: the positively homogeneous ones with two slopes (ReLU-like)."""

from __future__ import annotations

from dataclasses import dataclass

from flint import fmpq

from exactland.arithmetic.ordered import format_exact
from exactland.errors import InputError


@dataclass(frozen=True, slots=True)
class ReluLike:
    """The activation rho(t) = alpha_plus * t for t > 0, alpha_minus * t for t <= 0.

    ``kind`` keeps the name the user gave (``relu``, ``leaky_relu``, ``abs``, ``relu_like``,
    ``identity``), so that a problem is printed in the words it came in.

    Examples
    --------
    >>> relu()(fmpq(-3)), leaky_relu(fmpq(1, 4))(fmpq(-2)), absolute_value()(fmpq(-2))
    (0, -1/2, 2)
    """

    kind: str
    alpha_plus: fmpq
    alpha_minus: fmpq

    def __call__(self, value: fmpq) -> fmpq:
        return (self.alpha_plus if value > 0 else self.alpha_minus) * value

    def slope(self, sign: int) -> fmpq:
        """Return the slope on the side `sign`; at 0 the mean (see OneSidedFunctional)."""
        if sign == 0:
            return (self.alpha_plus + self.alpha_minus) / 2
        return self.alpha_plus if sign > 0 else self.alpha_minus

    @property
    def kink(self) -> fmpq:
        """The jump of the slope at 0, alpha_plus - alpha_minus."""
        return self.alpha_plus - self.alpha_minus

    def __str__(self) -> str:
        if self.kind == "leaky_relu":
            return f"leaky ReLU with slope {format_exact(self.alpha_minus)}"
        if self.kind == "relu_like":
            plus, minus = format_exact(self.alpha_plus), format_exact(self.alpha_minus)
            return f"piecewise linear with slopes {plus} (positive side), {minus} (negative side)"
        return {"relu": "ReLU", "abs": "absolute value", "identity": "identity"}[self.kind]


def relu() -> ReluLike:
    """Return the rectified linear unit, slopes 1 and 0."""
    return ReluLike("relu", fmpq(1), fmpq(0))


def leaky_relu(slope: fmpq) -> ReluLike:
    """Return the leaky ReLU max(t, slope*t), slope in [0, 1).

    Raises
    ------
    InputError
        If the slope is outside [0, 1).
    """
    if not 0 <= slope < 1:
        raise InputError("network.activation.slope", f"{slope} is outside [0, 1)")
    return ReluLike("leaky_relu", fmpq(1), slope)


def absolute_value() -> ReluLike:
    """Return |t|, slopes 1 and -1."""
    return ReluLike("abs", fmpq(1), fmpq(-1))


def relu_like(alpha_plus: fmpq, alpha_minus: fmpq) -> ReluLike:
    """Return the activation with the given slopes, which must differ.

    Raises
    ------
    InputError
        If the slopes are equal (then the network is linear: use ``identity``).
    """
    if alpha_plus == alpha_minus:
        raise InputError("network.activation", "alpha_plus and alpha_minus must differ")
    return ReluLike("relu_like", alpha_plus, alpha_minus)


def identity() -> ReluLike:
    """Return the identity, a linear network: both slopes 1, no kink anywhere."""
    return ReluLike("identity", fmpq(1), fmpq(1))


@dataclass(frozen=True, slots=True)
class Quadratic:
    """The activation rho(t) = t**2; only the integral loss takes it.

    Examples
    --------
    >>> quadratic()(fmpq(-3)), str(quadratic())
    (9, 'quadratic')
    """

    kind: str = "quadratic"

    def __call__(self, value: fmpq) -> fmpq:
        return value * value

    def __str__(self) -> str:
        return self.kind


def quadratic() -> Quadratic:
    """Return the square, t**2."""
    return Quadratic()
