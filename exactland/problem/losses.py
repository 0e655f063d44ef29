"""Losses, and the problem that a loss and a network form together."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

from flint import fmpq

from exactland.arithmetic.field_matrices import common_field
from exactland.arithmetic.number_fields import NumberField
from exactland.errors import InputError
from exactland.problem.network import Matrix, Network


@dataclass(frozen=True, slots=True)
class EmpiricalLoss:
    """The empirical squared loss  L = scale * sum_k |f(x_k) - y_k|^2.

    Parameters
    ----------
    inputs : N x d
        Row k is the data point x_k.
    targets : N x J
        Row k is its target y_k.
    scale : positive number
        1/2 unless given.

    Raises
    ------
    InputError
        If there is no data, rows are ragged, or the scale is not positive.
    """

    inputs: Matrix
    targets: Matrix
    scale: fmpq = fmpq(1, 2)

    def __post_init__(self) -> None:
        if not self.inputs:
            raise InputError("loss.x", "needs at least one data point")
        if len(self.targets) != len(self.inputs):
            message = f"has {len(self.targets)} rows, but x has {len(self.inputs)}"
            raise InputError("loss.y", message)
        for name, rows in (("x", self.inputs), ("y", self.targets)):
            for index, row in enumerate(rows):
                if len(row) != len(rows[0]):
                    message = f"has {len(row)} entries, but {name}[0] has {len(rows[0])}"
                    raise InputError(f"loss.{name}[{index}]", message)
        if not self.targets[0]:
            raise InputError("loss.y[0]", "is empty")
        if self.scale <= 0:
            raise InputError("loss.scale", f"{self.scale} is not positive")

    @property
    def points(self) -> int:
        """The number N of data points."""
        return len(self.inputs)


@dataclass(frozen=True, slots=True)
class Problem:
    """A point of a loss landscape: a network (the point) and the loss.

    Raises
    ------
    InputError
        If the network's shape does not fit the data.
    """

    network: Network
    loss: EmpiricalLoss

    @property
    def field(self) -> NumberField | None:
        """The number field that the numbers need; None where all are rational."""
        network, loss = self.network, self.loss
        activation = network.activation
        return common_field(
            chain(
                *network.input_weights,
                *network.output_weights,
                network.hidden_biases or (),
                network.output_bias or (),
                *loss.inputs,
                *loss.targets,
                (loss.scale, activation.alpha_plus, activation.alpha_minus),
            )
        )

    def __post_init__(self) -> None:
        dimension = len(self.loss.inputs[0])
        if self.network.width and self.network.input_dimension != dimension:
            message = (
                f"rows have {self.network.input_dimension} entries, but loss.x has {dimension}"
            )
            raise InputError("network.w", message)
        outputs = len(self.loss.targets[0])
        if self.network.output_dimension != outputs:
            message = f"has {self.network.output_dimension} rows, but loss.y has {outputs} columns"
            raise InputError("network.v", message)
