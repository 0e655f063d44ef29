"""The exact least-squares problem of a grouping, and its solution split into single neurons.

On fixed patterns the network is linear in the products B_p = sum_i h_i w~_i^T of the groups, and
at a stationary point of full rank they solve a least-squares problem on the spans of their faces.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flint import fmpq

from exactland.arithmetic.matrices import (
    difference,
    independent_rows,
    multiply,
    solve_columns,
    transpose,
)
from exactland.arithmetic.ordered import rational_below
from exactland.arithmetic.rationals import ZERO, dot, round_relative
from exactland.cells.patterns import SIGN_VALUES, activation_patterns
from exactland.landscape.snapping.groups import Group, Start, float_rows
from exactland.landscape.snapping.low_rank import LowRank
from exactland.landscape.snapping.nearest import nearest_solution
from exactland.problem.network import Matrix, Vector


@dataclass(frozen=True, slots=True)
class Fit:
    """The least-squares solution nearest to the checkpoint.

    Attributes
    ----------
    coordinates : for every group, J x f
        beta_p, with B_p = beta_p basis.
    output_bias : J, or None
    residuals : N x J
        e_k; unique, unlike the coordinates.
    factors : for every group of low rank the factors of beta_p, otherwise None
    """

    coordinates: tuple[Matrix, ...]
    output_bias: Vector | None
    residuals: Matrix
    factors: tuple[LowRank | None, ...]


def unknowns(start: Start, groups: Sequence[Group]) -> int:
    """Return the number of columns of the least-squares problem."""
    return sum(len(group.basis) for group in groups) + (start.output_bias is not None)


def fit(start: Start, groups: Sequence[Group], bits: int) -> Fit:
    """Minimise sum_k |sum_p s_pk B_p x~_k + c - y_k|^2 over B_p with B_p x~_k = 0 on the boundary.

    Among all minimisers the one nearest to the checkpoint's sum_i h_i w~_i^T and c is taken, its
    free parameters rounded to `bits` significant bits.  "Nearest" weighs a group's B_p by about
    1/|H_p|, so that it measures the change of the input weights.

    References
    ----------
    Spec, section 5, step 5.
    """
    blocks = [masked_columns(start, group) for group in groups]
    if start.output_bias is not None:
        blocks.append(tuple((fmpq(1),) for _ in start.inputs))
    design = tuple(
        tuple(entry for block in blocks for entry in block[k]) for k in range(len(start.inputs))
    )
    solution = nearest_solution(design, start.targets, *_geometry(start, groups), bits)
    residuals = tuple(
        tuple(dot(row, column) - y for column, y in zip(columns, target, strict=True))
        for columns in [transpose(solution) or ((),) * start.output_dimension]
        for row, target in zip(design, start.targets, strict=True)
    )
    coordinates, position = [], 0
    for group in groups:
        size = len(group.basis)
        coordinates.append(transpose(solution[position : position + size]))
        position += size
    bias = None if start.output_bias is None else solution[position]
    return Fit(tuple(coordinates), bias, residuals, (None,) * len(groups))


def masked_columns(start: Start, group: Group) -> Matrix:
    """Return the columns of a group's coordinates in the least-squares problem, N x f."""
    return _scaled_rows(
        _slopes(start, group.pattern), multiply(start.inputs, transpose(group.basis))
    )


def split(start: Start, group: Group, target: Matrix) -> tuple[Matrix, Matrix] | None:
    """Distribute B_p = target basis over the neurons of the group, close to the checkpoint.

    With C the coordinates of the projected input weights and H the output weights, one of the two
    is changed, the one less by a linear map of the other:

        C' = C + H M,    (H^T H) M = target - H^T C          (H has rank J), or
        H' = H + C N,    (C^T C) N = target^T - C^T H        (C spans the face).

    A group that is inactive on all data is only projected to its face.

    Returns
    -------
    (coordinates, outputs), n x f and n x J, with outputs^T coordinates = target exactly; or None
    where the chosen factor is rank-deficient after all.

    References
    ----------
    Spec, section 5, step 6.
    """
    coordinates = face_coordinates(start, group)
    outputs = tuple(start.outputs[index] for index in group.neurons)
    if group.free == "nothing":
        return coordinates, outputs
    if group.free == "weights":
        step = _correction(outputs, coordinates, target)
        return None if step is None else (_sum(coordinates, multiply(outputs, step)), outputs)
    step = _correction(coordinates, outputs, transpose(target))
    return None if step is None else (coordinates, _sum(outputs, multiply(coordinates, step)))


def readable(
    group: Group, coordinates: Matrix, outputs: Matrix, target: Matrix, bits: int
) -> Matrix | None:
    """Round the coordinates of all neurons but J to short dyadic numbers; those J make up for it.

    The neurons with the largest independent output weights are corrected, so that the total stays
    exact and their change stays small.
    """
    order = sorted(range(len(outputs)), key=lambda i: -max(abs(entry) for entry in outputs[i]))
    chosen = [order[k] for k in independent_rows([outputs[i] for i in order])]
    if len(chosen) < len(target):
        return None
    finer = [bits + _lever_bits(vector) for vector in group.basis]
    near = [[rational_below(entry, 2 * bits) for entry in row] for row in coordinates]
    rounded = [tuple(map(round_relative, row, finer)) for row in near]
    others = [index for index in range(len(outputs)) if index not in set(chosen)]
    missing = target
    if others:
        present = multiply(transpose([outputs[i] for i in others]), [rounded[i] for i in others])
        missing = difference(target, present)
    corrected = solve_columns(transpose([outputs[i] for i in chosen]), missing)
    assert corrected is not None
    for index, row in zip(chosen, corrected, strict=True):
        rounded[index] = row
    return tuple(rounded)


def face_coordinates(start: Start, group: Group) -> Matrix:
    """Return the coordinates (n x f) of the input weights' orthogonal projection to the face."""
    weights = [start.weights[index] for index in group.neurons]
    if "0" not in group.pattern:
        return tuple(weights)
    gram = multiply(group.basis, transpose(group.basis))
    solution = solve_columns(gram, multiply(group.basis, transpose(weights)))
    assert solution is not None
    return transpose(solution)


def in_face(group: Group, coordinates: Matrix) -> Matrix:
    """Return the vectors with the given coordinates (n x d~)."""
    return multiply(coordinates, group.basis)


def first_hits(start: Start, groups: Sequence[Group], weights: Sequence[Matrix]) -> dict[int, int]:
    """Return for each violated group (by its place) the data point whose sign breaks first.

    `weights` holds the new input weights of every group.  A sign breaks first on the segment from
    the projected old to the new input weights; the least parameter over all neurons of the group
    counts.  That signs break is exact; which one is first is only a proposal, in floats.
    """
    patterns = iter(
        activation_patterns(tuple(row for rows in weights for row in rows), start.inputs)
    )
    hits = {}
    for place, (group, rows) in enumerate(zip(groups, weights, strict=True)):
        found = [next(patterns) for _ in rows]
        if any(pattern != group.pattern for pattern in found):
            hits[place] = _first_hit(start, group, rows, found)
    return hits


def _first_hit(start: Start, group: Group, weights: Matrix, patterns: list[str]) -> int:
    import numpy as np

    before = float_rows(in_face(group, face_coordinates(start, group))) @ start.directions.T
    after = float_rows(weights) @ start.directions.T
    wanted = np.array([SIGN_VALUES[character] for character in group.pattern])
    broken = np.array([[a != b for a, b in zip(p, group.pattern, strict=True)] for p in patterns])
    # 0 where the projection to the face breaks the sign already; floats may cancel to 0/0.
    gap = np.maximum(wanted * (before - after), np.finfo(float).tiny)
    with np.errstate(over="ignore"):
        times = np.clip(wanted * before / gap, 0.0, 1.0)
    return int(np.argmin(np.where(broken, times, 2.0).min(axis=0)))


def gradient_vanishes(start: Start, group: Group, residuals: Matrix) -> bool:
    """Return whether sum_k e_k s_k x~_k^T vanishes on the face of the group."""
    slopes = _slopes(start, group.pattern)
    weighted = _scaled_rows(slopes, residuals)
    gradient = multiply(transpose(weighted), start.inputs)
    return not any(dot(row, vector) for row in gradient for vector in group.basis)


def _slopes(start: Start, pattern: str) -> Vector:
    # On the boundary the pre-activation is 0, so that any slope will do.
    activation = start.activation
    table = {"+": activation.alpha_plus, "-": activation.alpha_minus, "0": ZERO}
    return tuple(table[character] for character in pattern)


def _geometry(start: Start, groups: Sequence[Group]) -> tuple[Any, Any, list[float]]:
    """Return orthonormal weighted coordinates Z, the checkpoint in them, and sizes of coordinates.

    With basis^T = Q R and weight a, the change of a group's input weights is measured by
    Z = a R X, in which the checkpoint is a Q^T (sum_i h_i w~_i^T)^T.
    """
    import numpy as np

    total, position = unknowns(start, groups), 0
    frame, guess, sizes = np.eye(total), np.zeros((total, start.output_dimension)), []
    for group in groups:
        weight, end = group.weight(start), position + len(group.basis)
        orthonormal, triangle = np.linalg.qr(float_rows(group.basis).T)
        weights = float_rows([start.weights[index] for index in group.neurons])
        outputs = float_rows([start.outputs[index] for index in group.neurons])
        with np.errstate(all="ignore"):  # enormous weights: the guess is then given up
            frame[position:end, position:end] = np.linalg.inv(triangle) / weight
            guess[position:end] = weight * (orthonormal.T @ weights.T @ outputs)
        sizes += [weight * float(size) for size in np.abs(triangle).max(axis=0)]
        position = end
    if start.output_bias is not None:
        guess[position] = float_rows([start.output_bias])[0]
        sizes.append(1.0)
    return frame, guess, sizes


def _lever_bits(vector: Sequence[fmpq]) -> int:
    """Bits by which the largest entry exceeds the last nonzero one: what rounding the coefficient
    of the vector to that entry's precision would lose elsewhere.
    """
    last = next(entry for entry in reversed(vector) if entry)
    ratio = max(map(abs, vector)) / abs(last)
    return int((ratio.ceil() - 1).bit_length())


def _correction(factor: Matrix, other: Matrix, target: Matrix) -> Matrix | None:
    """Solve (F^T F) M = target - F^T other; None where F^T F is singular."""
    adjoint = transpose(factor)
    if len(independent_rows(adjoint)) < len(adjoint):
        return None
    return solve_columns(multiply(adjoint, factor), difference(target, multiply(adjoint, other)))


def _scaled_rows(factors: Vector, rows: Matrix) -> Matrix:
    return tuple(
        tuple(factor * entry for entry in row) for factor, row in zip(factors, rows, strict=True)
    )


def _sum(left: Matrix, right: Matrix) -> Matrix:
    pairs = zip(left, right, strict=True)
    return tuple(tuple(a + b for a, b in zip(row, other, strict=True)) for row, other in pairs)
