"""From a support to a network: an exact point of its piece."""

from __future__ import annotations

from collections.abc import Sequence

from flint import fmpq

from exactland.landscape.atlas.bounding import Minimum
from exactland.landscape.atlas.setting import Setting
from exactland.landscape.atlas.solving import ClassName, cone_rows, solve, strictly_feasible
from exactland.landscape.atlas.strata import Piece, Strata
from exactland.problem.losses import Problem
from exactland.problem.network import Vector


def support_network(setting: Setting, width: int, classes: Sequence[ClassName]) -> Problem:
    """Return a network whose neurons lie in the given classes, the first with those to spare."""
    neurons, constant = _neurons(setting, classes)
    return _build(setting, width, neurons, constant)


def piece_network(found: Strata, piece: Piece) -> Problem:
    """Return a network of a stationary piece; idle neurons are (0, 0).

    Examples
    --------
    >>> from exactland.landscape.atlas.setting import Landscape, make_setting
    >>> from exactland.landscape.atlas.strata import strata
    >>> from exactland.problem.activations import relu
    >>> from exactland.problem.losses import EmpiricalLoss
    >>> one = fmpq(1)
    >>> data = EmpiricalLoss(((one,), (-one,)), ((one,), (2 * one,)))
    >>> found = strata(make_setting(Landscape(data, relu())), 1)
    >>> [piece_network(found, piece).network.input_weights for piece in found.pieces]
    [((0,),), ((0,),), ((1,),), ((-2,),)]
    """
    setting, level = found.setting, found.levels[piece.level]
    classes = piece.classes()
    neurons, constant = _neurons(setting, classes)
    chosen = dict(zip(classes, neurons, strict=True))
    faces = {face.signs: face for face in setting.arrangement.faces}
    weights: list[Vector] = []
    outputs: list[fmpq] = []
    for kind, index, sign in piece.states:
        if kind == "active":
            _, part = chosen[index, sign]
            weights.append(setting.weight(part))
            outputs.append(fmpq(sign, piece.states.count((kind, index, sign))))
        elif kind == "held":
            signs, height = next(key for key, one in level.held.items() if one == index)
            rays = faces[signs].rays if signs in faces else ()
            weights.append(setting.weight(dict.fromkeys(rays, fmpq(1))))
            outputs.append(fmpq(height))
        else:
            weights.append(setting.weight({}))
            outputs.append(fmpq(0))
    bias = constant / setting.target_unit
    return setting.landscape.problem(tuple(weights), tuple(outputs), bias)


def _neurons(
    setting: Setting, classes: Sequence[ClassName]
) -> tuple[list[tuple[int, dict[int, fmpq]]], fmpq]:
    places = [face for face, _ in classes]
    solutions = solve(setting, [setting.faces[place] for place in places])
    rows = [
        row
        for place, (_, sign) in enumerate(classes)
        for row in cone_rows(setting, places, solutions, place, sign)
    ]
    free = strictly_feasible(rows, solutions)
    if free is None:
        raise ArithmeticError("a support without a solution")
    values = [
        start + sum((t * k[index] for t, k in zip(free, solutions.kernel, strict=True)), fmpq(0))
        for index, start in enumerate(solutions.start)
    ]
    neurons: list[tuple[int, dict[int, fmpq]]] = [(sign, {}) for _, sign in classes]
    constant = fmpq(0)
    for owner, column, value in zip(solutions.owners, solutions.columns, values, strict=True):
        if owner == len(classes):
            constant = value
        else:
            neurons[owner][1][column] = neurons[owner][0] * value
    return neurons, constant


def minimum_network(setting: Setting, found: Minimum) -> Problem:
    """Return a network that attains the least loss of its width."""
    return _build(setting, found.width, list(found.neurons), found.constant)


def _build(
    setting: Setting,
    width: int,
    neurons: list[tuple[int, dict[int, fmpq]]],
    constant: fmpq,
) -> Problem:
    """Neurons are (sign of h, ray coefficients of sign * beta); missing ones copy the first."""
    spare = width - len(neurons)
    weights: list[Vector] = [setting.weight(part) for _, part in neurons]
    outputs = [fmpq(sign) for sign, _ in neurons]
    if neurons and spare:
        outputs[0] /= spare + 1
        weights += [weights[0]] * spare
        outputs += [outputs[0]] * spare
    elif spare:
        weights = [setting.weight({})] * spare
        outputs = [fmpq(0)] * spare
    bias = constant / setting.target_unit
    return setting.landscape.problem(tuple(weights), tuple(outputs), bias)
