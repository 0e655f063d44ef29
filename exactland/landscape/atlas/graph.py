"""The landscape graph: stationary losses, and where exact descent from the saddles leads."""

from __future__ import annotations

from typing import Any

from flint import fmpq

from exactland.arithmetic.rationals import ZERO, dot, format_decimal, format_rational
from exactland.derivatives.empirical import evaluate
from exactland.landscape.atlas.network import saddle_network
from exactland.landscape.atlas.result import Atlas
from exactland.landscape.atlas.setting import Setting
from exactland.landscape.descent.run import descend
from exactland.problem.losses import Problem


def landscape_graph(found: Atlas, setting: Setting) -> Any:
    """Return a directed graph (networkx) of an atlas.

    A node is a stationary loss, with its ``loss``, ``kind``, ``configurations`` and ``dimension``.
    Where a loss has saddles with an idle neuron (0, 0), that neuron escapes along every ray w of
    the data arrangement with Psi(w) != 0, h against it.  For each an edge leads to the loss at
    which exact descent ends that begins there; it has the ``ray`` and the ``sign`` of h.

    Examples
    --------
    >>> from exactland.landscape.atlas.run import atlas
    >>> from exactland.landscape.atlas.setting import Landscape, make_setting
    >>> from exactland.problem.activations import relu
    >>> from exactland.problem.losses import EmpiricalLoss
    >>> one = fmpq(1)
    >>> landscape = Landscape(EmpiricalLoss(((one,), (-one,)), ((one,), (2 * one,))), relu())
    >>> graph = landscape_graph(atlas(landscape, 1), make_setting(landscape))
    >>> sorted((start, end) for start, end in graph.edges())
    [('5/2', '1/2'), ('5/2', '2')]
    """
    import networkx

    graph = networkx.MultiDiGraph()
    for entry in found.losses:
        graph.add_node(
            format_rational(entry.loss),
            loss=format_rational(entry.loss),
            loss_decimal=format_decimal(entry.loss, 10),
            kind=entry.kind,
            saddles=entry.saddle,
            configurations=entry.configurations,
            dimension=entry.dimension,
        )
    indices = {(face.signs): index for index, face in enumerate(setting.faces)}
    for entry in found.losses:
        if not entry.saddle:
            continue
        classes = [(indices[signs], sign) for signs, sign in entry.classes]
        saddle = saddle_network(setting, found.width, classes)
        for ray, vector in enumerate(setting.arrangement.rays):
            started = _escape(setting, saddle, ray)
            if started is None:
                continue
            problem, sign = started
            end = descend(problem)
            graph.add_edge(
                format_rational(entry.loss),
                format_rational(end.loss),
                ray=" ".join(format_rational(value) for value in vector),
                sign="+" if sign > 0 else "-",
                steps=len(end.steps) - 1,
            )
    return graph


def _escape(setting: Setting, saddle: Problem, ray: int) -> tuple[Problem, int] | None:
    """The saddle with its last neuron, which is idle, on a ray with the best output weight."""
    point = evaluate(saddle)
    activation = setting.landscape.activation
    vector = setting.arrangement.rays[ray]
    values = [activation(dot(vector, row)) for row in point.inputs]
    product = sum((v * e[0] for v, e in zip(values, point.residuals, strict=True)), ZERO)
    if not product:
        return None
    height = -product / dot(values, values)
    weights = (*point.weights[:-1], vector)
    outputs = (*(row[0] for row in point.outputs[:-1]), height)
    bias = saddle.network.output_bias
    constant = fmpq(0) if bias is None else bias[0]
    return setting.landscape.problem(weights, outputs, constant), 1 if height > 0 else -1
