"""The graph of the cells of one neuron, each shaded by the least loss that it holds."""

from __future__ import annotations

from collections.abc import Sequence
from math import atan2, cos, hypot, pi, sin, sqrt
from typing import Final

from exactland.cells.graph import adjacency_graph
from exactland.derivatives.empirical import evaluate
from exactland.errors import InputError, UnsupportedError
from exactland.landscape.atlas.faces import faces_of
from exactland.landscape.cell_minima import CellBest, cell_minima
from exactland.plots.functions import number_text, short_text
from exactland.plots.scene import Layer, Marks, Panel, Point, Scene, Segments, Shaded, drawn
from exactland.problem.deep import DeepProblem
from exactland.problem.integral import IntegralProblem
from exactland.problem.losses import Problem
from exactland.problem.network import Matrix

NAMED: Final = 24
"""Cells up to which each has its sign vector beside it."""


def cell_scene(
    problem: Problem | DeepProblem | IntegralProblem, neuron: int | None = None
) -> Scene:
    """Return the adjacency graph of the cells of a neuron's weight, shaded by best loss.

    The other neurons stay as they are.  A square marks the cell that the neuron is in, a star the
    cells with the least loss of all.

    Raises
    ------
    InputError
        If there is no such neuron.
    UnsupportedError
        For another loss, several outputs, or too many cells.

    Examples
    --------
    >>> from flint import fmpq
    >>> from exactland.problem.activations import relu
    >>> from exactland.problem.losses import EmpiricalLoss
    >>> from exactland.problem.network import Network
    >>> one, two = fmpq(1), fmpq(2)
    >>> point = Problem(Network(relu(), ((one,),), ((one,),)),
    ...                 EmpiricalLoss(((one,), (-one,)), ((two,), (-one,))))
    >>> print(cell_scene(point).description)
    2 cells of neuron 0, 1 pairs adjacent; the least loss 1/2 is in the cells +-; here +-.
    """
    if not isinstance(problem, Problem):
        raise UnsupportedError("loss", "cell graphs belong to the empirical loss of one layer")
    point = evaluate(problem)
    chosen = 0 if neuron is None else neuron
    if not 0 <= chosen < point.width:
        raise InputError("--neuron", f"{chosen} is not one of 0, ..., {point.width - 1}")
    best = {cell.signs: cell for cell in cell_minima(point, chosen)}
    graph = adjacency_graph(point.inputs)
    signs = [graph.nodes[node]["signs"] for node in graph]
    centres = _centres(point.inputs)
    places = _places(graph, [centres[text] for text in signs])
    losses = [best[text].loss for text in signs]
    least = min(losses)
    winners = [k for k, loss in enumerate(losses) if loss == least]
    edges = tuple((places[a], places[b]) for a, b in graph.edges)
    few = len(signs) <= (NAMED if point.dimension <= 2 else NAMED // 2)
    here = point.patterns[chosen]
    layers: list[Layer] = [
        Segments(edges, "edge"),
        Shaded(
            tuple(places),
            tuple(map(drawn, losses)),
            "least loss in the cell",
            tuple(_text(best[text]) for text in signs) if few else (),
        ),
        Marks(tuple(places[k] for k in winners), "here", f"least: {number_text(least)}"),
    ]
    inside = [k for k, text in enumerate(signs) if _closure_holds(text, here)]
    if inside:
        label = "the neuron is in this cell" if len(inside) == 1 else "the neuron is between these"
        layers.append(Marks(tuple(places[k] for k in inside), "kink", label))
    names = ", ".join(signs[k] for k in winners[:4]) + (", ..." if len(winners) > 4 else "")
    panel = Panel(
        f"{len(signs)} cells of neuron {chosen}", "", "", tuple(layers), equal=True, frame=False
    )
    return Scene(
        (panel,),
        f"{len(signs)} cells of neuron {chosen}, {len(edges)} pairs adjacent; the least loss "
        f"{number_text(least)} is in the cells {names}; here {here}.",
    )


def _text(cell: CellBest) -> str:
    return f"{cell.signs.replace('-', '−')}\n{short_text(cell.loss)}"


def _closure_holds(cell: str, pattern: str) -> bool:
    return all(sign in (own, "0") for own, sign in zip(cell, pattern, strict=True))


def _centres(inputs: Matrix) -> dict[str, tuple[float, ...]]:
    """The direction of the mean of each cell's rays of length 1, in the middle of the cell."""
    arrangement = faces_of(inputs)
    rays = [_unit([drawn(entry) for entry in ray]) for ray in arrangement.rays]
    return {
        cell.signs: _unit(
            [sum(column) for column in zip(*(rays[r] for r in cell.rays), strict=True)]
        )
        for cell in arrangement.cells
    }


def _unit(values: Sequence[float]) -> tuple[float, ...]:
    length = sqrt(sum(value * value for value in values)) or 1.0
    return tuple(value / length for value in values)


def _places(graph: object, points: list[tuple[float, ...]]) -> list[Point]:
    """A circle for weights in the plane, an equal-area map of the sphere in space, else springs."""
    dimension = len(points[0])
    if dimension == 1:
        return [(x, 0.0) for (x,) in points]
    if dimension == 2:
        # Evenly spaced in the order of the angles: cells can be thin.
        order = sorted(range(len(points)), key=lambda k: atan2(points[k][1], points[k][0]))
        angles = {k: 2 * pi * rank / len(order) for rank, k in enumerate(order)}
        return [(cos(angles[k]), sin(angles[k])) for k in range(len(points))]
    if dimension == 3:
        return [_equal_area(*point) for point in points]
    import networkx

    found = networkx.spring_layout(graph, seed=1, iterations=120)
    return [(float(found[node][0]), float(found[node][1])) for node in graph]  # type: ignore[attr-defined]  # a graph iterates over its nodes


def _equal_area(x: float, y: float, z: float) -> Point:
    """Lambert's azimuthal projection of the sphere, seen from (0, 0, 1)."""
    radius = hypot(x, y)
    if radius == 0.0:
        return (0.0, 0.0) if z > 0 else (sqrt(2.0), 0.0)
    stretch = sqrt(max(0.0, 1 - z)) / radius
    return x * stretch, y * stretch
