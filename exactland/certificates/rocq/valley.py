"""The witness for the dimension of a valley: parameters for which linear equations can be solved.

Near the point the predictions at a basis of the data are affine in the weights of one layer and the
output biases together.  As many of them as there are predictions are chosen, so that the equations
have an inverse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod

from flint import fmpq

from exactland.arithmetic.echelon import independent_rows, rank, solve_columns, unit_vector
from exactland.arithmetic.matrices import transpose
from exactland.certificates.rocq import terms
from exactland.landscape.linear_pieces.valley import onward_maps
from exactland.problem.deep import DeepPoint
from exactland.problem.network import Matrix, Vector

ONE = fmpq(1)


@dataclass(frozen=True, slots=True)
class _Parameter:
    """A weight of the layer, or the bias of an output (column None): how it moves predictions."""

    layer: int
    row: int
    column: int | None
    moves: Vector

    def __str__(self) -> str:
        if self.column is None:
            return f"bias_of {self.layer} {self.row}"
        return f"weight_of {self.layer} {self.row} {self.column}"


def valley_witness(point: DeepPoint, layer: int, units: Sequence[int], name: str) -> str:
    """Define the witness.

    Parameters
    ----------
    point : the network on its data
    layer : the layer of the certificate
    units : common denominators of the activation, the inputs, and each layer
    """
    extended = [(*row, ONE) for row in point.problem.loss.inputs]
    basis = independent_rows(extended)
    combined = solve_columns(
        transpose([extended[k] for k in basis]), transpose(extended)
    )  # a column for each data point
    assert combined is not None
    chosen = _independent(_parameters(point, layer, basis))
    size = len(basis) * point.problem.network.output_dimension
    inverse: terms.Rows = []
    if len(chosen) == size:
        equations = transpose([one.moves for one in chosen])
        solution = solve_columns(equations, [unit_vector(i, size) for i in range(size)])
        assert solution is not None
        inverse = [[terms.rational_entry(value) for value in row] for row in solution]
    activation, inputs, *layers = units
    final = inputs * prod(layers) * activation ** (len(layers) - 1)
    scale = terms.common_denominator(value for row in inverse for value in row)
    return f"""Definition {name} : valley_witness := {{|
  chosen_layer := {layer};
  basis := [{"; ".join(map(str, basis))}]%nat;
  combinations :=
    {terms.items(map(_combination, transpose(combined)))};
  chosen_parameters :=
    {terms.items(map(str, chosen))};
  inverse :=
    {terms.items(_table(row, scale, len(basis)) for row in inverse)};
  inverse_scale := {scale * final} |}}."""


def _parameters(point: DeepPoint, layer: int, basis: Sequence[int]) -> list[_Parameter]:
    """Return all weights of the layer, and the output biases."""
    network, pieces = point.problem.network, point.linear_pieces()
    if pieces is None:
        return []
    slopes = [[network.activation.slopes[piece] for piece in row] for row in pieces]
    onward = transpose(onward_maps(network, slopes)[::-1][layer])  # a row for each neuron
    if rank(onward) < network.output_dimension:  # the certificate's condition
        return []
    incoming = _incoming(point, layer)
    images = [incoming[k] for k in basis]
    found = [
        _Parameter(layer, i, q, tuple(image[q] * move for image in images for move in moves))
        for i, moves in enumerate(onward)
        for q in range(len(images[0]))
    ]
    last, outputs = len(network.layers) - 1, network.output_dimension
    return found + [
        _Parameter(last, j, None, unit_vector(j, outputs) * len(basis)) for j in range(outputs)
    ]


def _incoming(point: DeepPoint, layer: int) -> Matrix:
    """Return what the layer is applied to, for every data point."""
    if layer == 0:
        return point.problem.loss.inputs
    activation = point.problem.network.activation
    before = point.preactivations[layer - 1]
    return tuple(tuple(activation(value) for value in row) for row in before)


def _independent(parameters: Sequence[_Parameter]) -> list[_Parameter]:
    moving = [one for one in parameters if any(one.moves)]
    if not moving:
        return []
    return [moving[index] for index in independent_rows([one.moves for one in moving])]


def _combination(column: Sequence[fmpq]) -> str:
    values = [terms.rational_entry(value) for value in column]
    unit = terms.common_denominator(values)
    return f"({unit}%positive, {terms.integers(terms.cleared(values, unit))})"


def _table(row: Sequence[Fraction], scale: int, points: int) -> str:
    """Return a row of the inverse, with its entries by points and outputs."""
    values = terms.cleared(row, scale)
    outputs = len(values) // points
    starts = range(0, len(values), outputs)
    return "[" + "; ".join(terms.integers(values[s : s + outputs]) for s in starts) + "]"
