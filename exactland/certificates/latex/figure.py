"""The figure of a fitted function of one variable: exact vertices, printed as decimals."""

from __future__ import annotations

from typing import Final

from flint import fmpq

from exactland.cells.function_graph import function_graph, scalar_positions
from exactland.certificates.latex.drawing import coordinate, path
from exactland.certificates.latex.numbers import number
from exactland.landscape.analysis import Analysis

MAX_NEURONS: Final = 200
"""Width beyond which no figure is drawn."""
MAX_POINTS: Final = 400
"""Data points beyond which no figure is drawn."""
MAX_LISTED: Final = 8
"""Breakpoints that the caption lists."""

Context = dict[str, object]


def figure_context(analysis: Analysis) -> Context | None:
    """Return the figure's context, or None where the input is not one real variable.

    One variable means one input, or two of which the second is always 1.
    """
    problem = analysis.point.problem
    positions = scalar_positions(problem)
    if positions is None or problem.network.width > MAX_NEURONS or len(positions) > MAX_POINTS:
        return None
    least, greatest = min(positions), max(positions)
    margin = (greatest - least) / 12 or fmpq(1)
    interval = least - margin, greatest + margin
    graph = function_graph(problem, *interval)
    better = None
    if analysis.better is not None:
        better = function_graph(analysis.better.problem, *interval)
    outputs = range(problem.network.output_dimension)
    return {
        "curves": [path((x, y[j]) for x, y in graph.vertices) for j in outputs],
        "kinks": [path((x, y[j]) for x, y in graph.vertices if x in graph.kinks) for j in outputs],
        "any_kinks": bool(graph.kinks),
        "better": []
        if better is None
        else [path((x, y[j]) for x, y in better.vertices) for j in outputs],
        "data": [
            path(zip(positions, column, strict=True))
            for column in zip(*problem.loss.targets, strict=True)
        ],
        "xmin": coordinate(interval[0]),
        "xmax": coordinate(interval[1]),
        "breakpoints": [number(kink) for kink in graph.kinks[:MAX_LISTED]],
        "breakpoints_left": max(0, len(graph.kinks) - MAX_LISTED),
        "several": problem.network.output_dimension > 1,
    }
