"""The graph of a network's function of one real variable, exactly: vertices and kinks."""

from __future__ import annotations

from dataclasses import dataclass

from flint import fmpq

from exactland.arithmetic.rationals import ZERO
from exactland.problem.losses import Problem
from exactland.problem.network import Vector


@dataclass(frozen=True, slots=True)
class Graph:
    """A piecewise-linear function on an interval: its vertices, and the kinks among them."""

    vertices: tuple[tuple[fmpq, Vector], ...]
    kinks: tuple[fmpq, ...]


def scalar_positions(problem: Problem) -> list[fmpq] | None:
    """Return the data as points of the real line, None where the input is not one real variable.

    One variable means one input, or two of which the second is always 1.

    Examples
    --------
    >>> from exactland.problem.activations import relu
    >>> from exactland.problem.losses import EmpiricalLoss
    >>> from exactland.problem.network import Network
    >>> one = fmpq(1)
    >>> net = Network(relu(), ((one, one),), ((one,),))
    >>> scalar_positions(Problem(net, EmpiricalLoss(((fmpq(3), one),), ((one,),))))
    [3]
    """
    rows = problem.loss.inputs
    dimension = len(rows[0])
    if dimension == 1 or (dimension == 2 and all(row[1] == 1 for row in rows)):
        return [row[0] for row in rows]
    return None


def function_graph(problem: Problem, least: fmpq, greatest: fmpq) -> Graph:
    """Return the graph of the network function on an interval.

    The input is one real variable (:func:`scalar_positions`).  A breakpoint where the changes of
    slope cancel is no kink and is left out.

    Examples
    --------
    >>> from exactland.problem.activations import relu
    >>> from exactland.problem.losses import EmpiricalLoss
    >>> from exactland.problem.network import Network
    >>> one = ((fmpq(1),),)
    >>> net = Network(relu(), one, ((fmpq(3),),), (fmpq(-1, 2),))
    >>> function_graph(Problem(net, EmpiricalLoss(one, one)), fmpq(0), fmpq(1))
    Graph(vertices=((0, (0,)), (1/2, (0,)), (1, (3/2,))), kinks=(1/2,))
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
