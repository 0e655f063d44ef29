"""Networks with any number of hidden layers, all with biases: files, evaluation, patterns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flint import fmpq

from exactland.arithmetic.rationals import dot, format_rational
from exactland.errors import InputError, UnsupportedError
from exactland.problem.huber import DeepLoss, loss_value
from exactland.problem.logistic import LogisticLoss
from exactland.problem.network import Matrix, Vector
from exactland.problem.piecewise_linear import (
    PiecewiseLinear,
    activation_from_json,
    activation_to_json,
)
from exactland.problem.strict_json import expect_matrix, expect_object, expect_vector


@dataclass(frozen=True, slots=True)
class Layer:
    """The affine map  a -> weights a + biases."""

    weights: Matrix
    biases: Vector

    def __call__(self, values: Sequence[fmpq]) -> Vector:
        return tuple(
            dot(row, values) + bias for row, bias in zip(self.weights, self.biases, strict=True)
        )


@dataclass(frozen=True, slots=True)
class DeepNetwork:
    """f = layer_p o rho o ... o rho o layer_1: hidden layers, then an affine output layer.

    Raises
    ------
    InputError
        If there is no hidden layer, a layer is empty, or the shapes do not fit.

    Examples
    --------
    >>> from exactland.problem.piecewise_linear import absolute_value
    >>> one = fmpq(1)
    >>> net = DeepNetwork(absolute_value(), (Layer(((one,),), (-one,)), Layer(((one,),), (one,))))
    >>> net((fmpq(-2),)), net.widths, net.parameters
    ((4,), (1,), 4)
    """

    activation: PiecewiseLinear
    layers: tuple[Layer, ...]

    def __post_init__(self) -> None:
        if len(self.layers) < 2:
            raise InputError("network.layers", "needs a hidden layer and an output layer")
        incoming = len(self.layers[0].weights[0]) if self.layers[0].weights else 0
        for index, layer in enumerate(self.layers):
            where = f"network.layers[{index}]"
            if not layer.weights or not layer.weights[0]:
                raise InputError(f"{where}.w", "needs at least one row and one column")
            for number, row in enumerate(layer.weights):
                if len(row) != incoming:
                    message = f"has {len(row)} entries, expected {incoming}"
                    raise InputError(f"{where}.w[{number}]", message)
            if len(layer.biases) != len(layer.weights):
                message = f"has {len(layer.biases)} entries, but w has {len(layer.weights)} rows"
                raise InputError(f"{where}.b", message)
            incoming = len(layer.weights)

    def __call__(self, values: Vector) -> Vector:
        return self.forward(values)[-1]

    def forward(self, values: Vector) -> tuple[Vector, ...]:
        """Return the pre-activations of every hidden layer, then the output, at one input."""
        found = []
        for layer in self.layers:
            found.append(layer(values))
            values = tuple(self.activation(entry) for entry in found[-1])
        return tuple(found)

    @property
    def widths(self) -> tuple[int, ...]:
        """The widths of the hidden layers."""
        return tuple(len(layer.weights) for layer in self.layers[:-1])

    @property
    def input_dimension(self) -> int:
        """The number d of inputs."""
        return len(self.layers[0].weights[0])

    @property
    def output_dimension(self) -> int:
        """The number J of outputs."""
        return len(self.layers[-1].weights)

    @property
    def parameters(self) -> int:
        """The number of weights and biases."""
        return sum(len(layer.weights) * (len(layer.weights[0]) + 1) for layer in self.layers)


AnyDeepLoss = DeepLoss | LogisticLoss


@dataclass(frozen=True, slots=True)
class DeepProblem:
    """A point of the landscape of a deep network: the network, and squared, Huber or logistic loss.

    Raises
    ------
    InputError
        If the network's shape does not fit the data.
    """

    network: DeepNetwork
    loss: AnyDeepLoss

    def __post_init__(self) -> None:
        for found, wanted, where in (
            (self.network.input_dimension, len(self.loss.inputs[0]), "network.layers[0].w"),
            (
                self.network.output_dimension,
                len(self.loss.targets[0]),
                f"network.layers[{len(self.network.layers) - 1}].w",
            ),
        ):
            if found != wanted:
                noun = "rows have" if where.endswith("[0].w") else "has"
                unit = "entries, but loss.x" if noun == "rows have" else "rows, but loss.y"
                raise InputError(where, f"{noun} {found} {unit} has {wanted}")


@dataclass(frozen=True, slots=True)
class DeepPoint:
    """A deep network with squared or Huber loss, evaluated exactly on the data.

    Attributes
    ----------
    preactivations : per hidden layer N x width
    residuals : N x J
        e_k = f(x_k) - y_k.
    loss : rational
    """

    problem: DeepProblem
    preactivations: tuple[Matrix, ...]
    residuals: Matrix
    loss: fmpq

    @property
    def data_loss(self) -> DeepLoss:
        """The loss function, one with rational values."""
        assert not isinstance(self.problem.loss, LogisticLoss)
        return self.problem.loss

    def pieces(self, layer: int) -> tuple[tuple[int | None, ...], ...]:
        """Return the activation pattern of a hidden layer: for each neuron, at each data point,
        the index of the linear piece its pre-activation lies in, None on a knot.
        """
        piece = self.problem.network.activation.piece
        columns = zip(*self.preactivations[layer], strict=True)
        return tuple(tuple(piece(value) for value in column) for column in columns)

    def linear_pieces(self) -> tuple[tuple[int, ...], ...] | None:
        """Return for each hidden layer and neuron the one piece that holds all its pre-activations
        strictly inside, or None if a neuron has more than one or lies on a knot.
        """
        found = []
        for layer in range(len(self.preactivations)):
            used = [set(pieces) for pieces in self.pieces(layer)]
            if any(len(one) != 1 or None in one for one in used):
                return None
            found.append(tuple(piece for one in used for piece in one if piece is not None))
        return tuple(found)


def evaluate_deep(problem: DeepProblem) -> DeepPoint:
    """Evaluate a deep network on its data, exactly.

    Raises
    ------
    UnsupportedError
        For the logistic loss, whose values are not rational.

    Examples
    --------
    >>> from exactland.problem.losses import EmpiricalLoss
    >>> from exactland.problem.piecewise_linear import relu
    >>> one = ((fmpq(1),),)
    >>> net = DeepNetwork(relu(), (Layer(one, (fmpq(1),)), Layer(one, (fmpq(0),))))
    >>> point = evaluate_deep(DeepProblem(net, EmpiricalLoss(one, ((fmpq(5),),))))
    >>> point.loss, point.pieces(0)
    (9/2, ((1,),))
    """
    loss = problem.loss
    if isinstance(loss, LogisticLoss):
        raise UnsupportedError("loss.kind", "the values of the logistic loss are not rational")
    forward = [problem.network.forward(row) for row in loss.inputs]
    *hidden, outputs = zip(*forward, strict=True)
    residuals = tuple(
        tuple(value - target for value, target in zip(row, targets, strict=True))
        for row, targets in zip(outputs, loss.targets, strict=True)
    )
    return DeepPoint(problem, tuple(hidden), residuals, loss_value(loss, residuals))


def deep_network_from_json(obj: Any) -> DeepNetwork:
    """Return the deep network that a decoded JSON value describes.

    Examples
    --------
    >>> deep_network_from_json({"activation": {"kind": "relu"}, "layers": []})
    Traceback (most recent call last):
    ...
    exactland.errors.InputError: network.layers: needs a hidden layer and an output layer
    """
    fields = expect_object(obj, "network", ["activation", "layers"])
    if not isinstance(fields["layers"], list | tuple):
        raise InputError("network.layers", "expected a list of layers")
    layers = []
    for index, entry in enumerate(fields["layers"]):
        where = f"network.layers[{index}]"
        parts = expect_object(entry, where, ["w", "b"])
        weights = expect_matrix(parts["w"], f"{where}.w")
        layers.append(Layer(weights, expect_vector(parts["b"], f"{where}.b")))
    return DeepNetwork(activation_from_json(fields["activation"]), tuple(layers))


def deep_network_to_json(network: DeepNetwork) -> dict[str, Any]:
    """Return the canonical JSON value of a deep network."""
    return {
        "activation": activation_to_json(network.activation),
        "layers": layers_to_json(network),
    }


def layers_to_json(network: DeepNetwork) -> list[dict[str, Any]]:
    """Return the layers of a deep network as JSON objects with ``w`` and ``b``."""
    return [
        {
            "w": [[format_rational(entry) for entry in row] for row in layer.weights],
            "b": [format_rational(entry) for entry in layer.biases],
        }
        for layer in network.layers
    ]
