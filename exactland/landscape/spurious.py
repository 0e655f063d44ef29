"""A strictly better network of the same shape, built from a redundant neuron and one new feature.

If the network of a point uses a neuron it could do without, that neuron is free to become
(w, h) with h . Psi(w) < 0; by the global identity the loss then changes by
h . Psi(w) + scale |h|^2 sum_k rho(w.x_k)^2, which is negative for the best h.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from flint import fmpq

from exactland.arithmetic.rationals import ONE, ZERO, dot
from exactland.cells.fans import fan, ray_candidates
from exactland.cells.patterns import parallel_classes, primitive_direction
from exactland.derivatives.empirical import EmpiricalPoint, evaluate
from exactland.problem.losses import Problem
from exactland.problem.network import Matrix, Network, Vector

MAX_RAYS: Final = 256
"""Subsets of data points up to which all rays of the data arrangement are tried as features."""


@dataclass(frozen=True, slots=True)
class BetterPoint:
    """A network of the same shape with a strictly lower loss."""

    problem: Problem
    loss: fmpq


def better_point(point: EmpiricalPoint) -> BetterPoint | None:
    """Return a strictly better network of the same shape, or None where this construction fails.

    Only networks with a redundant neuron are improved: one that is zero on the data, or two (one
    output) with the same activation pattern and the same sign of the output weight, which merge.

    References
    ----------
    Spec, section 0 (the exact global identity).
    """
    freed = _free_a_neuron(point)
    if freed is None:
        return None
    weights, outputs, free = freed
    feature = _best_feature(point)
    if feature is None:
        return None
    direction, height = feature
    weights[free], outputs[free] = direction, height
    problem = Problem(_rebuilt(point.problem.network, weights, outputs), point.problem.loss)
    loss = evaluate(problem).loss
    return BetterPoint(problem, loss) if loss < point.loss else None


def _free_a_neuron(point: EmpiricalPoint) -> tuple[list[Vector], list[Vector], int] | None:
    activation = point.problem.network.activation
    weights, outputs = list(point.weights), list(point.outputs)
    for index, (weight, output) in enumerate(zip(weights, outputs, strict=True)):
        if not any(output) or not any(activation(dot(weight, row)) for row in point.inputs):
            return weights, outputs, index
    if point.output_dimension > 1:
        return None
    seen: dict[tuple[str, bool], int] = {}
    for index, pattern in enumerate(point.patterns):
        first = seen.setdefault((pattern, outputs[index][0] > 0), index)
        if first != index:
            # Same closed cell and same sign: the sum of h w stays in the cell, a convex cone.
            total = tuple(
                abs(outputs[first][0]) * a + abs(outputs[index][0]) * b
                for a, b in zip(weights[first], weights[index], strict=True)
            )
            weights[first] = total
            outputs[first] = (fmpq(1) if outputs[first][0] > 0 else fmpq(-1),)
            return weights, outputs, index
    return None


def _best_feature(point: EmpiricalPoint) -> tuple[Vector, Vector] | None:
    """The candidate (w, h) with the largest decrease |Psi(w)|^2 / (4 scale sum rho^2)."""
    activation, scale = point.problem.network.activation, point.problem.loss.scale
    best: tuple[fmpq, Vector, Vector] | None = None
    for direction in _candidates(point):
        values = [activation(dot(direction, row)) for row in point.inputs]
        energy = sum((value * value for value in values), ZERO)
        if not energy:
            continue
        dual = tuple(
            2 * scale * dot(values, errors) for errors in zip(*point.residuals, strict=True)
        )
        gain = sum((value * value for value in dual), ZERO) / energy
        if gain > 0 and (best is None or gain > best[0]):
            best = (gain, direction, tuple(-value / (2 * scale * energy) for value in dual))
    return None if best is None else best[1:]


def _candidates(point: EmpiricalPoint) -> Iterator[Vector]:
    normals = [parallel.normal for parallel in parallel_classes(point.inputs)]
    if ray_candidates(normals, point.dimension) <= MAX_RAYS:
        yield from fan(normals, point.dimension).rays
    for normal in normals[:MAX_RAYS]:
        direction = primitive_direction(normal)
        assert direction is not None
        yield tuple(ONE * entry for entry in direction)
        yield tuple(-ONE * entry for entry in direction)


def _rebuilt(network: Network, weights: list[Vector], outputs: list[Vector]) -> Network:
    biases = None
    inputs: Matrix = tuple(weights)
    if network.hidden_biases is not None:
        biases = tuple(weight[-1] for weight in weights)
        inputs = tuple(weight[:-1] for weight in weights)
    rows = tuple(zip(*outputs, strict=True))
    return replace(network, input_weights=inputs, output_weights=rows, hidden_biases=biases)
