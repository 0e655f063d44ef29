"""The fan of a neuron: its generators, and the one-sided derivatives phi and psi on them."""

from __future__ import annotations

from math import cos, pi, sin
from typing import Final

from exactland.arithmetic.ordered import format_exact
from exactland.arithmetic.rationals import from_float
from exactland.derivatives.empirical import (
    EmpiricalPoint,
    OneSidedFunctional,
    evaluate,
    one_sided_functionals,
)
from exactland.errors import InputError, UnsupportedError
from exactland.landscape.escape import Generator, generator_table
from exactland.landscape.stationarity import phi
from exactland.plots.functions import short_text
from exactland.plots.scene import (
    Arrows,
    Curve,
    Layer,
    Marks,
    Panel,
    Point,
    Scene,
    Segments,
    drawn,
)
from exactland.problem.deep import DeepProblem
from exactland.problem.integral import IntegralProblem
from exactland.problem.losses import Problem
from exactland.problem.network import Vector

ROUND: Final = 240
"""Directions of the plane in which phi and psi are drawn."""

ROLES: Final = {
    "negative": "phi negative",
    "positive": "phi positive",
    "zero": "phi = psi = 0",
    "escape": "phi = 0, psi != 0: escape",
}


def generator_scene(
    problem: Problem | DeepProblem | IntegralProblem, neuron: int | None = None
) -> Scene:
    """Return the fan of generators of one neuron, with phi and psi on it.

    The loss is stationary in the neuron's weight exactly if phi >= 0 on all generators; the neuron
    escapes exactly if some generator has phi = 0 and psi != 0.

    Parameters
    ----------
    problem : Problem
    neuron : int, optional
        The neuron; unless given, the first that has a generator with phi = 0 and psi != 0, else
        the first with a kink.

    Raises
    ------
    InputError
        If there is no such neuron.
    UnsupportedError
        For another loss, or where there are too many generators to enumerate.

    Examples
    --------
    >>> from flint import fmpq
    >>> from exactland.problem.activations import relu
    >>> from exactland.problem.losses import EmpiricalLoss
    >>> from exactland.problem.network import Network
    >>> one = ((fmpq(1),),)
    >>> point = Problem(Network(relu(), ((fmpq(0),),), one), EmpiricalLoss(one, one))
    >>> print(generator_scene(point).description)
    Neuron 0 has 2 generators: phi is negative on 1, zero on 1, positive on 0; psi != 0 with phi = 0 on 0.
    """  # noqa: E501  (a doctest's output is one line)
    if not isinstance(problem, Problem):
        raise UnsupportedError("loss", "generators belong to the empirical loss of one layer")
    point = evaluate(problem)
    functionals = one_sided_functionals(point)
    chosen = _chosen(point, functionals, neuron)
    functional, output = functionals[chosen], point.outputs[chosen]
    table = generator_table(functional, output)
    if table is None:
        raise UnsupportedError("loss.x", f"neuron {chosen} has too many generators to draw")
    table = _both_ways(table, functional)
    panels: tuple[Panel, ...] = (_bars(table, chosen),)
    if point.dimension == 2 and point.output_dimension == 1:
        panels = (_arrows(functional, table, chosen), _round(point, functional, table, chosen))
    counts = {role: len(_of_role(table, role)) for role in ROLES}
    return Scene(
        panels,
        f"Neuron {chosen} has {len(table)} generators: phi is negative on {counts['negative']}, "
        f"zero on {counts['zero'] + counts['escape']}, positive on {counts['positive']}; "
        f"psi != 0 with phi = 0 on {counts['escape']}.",
    )


def _both_ways(
    table: tuple[Generator, ...], functional: OneSidedFunctional
) -> tuple[Generator, ...]:
    """Add the opposites of the generators of the lineality space, which are directions as well."""
    result = []
    for generator in table:
        result.append(generator)
        if generator.lineality:
            back = tuple(-entry for entry in generator.direction)
            result.append(Generator(back, functional(back), -generator.phi, True))
    return tuple(result)


def _of_role(table: tuple[Generator, ...], role: str) -> list[Generator]:
    return [generator for generator in table if _role(generator) == role]


def _role(generator: Generator) -> str:
    if generator.phi:
        return "positive" if generator.phi > 0 else "negative"
    return "escape" if any(generator.psi) else "zero"


def _chosen(
    point: EmpiricalPoint, functionals: tuple[OneSidedFunctional, ...], neuron: int | None
) -> int:
    if neuron is not None:
        if not 0 <= neuron < point.width:
            raise InputError("--neuron", f"{neuron} is not one of 0, ..., {point.width - 1}")
        return neuron
    if not point.width:
        raise InputError("network.w", "has no neuron")
    for index, (functional, output) in enumerate(zip(functionals, point.outputs, strict=True)):
        table = generator_table(functional, output) or ()
        if any(g.phi == 0 and any(g.psi) for g in table):
            return index
    return next((i for i, functional in enumerate(functionals) if functional.kinks), 0)


def _arrows(functional: OneSidedFunctional, table: tuple[Generator, ...], chosen: int) -> Panel:
    """The plane of directions v: the data's hyperplanes, and the generators as arrows."""
    layers: list[Layer] = [Curve(_circle(), "axis")]
    walls = []
    for kink in functional.kinks:
        x, y = _unit((-kink.normal[1], kink.normal[0]))
        walls.append(((-1.25 * x, -1.25 * y), (1.25 * x, 1.25 * y)))
    layers.append(Segments(tuple(walls), "boundary", "x_k . v = 0"))
    for role, label in ROLES.items():
        shown = _of_role(table, role)
        if shown:
            pieces = tuple(((0.0, 0.0), _unit(g.direction)) for g in shown)
            texts = tuple(_vector_text(g.direction) for g in shown)
            layers.append(Arrows(pieces, role, label, texts))
    size = (-1.55, 1.55)
    return Panel(
        f"neuron {chosen}: generators of the fan",
        "v_0",
        "v_1",
        tuple(layers),
        equal=True,
        x_range=size,
        y_range=size,
    )


def _round(
    point: EmpiricalPoint,
    functional: OneSidedFunctional,
    table: tuple[Generator, ...],
    chosen: int,
) -> Panel:
    """Phi and psi once around the circle of directions."""
    form = phi(point, functional, chosen)
    angles = [2 * pi * k / ROUND for k in range(ROUND + 1)]
    around = [tuple(from_float(f(angle)) for f in (cos, sin)) for angle in angles]
    layers: list[Layer] = [Curve(((0.0, 0.0), (360.0, 0.0)), "axis")]
    for label, role, function in (
        ("psi", "guide", lambda v: functional(v)[0]),
        ("phi = h psi", "function", form),
    ):
        heights = [drawn(function(v)) for v in around]
        curve = tuple((360 * k / ROUND, y) for k, y in enumerate(heights))
        layers.append(Curve(curve, role, label))
    for role, label in ROLES.items():
        shown = _of_role(table, role)
        if shown:
            values = [g.psi[0] if role == "escape" else g.phi for g in shown]
            points = tuple(
                (_angle(g.direction), drawn(value) / _length(g.direction))
                for g, value in zip(shown, values, strict=True)
            )
            texts = tuple(short_text(value) if value else "" for value in values)
            layers.append(Marks(points, role, label, texts))
    ticks = tuple((float(a), f"{a}") for a in range(0, 361, 60))
    return Panel(
        "one-sided derivatives around the circle",
        "angle of v in degrees",
        "per unit of length",
        tuple(layers),
        x_ticks=ticks,
    )


def _bars(table: tuple[Generator, ...], chosen: int) -> Panel:
    layers: list[Layer] = [Curve(((-0.5, 0.0), (len(table) - 0.5, 0.0)), "axis")]
    psi = [(k - 0.15, max((drawn(v) for v in g.psi), key=abs)) for k, g in enumerate(table)]
    layers.append(Segments(tuple(((x, 0.0), (x, y)) for x, y in psi), "guide", "psi (largest)"))
    for role, label in ROLES.items():
        points = [(float(k), drawn(g.phi)) for k, g in enumerate(table) if _role(g) == role]
        if points:
            layers.append(Segments(tuple(((x, 0.0), (x, y)) for x, y in points), role))
            layers.append(Marks(tuple(points), role, f"{label} ({len(points)})"))
    few = len(table) <= 12
    names = [_vector_text(g.direction) if few else str(k) for k, g in enumerate(table)]
    step = 1 if few else max(1, len(table) // 16)
    ticks = tuple((float(k), names[k]) for k in range(0, len(table), step))
    title = f"neuron {chosen}: phi and psi on the generators"
    return Panel(title, "generator", "one-sided derivative", tuple(layers), ticks)


def _circle() -> tuple[Point, ...]:
    return tuple((cos(2 * pi * k / 72), sin(2 * pi * k / 72)) for k in range(73))


def _length(vector: Vector) -> float:
    return sum(drawn(entry) ** 2 for entry in vector) ** 0.5


def _unit(vector: Vector) -> Point:
    length = _length(vector)
    return drawn(vector[0]) / length, drawn(vector[1]) / length


def _angle(vector: Vector) -> float:
    from math import atan2

    return atan2(drawn(vector[1]), drawn(vector[0])) * 180 / pi % 360


def _vector_text(vector: Vector) -> str:
    text = ", ".join(format_exact(entry) for entry in vector)
    return f"({text})" if len(text) <= 20 else ""
