"""The function a network computes: with the data or the target, its breakpoints, its residuals."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from flint import fmpq

from exactland.arithmetic.ordered import format_decimal_exact, format_exact
from exactland.arithmetic.ordered_polynomials import Number, evaluate
from exactland.cells.deep_breakpoints import deep_graph
from exactland.cells.function_graph import Graph, function_graph, scalar_positions
from exactland.derivatives.empirical import evaluate as evaluate_point
from exactland.derivatives.integral import integral_state
from exactland.errors import UnsupportedError
from exactland.plots.scene import (
    Curve,
    Layer,
    Marks,
    Panel,
    Point,
    Scene,
    Segments,
    drawn,
    drawn_points,
    spread,
)
from exactland.problem.deep import DeepProblem, evaluate_deep
from exactland.problem.integral import IntegralProblem
from exactland.problem.losses import Problem
from exactland.problem.network import Vector

SAMPLES: Final = 241
"""Points at which a function without known vertices is evaluated, exactly."""

LISTED: Final = 8
"""Breakpoints that are named in the figure."""

MAX_TEXT, SHORT_TEXT = 16, 7
"""Characters of an exact number beyond which its decimal is written instead (in a figure)."""

AnyProblem = Problem | DeepProblem | IntegralProblem
ROLES: Final = ("function", "other", "third")


def function_scene(
    problem: AnyProblem, others: tuple[tuple[str, Problem | DeepProblem], ...] = ()
) -> Scene:
    """Return the network's function of one real variable with the data or the target.

    Parameters
    ----------
    problem : Problem, DeepProblem or IntegralProblem
        Of one real variable: one input, or two of which the second is always 1.
    others : pairs (label, problem)
        At most two further networks on the same data, drawn with other line styles.

    Raises
    ------
    UnsupportedError
        If there are more inputs.

    Examples
    --------
    >>> from exactland.landscape.integral.family import critical_family
    >>> print(function_scene(critical_family("relu", 2).problem).description)
    The function of the network, with breakpoints 1/3, 2/3; loss 1/972.
    """
    if isinstance(problem, IntegralProblem):
        return _integral_scene(problem)
    positions = _positions(problem)
    low, high = min(positions), max(positions)
    margin = (high - low) / 12 or fmpq(1)
    low, high = low - margin, high + margin
    layers: list[Layer] = []
    outputs = len(problem.loss.targets[0])
    kinks: tuple[fmpq, ...] = ()
    names: list[tuple[str, Problem | DeepProblem]] = [("network", problem), *others]
    for number, (label, shown) in enumerate(names[: len(ROLES)]):
        graph = _graph(shown, low, high)
        role = ROLES[number]
        for j in range(outputs):
            curve = drawn_points((x, value[j]) for x, value in graph.vertices)
            layers.append(Curve(curve, role, label if outputs == 1 else f"{label}, output {j}"))
        if number == 0:
            kinks = graph.kinks
            at = [
                (x, value[j]) for x, value in graph.vertices if x in kinks for j in range(outputs)
            ]
            layers.append(Marks(drawn_points(at), "kink", "breakpoint"))
    values = evaluate_deep(problem) if isinstance(problem, DeepProblem) else evaluate_point(problem)
    pieces = []
    for x, targets, errors in zip(positions, problem.loss.targets, values.residuals, strict=True):
        pieces += [((x, t), (x, t + e)) for t, e in zip(targets, errors, strict=True) if e]
    layers.append(Segments(_segments(pieces), "gap", "residual"))
    data = [(x, t) for x, row in zip(positions, problem.loss.targets, strict=True) for t in row]
    layers.append(Marks(drawn_points(data), "data", "data"))
    ticks = _listed(kinks)
    loss = number_text(values.loss)
    return Scene(
        (Panel(f"loss {loss}", "x", "f(x)", tuple(layers)),),
        f"The function of the network and {len(positions)} data points, "
        f"with breakpoints {ticks}; loss {loss}.",
    )


def residual_scene(problem: AnyProblem) -> Scene:
    """Return the residuals: f(x_k) - y_k at each data point, or r = f - target on the interval.

    Examples
    --------
    >>> from exactland.problem.activations import relu
    >>> from exactland.problem.losses import EmpiricalLoss
    >>> from exactland.problem.network import Network
    >>> one = ((fmpq(1),),)
    >>> point = Problem(Network(relu(), one, one), EmpiricalLoss(one, ((fmpq(3),),)))
    >>> print(residual_scene(point).description)
    Residuals at 1 data points; loss 2.
    """
    if isinstance(problem, IntegralProblem):
        return _integral_residual_scene(problem)
    values = evaluate_deep(problem) if isinstance(problem, DeepProblem) else evaluate_point(problem)
    signed: dict[str, list[tuple[fmpq, fmpq]]] = {"positive": [], "zero": [], "negative": []}
    outputs = len(problem.loss.targets[0])
    for k, row in enumerate(values.residuals):
        for j, error in enumerate(row):
            place = k + fmpq(2 * j + 1 - outputs, 3 * outputs)
            sign = "positive" if error > 0 else "negative" if error < 0 else "zero"
            signed[sign].append((place, error))
    layers: list[Layer] = [_level_line(fmpq(-1, 2), len(values.residuals) - fmpq(1, 2))]
    for role, points in signed.items():
        stems = [((x, fmpq(0)), (x, y)) for x, y in points if y]
        layers.append(Segments(_segments(stems), role))
        if points:
            layers.append(Marks(drawn_points(points), role, f"{role} ({len(points)})"))
    count = len(values.residuals)
    ticks = tuple((float(k), str(k)) for k in range(0, count, max(1, count // 20)))
    loss = number_text(values.loss)
    title = f"residuals f(x_k) - y_k; loss {loss}"
    panel = Panel(title, "data point k", "residual", tuple(layers), ticks)
    return Scene((panel,), f"Residuals at {count} data points; loss {loss}.")


def number_text(value: Number) -> str:
    """Return an exact number, or where that is long its decimal, marked as one.

    Examples
    --------
    >>> number_text(fmpq(1, 3)), number_text(fmpq(1, 3**40))
    ('1/3', 'about 8.22526e-20')
    """
    text = format_exact(value)
    return text if len(text) <= MAX_TEXT else f"about {format_decimal_exact(value, 6)}"


def short_text(value: Number) -> str:
    """Return a number as it stands inside a figure: exact where short, else with a sign for about.

    Examples
    --------
    >>> short_text(fmpq(1, 3)), short_text(fmpq(1234567, 891011))
    ('1/3', '≈1.386')
    """
    text = format_exact(value)
    return text if len(text) <= SHORT_TEXT else f"≈{format_decimal_exact(value, 4)}"


def _positions(problem: Problem | DeepProblem) -> list[fmpq]:
    if isinstance(problem, Problem):
        positions = scalar_positions(problem)
    else:
        rows = problem.loss.inputs
        positions = [row[0] for row in rows] if len(rows[0]) == 1 else None
    if positions is None:
        message = "is not one real variable; try --kind residuals"
        raise UnsupportedError("loss.x", message)
    return positions


def _graph(problem: Problem | DeepProblem, low: fmpq, high: fmpq) -> Graph:
    if isinstance(problem, Problem):
        return function_graph(problem, low, high)
    vertices = tuple(deep_graph(problem.network, low, high))
    slopes = [_slope(*pair) for pair in pairwise(vertices)]
    bends = zip(vertices[1:-1], pairwise(slopes), strict=True)
    return Graph(vertices, tuple(x for (x, _), (before, after) in bends if before != after))


def _slope(left: tuple[fmpq, Vector], right: tuple[fmpq, Vector]) -> Vector:
    return tuple((b - a) / (right[0] - left[0]) for a, b in zip(left[1], right[1], strict=True))


def _integral_scene(problem: IntegralProblem) -> Scene:
    """The realisation on the interval, with the target and the residual."""
    state = integral_state(problem)
    target = problem.loss.target
    dense = _dense(problem)
    function: list[tuple[Number, Number]] = []
    for index, piece in enumerate(state.pieces):
        ends = state.knots[index], state.knots[index + 1]
        straight = len(target) <= 2 and len(piece) <= 2
        places = ends if straight else [ends[0] + (ends[1] - ends[0]) * t for t in dense]
        function += [(x, evaluate(piece, x) + evaluate(target, x)) for x in places]
    interior = state.knots[1:-1]
    marked = list(zip(state.knots, state.pieces, strict=False))[1:]
    kinks = [(x, evaluate(piece, x) + evaluate(target, x)) for x, piece in marked]
    low, high = problem.loss.interval
    aim = [(low + (high - low) * t, low + (high - low) * t) for t in dense]
    layers: tuple[Layer, ...] = (
        Curve(drawn_points((x, evaluate(target, y)) for x, y in aim), "target", "target"),
        Curve(drawn_points(function), "function", "network"),
        Marks(drawn_points(kinks), "kink", "breakpoint"),
    )
    loss = number_text(state.loss)
    panel = Panel(f"loss {loss}", "x", "f(x)", layers)
    ticks = _listed(interior)
    text = f"The function of the network, with breakpoints {ticks}; loss {loss}."
    return Scene((panel, _residual_panel(problem)), text)


def _integral_residual_scene(problem: IntegralProblem) -> Scene:
    loss = number_text(integral_state(problem).loss)
    return Scene((_residual_panel(problem),), f"The residual on the interval; loss {loss}.")


def _residual_panel(problem: IntegralProblem) -> Panel:
    state = integral_state(problem)
    dense = _dense(problem)
    points: list[tuple[Number, Number]] = []
    marks: list[tuple[Number, Number]] = []
    for index, piece in enumerate(state.pieces):
        low, high = state.knots[index], state.knots[index + 1]
        places = (low, high) if len(piece) <= 2 else [low + (high - low) * t for t in dense]
        points += [(x, evaluate(piece, x)) for x in places]
        if index:
            marks.append((low, evaluate(piece, low)))
    interior = state.knots[1:-1]
    layers: tuple[Layer, ...] = (
        _level_line(*problem.loss.interval),
        Curve(drawn_points(points), "residual", "r = f - target"),
        Marks(drawn_points(marks), "kink", "breakpoint", _texts(interior)),
    )
    return Panel("residual", "x", "r(x)", layers)


def _dense(problem: IntegralProblem) -> list[fmpq]:
    affine = len(problem.loss.target) <= 2 and hasattr(problem.network.activation, "kink")
    return spread(fmpq(0), fmpq(1), 2 if affine else SAMPLES)


def _level_line(low: Number, high: Number) -> Curve:
    return Curve(((drawn(low), 0.0), (drawn(high), 0.0)), "axis")


def _segments(
    pieces: list[tuple[tuple[fmpq, fmpq], tuple[fmpq, fmpq]]],
) -> tuple[tuple[Point, Point], ...]:
    return tuple(((drawn(a), drawn(b)), (drawn(c), drawn(d))) for (a, b), (c, d) in pieces)


def _texts(places: tuple[Number, ...]) -> tuple[str, ...]:
    return tuple(short_text(x) for x in places) if len(places) <= LISTED else ()


def _listed(places: tuple[Number, ...]) -> str:
    if not places:
        return "none"
    more = ", ..." if len(places) > LISTED else ""
    return ", ".join(number_text(x) for x in places[:LISTED]) + more
