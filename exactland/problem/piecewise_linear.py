"""Continuous piecewise-linear activations with any number of knots."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flint import fmpq

from exactland.arithmetic.rationals import format_rational
from exactland.errors import InputError
from exactland.problem.network import Vector
from exactland.problem.strict_json import (
    below,
    expect_number,
    expect_object,
    expect_string,
    expect_vector,
    quoted,
)

ZERO, ONE = fmpq(0), fmpq(1)


@dataclass(frozen=True, slots=True)
class PiecewiseLinear:
    """A continuous piecewise-linear function on the line.

    Parameters
    ----------
    kind : str
        The name it came under: ``relu``, ``leaky_relu``, ``abs``, ``relu_like``, ``identity`` or
        ``piecewise_linear``.
    knots : increasing, at least one
        Piece p is the open interval from knot p-1 to knot p; the first and last are unbounded.
    slopes : one more than knots
        The slope on each piece; neighbours may be equal.
    value : rational
        The value at the first knot.

    Raises
    ------
    InputError
        If the knots are not increasing or the numbers of knots and slopes do not fit.

    Examples
    --------
    >>> [str(hard_tanh()(fmpq(t))) for t in (-3, 0, 2)], hard_tanh().piece(fmpq(1))
    (['-1', '0', '1'], None)
    """

    kind: str
    knots: Vector
    slopes: Vector
    value: fmpq

    def __post_init__(self) -> None:
        field = "network.activation"
        if not self.knots:
            raise InputError(f"{field}.knots", "needs at least one knot")
        for index, (left, right) in enumerate(zip(self.knots, self.knots[1:], strict=False), 1):
            if not left < right:
                raise InputError(f"{field}.knots[{index}]", "is not above the knot before it")
        if len(self.slopes) != len(self.knots) + 1:
            message = f"has {len(self.slopes)} entries for {len(self.knots)} knots (one more)"
            raise InputError(f"{field}.slopes", message)

    def __call__(self, value: fmpq) -> fmpq:
        piece = sum(value > knot for knot in self.knots)
        return self.slopes[piece] * value + self.intercept(piece)

    def piece(self, value: fmpq) -> int | None:
        """Return the index of the open piece that contains the value, None on a knot."""
        below_it = sum(value > knot for knot in self.knots)
        on_knot = below_it < len(self.knots) and value == self.knots[below_it]
        return None if on_knot else below_it

    def intercept(self, piece: int) -> fmpq:
        """Return q such that the function is slope * t + q on the closed piece."""
        height = self.value
        for index in range(1, piece):
            height += self.slopes[index] * (self.knots[index] - self.knots[index - 1])
        knot = self.knots[max(piece - 1, 0)]
        return height - self.slopes[piece] * knot

    def interval(self, piece: int) -> tuple[fmpq | None, fmpq | None]:
        """Return the ends of a piece, None for an infinite one."""
        left = self.knots[piece - 1] if piece else None
        return left, self.knots[piece] if piece < len(self.knots) else None

    @property
    def is_affine(self) -> bool:
        """Whether all slopes are equal."""
        return len(set(self.slopes)) == 1

    def __str__(self) -> str:
        names = {"relu": "ReLU", "abs": "absolute value", "identity": "identity"}
        if self.kind in names:
            return names[self.kind]
        knots, slopes = (" ".join(map(format_rational, v)) for v in (self.knots, self.slopes))
        return f"piecewise linear with knots {knots} and slopes {slopes}"


def relu() -> PiecewiseLinear:
    """Return max(t, 0)."""
    return _two_slopes("relu", ONE, ZERO)


def leaky_relu(slope: fmpq) -> PiecewiseLinear:
    """Return max(t, slope * t), slope in [0, 1)."""
    if not 0 <= slope < 1:
        raise InputError("network.activation.slope", f"{slope} is outside [0, 1)")
    return _two_slopes("leaky_relu", ONE, slope)


def absolute_value() -> PiecewiseLinear:
    """Return |t|."""
    return _two_slopes("abs", ONE, -ONE)


def relu_like(alpha_plus: fmpq, alpha_minus: fmpq) -> PiecewiseLinear:
    """Return the function with these slopes for t > 0 and t < 0, which must differ."""
    if alpha_plus == alpha_minus:
        raise InputError("network.activation", "alpha_plus and alpha_minus must differ")
    return _two_slopes("relu_like", alpha_plus, alpha_minus)


def identity() -> PiecewiseLinear:
    """Return t (affine: no claim about spurious minima takes it)."""
    return _two_slopes("identity", ONE, ONE)


def hard_tanh() -> PiecewiseLinear:
    """Return min(max(t, -1), 1)."""
    return piecewise_linear((-ONE, ONE), (ZERO, ONE, ZERO), -ONE)


def piecewise_linear(knots: Vector, slopes: Vector, value: fmpq) -> PiecewiseLinear:
    """Return the function with these knots, slopes and value at the first knot."""
    return PiecewiseLinear("piecewise_linear", knots, slopes, value)


def _two_slopes(kind: str, plus: fmpq, minus: fmpq) -> PiecewiseLinear:
    return PiecewiseLinear(kind, (ZERO,), (minus, plus), ZERO)


def activation_from_json(obj: Any, where: str = "network.activation") -> PiecewiseLinear:
    """Return the activation that a decoded JSON value describes.

    Examples
    --------
    >>> activation_from_json({"kind": "piecewise_linear", "knots": ["0"], "slopes": ["0"],
    ...                       "value": "0"})
    Traceback (most recent call last):
    ...
    exactland.errors.InputError: network.activation.slopes: has 1 entries for 1 knots (one more)
    """
    if not isinstance(obj, Mapping) or "kind" not in obj:
        expect_object(obj, where, ["kind"])
    kind = expect_string(obj["kind"], below(where, "kind"))
    if kind == "piecewise_linear":
        fields = expect_object(obj, where, ["kind", "knots", "slopes", "value"])
        return piecewise_linear(
            expect_vector(fields["knots"], below(where, "knots")),
            expect_vector(fields["slopes"], below(where, "slopes")),
            expect_number(fields["value"], below(where, "value")),
        )
    if kind not in _NAMED:
        known = ", ".join([*_NAMED, "piecewise_linear"])
        raise InputError(
            below(where, "kind"), f"{quoted(kind)} is unknown; expected one of {known}"
        )
    make, names = _NAMED[kind]
    fields = expect_object(obj, where, ["kind", *names])
    return make(*(expect_number(fields[name], below(where, name)) for name in names))


def activation_to_json(activation: PiecewiseLinear) -> dict[str, Any]:
    """Return the canonical JSON value of an activation.

    Examples
    --------
    >>> activation_to_json(leaky_relu(fmpq(1, 8)))
    {'kind': 'leaky_relu', 'slope': '1/8'}
    """
    if activation.kind == "piecewise_linear":
        return {
            "kind": activation.kind,
            "knots": [format_rational(knot) for knot in activation.knots],
            "slopes": [format_rational(slope) for slope in activation.slopes],
            "value": format_rational(activation.value),
        }
    minus, plus = (format_rational(slope) for slope in activation.slopes)
    values = {"slope": minus, "alpha_plus": plus, "alpha_minus": minus}
    names = _NAMED[activation.kind][1]
    return {"kind": activation.kind, **{name: values[name] for name in names}}


_NAMED: dict[str, tuple[Callable[..., PiecewiseLinear], tuple[str, ...]]] = {
    "relu": (relu, ()),
    "leaky_relu": (leaky_relu, ("slope",)),
    "abs": (absolute_value, ()),
    "relu_like": (relu_like, ("alpha_plus", "alpha_minus")),
    "identity": (identity, ()),
}
