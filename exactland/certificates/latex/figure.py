"""The figure of a fitted function of one variable: exact vertices, printed as decimals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from flint import fmpq

from exactland.arithmetic.rationals import ZERO, format_decimal
from exactland.certificates.latex.markup import Tex
from exactland.certificates.latex.numbers import number
from exactland.landscape.analysis import Analysis
from exactland.problem.losses import Problem
from exactland.problem.network import Vector

MAX_NEURONS: Final = 200
"""Width beyond which no figure is drawn."""
MAX_POINTS: Final = 400
"""Data points beyond which no figure is drawn."""
MAX_LISTED: Final = 8
"""Breakpoints that the caption lists."""

Context = dict[str, object]


@dataclass(frozen=True, slots=True)
class Graph:
    """A piecewise-linear function on an interval: its vertices, and the kinks among them."""

    vertices: tuple[tuple[fmpq, Vector], ...]
    kinks: tuple[fmpq, ...]


def figure_context(analysis: Analysis) -> Context | None:
    """Return the figure's context, or None where the input is not one real variable.

    One variable means one input, or two of which the second is always 1.
    """
    problem = analysis.point.problem
    positions = _positions(problem)
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
        "curves": [_path((x, y[j]) for x, y in graph.vertices) for j in outputs],
        "kinks": [_path((x, y[j]) for x, y in graph.vertices if x in graph.kinks) for j in outputs],
        "any_kinks": bool(graph.kinks),
        "better": []
        if better is None
        else [_path((x, y[j]) for x, y in better.vertices) for j in outputs],
        "data": [
            _path(zip(positions, column, strict=True))
            for column in zip(*problem.loss.targets, strict=True)
        ],
        "xmin": _plain(interval[0]),
        "xmax": _plain(interval[1]),
        "breakpoints": [number(kink) for kink in graph.kinks[:MAX_LISTED]],
        "breakpoints_left": max(0, len(graph.kinks) - MAX_LISTED),
        "several": problem.network.output_dimension > 1,
    }


def function_graph(problem: Problem, least: fmpq, greatest: fmpq) -> Graph:
    """Return the graph of the network function on an interval, exactly.

    A breakpoint where the changes of slope cancel is no kink and is left out.
    """
    network = problem.network
    biases = network.hidden_biases or tuple([ZERO] * network.width)
    # A second input is the constant 1.
    lines = [
        (weight[0], bias + (weight[1] if len(weight) == 2 else ZERO))
        for weight, bias in zip(network.input_weights, biases, strict=True)
    ]
    outputs = [network.neuron_output(index) for index in range(network.width)]
    changes: dict[fmpq, list[fmpq]] = {}
    for (slope, offset), output in zip(lines, outputs, strict=True):
        if slope:
            total = changes.setdefault(-offset / slope, [ZERO] * len(output))
            for axis, height in enumerate(output):
                total[axis] += height * abs(slope) * network.activation.kink
    kinks = tuple(sorted(x for x, total in changes.items() if least < x < greatest and any(total)))
    constant = network.output_bias or tuple([ZERO] * network.output_dimension)

    def function(x: fmpq) -> Vector:
        result = list(constant)
        for (slope, offset), output in zip(lines, outputs, strict=True):
            height = network.activation(slope * x + offset)
            if height:
                result = [r + height * entry for r, entry in zip(result, output, strict=True)]
        return tuple(result)

    return Graph(tuple((x, function(x)) for x in (least, *kinks, greatest)), kinks)


def _positions(problem: Problem) -> list[fmpq] | None:
    rows: Sequence[Vector] = problem.loss.inputs
    dimension = len(rows[0])
    if dimension == 1 or (dimension == 2 and all(row[1] == 1 for row in rows)):
        return [row[0] for row in rows]
    return None


def _path(points: Iterable[tuple[fmpq, fmpq]]) -> Tex:
    return Tex(" ".join(f"({_plain(x)},{_plain(y)})" for x, y in points))


def _plain(value: fmpq) -> Tex:
    return Tex(format_decimal(value, 9))
