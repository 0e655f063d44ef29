"""The valley of minima around a network on linear pieces: its dimension, and a path inside it.

Near a network whose neurons all stay on one linear piece each, the output on the data is
A x + c with (A, c) a polynomial in the parameters; the loss is minimal exactly where the
predictions are those of the affine least-squares fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flint import fmpq

from exactland.arithmetic.matrices import multiply, rank, transpose
from exactland.arithmetic.rationals import ONE
from exactland.problem.deep import DeepNetwork, DeepPoint, DeepProblem, Layer
from exactland.problem.network import Matrix


@dataclass(frozen=True, slots=True)
class Valley:
    """The set of parameters near a point with the same predictions on the data.

    Attributes
    ----------
    parameters, rank : int
        Number of parameters, and rank of the Jacobian of the predictions.
    full_rank : int
        J times the rank of the data (x_k, 1), the largest rank possible.
    dimension : int or None
        parameters - rank where the rank is full: then the set is a smooth manifold of that
        dimension near the point.  None otherwise (the set may be singular there).
    layer : int or None
        A layer whose weights, with the output biases, already move the predictions in every
        affine direction: a proof of full rank.
    """

    parameters: int
    rank: int
    full_rank: int
    layer: int | None

    @property
    def dimension(self) -> int | None:
        """The dimension of the valley, None where the Jacobian has not full rank."""
        return self.parameters - self.rank if self.rank == self.full_rank else None

    def to_json(self) -> dict[str, Any]:
        """Return the valley as a JSON object."""
        return {"parameters": self.parameters, "rank": self.rank, "dimension": self.dimension}


def valley(point: DeepPoint) -> Valley:
    """Return rank and dimension of the valley around a network on linear pieces.

    With L_l the linear map from the pre-activations of layer l to the output and R_l the one from
    the differences of the inputs to the inputs of layer l, changing the weights of layer l moves A
    within col(L_l) (x) row(R_l).  The column spaces increase with l and the row spaces decrease, so
    the rank is J + sum_l (rank L_l - rank L_(l-1)) rank R_l, with rank L_0 = 0 (the output biases
    give J).

    Raises
    ------
    ValueError
        If some neuron does not have all its pre-activations strictly inside one piece.

    References
    ----------
    Spec, section 7 (valley).

    Examples
    --------
    >>> from exactland.landscape.linear_pieces.construction import linear_piece_network
    >>> from exactland.problem.deep import evaluate_deep
    >>> from exactland.problem.losses import EmpiricalLoss
    >>> from exactland.problem.piecewise_linear import relu
    >>> loss = EmpiricalLoss(tuple((fmpq(k),) for k in (-1, 0, 1)), ((ONE,), (ONE - 1,), (ONE,)))
    >>> valley(evaluate_deep(linear_piece_network(loss, relu(), [2]))).dimension
    5
    """
    pieces = point.linear_pieces()
    if pieces is None:
        raise ValueError("a neuron has pre-activations on more than one piece")
    network, inputs = point.problem.network, point.problem.loss.inputs
    slopes = [[network.activation.slopes[piece] for piece in layer] for layer in pieces]
    base = inputs[0]
    spread = [
        tuple(entry - other for entry, other in zip(row, base, strict=True)) for row in inputs[1:]
    ]
    images = [transpose(spread)]  # R_l times the differences, d x (N - 1)
    for layer, factors in zip(network.layers, slopes, strict=False):
        image = multiply(layer.weights, images[-1]) if spread else ()
        images.append(_scaled_rows(factors, image))
    maps = onward_maps(network, slopes)  # L_l
    outputs, span = network.output_dimension, rank(spread) if spread else 0
    total, before, chosen = outputs, 0, None
    for index, (left, right) in enumerate(zip(reversed(maps), images, strict=True)):
        current, reached = rank(left), rank(right) if right else 0
        total += (current - before) * reached
        before = current
        if chosen is None and (current, reached) == (outputs, span):
            chosen = index
    return Valley(network.parameters, total, outputs * (span + 1), chosen)


def onward_maps(network: DeepNetwork, slopes: Sequence[Sequence[fmpq]]) -> list[Matrix]:
    """Return the linear maps from the pre-activations of each layer to the output, the last first.

    Parameters
    ----------
    slopes : for every hidden layer the slopes of its neurons' pieces
    """
    identity = tuple(
        tuple(fmpq(int(i == j)) for j in range(network.output_dimension))
        for i in range(network.output_dimension)
    )
    maps: list[Matrix] = [identity]
    for layer, factors in zip(network.layers[:0:-1], slopes[::-1], strict=True):
        product = multiply(maps[-1], layer.weights)
        maps.append(
            tuple(tuple(f * e for f, e in zip(factors, row, strict=True)) for row in product)
        )
    return maps


def _scaled_rows(factors: list[fmpq], rows: Matrix) -> Matrix:
    return tuple(
        tuple(factor * entry for entry in row) for factor, row in zip(factors, rows, strict=False)
    )


def neighbour(point: DeepPoint) -> DeepProblem:
    """Return another member of the valley such that the segment between them stays in it.

    The bias of the first neuron moves within its piece and the biases of the next layer undo it;
    along the segment both change linearly, so that nothing after the first layer changes.

    Raises
    ------
    ValueError
        If some neuron does not have all its pre-activations strictly inside one piece.
    """
    pieces = point.linear_pieces()
    if pieces is None:
        raise ValueError("a neuron has pre-activations on more than one piece")
    network = point.problem.network
    piece = pieces[0][0]
    highest = max(row[0] for row in point.preactivations[0])
    end = network.activation.interval(piece)[1]
    step = ONE if end is None else (end - highest) / 2
    first, second = network.layers[:2]
    lifted = step * network.activation.slopes[piece]
    moved = Layer(first.weights, (first.biases[0] + step, *first.biases[1:]))
    undone = Layer(
        second.weights,
        tuple(
            bias - row[0] * lifted for row, bias in zip(second.weights, second.biases, strict=True)
        ),
    )
    layers = (moved, undone, *network.layers[2:])
    return DeepProblem(replace(network, layers=layers), point.problem.loss)
