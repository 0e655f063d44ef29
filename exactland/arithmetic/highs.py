"""Ask the float solver HiGHS for a basis; nothing it says is believed.

Rows and columns are scaled by powers of two before anything becomes a float, so that numbers of
any size can be passed.
"""

from __future__ import annotations

from typing import Any

from flint import fmpq

from exactland.arithmetic.echelon import Vector
from exactland.arithmetic.floats import float_parts
from exactland.arithmetic.rationals import ZERO
from exactland.arithmetic.simplex import Basis, BoxProgram

_SCALING_ROUNDS = 8
_TOLERANCE = 1e-9


def propose_basis(program: BoxProgram, elastic: bool) -> Basis | None:
    """Return the final basis of HiGHS in floating point, or None where it does not give one.

    Parameters
    ----------
    program : BoxProgram
    elastic : bool
        Replace the cost by the sum of the violations of the (scaled) equations.  This program
        always has an optimum, so both a feasible and an infeasible program get a basis.

    Examples
    --------
    >>> from flint import fmpz_mat
    >>> one, zero = fmpq(1), fmpq(0)
    >>> program = BoxProgram(
    ...     fmpz_mat([[1, 2]]), (one,), (zero, zero), (None, None), (one, one)
    ... )
    >>> propose_basis(program, elastic=False).basic
    (1,)
    """
    try:
        import highspy
        import numpy as np
    except ImportError:
        return None
    with np.errstate(all="ignore"):
        model, weights = _model(program, elastic, np, highspy)
    if model is None:
        return None
    solver = highspy.Highs()
    solver.silent()
    solver.setOptionValue("solver", "simplex")
    solver.setOptionValue("parallel", "off")
    solver.setOptionValue("primal_feasibility_tolerance", _TOLERANCE)
    solver.setOptionValue("dual_feasibility_tolerance", _TOLERANCE)
    if solver.passModel(model) == highspy.HighsStatus.kError:
        return None
    solver.run()
    basis = solver.getBasis()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal or not basis.valid:
        return None
    basic, at_upper = _read(basis, program, elastic, highspy)
    return Basis(basic, at_upper, weights)


def _read(
    basis: Any, program: BoxProgram, elastic: bool, highspy: Any
) -> tuple[tuple[int, ...], frozenset[int]]:
    rows, columns = int(program.matrix.nrows()), int(program.matrix.ncols())
    statuses = list(basis.col_status)
    basic = [
        index
        for index, status in enumerate(statuses[:columns])
        if status == highspy.HighsBasisStatus.kBasic
    ]
    for row, status in enumerate(basis.row_status):
        violated = elastic and highspy.HighsBasisStatus.kBasic in (
            statuses[columns + row],
            statuses[columns + rows + row],
        )
        if violated or status == highspy.HighsBasisStatus.kBasic:
            basic.append(columns + row)
    at_upper = frozenset(
        index
        for index, status in enumerate(statuses[:columns])
        if status == highspy.HighsBasisStatus.kUpper
    )
    return tuple(basic), at_upper


def _model(program: BoxProgram, elastic: bool, np: Any, highspy: Any) -> tuple[Any, Vector]:
    rows, columns = int(program.matrix.nrows()), int(program.matrix.ncols())
    table = [
        [*line, right] for line, right in zip(program.matrix.tolist(), program.target, strict=True)
    ]
    mantissas, exponents = float_parts([entry for line in table for entry in line], np)
    mantissas = mantissas.reshape(rows, columns + 1)
    exponents = exponents.reshape(rows, columns + 1)
    row_shift, column_shift = _equilibrate(mantissas, exponents, np)
    scaled = np.ldexp(mantissas, exponents + row_shift[:, None] + column_shift[None, :])
    # x_q = 2**(column_shift_q - target_shift) x''_q; if the target vanishes, its column tells
    # nothing about the size of x, but the bounds do.
    shift = column_shift[:-1]
    lower = float_parts([ZERO if v is None else v for v in program.lower], np)
    upper = float_parts([ZERO if v is None else v for v in program.upper], np)
    target_shift = column_shift[-1]
    if not np.any(mantissas[:, -1]):
        sizes = [parts[1][parts[0] != 0] - shift[parts[0] != 0] for parts in (lower, upper)]
        known = np.concatenate(sizes)
        target_shift = -np.max(known) if known.size else 0
    costs = float_parts(list(program.cost), np)
    cost_sizes = (costs[1] + shift)[costs[0] != 0]
    cost_shift = np.max(cost_sizes) if cost_sizes.size else 0

    weights = tuple(_power_of_two(int(exponent)) for exponent in row_shift)
    model = highspy.HighsLp()
    extra = 2 * rows if elastic else 0
    model.num_row_, model.num_col_ = rows, columns + extra
    infinity = highspy.kHighsInf
    low = np.ldexp(lower[0], lower[1] - shift + target_shift)
    high = np.ldexp(upper[0], upper[1] - shift + target_shift)
    low[[value is None for value in program.lower]] = -infinity
    high[[value is None for value in program.upper]] = infinity
    cost = np.ldexp(costs[0], costs[1] + shift - cost_shift)
    matrix = scaled[:, :-1]
    if elastic:
        low = np.concatenate([low, np.zeros(extra)])
        high = np.concatenate([high, np.full(extra, infinity)])
        cost = np.concatenate([np.zeros(columns), np.ones(extra)])
        matrix = np.hstack([matrix, np.eye(rows), -np.eye(rows)])
    right = np.ldexp(mantissas[:, -1], exponents[:, -1] + row_shift + target_shift)
    if not (np.all(np.isfinite(matrix)) and np.all(np.isfinite(right))):
        return None, weights
    model.col_cost_, model.col_lower_, model.col_upper_ = cost, low, high
    model.row_lower_, model.row_upper_ = right, right
    by_column = matrix.T
    present = by_column != 0
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = np.concatenate([[0], np.cumsum(present.sum(axis=1))]).astype(np.int32)
    model.a_matrix_.index_ = np.nonzero(present)[1].astype(np.int32)
    model.a_matrix_.value_ = by_column[present]
    return model, weights


def _power_of_two(exponent: int) -> fmpq:
    return fmpq(1 << exponent) if exponent >= 0 else fmpq(1, 1 << -exponent)


def _equilibrate(mantissas: Any, exponents: Any, np: Any) -> tuple[Any, Any]:
    """Return binary row and column shifts that bring the largest entries near one (Ruiz)."""
    sizes = np.where(mantissas != 0, exponents, -np.inf)
    rows, columns = np.zeros(sizes.shape[0]), np.zeros(sizes.shape[1])
    for _ in range(_SCALING_ROUNDS):
        current = sizes + rows[:, None] + columns[None, :]
        largest = np.max(current, axis=1)
        rows = rows - np.where(np.isfinite(largest), largest, 0) / 2
        largest = np.max(current, axis=0, initial=-np.inf)
        columns = columns - np.where(np.isfinite(largest), largest, 0) / 2
    return np.rint(rows).astype(np.int64), np.rint(columns).astype(np.int64)
