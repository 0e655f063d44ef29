"""What ``exactland plot`` draws: the kinds of figures, sensible defaults, and the file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

from flint import fmpq

from exactland.arithmetic.ordered_polynomials import Number
from exactland.arithmetic.rationals import parse_rational
from exactland.cells.function_graph import scalar_positions
from exactland.derivatives.empirical import EmpiricalPoint, evaluate
from exactland.derivatives.slices import Direction, coordinates, neuron_direction, slice_of
from exactland.errors import InputError, UnsupportedError
from exactland.landscape.analyze import analyze
from exactland.landscape.directions import Curve
from exactland.landscape.escape import Escapes
from exactland.landscape.outcomes import NotLocalMinimum
from exactland.plots.cell_graphs import cell_scene
from exactland.plots.functions import function_scene, residual_scene
from exactland.plots.generators import generator_scene
from exactland.plots.losses import Range, line_scene, plane_scene
from exactland.plots.scene import Scene
from exactland.plots.spectra import spectrum_scene
from exactland.problem.deep import DeepProblem
from exactland.problem.integral import IntegralProblem
from exactland.problem.losses import Problem
from exactland.problem.storage import StrPath, write_bytes_atomically, write_text_atomically

FORMATS: Final = ("png", "svg", "pdf", "html")
UNIT: Final[Range] = (fmpq(-1), fmpq(1))
SMALLEST_REACH: Final = fmpq(1, 2**30)

AnyProblem = Problem | DeepProblem | IntegralProblem
_TERM: Final = re.compile(r"\s*([wbvc](?:\[[0-9]{1,6}\]){1,2})\s*=\s*([^,\s]+)\s*")


def make_scene(
    problem: AnyProblem,
    kind: str | None = None,
    *,
    neuron: int | None = None,
    directions: Sequence[Direction] = (),
    limits: Sequence[Range] = (),
) -> Scene:
    """Return a figure of one of the :data:`~exactland.plots.KINDS`.

    Parameters
    ----------
    problem : any problem
    kind : str, optional
        ``function`` where the input is one real variable, else ``residuals``.
    neuron : for ``cells`` and ``generators``
    directions : for ``line`` (one) and ``plane`` (two), by names as in the problem file
        Unless given, those in which something happens: see :func:`default_view`.
    limits : ranges of the positions along them, -1 to 1 unless given

    Examples
    --------
    >>> from exactland.landscape.integral.family import critical_family
    >>> print(make_scene(critical_family("relu", 2).problem, "line").description)
    The loss along a line, no kink; loss 1/972 at t = 0.
    """
    if kind is None:
        scalar = not isinstance(problem, Problem) or scalar_positions(problem) is not None
        if isinstance(problem, DeepProblem):
            scalar = len(problem.loss.inputs[0]) == 1
        kind = "function" if scalar else "residuals"
    if kind == "function":
        return function_scene(problem)
    if kind == "residuals":
        return residual_scene(problem)
    if kind == "hessian":
        return spectrum_scene(problem)
    if kind == "cells":
        return cell_scene(problem, neuron)
    if kind == "generators":
        return generator_scene(problem, neuron)
    if isinstance(problem, DeepProblem):
        message = f"a {kind} is drawn for one hidden layer only"
        raise UnsupportedError("network.layers", message)
    count = {"line": 1, "plane": 2}[kind]
    view = View(tuple(directions), ()) if directions else default_view(problem, count)
    if len(view.directions) != count:
        message = f"a {kind} needs {count}, but {len(view.directions)} were given"
        raise InputError("--direction", message)
    ranges = list(limits) or list(view.limits) or [UNIT] * count
    if len(ranges) != count:
        raise InputError("--range", f"a {kind} needs {count}, but {len(ranges)} were given")
    for low, high in ranges:
        if not low < high:
            raise InputError("--range", f"{low} is not below {high}")
    if kind == "line":
        return line_scene(problem, view.directions[0], ranges[0], marks=view.marks)
    ways = view.directions[0], view.directions[1]
    return plane_scene(problem, ways, (ranges[0], ranges[1]))


@dataclass(frozen=True, slots=True)
class View:
    """Directions, the ranges along them, and what else to mark on a line."""

    directions: tuple[Direction, ...]
    limits: tuple[Range, ...]
    marks: tuple[tuple[fmpq, str], ...] = ()


def default_view(problem: Problem | IntegralProblem, count: int) -> View:
    """Return one or two directions in which something is to be seen, and how far to look.

    At a point that is not a local minimum the direction of descent (in a plane at an escape neuron:
    the move of its input weight, and that of its output weight); at a spurious minimum the way to a
    better network; else the first parameters.  The ranges are powers of two at whose ends the loss
    is at most twice that of the point.

    Examples
    --------
    >>> from exactland.landscape.integral.family import critical_family
    >>> default_view(critical_family("relu", 2).problem, 1)
    View(directions=({'b[0]': -1, 'v[0][1]': -1, 'c[0]': 2/3},), limits=((-1/4, 1/4),), marks=())
    """
    found, better = _telling_directions(problem)
    if better and count == 1:
        wide = (fmpq(-1, 4), fmpq(5, 4))
        return View((found[0],), (wide,), ((fmpq(1), "a better network"),))
    if count == 1 and len(found) == 2:
        found = [found[0] | found[1]]  # both at once
    for name in _neighbours(problem, found):
        if len(found) < count and name not in {n for way in found for n in way}:
            found.append({name: fmpq(1)})
    if len(found) < count:
        raise UnsupportedError("network", "has too few parameters for a plane")
    ways = tuple(_scaled(way) for way in found[:count])
    return View(ways, tuple(_reach(problem, way) for way in ways))


def _reach(problem: Problem | IntegralProblem, way: Direction) -> Range:
    """-r to r with the largest power of two r <= 1 at which the loss has at most doubled."""
    line = slice_of(problem, [way])
    most = 2 * line.loss([fmpq(0)])
    reach = fmpq(1)
    while reach > SMALLEST_REACH and most != 0:
        if line.loss([reach]) <= most and line.loss([-reach]) <= most:
            return -reach, reach
        reach /= 2
    return UNIT


def parse_direction(text: str) -> Direction:
    """Read a direction like ``w[0][1]=1, v[0][0]=-1/2``.

    Raises
    ------
    InputError
        If the text is of another form.

    Examples
    --------
    >>> parse_direction("w[0][1]=1, c[0] = -1/2")
    {'w[0][1]': 1, 'c[0]': -1/2}
    """
    direction: dict[str, Number] = {}
    for term in text.split(","):
        match = _TERM.fullmatch(term)
        if match is None:
            message = f'"{term.strip()[:40]}" is not of the form w[0][1]=1/2'
            raise InputError("--direction", message)
        direction[match[1]] = parse_rational(match[2], f"--direction {match[1]}")
    if not any(direction.values()):
        raise InputError("--direction", "is zero")
    return direction


def format_of(path: StrPath, option: str = "-o") -> str:
    """Return the file format that the name given to an option ends with.

    Raises
    ------
    InputError
        If it is none of the :data:`FORMATS`.

    Examples
    --------
    >>> format_of("loss.SVG")
    'svg'
    """
    ending = PurePath(path).suffix.lower().removeprefix(".")
    if ending not in FORMATS:
        raise InputError(option, f"the file name must end with .{', .'.join(FORMATS)}")
    return ending


def write_scene(path: StrPath, scene: Scene) -> None:
    """Write a figure in the format of the file's name; a failure leaves no part of a file.

    Raises
    ------
    InputError
        If the format is unknown or the file cannot be written.
    UnsupportedError
        If the library that draws it is not installed.
    """
    kind = format_of(path)
    if kind == "html":
        from exactland.plots.browser import browser_page

        write_text_atomically(path, browser_page(scene))
    else:
        from exactland.plots.printed import print_scene

        write_bytes_atomically(path, print_scene(scene, kind))


def _telling_directions(problem: Problem | IntegralProblem) -> tuple[list[dict[str, Number]], bool]:
    """The directions, and whether they lead to a better network."""
    if isinstance(problem, IntegralProblem):
        way = analyze(problem).descent
        return ([] if way is None else [_named(way.direction)]), False
    analysis = analyze(problem)
    point = analysis.point
    zero_weight = (fmpq(0),) * point.dimension
    zero_output = (fmpq(0),) * point.output_dimension
    for violation in analysis.directional.violations:
        if violation.neuron is None:
            return [
                {f"c[{j}]": entry for j, entry in enumerate(violation.direction) if entry}
            ], False
        moves = (violation.direction, zero_output)
        if violation.kind == "output_weight":
            moves = (zero_weight, violation.direction)
        return [dict(neuron_direction(point, violation.neuron, *moves))], False
    if isinstance(analysis.minimality, NotLocalMinimum):
        for report in analysis.neurons:
            if isinstance(report.escape, Escapes):
                gain = tuple(-entry for entry in report.escape.psi)
                weight = neuron_direction(point, report.index, report.escape.direction, zero_output)
                return [
                    dict(_scaled(weight)),
                    dict(_scaled(neuron_direction(point, report.index, zero_weight, gain))),
                ], False
        return [_tangent(analysis.minimality.curve, point)], False
    if analysis.better is not None:
        names = coordinates(problem)
        here, there = (_values(one) for one in (problem, analysis.better.problem))
        moves_there = zip(names, here, there, strict=True)
        return [{name: b - a for name, a, b in moves_there if a != b}], True
    return [], False


def _tangent(curve: Curve, point: EmpiricalPoint) -> dict[str, Number]:
    """The direction of a curve at its start."""
    direction: dict[str, Number] = {}
    for moved in curve.neurons:
        weight, output = (
            tuple(coefficients[0] if coefficients else fmpq(0) for coefficients in block)
            for block in (moved.weights, moved.outputs)
        )
        direction |= neuron_direction(point, moved.neuron, weight, output)
    return direction


def _values(problem: Problem) -> list[fmpq]:
    """All parameters, in the order of their names."""
    network = problem.network
    rows = (*network.input_weights, network.hidden_biases or (), *network.output_weights)
    return [entry for row in (*rows, network.output_bias or ()) for entry in row]


def _named(direction: dict[str, Number]) -> dict[str, Number]:
    """w3 -> w[3][0], b3 -> b[3], v3 -> v[0][3], c -> c[0]: names as in a problem file."""
    forms = {"w": "w[{}][0]", "b": "b[{}]", "v": "v[0][{}]", "c": "c[0]"}
    return {forms[name[0]].format(name[1:]): entry for name, entry in direction.items()}


def _neighbours(problem: Problem | IntegralProblem, found: Sequence[Direction]) -> Sequence[str]:
    """Names to fill up with: those of a neuron on a boundary first, so that cells are seen."""
    names = coordinates(problem)
    if isinstance(problem, IntegralProblem) or found:
        return names
    patterns = evaluate(problem).patterns
    first = next((i for i, pattern in enumerate(patterns) if "0" in pattern), 0)
    own = [name for name in names if name.startswith((f"w[{first}]", f"b[{first}]"))]
    own += [name for name in names if re.fullmatch(rf"v\[\d+\]\[{first}\]", name)]
    return [*own, *names]


def _scaled(direction: Direction) -> Direction:
    """Divide by the largest entry in absolute value."""
    sizes = [entry if entry > 0 else -entry for entry in direction.values()]
    most = sizes[0]
    for size in sizes[1:]:
        most = size if size > most else most
    return {name: entry / most for name, entry in direction.items()}
