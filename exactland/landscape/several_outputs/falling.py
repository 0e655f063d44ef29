"""Curves down from a point with several outputs: lemmas A and B, and negative second order."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from flint import fmpq

from exactland.arithmetic.copositive import MAX_ORDER, strict_copositivity
from exactland.arithmetic.echelon import shorten_direction
from exactland.arithmetic.field_matrices import nullspace, solve
from exactland.arithmetic.ordered import Scalar, as_rational, sign
from exactland.arithmetic.rationals import ZERO, dot
from exactland.derivatives.empirical import EmpiricalPoint
from exactland.landscape.directions import Curve, NeuronCurve, line, loss_along
from exactland.landscape.escape import Escapes
from exactland.landscape.outcomes import NotLocalMinimum
from exactland.landscape.several_outputs.faces import Ray
from exactland.landscape.several_outputs.form import (
    INPUT,
    MAX_VARIABLES,
    Coordinate,
    Terms,
    bias_coordinates,
    coordinates_of,
    diagonalise,
    make_terms,
    matrix_of,
    moves_of,
)
from exactland.landscape.several_outputs.minima import MAX_CHOICES, Setting, schur_complement
from exactland.problem.network import Vector


def descent(point: EmpiricalPoint, curve: Curve, reason: str) -> NotLocalMinimum:
    """Return the curve with the exact loss along it, which must fall."""
    along = loss_along(point, curve)
    assert along.leading < 0, "a descent curve must descend"
    return NotLocalMinimum(curve, along, reason)


def cancelling_curve(point: EmpiricalPoint, escapes: dict[int, Escapes]) -> Curve | None:
    """Lemma A: g, u with u + sum_l g_l rho(w_l . x_k) = 0 for all k and g_i != 0 for an escape
    neuron i give the curve  h_lj + s tau g_l,  c_j + s tau u,  w_i + tau^2 v,  with leading term
    -|g_i psi_ij(v)| tau^3.

    Examples
    --------
    >>> from exactland.derivatives.empirical import evaluate
    >>> from exactland.problem.activations import relu
    >>> from exactland.problem.losses import EmpiricalLoss, Problem
    >>> from exactland.problem.network import Network
    >>> one, zero = fmpq(1), fmpq(0)
    >>> net = Network(relu(), ((one,), (one,)), ((one, one), (zero, zero)))
    >>> point = evaluate(Problem(net, EmpiricalLoss(((one,),), ((2 * one, zero),))))
    >>> cancelling_curve(point, {}) is None
    True
    """
    activation = point.problem.network.activation
    bias = point.problem.network.output_bias is not None
    rows = [
        [*(activation(dot(weight, row)) for weight in point.weights), *([fmpq(1)] if bias else [])]
        for row in point.inputs
    ]
    for combination in nullspace(rows, point.width + bias):
        for index, escape in escapes.items():
            if combination[index]:
                return _cancelling_curve(point, combination, index, escape)
    return None


def _cancelling_curve(
    point: EmpiricalPoint, combination: Vector, index: int, escape: Escapes
) -> Curve:
    output = max(range(len(escape.psi)), key=lambda j: abs(escape.psi[j]))
    side = fmpq(-1) if combination[index] * escape.psi[output] > 0 else fmpq(1)
    neurons = []
    for neuron, value in enumerate(combination[: point.width]):
        if not value:
            continue
        moved = tuple((side * value,) if j == output else () for j in range(len(escape.psi)))
        steps = escape.direction if neuron == index else ()
        weights = tuple((ZERO, v) for v in steps) or ((),) * len(escape.direction)
        neurons.append(NeuronCurve(neuron, weights, moved))
    bias = None
    if len(combination) > point.width and combination[-1]:
        size = range(len(escape.psi))
        bias = tuple((side * combination[-1],) if j == output else () for j in size)
    return Curve(tuple(neurons), bias)


def compensating_curve(setting: Setting) -> Curve | None:
    """Lemma B: v_l in V_l (no loose class) and u with u + sum_l h_l s_lk (x_k . v_l) = 0 for all k
    and some psi_i(v_i) != 0 give the curve  w_l + tau v_l,  c + tau u,  h_ij - s tau^2,  with
    leading term -|psi_ij(v_i)| tau^3.
    """
    made = _smooth_terms(setting)
    if made is None:
        return None
    moving = [
        place for place, coordinate in enumerate(made.coordinates) if coordinate.kind != "output"
    ]
    equations = list(zip(*(made.linear[place] for place in moving), strict=True))
    outputs = setting.point.output_dimension
    for kernel in nullspace(equations, len(moving)):
        z = [ZERO] * len(made.coordinates)
        for place, value in zip(moving, kernel, strict=True):
            z[place] = value
        moves, bias = moves_of(made, z)
        for index, (v, _) in moves.items():
            psi = [dot(row, v) for row in made.linear_psi[index]]
            output = max(range(outputs), key=lambda j: abs(psi[j]))
            if not psi[output]:
                continue
            step = fmpq(-sign(psi[output]))
            neurons = tuple(
                NeuronCurve(
                    i,
                    tuple((entry,) for entry in w),
                    tuple(
                        (ZERO, step) if (i, j) == (index, output) else () for j in range(outputs)
                    ),
                )
                for i, (w, _) in moves.items()
            )
            return Curve(neurons, None if bias is None else tuple((u,) for u in bias))
    return None


def _free_coordinates(setting: Setting) -> list[Coordinate]:
    """All moves of the block, of the input weights only those on which every class vanishes."""
    point, found = setting.point, []
    for i in setting.block.neurons:
        face = setting.faces[i]
        found += coordinates_of(point, face, face.lineality)
    return found + (bias_coordinates(point) if setting.block.output_bias else [])


def _size(setting: Setting) -> int:
    outputs = setting.point.output_dimension
    faces = [setting.faces[i] for i in setting.block.neurons]
    return sum(len(face.basis) + outputs for face in faces) + outputs * setting.block.output_bias


def _smooth_terms(setting: Setting) -> Terms | None:
    """The terms with every neuron examined on its first cell (all that the lineality needs)."""
    if _size(setting) > MAX_VARIABLES:
        return None
    faces = [setting.faces[i] for i in setting.block.neurons]
    if any(not face.cells for face in faces):
        return None
    choice = {face.index: (face, face.cells[0]) for face in faces if face.cells}
    free = _free_coordinates(setting)
    return make_terms(setting.point, setting.functionals, setting.block, choice, free)


def smooth_terms(setting: Setting) -> Terms | None:
    """Return the terms of a block without loose classes, every neuron examined."""
    if any(setting.faces[i].loose for i in setting.block.neurons):
        return None
    return _smooth_terms(setting)


def negative_second_order(setting: Setting) -> Curve | str:
    """Return a straight line along which the second-order form is negative, or what was tried.

    Exact on every product of cells: the free coordinates by a congruence, then the rays by strict
    copositivity of the Schur complement.
    """
    if _size(setting) > MAX_VARIABLES:
        return f"negative second order: more than {MAX_VARIABLES} variables"
    faces = [setting.faces[i] for i in setting.block.neurons]
    if any(face.cells is None for face in faces):
        return "negative second order: cells that are too many or not simplicial"
    free = _free_coordinates(setting)
    choices = [[(face, cell) for cell in face.cells or ()] for face in faces]
    for place, chosen in enumerate(product(*choices)):
        if place == MAX_CHOICES:
            return f"negative second order: none on {MAX_CHOICES} products of cells"
        rays: list[tuple[int, Ray]] = [
            (face.index, ray) for face, cell in chosen for ray in cell.rays if not sign(ray.phi)
        ]
        along = [Coordinate(INPUT, i, ray.direction, 0) for i, ray in rays]
        terms = make_terms(
            setting.point,
            setting.functionals,
            setting.block,
            {face.index: (face, cell) for face, cell in chosen},
            [*free, *along],
        )
        z = _negative_vector(matrix_of(terms), len(free))
        if z is not None:
            return line(*moves_of(terms, z))
    return "negative second order: the form is nowhere negative where the first order vanishes"


def _negative_vector(matrix: list[list[Scalar]], free: int) -> Vector | None:
    """Return z with Q(z) < 0, free coordinates of any sign and the others nonnegative."""
    block = [row[:free] for row in matrix[:free]]
    congruence = diagonalise(block)
    for row, entry in zip(congruence.transform, congruence.diagonal, strict=True):
        if sign(entry) < 0:
            return (*_shortened(block, row), *[ZERO] * (len(matrix) - free))
    rays = range(free, len(matrix))
    if not rays:
        return None
    for kernel in nullspace(block, free):
        for ray in rays:
            slope = dot(matrix[ray][:free], kernel)
            if slope:
                # Q(s kernel + t ray) = 2 s t slope + t^2 q < 0 for large s of the right sign.
                factor = -(abs(matrix[ray][ray]) + 1) / slope
                tail = [fmpq(int(other == ray)) for other in rays]
                return (*(factor * entry for entry in kernel), *tail)
    schur = schur_complement(matrix, free)
    if isinstance(schur, str) or len(rays) > MAX_ORDER:
        return None
    found = strict_copositivity(schur[1])
    if found.strict or not sign(found.value) < 0:
        return None
    right = [dot([row[ray] for ray in rays], found.witness) for row in matrix[:free]]
    solution = solve(block, right) if free else ()
    assert solution is not None
    return (*(-entry for entry in solution), *found.witness)


def _shortened(matrix: Sequence[Sequence[Scalar]], z: Vector) -> Vector:
    """A short integer vector near the ray of z on which the form is negative, if z is rational."""
    plain = [as_rational(entry) for entry in z]
    if any(entry is None for entry in plain):
        return z

    def falls(vector: Vector) -> bool:
        return bool(dot(vector, [dot(row, vector) for row in matrix]) < 0)

    return shorten_direction([entry for entry in plain if entry is not None], falls)
