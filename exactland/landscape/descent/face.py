"""The exact least-squares point of a face, for data of any size.

On a face the sign of every pre-activation is prescribed, 0 on some; with the output weights fixed
and u_i = h_i w~_i the network's values are linear:  f(x_k) = sum_i slope_ik (u_i . x~_k) + c.  With
D the matrix of this map and A the rows of the equations u_i . x~_k = 0, the minimisers z of
|D z - y|^2 on A z = 0 are given by one linear system with short integer entries,

    D^T D z + A^T lambda = D^T y,     A z = 0,

which is solved p-adically (Dixon; the only long numbers are those of the solution).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from flint import fmpq, fmpz, fmpz_mat

from exactland.arithmetic.echelon import modular_pivots
from exactland.arithmetic.matrices import independent_rows
from exactland.arithmetic.rationals import ZERO, clear_denominators
from exactland.cells.patterns import boundary_set
from exactland.derivatives.empirical import augmented
from exactland.problem.losses import Problem
from exactland.problem.network import Matrix, Vector

SIGNS = {"+": 1, "0": 0, "-": -1}


@dataclass(frozen=True)
class IntegerData:
    """Data, targets and slopes of a problem with one output as integers.

    x~_k = rows_k / unit, y_k = targets_k / target_unit, slope = slopes / slope_unit.
    """

    problem: Problem
    inputs: Matrix
    rows: fmpz_mat
    unit: fmpz
    targets: list[fmpz]
    target_unit: fmpz
    slopes: dict[str, fmpz]
    slope_unit: fmpz

    @property
    def bias(self) -> bool:
        """Whether the network has an output bias."""
        return self.problem.network.output_bias is not None

    @cached_property
    def columns(self) -> fmpz_mat:
        """The transpose of the rows."""
        return self.rows.transpose()

    def loss(self, weights: Matrix, heights: Vector, constant: fmpq) -> fmpq:
        """Return the exact loss of a network on these data."""
        count = self.rows.nrows()
        if not weights:
            values = [ZERO] * count
        else:
            lengths = [
                height * entry
                for height, row in zip(heights, weights, strict=True)
                for entry in row
            ]
            (entries,), (unit,) = clear_denominators((lengths,))
            table = (fmpz_mat(len(weights), len(weights[0]), entries) * self.columns).tolist()
            plus, minus = self.slopes["+"], self.slopes["-"]
            totals = [fmpz(0)] * count
            for row, height in zip(table, heights, strict=True):
                # h w . x has the sign of w . x where h > 0, and the opposite one where h < 0.
                above, below = (plus, minus) if height > 0 else (minus, plus)
                totals = [
                    total + (above if value > 0 else below) * value
                    for total, value in zip(totals, row, strict=True)
                ]
            factor = unit * self.unit * self.slope_unit
            values = [fmpq(total, factor) for total in totals]
        (own,), (unit,) = (
            clear_denominators(([value + constant for value in values],))
            if constant
            else clear_denominators((values,))
        )
        square = fmpz(0)
        for value, target in zip(own, self.targets, strict=True):
            difference = value * self.target_unit - target * unit
            square += difference * difference
        return self.problem.loss.scale * fmpq(square, (unit * self.target_unit) ** 2)


def integer_data(problem: Problem) -> IntegerData:
    """Return the data of a problem as integers.

    Examples
    --------
    >>> from exactland.problem.activations import relu
    >>> from exactland.problem.losses import EmpiricalLoss
    >>> from exactland.problem.network import Network
    >>> net = Network(relu(), ((fmpq(1),),), ((fmpq(2),),))
    >>> data = integer_data(Problem(net, EmpiricalLoss(((fmpq(3, 2),),), ((fmpq(5),),))))
    >>> data.rows.tolist(), data.unit, data.loss(((fmpq(1),),), (fmpq(2),), fmpq(0))
    ([[3]], 2, 2)
    """
    network, loss = problem.network, problem.loss
    inputs, _ = augmented(network, loss.inputs)
    (entries,), (unit,) = clear_denominators(([entry for row in inputs for entry in row],))
    (targets,), (target_unit,) = clear_denominators(([row[0] for row in loss.targets],))
    activation = network.activation
    (slopes,), (slope_unit,) = clear_denominators(((activation.slope(1), activation.slope(-1)),))
    return IntegerData(
        problem,
        inputs,
        fmpz_mat(len(inputs), len(inputs[0]), entries),
        unit,
        targets,
        target_unit,
        {"+": slopes[0], "-": slopes[1], "0": fmpz(0)},
        slope_unit,
    )


def face_minimiser(
    data: IntegerData,
    patterns: Sequence[str],
    weights: Matrix,
    heights: Vector,
    constant: fmpq,
) -> tuple[Matrix, fmpq]:
    """Return (w~, c) of least loss with the given signs of the pre-activations taken for granted.

    Parameters
    ----------
    patterns : m strings
        The sign of w~_i . x~_k; the equations of the zeros are kept, the others are not checked.
    weights, constant : where to stay where the minimiser is not unique
    heights : length m
        The output weights; a neuron with h_i = 0 keeps its weights.

    Raises
    ------
    ArithmeticError
        Never, unless flint is wrong: the normal equations of the result are verified.

    Examples
    --------
    >>> from exactland.problem.activations import relu
    >>> from exactland.problem.losses import EmpiricalLoss
    >>> from exactland.problem.network import Network
    >>> one = (fmpq(1),)
    >>> net = Network(relu(), (one,), (one,))
    >>> data = integer_data(Problem(net, EmpiricalLoss((one, (fmpq(2),)), (one, one))))
    >>> face_minimiser(data, ["++"], (one,), one, fmpq(0))
    (((3/5,),), 0)
    """
    moving = [index for index, height in enumerate(heights) if height]
    design = _design(data, [patterns[index] for index in moving])
    if not design.ncols():
        return weights, constant
    equations = _equations(data, [patterns[index] for index in moving], data.bias)
    # In these units the entries of D z - y are integer combinations with the integer targets.
    unit = data.target_unit / fmpq(data.unit * data.slope_unit)
    start = [heights[index] * unit * entry for index in moving for entry in weights[index]]
    if data.bias:
        start.append(constant * data.target_unit)
    solution = _solve(design, equations, data.targets, start)
    result, dimension = list(weights), data.rows.ncols()
    for place, index in enumerate(moving):
        part = solution[place * dimension : (place + 1) * dimension]
        factor = 1 / (heights[index] * unit)
        result[index] = tuple(factor * entry for entry in part)
    return tuple(result), solution[-1] / data.target_unit if data.bias else constant


def _design(data: IntegerData, patterns: Sequence[str]) -> fmpz_mat:
    table = data.rows.tolist()
    lines = []
    for k, row in enumerate(table):
        line: list[fmpz] = []
        for pattern in patterns:
            slope = data.slopes[pattern[k]]
            line += [slope * entry for entry in row] if slope else [fmpz(0)] * len(row)
        if data.bias:
            line.append(fmpz(1))
        lines += line
    width = len(patterns) * data.rows.ncols() + data.bias
    return fmpz_mat(len(table), width, lines)


def _equations(data: IntegerData, patterns: Sequence[str], bias: bool) -> fmpz_mat:
    """Independent rows of the equations u_i . x~_k = 0."""
    dimension = data.rows.ncols()
    width = len(patterns) * dimension + bias
    table = data.rows.tolist()
    lines: list[fmpz] = []
    count = 0
    for place, pattern in enumerate(patterns):
        zeros = boundary_set(pattern)
        for member in independent_rows([data.inputs[k] for k in zeros]) if zeros else ():
            row = [fmpz(0)] * width
            row[place * dimension : (place + 1) * dimension] = table[zeros[member]]
            lines += row
            count += 1
    return fmpz_mat(count, width, lines)


def _solve(
    design: fmpz_mat, equations: fmpz_mat, targets: Sequence[fmpz], start: Sequence[fmpq]
) -> list[fmpq]:
    """Minimise |D z - y|^2 on A z = 0; coordinates that are free keep their start."""
    size = design.ncols()
    adjoint, dual = design.transpose(), equations.transpose()
    square, moments = adjoint * design, adjoint * fmpz_mat(len(targets), 1, list(targets))
    # D z = 0 and A z = 0 together say that this positive semidefinite matrix vanishes on z.
    together = square + dual * equations
    chosen = modular_pivots(together)
    for _ in range(2):
        solution = _solve_on(square, equations, moments, start, chosen)
        if solution is not None:
            return solution
        # The prime divided a minor: eliminate over the rationals.
        chosen = independent_rows([[fmpq(e) for e in row] for row in together.tolist()])
    raise ArithmeticError(f"no least-squares solution with {size} unknowns")


def _solve_on(
    square: fmpz_mat,
    equations: fmpz_mat,
    moments: fmpz_mat,
    start: Sequence[fmpq],
    chosen: Sequence[int],
) -> list[fmpq] | None:
    """Solve with the coordinates not chosen kept; None where that is no minimiser."""
    size, count = square.ncols(), equations.nrows()
    fixed = set(range(size)) - set(chosen)
    (kept,), (unit,) = clear_denominators(
        ([value if place in fixed else ZERO for place, value in enumerate(start)],)
    )
    still = fmpz_mat(size, 1, kept)
    right = moments * unit - square * still
    ties = equations * still
    normal, tied = square.tolist(), equations.tolist()
    entries: list[fmpz] = []
    for i in chosen:
        entries += [normal[i][j] for j in chosen] + [row[i] for row in tied]
    for row in tied:
        entries += [row[j] for j in chosen] + [fmpz(0)] * count
    total = len(chosen) + count
    side = [right[i, 0] for i in chosen] + [-ties[a, 0] for a in range(count)]
    try:
        found = fmpz_mat(total, total, entries).solve(fmpz_mat(total, 1, side))
    except ZeroDivisionError:
        return None
    numerators, denominator = found.numer_denom()
    values = numerators.entries()
    whole = [denominator * entry for entry in kept]
    for place, value in zip(chosen, values, strict=False):
        whole[place] = value
    column, multipliers = fmpz_mat(size, 1, whole), fmpz_mat(count, 1, values[len(chosen) :])
    gradient = square * column + equations.transpose() * multipliers
    if gradient != moments * (unit * denominator) or any((equations * column).entries()):
        return None
    return [fmpq(entry, unit * denominator) for entry in whole]
