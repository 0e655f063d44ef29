"""A figure as data: panels with layers, before any library draws it.

Figures are pure functions from exact objects to a :class:`Scene`.  Its numbers are floats, made
from exact ones at the very end (:func:`drawn`) and for drawing only; its texts are exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import floor, log10
from typing import Final

from flint import fmpq

from exactland.arithmetic.ordered import Scalar, to_ball
from exactland.errors import UnsupportedError

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Style:
    """How a role looks: told apart by colour, and also by line style and marker in black and white.

    Colours are those of Okabe and Ito, which colour-blind readers can tell apart.
    """

    colour: str
    dash: str = "solid"
    marker: str = "circle"
    width: float = 1.8
    hollow: bool = False


LARGEST: Final = fmpq(10) ** 100
"""Numbers beyond it are refused: libraries that draw square what they get."""

STYLES: Final[dict[str, Style]] = {
    "function": Style("#0072B2", "solid", "circle", 2.2),
    "other": Style("#D55E00", "dash", "triangle-up", 2.0),
    "third": Style("#009E73", "dashdot", "square", 2.0),
    "target": Style("#000000", "dot", "circle", 1.6),
    "data": Style("#000000", "solid", "circle"),
    "residual": Style("#CC79A7", "solid", "circle", 1.8),
    "gap": Style("#CC79A7", "dot", "circle", 2.0),
    "kink": Style("#E69F00", "solid", "diamond"),
    "boundary": Style("#595959", "dot", "circle", 1.2),
    "wall": Style("#000000", "solid", "circle", 2.8),
    "wall dashes": Style("#FFFFFF", "dash", "circle", 1.5),
    "escape": Style("#CC79A7", "dash", "square", 2.0),
    "axis": Style("#8C8C8C", "solid", "circle", 0.8),
    "path": Style("#D55E00", "solid", "circle", 1.6),
    "guide": Style("#009E73", "dash", "square", 2.0),
    "here": Style("#FFFFFF", "solid", "star"),
    "negative": Style("#D55E00", "solid", "triangle-down", 2.0),
    "zero": Style("#000000", "solid", "circle", 1.4, hollow=True),
    "positive": Style("#0072B2", "solid", "triangle-up", 2.0),
    "edge": Style("#8C8C8C", "solid", "circle", 0.9),
    "node": Style("#000000", "solid", "circle"),
    "saddle": Style("#FFFFFF", "solid", "square", hollow=True),
    "strong": Style("#000000", "solid", "circle", 1.6),
    "faint": Style("#8C8C8C", "solid", "circle", 0.6),
}


@dataclass(frozen=True, slots=True)
class Curve:
    """A polyline; ``label`` enters the legend ("" does not)."""

    points: tuple[Point, ...]
    role: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Marks:
    """Single points with a marker each; ``texts`` stand beside them (as many, or none)."""

    points: tuple[Point, ...]
    role: str
    label: str = ""
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Segments:
    """Separate straight pieces."""

    pieces: tuple[tuple[Point, Point], ...]
    role: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Arrows:
    """Arrows from the first point to the second, with a text at the tip (as many, or none)."""

    pieces: tuple[tuple[Point, Point], ...]
    role: str
    label: str = ""
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """Values on a rectangular grid, as shaded bands between increasing levels.

    ``values[row][column]`` belongs to ``ys[row]``, ``xs[column]``; the line of the level
    ``emphasised`` is drawn thick.
    """

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    values: tuple[tuple[float, ...], ...]
    levels: tuple[float, ...]
    label: str
    emphasised: float | None = None


@dataclass(frozen=True, slots=True)
class Shaded:
    """Points shaded by a value, with a scale beside the panel and a text at each point."""

    points: tuple[Point, ...]
    values: tuple[float, ...]
    label: str
    texts: tuple[str, ...] = ()


Layer = Curve | Marks | Segments | Arrows | Field | Shaded


@dataclass(frozen=True, slots=True)
class Panel:
    """One pair of axes.

    ``x_ticks`` and ``y_ticks`` are pairs (place, text) where the ticks are chosen by hand;
    ``frame`` is False for a picture without axes; ``equal`` gives both axes one scale.
    """

    title: str
    x_label: str
    y_label: str
    layers: tuple[Layer, ...]
    x_ticks: tuple[tuple[float, str], ...] | None = None
    y_ticks: tuple[tuple[float, str], ...] | None = None
    equal: bool = False
    frame: bool = True
    x_range: Point | None = None
    y_range: Point | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """A figure: panels side by side, and a description for those who cannot see it.

    ``magnified`` is a factor for the size of the panels.
    """

    panels: tuple[Panel, ...]
    description: str
    magnified: float = 1.0

    def _repr_html_(self) -> str:
        from exactland.plots.printed import as_image

        return as_image(self)


def drawn(value: Scalar) -> float:
    """Return the float nearest to an exact number, for drawing only.

    Raises
    ------
    UnsupportedError
        If the number is beyond :data:`LARGEST`.

    Examples
    --------
    >>> from exactland.arithmetic.number_fields import sqrt_field
    >>> drawn(fmpq(1, 3)), drawn(sqrt_field(fmpq(2)).generator)
    (0.3333333333333333, 1.4142135623730951)
    >>> drawn(fmpq(10) ** 400)
    Traceback (most recent call last):
    ...
    exactland.errors.UnsupportedError: plot: a number beyond 1e100 is too large to draw
    """
    if abs(value) > LARGEST:
        raise UnsupportedError("plot", "a number beyond 1e100 is too large to draw")
    if isinstance(value, fmpq):
        return int(value.p) / int(value.q)
    return float(to_ball(value).mid())


def drawn_points(points: Iterable[Sequence[Scalar]]) -> tuple[Point, ...]:
    """Return pairs of exact numbers as points to draw.

    Examples
    --------
    >>> drawn_points([(fmpq(1, 2), fmpq(3))])
    ((0.5, 3.0),)
    """
    return tuple((drawn(x), drawn(y)) for x, y in points)


def even_levels(
    values: Sequence[Sequence[float]], own: float, count: int = 14
) -> tuple[float, ...]:
    """Return levels between which about equally many values lie, so that no part stays blank.

    The level `own` is one of them where it lies inside.

    Examples
    --------
    >>> even_levels([[0.0, 1.0, 2.0], [3.0, 4.0, 100.0]], 5.0, 2)
    (0.0, 2.0, 5.0, 100.0)
    """
    flat = sorted(value for row in values for value in row)
    low, high = flat[0], flat[-1] if flat[-1] > flat[0] else flat[0] + 1.0
    digits = 2 - floor(log10(high - low))  # three digits of the span
    places = [round(k * (len(flat) - 1) / count) for k in range(1, count)]
    inner = {round(flat[place], digits) for place in places}
    near = (high - low) / 10**4  # no other level so near that the ticks coincide
    inner = {own} | {level for level in inner if abs(level - own) > near}
    return (low, *sorted(level for level in inner if low < level < high), high)


def spread(low: fmpq, high: fmpq, count: int) -> list[fmpq]:
    """Return `count` equally spaced rational numbers from low to high.

    Examples
    --------
    >>> spread(fmpq(0), fmpq(1), 3)
    [0, 1/2, 1]
    """
    return [low + (high - low) * fmpq(k, count - 1) for k in range(count)]
