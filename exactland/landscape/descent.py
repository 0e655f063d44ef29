"""Exact descent from any network to a certified stationary point, in finitely many steps.

One output.  A neuron with output weight h != 0 is moved in its input weight alone, so that the
network is linear in what moves as long as no pre-activation changes its sign.  A round is

1. *face steps*: least squares on the current face (data on a kink stay there); go to the
   minimiser, or to the first boundary in the way, where the face gets smaller;
2. at the minimiser of the face, a *release*: along a direction in which some one-sided derivative
   is negative, off a kink or in an output weight that was zero.

A face has one least value and there are finitely many faces; each release starts below the least
value of the face it leaves, so no face returns and the descent ends, where no derivative is
negative.  Before that, up to a fixed number of *cell steps* cross boundaries on the way (the
minimiser is proposed in floats and the step is a short rational): fewer steps, shorter numbers.
Every step is verified to lower the exact loss.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from flint import fmpq, fmpz_mat

from exactland.arithmetic.matrices import least_squares, multiply, nullspace, transpose
from exactland.arithmetic.rationals import (
    ZERO,
    clear_denominators,
    dot,
    format_rational,
    from_float,
    round_relative,
)
from exactland.cells.patterns import boundary_set
from exactland.derivatives.empirical import EmpiricalPoint, evaluate, one_sided_functionals
from exactland.errors import UnsupportedError
from exactland.landscape.analysis import Analysis, analyze_empirical
from exactland.landscape.directions import Curve
from exactland.landscape.minimality import NotLocalMinimum
from exactland.landscape.stationarity import Violation, directional_stationarity
from exactland.problem.losses import Problem
from exactland.problem.network import Matrix, Vector

CELL_STEPS: Final = 200
"""Steps across boundaries before steps stop at the first boundary."""
WORTHWHILE: Final = fmpq(1, 1000)
"""The part of the loss that a cell step must gain."""
BITS: Final = 24
"""Relative precision of the numbers of a cell step, in bits."""

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what it was, and the exact loss after it."""

    kind: str
    loss: fmpq


@dataclass(frozen=True, slots=True)
class Descent:
    """Where a descent ended.

    Attributes
    ----------
    status : ``stationary``, ``local_minimum``, ``undetermined`` or ``interrupted``
        Directionally stationary; with `leave_saddles` a local minimum, or a stationary point at
        which neither was proved; the number of steps ran out.
    steps : the start (kind ``start``) and every step, the loss strictly falling
    """

    problem: Problem
    status: str
    steps: tuple[Step, ...]

    @property
    def loss(self) -> fmpq:
        """The exact loss at the end."""
        return self.steps[-1].loss

    def to_json(self) -> dict[str, Any]:
        """Return the object that ``exactland descend --json`` prints."""
        return {
            "status": self.status,
            "loss": format_rational(self.loss),
            "steps": len(self.steps) - 1,
            "path": [
                {"step": step.kind, "loss": format_rational(step.loss)} for step in self.steps
            ],
        }

    def __str__(self) -> str:
        count = len(self.steps) - 1
        ending = {
            "stationary": "a directionally stationary point",
            "local_minimum": "a local minimum",
            "undetermined": "a directionally stationary point, minimality undetermined",
            "interrupted": "no stationary point yet",
        }[self.status]
        return f"{ending}, loss {format_rational(self.loss)}, after {count} steps"


def descend(
    problem: Problem,
    *,
    leave_saddles: bool = False,
    max_steps: int = 1000,
    progress: Progress | None = None,
) -> Descent:
    """Descend from a network to a directionally stationary point, or on to a local minimum.

    Parameters
    ----------
    leave_saddles : bool
        At a saddle go on along its descent curve.
    max_steps : int
        After so many steps the best point so far is returned, ``interrupted``.

    Raises
    ------
    UnsupportedError
        For several outputs.

    References
    ----------
    Spec, section 1: the tests and the descent curve.

    Examples
    --------
    >>> from exactland.problem.activations import relu
    >>> from exactland.problem.losses import EmpiricalLoss
    >>> from exactland.problem.network import Network
    >>> one = ((fmpq(1),),)
    >>> start = Problem(Network(relu(), ((fmpq(3),),), one), EmpiricalLoss(one, one))
    >>> print(descend(start))
    a directionally stationary point, loss 0, after 1 steps
    """
    if len(problem.loss.targets[0]) != 1:
        raise UnsupportedError("network.v", "has several rows; descent covers one output")
    point, cell_steps = evaluate(problem), CELL_STEPS
    steps = [Step("start", point.loss)]
    status = "interrupted"
    while len(steps) <= max_steps:
        moved: tuple[str, EmpiricalPoint] | None = None
        if cell_steps:
            cell_steps -= 1
            moved = _cell_step(point)
            if moved is None:
                cell_steps = 0
        moved = moved or _face_step(point) or _release(point)
        if moved is None:
            analysis = analyze_empirical(point.problem) if leave_saddles else None
            moved = None if analysis is None else _leave(analysis)
            if moved is None:
                status = _status(analysis)
                break
        kind, after = moved
        if not after.loss < point.loss:
            raise ArithmeticError(f"a {kind} step that does not lower the loss")
        point = after
        steps.append(Step(kind, point.loss))
        if progress is not None:
            progress(f"step {len(steps) - 1} ({kind}): loss {float(point.loss):.8g}")
    return Descent(point.problem, status, tuple(steps))


def _status(analysis: Analysis | None) -> str:
    if analysis is None:
        return "stationary"
    if analysis.verdict in ("local_minimum", "global_minimum"):
        return "local_minimum"
    return "undetermined"


Moves = dict[int, Vector]
"""Changes of augmented input weights, by neuron."""


def _moved(
    point: EmpiricalPoint,
    moves: Moves,
    factor: fmpq,
    bias: fmpq = ZERO,
    outputs: dict[int, fmpq] | None = None,
) -> EmpiricalPoint:
    """The point after changing w~_i by factor * moves[i], c by factor * bias, h_i by outputs."""
    network, rows = point.problem.network, []
    for index, weight in enumerate(point.weights):
        move = moves.get(index)
        rows.append(
            weight
            if move is None
            else tuple(w + factor * v for w, v in zip(weight, move, strict=True))
        )
    biases, inputs = None, tuple(rows)
    if network.hidden_biases is not None:
        biases, inputs = tuple(row[-1] for row in rows), tuple(row[:-1] for row in rows)
    heights = tuple(
        value + (outputs or {}).get(index, ZERO)
        for index, value in enumerate(network.output_weights[0])
    )
    constant = network.output_bias
    if constant is not None:
        constant = (constant[0] + factor * bias,)
    changed = replace(
        network,
        input_weights=inputs,
        hidden_biases=biases,
        output_weights=(heights,),
        output_bias=constant,
    )
    return evaluate(replace(point.problem, network=changed))


def _free_directions(point: EmpiricalPoint) -> list[tuple[int, Vector]]:
    """A basis of the directions that keep every datum on its kink: (neuron, direction)."""
    found = []
    for index, pattern in enumerate(point.patterns):
        if point.outputs[index][0]:
            rows = [point.inputs[k] for k in boundary_set(pattern)]
            found += [(index, basis) for basis in nullspace(rows, point.dimension)]
    return found


def _design(point: EmpiricalPoint, directions: Sequence[tuple[int, Vector]]) -> Matrix:
    """The derivative of f(x_k) along each direction (and c), as rows k."""
    activation = point.problem.network.activation
    slopes = {"+": activation.slope(1), "-": activation.slope(-1), "0": ZERO}
    speeds = _heights(point, [direction for _, direction in directions])
    columns = []
    for (index, _), speed in zip(directions, speeds, strict=True):
        factors = {sign: point.outputs[index][0] * slope for sign, slope in slopes.items()}
        pattern = point.patterns[index]
        columns.append([factors[s] * v if v else ZERO for s, v in zip(pattern, speed, strict=True)])
    if point.problem.network.output_bias is not None:
        columns.append([fmpq(1)] * len(point.inputs))
    return tuple(zip(*columns, strict=True)) if columns else ((),) * len(point.inputs)


def _heights(point: EmpiricalPoint, vectors: Sequence[Vector]) -> Matrix:
    """The products v . x_k, a row for every vector."""
    return multiply(vectors, transpose(point.inputs)) if vectors else ()


def _fit(design: Matrix, residual: Vector) -> Vector:
    """A least-squares solution of  design . z = -residual."""
    entries, factors = clear_denominators([[entry for row in design for entry in row]])
    matrix = fmpz_mat(len(design), len(design[0]), entries[0])
    (target,), (unit,) = clear_denominators([residual])
    adjoint = matrix.transpose()
    try:
        right = adjoint * fmpz_mat(len(target), 1, [-entry for entry in target])
        solution = (adjoint * matrix).solve(right).entries()
    except ZeroDivisionError:  # dependent columns
        found, _ = least_squares(design, [(-entry,) for entry in residual])
        return tuple(row[0] for row in found)
    return tuple(entry * factors[0] / unit for entry in solution)


def _combine(
    directions: Sequence[tuple[int, Vector]], values: Sequence[fmpq]
) -> tuple[Moves, fmpq]:
    moves: Moves = {}
    for (index, direction), value in zip(directions, values, strict=False):
        old = moves.get(index, (ZERO,) * len(direction))
        moves[index] = tuple(a + value * b for a, b in zip(old, direction, strict=True))
    return moves, values[-1] if len(values) > len(directions) else ZERO


def _face_step(point: EmpiricalPoint) -> tuple[str, EmpiricalPoint] | None:
    """To the minimiser on the face, or the first boundary before it; None at the minimiser."""
    directions = _free_directions(point)
    design = _design(point, directions)
    if not design[0]:
        return None
    residual = tuple(row[0] for row in point.residuals)
    if not any(dot(column, residual) for column in zip(*design, strict=True)):
        return None
    moves, bias = _combine(directions, _fit(design, residual))
    factor = fmpq(1)
    for index, move in moves.items():
        heights, speeds = _heights(point, (point.weights[index], move))
        for height, speed in zip(heights, speeds, strict=True):
            if height and height * speed < 0:
                factor = min(factor, -height / speed)
    return ("minimiser" if factor == 1 else "boundary"), _moved(point, moves, factor, bias)


def _release(point: EmpiricalPoint) -> tuple[str, EmpiricalPoint] | None:
    """Along a violation of stationarity as far as the loss is one quadratic polynomial."""
    found = directional_stationarity(point, one_sided_functionals(point))
    for violation in found.violations:
        if violation.kind == "output_weight":
            return "output", _along_output(point, violation)
        if violation.kind == "input_weight":
            return "release", _along_input(point, violation)
    return None  # dL/dc = 0 at the minimiser of a face


def _along_output(point: EmpiricalPoint, violation: Violation) -> EmpiricalPoint:
    index, activation = violation.neuron, point.problem.network.activation
    assert index is not None
    values = [activation(dot(point.weights[index], row)) for row in point.inputs]
    product = sum((v * e[0] for v, e in zip(values, point.residuals, strict=True)), ZERO)
    return _moved(point, {}, ZERO, outputs={index: -product / dot(values, values)})


def _along_input(point: EmpiricalPoint, violation: Violation) -> EmpiricalPoint:
    index, activation = violation.neuron, point.problem.network.activation
    assert index is not None
    weight, height = point.weights[index], point.outputs[index][0]
    changes, limit = [], None
    for row in point.inputs:
        inside, speed = dot(weight, row), dot(violation.direction, row)
        sign = inside or speed
        changes.append(height * activation.slope(1 if sign > 0 else -1) * speed)
        if inside * speed < 0:
            reach = -inside / speed
            limit = reach if limit is None else min(limit, reach)
    slope = sum((d * e[0] for d, e in zip(changes, point.residuals, strict=True)), ZERO)
    factor = -slope / dot(changes, changes)
    if limit is not None:
        factor = min(factor, limit)
    rounded = round_relative(factor, 8)
    for step in (rounded, factor) if 0 < rounded < factor else (factor,):
        after = _moved(point, {index: violation.direction}, step)
        if after.loss < point.loss:
            return after
    return after


def _cell_step(point: EmpiricalPoint) -> tuple[str, EmpiricalPoint] | None:
    """A step towards the minimiser in the cell and across boundaries; None where it gains little.

    Direction and length come from floats; only the exact loss after the step counts.
    """
    import numpy as np

    directions = [
        (index, basis)
        for index, output in enumerate(point.outputs)
        if output[0]
        for basis in nullspace([], point.dimension)
    ]
    design = np.array(_floats(_design(point, directions)))
    if not design.size:
        return None
    residual = np.array(_floats(point.residuals))[:, 0]
    solution = np.linalg.lstsq(design, -residual, rcond=1e-9)[0]
    if not np.isfinite(solution).all():
        return None
    values = [round_relative(from_float(float(value)), BITS) for value in solution]
    moves, bias = _combine(directions, values)
    best: EmpiricalPoint | None = None
    factor = fmpq(1)
    for _ in range(8):
        after = _moved(point, moves, factor, bias)
        if best is None or after.loss < best.loss:
            best = after
        elif best.loss < point.loss:
            break
        factor /= 2
    if best is None or point.loss - best.loss <= WORTHWHILE * point.loss:
        return None
    return "cell", best


def _floats(rows: Matrix) -> list[list[float]]:
    return [[int(entry.p) / int(entry.q) for entry in row] for row in rows]


def _leave(analysis: Analysis) -> tuple[str, EmpiricalPoint] | None:
    """Along the descent curve of a saddle, by a power of two that lowers the loss."""
    found = analysis.minimality
    if not isinstance(found, NotLocalMinimum) or found.along.decreasing_until is None:
        return None
    step = fmpq(1)
    while True:
        after = _on_curve(analysis.point, found.curve, step)
        if after.loss < analysis.loss:
            return "escape", after
        if step < found.along.decreasing_until:  # pragma: no cover
            raise ArithmeticError("a descent curve that does not descend")
        step /= 2


def _on_curve(point: EmpiricalPoint, curve: Curve, tau: fmpq) -> EmpiricalPoint:
    moves, outputs = {}, {}
    for neuron in curve.neurons:
        moves[neuron.neuron] = tuple(_value(c, tau) for c in neuron.weights)
        outputs[neuron.neuron] = _value(neuron.outputs[0], tau)
    bias = ZERO if curve.output_bias is None else _value(curve.output_bias[0], tau)
    return _moved(point, moves, fmpq(1), bias, outputs)


def _value(coefficients: Sequence[fmpq], tau: fmpq) -> fmpq:
    return sum((c * tau**power for power, c in enumerate(coefficients, 1)), ZERO)
