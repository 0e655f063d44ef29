"""The shallow network: f(x) = c + sum_i v_i rho(w_i . x + b_i)."""

from __future__ import annotations

from dataclasses import dataclass

from flint import fmpq

from exactland.errors import InputError
from exactland.problem.activations import ReluLike

Vector = tuple[fmpq, ...]
"""Exact numbers: rationals, or elements of one real number field where a problem declares it."""
Matrix = tuple[Vector, ...]


@dataclass(frozen=True, slots=True)
class Network:
    """A one-hidden-layer network with exact parameters.

    Parameters
    ----------
    activation : ReluLike
        The activation rho.
    input_weights : m x d
        Row i is the input weight vector w_i of hidden neuron i.
    output_weights : J x m
        Column i is the output weight vector v_i of neuron i.
    hidden_biases : m, optional
        b; absent means that the hidden layer has no bias *parameter*.
    output_bias : J, optional
        c; absent means that the output layer has no bias *parameter*.

    Raises
    ------
    InputError
        If the shapes do not fit.

    Examples
    --------
    >>> from exactland.problem.activations import relu
    >>> Network(relu(), ((fmpq(1), fmpq(0)),), ((fmpq(1, 2),),)).width
    1
    """

    activation: ReluLike
    input_weights: Matrix
    output_weights: Matrix
    hidden_biases: Vector | None = None
    output_bias: Vector | None = None

    def __post_init__(self) -> None:
        width = len(self.input_weights)
        if not self.output_weights:
            raise InputError("network.v", "needs at least one output row")
        for row in self.input_weights:
            if len(row) != len(self.input_weights[0]):
                raise InputError("network.w", "rows have different lengths")
        for index, row in enumerate(self.output_weights):
            if len(row) != width:
                message = f"has {len(row)} entries, but w has {width} rows (neurons)"
                raise InputError(f"network.v[{index}]", message)
        if self.hidden_biases is not None and len(self.hidden_biases) != width:
            message = f"has {len(self.hidden_biases)} entries, but w has {width} rows (neurons)"
            raise InputError("network.b", message)
        if self.output_bias is not None and len(self.output_bias) != self.output_dimension:
            message = f"has {len(self.output_bias)} entries, but v has {self.output_dimension} rows"
            raise InputError("network.c", message)

    @property
    def width(self) -> int:
        """The number m of hidden neurons."""
        return len(self.input_weights)

    @property
    def input_dimension(self) -> int:
        """The number d of inputs (0 for a network without neurons)."""
        return len(self.input_weights[0]) if self.input_weights else 0

    @property
    def output_dimension(self) -> int:
        """The number J of outputs."""
        return len(self.output_weights)

    def neuron_output(self, index: int) -> Vector:
        """Return the output weight vector v_i of one neuron, a vector of length J."""
        return tuple(row[index] for row in self.output_weights)
