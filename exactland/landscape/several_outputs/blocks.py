"""Blocks: sets of neurons that share no data point near the point, so that the loss is a sum."""

from __future__ import annotations

from dataclasses import dataclass

from exactland.cells.patterns import SIGN_VALUES
from exactland.derivatives.empirical import EmpiricalPoint


@dataclass(frozen=True, slots=True)
class Block:
    """Neurons and the data points at which one of them can be nonzero near the point.

    ``output_bias`` says that the output bias is a parameter of this block too.
    """

    neurons: tuple[int, ...]
    data: tuple[int, ...]
    output_bias: bool = False


def touched(point: EmpiricalPoint, index: int) -> frozenset[int]:
    """Return the data points at which a neuron is nonzero, or can be in every neighbourhood.

    Examples
    --------
    >>> from flint import fmpq
    >>> from exactland.derivatives.empirical import evaluate
    >>> from exactland.problem.activations import relu
    >>> from exactland.problem.losses import EmpiricalLoss, Problem
    >>> from exactland.problem.network import Network
    >>> one, zero = fmpq(1), fmpq(0)
    >>> data = EmpiricalLoss(((one,), (-one,), (zero,)), ((one,), (one,), (one,)))
    >>> point = evaluate(Problem(Network(relu(), ((one,),), ((one,),)), data))
    >>> sorted(touched(point, 0))
    [0]
    """
    activation = point.problem.network.activation
    return frozenset(
        k
        for k, (row, sign) in enumerate(zip(point.inputs, point.patterns[index], strict=True))
        if (sign == "0" and any(row)) or (sign != "0" and activation.slope(SIGN_VALUES[sign]))
    )


def blocks(point: EmpiricalPoint) -> tuple[Block, ...]:
    """Return the connected components of neurons and data; dead neurons are blocks of their own.

    Near the point f(x_k), for k in the data of a block, depends on the parameters of this block
    only; so the loss is a constant plus a sum over blocks, and the point is a local minimum if and
    only if every block is one.  An output bias acts on all data: everything that touches a data
    point is then one block.

    References
    ----------
    Spec, section 2, step 4.

    Examples
    --------
    >>> from flint import fmpq
    >>> from exactland.derivatives.empirical import evaluate
    >>> from exactland.problem.activations import relu
    >>> from exactland.problem.losses import EmpiricalLoss, Problem
    >>> from exactland.problem.network import Network
    >>> one = fmpq(1)
    >>> data = EmpiricalLoss(((one,), (-one,)), ((one,), (one,)))
    >>> net = Network(relu(), ((one,), (-one,), (2 * one,)), ((one, one, one),))
    >>> [block.neurons for block in blocks(evaluate(Problem(net, data)))]
    [(0, 2), (1,)]
    """
    parts: list[tuple[set[int], set[int]]] = []
    bias = point.problem.network.output_bias is not None
    if bias:
        parts.append((set(), set(range(len(point.inputs)))))
    for index in range(point.width):
        neurons, data = {index}, set(touched(point, index))
        apart = []
        for others, points in parts:
            if points & data:
                neurons |= others
                data |= points
            else:
                apart.append((others, points))
        parts = [*apart, (neurons, data)]
    found = [
        Block(tuple(sorted(neurons)), tuple(sorted(data)), bias and bool(data))
        for neurons, data in parts
        if neurons
    ]
    return tuple(sorted(found, key=lambda block: block.neurons))
