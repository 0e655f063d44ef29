"""The loss on a line or in a plane through the point, with exact kinks and cell boundaries."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from flint import fmpq

from exactland.arithmetic.ordered import as_rational
from exactland.arithmetic.ordered_polynomials import Number
from exactland.derivatives.slices import Boundary, Direction, slice_of
from exactland.plots.functions import number_text, short_text
from exactland.plots.scene import (
    Curve,
    Field,
    Layer,
    Marks,
    Panel,
    Scene,
    Segments,
    drawn,
    drawn_points,
    even_levels,
    spread,
)
from exactland.problem.integral import IntegralProblem
from exactland.problem.losses import Problem

Range = tuple[fmpq, fmpq]
Place = tuple[fmpq, fmpq]

ON_LINE: Final = 161
"""Rational points of a line at which the loss is evaluated, besides its kinks."""

IN_PLANE: Final = 49
"""Rational points a side of the grid in a plane."""

LISTED: Final = 10
"""Kinks that are named."""

LONGEST_DIRECTION: Final = 36
"""Characters of a direction on an axis."""


def line_scene(
    problem: Problem | IntegralProblem,
    direction: Direction,
    limits: Range = (fmpq(-1), fmpq(1)),
    here: fmpq | None = None,
    marks: Sequence[tuple[fmpq, str]] = (),
    samples: int = ON_LINE,
) -> Scene:
    """Return the loss along P + t D: every value exact, every kink at its exact place.

    Parameters
    ----------
    problem : Problem or IntegralProblem
        The point P.
    direction : mapping
        D, by names as in the problem file.
    limits : the range of t
    here : a position to mark (0, the point itself, unless given)
    marks : further positions to mark, with their names

    Examples
    --------
    >>> from exactland.problem.activations import relu
    >>> from exactland.problem.losses import EmpiricalLoss
    >>> from exactland.problem.network import Network
    >>> one = ((fmpq(1),),)
    >>> point = Problem(Network(relu(), ((fmpq(0),),), one), EmpiricalLoss(one, one))
    >>> print(line_scene(point, {"w[0][0]": fmpq(1)}).description)
    The loss along a line, kinks at t = 0; loss 1/2 at t = 0.
    """
    line = slice_of(problem, [direction])
    low, high = limits
    crossings = [at for at in map(_crossing, line.boundaries) if low <= at <= high]
    kinks = sorted({at for at in crossings if line.jump([at], 0) != 0}, key=drawn)
    # Losses are smooth between crossings; the grid shows their shape, the crossings are added.
    places: list[Number] = sorted({*spread(low, high, samples), *crossings}, key=drawn)
    curve = [(at, line.loss([at])) for at in places]
    at_here = fmpq(0) if here is None else here
    layers: list[Layer] = [
        Curve(drawn_points(curve), "function", "loss"),
        Marks(
            drawn_points((at, line.loss([at])) for at in kinks),
            "kink",
            "kink",
            _apart(kinks, drawn(high - low)),
        ),
        *(Marks(drawn_points([(at, line.loss([at]))]), "guide", label) for at, label in marks),
        Marks(drawn_points([(at_here, line.loss([at_here]))]), "here", "here"),
    ]
    least, most = (pick(value for _, value in layers[0].points) for pick in (min, max))  # type: ignore[union-attr]  # the first layer is the curve
    walls = sorted({drawn(at) for at in crossings})
    span = (most - least) or 1.0
    bars = tuple(((x, least - 0.06 * span), (x, most)) for x in walls)
    layers.insert(0, Segments(bars, "boundary", "cell boundary"))
    value = number_text(line.loss([at_here]))
    shown = f"t, along {direction_text(direction)}"
    more = ", ..." if len(kinks) > LISTED else ""
    listed = ", ".join(map(number_text, kinks[:LISTED])) + more
    told = f"kinks at t = {listed}" if kinks else "no kink"
    title = f"loss along a line; {value} at t = {number_text(at_here)}"
    return Scene(
        (Panel(title, shown, "loss", tuple(layers)),),
        f"The loss along a line, {told}; loss {value} at t = {number_text(at_here)}.",
    )


def plane_scene(
    problem: Problem | IntegralProblem,
    directions: tuple[Direction, Direction],
    limits: tuple[Range, Range] = ((fmpq(-1), fmpq(1)), (fmpq(-1), fmpq(1))),
    here: Place | None = None,
    extra: Sequence[Layer] = (),
    samples: int = IN_PLANE,
    labels: tuple[str, str] | None = None,
) -> Scene:
    """Return the loss in the plane P + s D + t E, cut by the exact cell boundaries.

    Parameters
    ----------
    limits : the ranges of s and t
    here : a position to mark (the point itself, unless given)
    extra : layers to draw on top (a path, say), in the coordinates s, t
    labels : names of the axes, instead of the directions

    Examples
    --------
    >>> from exactland.problem.activations import relu
    >>> from exactland.problem.losses import EmpiricalLoss
    >>> from exactland.problem.network import Network
    >>> one = ((fmpq(1),),)
    >>> point = Problem(Network(relu(), ((fmpq(0),),), one), EmpiricalLoss(one, one))
    >>> scene = plane_scene(point, ({"w[0][0]": fmpq(1)}, {"v[0][0]": fmpq(1)}), samples=3)
    >>> scene.panels[0].layers[1].pieces
    (((0.0, -1.0), (0.0, 1.0)),)
    """
    plane = slice_of(problem, directions)
    (left, right), (bottom, top) = limits
    xs, ys = spread(left, right, samples), spread(bottom, top, samples)
    values = tuple(tuple(drawn(plane.loss([s, t])) for s in xs) for t in ys)
    walls = [clipped(boundary, limits) for boundary in plane.boundaries]
    pieces = tuple(drawn_points(wall) for wall in walls if wall is not None)
    at = (fmpq(0), fmpq(0)) if here is None else here
    level, value = drawn(plane.loss(list(at))), number_text(plane.loss(list(at)))
    names = labels or (
        f"s, along {direction_text(directions[0])}",
        f"t, along {direction_text(directions[1])}",
    )
    layers: tuple[Layer, ...] = (
        Field(
            tuple(map(drawn, xs)),
            tuple(map(drawn, ys)),
            values,
            even_levels(values, level),
            "loss",
            level,
        ),
        Segments(pieces, "wall", "cell boundary"),  # type: ignore[arg-type]  # pairs of points
        Segments(pieces, "wall dashes"),  # type: ignore[arg-type]  # pairs of points
        *extra,
        Marks(drawn_points([at]), "here", f"here: loss {value}"),
    )
    title = "loss in a plane; thick: the level of the mark"
    ranges = (drawn(left), drawn(right)), (drawn(bottom), drawn(top))
    panel = Panel(title, *names, layers, x_range=ranges[0], y_range=ranges[1])
    return Scene(
        (panel,), f"The loss in a plane, cut by {len(pieces)} cell boundaries; {value} at the mark."
    )


def clipped(boundary: Boundary, limits: tuple[Range, Range]) -> tuple[Place, Place] | None:
    """Return the exact ends of a boundary inside a rectangle, None where it misses the interior.

    Examples
    --------
    >>> unit = (fmpq(0), fmpq(1))
    >>> clipped(Boundary(fmpq(-1, 2), (fmpq(1), fmpq(1)), ()), (unit, unit))
    ((0, 1/2), (1/2, 0))
    >>> clipped(Boundary(fmpq(1), (fmpq(1), fmpq(0)), ()), (unit, unit)) is None
    True
    """
    constant, (a, b) = boundary.constant, boundary.coefficients
    (left, right), (bottom, top) = limits
    found: list[Place] = []
    if b != 0:
        for s in (left, right):
            t = -(constant + a * s) / b
            if bottom <= t <= top:
                found.append((s, t))
    if a != 0:
        for t in (bottom, top):
            s = -(constant + b * t) / a
            if left <= s <= right:
                found.append((s, t))
    ends = sorted(set(found), key=lambda place: (drawn(place[0]), drawn(place[1])))
    return None if len(ends) < 2 else (ends[0], ends[-1])


def direction_text(direction: Direction) -> str:
    """Return a direction in a few words.

    Examples
    --------
    >>> direction_text({"w[0][0]": fmpq(1), "v[0][0]": fmpq(-1, 2)})
    'w[0][0] - 1/2 v[0][0]'
    """
    text = ""
    shown = 0
    for name, entry in direction.items():
        plain = as_rational(entry)
        size = short_text(abs(plain)) if plain is not None else f"({short_text(entry)})"
        factor = "" if size == "1" else f"{size} "
        minus = plain is not None and plain < 0
        joint = (" - " if minus else " + ") if text else ("-" if minus else "")
        term = f"{joint}{factor}{name}"
        if text and len(text + term) > LONGEST_DIRECTION:
            break
        text, shown = text + term, shown + 1
    return text + (" + ..." if len(direction) > shown else "")


def path_layers(places: Sequence[tuple[Number, Number]], label: str) -> tuple[Layer, ...]:
    """Return a path in a plane, drawn with its points, start marked.

    Examples
    --------
    >>> len(path_layers([(fmpq(0), fmpq(0)), (fmpq(1), fmpq(1))], "descent"))
    2
    """
    points = drawn_points(places)
    steps = tuple(point for point, after in pairwise(points) if point != after)
    return Curve(points, "path", label), Marks((*steps[:1], *points[-1:]), "path")


def _apart(places: Sequence[Number], width: float) -> tuple[str, ...]:
    """The texts of places on a line, none where the last one named is too near."""
    texts: list[str] = []
    last: float | None = None
    for place in places:
        at = drawn(place)
        near = last is not None and at - last < width / 12
        texts.append("" if near else short_text(place))
        last = last if near else at
    return tuple(texts)


def _crossing(boundary: Boundary) -> Number:
    return -boundary.constant / boundary.coefficients[0]
