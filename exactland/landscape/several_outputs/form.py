"""The second-order form of a block on one product of cells, in explicit coordinates.

On a product of cells, with moves v_i of w~_i, g_i of h_i and u of the output bias,

    Q(v, g, u) = sum_i g_i . psi_i(v_i)
               + scale * sum_k |u + sum_c D_c U_kc
                                + sum_i (g_i rho(w~_i.x_k) + h_i s_ik x_k.v_i)|^2.

The sum over c stands for neurons whose contribution is relaxed to a linear space with columns U_c:
D_c in R^J is free.  (Data on held classes have slope s_ik = 0.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from flint import fmpq

from exactland.arithmetic.field_matrices import Congruence, inertia
from exactland.arithmetic.ordered import Scalar
from exactland.arithmetic.rationals import ZERO, dot
from exactland.derivatives.empirical import EmpiricalPoint, OneSidedFunctional
from exactland.landscape.several_outputs.blocks import Block
from exactland.landscape.several_outputs.faces import Cell, Face, slopes
from exactland.problem.network import Matrix, Vector

MAX_VARIABLES: Final = 96
"""Coordinates up to which a form is made."""

INPUT, OUTPUT, BIAS, RELAXED = "input", "output", "bias", "relaxed"


@dataclass(frozen=True, slots=True)
class Coordinate:
    """One coordinate: a direction of w~_i, an entry of h_i, of the bias c, or of one D_c."""

    kind: str
    neuron: int
    direction: Vector
    output: int


@dataclass(frozen=True, slots=True)
class Terms:
    """What the loss of a block is made of on one product of cells.

    Attributes
    ----------
    coordinates : n of them
    linear : for each coordinate a row of (data point, output) entries of the linear part of delta
    bent : {neuron: N slopes}, for the quadratic part g_i s_ik x_k.v_i of delta
    linear_psi : {neuron: J x d~}, psi_i on the cell
    """

    point: EmpiricalPoint
    block: Block
    coordinates: tuple[Coordinate, ...]
    linear: Matrix
    bent: Mapping[int, list[Scalar]]
    linear_psi: Mapping[int, Matrix]

    @property
    def scale(self) -> Scalar:
        """The scale of the loss."""
        return self.point.problem.loss.scale


def psi_on_cell(functional: OneSidedFunctional, face: Face, cell: Cell) -> Matrix:
    """Return the matrix of psi_i, which is linear on the cell (held classes vanish there)."""
    rows = [list(row) for row in functional.linear]
    sides = dict(cell.signs)
    for kink in functional.kinks:
        side = sides.get(kink.index)
        if side is None:
            continue
        for row, jump in zip(rows, kink.jump, strict=True):
            for axis, entry in enumerate(kink.normal):
                row[axis] += side * jump * entry
    return tuple(map(tuple, rows))


def coordinates_of(
    point: EmpiricalPoint, face: Face, directions: Sequence[Vector]
) -> list[Coordinate]:
    """Return coordinates for the given directions of w~_i, and one for each entry of h_i."""
    outputs = range(point.output_dimension)
    found = [Coordinate(INPUT, face.index, direction, 0) for direction in directions]
    return found + [Coordinate(OUTPUT, face.index, (), j) for j in outputs]


def bias_coordinates(point: EmpiricalPoint) -> list[Coordinate]:
    """Return a coordinate for each entry of the output bias."""
    return [Coordinate(BIAS, -1, (), j) for j in range(point.output_dimension)]


def relaxed_coordinates(point: EmpiricalPoint, columns: Sequence[Vector]) -> list[Coordinate]:
    """Return the coordinates of D for the columns (each of length N)."""
    outputs = range(point.output_dimension)
    return [Coordinate(RELAXED, -1, column, j) for column in columns for j in outputs]


def make_terms(
    point: EmpiricalPoint,
    functionals: Sequence[OneSidedFunctional],
    block: Block,
    choice: Mapping[int, tuple[Face, Cell]],
    coordinates: Sequence[Coordinate],
) -> Terms:
    """Assemble the linear parts, slopes and psi_i on the chosen cells."""
    bent = {i: slopes(point, face, cell.signs) for i, (face, cell) in choice.items()}
    activation = point.problem.network.activation
    active = {
        i: [activation(dot(point.weights[i], point.inputs[k])) for k in block.data] for i in choice
    }
    rows = []
    for coordinate in coordinates:
        row: list[Scalar] = []
        i = coordinate.neuron
        for place, k in enumerate(block.data):
            if coordinate.kind == INPUT:
                factor = bent[i][k]
                along = factor * dot(point.inputs[k], coordinate.direction) if factor else ZERO
                row += [along * h if h else ZERO for h in point.outputs[i]]
                continue
            value: Scalar = fmpq(1)
            if coordinate.kind == OUTPUT:
                value = active[i][place]
            elif coordinate.kind == RELAXED:
                value = coordinate.direction[k]
            row += [
                value if j == coordinate.output else ZERO for j in range(point.output_dimension)
            ]
        rows.append(tuple(row))
    psi = {i: psi_on_cell(functionals[i], face, cell) for i, (face, cell) in choice.items()}
    return Terms(point, block, tuple(coordinates), tuple(rows), bent, psi)


def matrix_of(terms: Terms) -> list[list[Scalar]]:
    """Return the symmetric matrix of Q in the coordinates."""
    size = len(terms.coordinates)
    result = [[ZERO] * size for _ in range(size)]
    sparse = [[(p, e) for p, e in enumerate(row) if e] for row in terms.linear]
    for a in range(size):
        for b in range(a, size):
            other = terms.linear[b]
            entry = terms.scale * sum((e * other[p] for p, e in sparse[a] if other[p]), ZERO)
            entry += cross(terms, terms.coordinates[a], terms.coordinates[b])
            result[a][b] = result[b][a] = entry
    return result


def cross(terms: Terms, first: Coordinate, second: Coordinate) -> Scalar:
    """Return the entry of sum_i g_i . psi_i(v_i) for two coordinates."""
    if first.kind == OUTPUT and second.kind == INPUT:
        first, second = second, first
    if first.kind != INPUT or second.kind != OUTPUT or first.neuron != second.neuron:
        return ZERO
    return dot(terms.linear_psi[first.neuron][second.output], first.direction) / 2


def quadratic_part(terms: Terms, z: Sequence[Scalar]) -> Vector:
    """Return the quadratic part of delta, sum_i g_i s_ik x_k.v_i, in the order of ``linear``."""
    moves, _ = moves_of(terms, z)
    outputs = terms.point.output_dimension
    result = [ZERO] * (len(terms.block.data) * outputs)
    for i, (v, g) in moves.items():
        for place, k in enumerate(terms.block.data):
            factor = terms.bent[i][k]
            along = factor * dot(terms.point.inputs[k], v) if factor else ZERO
            if along:
                for j, entry in enumerate(g):
                    result[place * outputs + j] += along * entry
    return tuple(result)


def linear_part(terms: Terms, z: Sequence[Scalar]) -> Vector:
    """Return the linear part of delta."""
    total = [ZERO] * len(terms.linear[0])
    for value, row in zip(z, terms.linear, strict=True):
        if value:
            total = [t + value * e for t, e in zip(total, row, strict=True)]
    return tuple(total)


def moves_of(
    terms: Terms, z: Sequence[Scalar]
) -> tuple[dict[int, tuple[Vector, Vector]], Vector | None]:
    """Return the moves {i: (dw~_i, dh_i)} and dc that the coordinates stand for."""
    point = terms.point
    weights: dict[int, list[Scalar]] = {}
    outputs: dict[int, list[Scalar]] = {}
    bias = [ZERO] * point.output_dimension
    for value, coordinate in zip(z, terms.coordinates, strict=True):
        if not value:
            continue
        i = coordinate.neuron
        if coordinate.kind == INPUT:
            old = weights.get(i, [ZERO] * point.dimension)
            weights[i] = [a + value * b for a, b in zip(old, coordinate.direction, strict=True)]
        elif coordinate.kind == OUTPUT:
            outputs.setdefault(i, [ZERO] * point.output_dimension)[coordinate.output] += value
        elif coordinate.kind == BIAS:
            bias[coordinate.output] += value
    still, silent = [ZERO] * point.dimension, [ZERO] * point.output_dimension
    moves = {
        i: (tuple(weights.get(i, still)), tuple(outputs.get(i, silent)))
        for i in sorted({*weights, *outputs})
    }
    return moves, tuple(bias) if terms.block.output_bias else None


def diagonalise(matrix: list[list[Scalar]]) -> Congruence:
    """Return the exact congruence of a symmetric matrix; the 0 x 0 matrix is allowed."""
    return inertia(matrix) if matrix else Congruence((), ())
