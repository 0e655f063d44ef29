"""Groups of low rank that share data: Newton's method, then recognition, then exact algebra.

With B_p = U_p V_p, every U_p the identity on r_p of its rows, the stationarity conditions are a
square polynomial system in the U_p, the V_p and the coordinates of the other groups.  Newton's
method follows the checkpoint to a solution of many digits; lattice reduction proposes a number
field for the entries of the U_p; for these the rest is one linear system, solved exactly in the
field.  Whether the point is stationary is verified later, from scratch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from flint import arb, arb_mat, fmpq

from exactland.arithmetic.balls import working_precision
from exactland.arithmetic.matrices import (
    independent_rows,
    least_squares,
    multiply,
    transpose,
)
from exactland.arithmetic.number_fields import NumberField
from exactland.arithmetic.ordered import Scalar
from exactland.arithmetic.rationals import ONE, ZERO, from_float, round_relative
from exactland.arithmetic.recognition import in_field, recognise
from exactland.errors import InputError
from exactland.landscape.snapping.groups import float_rows
from exactland.landscape.snapping.low_rank import Block, LowRank, NotFoundError, near
from exactland.problem.network import Matrix

PRECISIONS: Final = (500, 2000, 8000)
"""Bits to which the solution is computed, one after the other, until it is recognised."""
MAX_UNKNOWNS: Final = 60
"""Unknowns of the polynomial system beyond which it is given up."""
FLOAT_STEPS: Final = 50
MIXTURES: Final = ((1,), (1, 1), (1, 2, 3, 4), (1, -1, 2, -3))
"""Combinations of the entries of the U_p that are tried as generators of the field."""


@dataclass(frozen=True, slots=True)
class _System:
    """The polynomial system.

    Attributes
    ----------
    blocks : the groups of low rank, with for each the rows where U_p is the identity
    others : N x q, independent columns of everything else
    targets : N x J
    """

    blocks: tuple[Block, ...]
    gauges: tuple[tuple[int, ...], ...]
    others: Matrix
    targets: Matrix

    @property
    def outputs(self) -> int:
        """The number J of outputs."""
        return len(self.targets[0])

    def free_rows(self, place: int) -> list[int]:
        """Return the rows of U_p that are unknown."""
        return [j for j in range(self.outputs) if j not in self.gauges[place]]


def solve_coupled(
    blocks: Sequence[Block], others: Matrix, targets: Matrix
) -> tuple[list[LowRank], Matrix]:
    """Return low-rank B_p and coordinates of the other columns at which the gradient vanishes.

    Parameters
    ----------
    blocks : two or more groups of low rank
    others : N x q
        The columns of all other groups and of the output bias.
    targets : N x J

    Raises
    ------
    NotFoundError
        If Newton's method does not stay near the checkpoint, or no field is recognised.

    References
    ----------
    Spec, section 5 ("coupled low-rank groups").
    """
    pivots = independent_rows(transpose(others)) if others[0] else ()
    kept = tuple(tuple(row[c] for c in pivots) for row in others)
    gauges = tuple(_gauge(block) for block in blocks)
    system = _System(tuple(blocks), gauges, kept, targets)
    lefts, point = _float_solution(system)
    for bits in PRECISIONS:
        point = _newton(system, point, bits)
        found = _recognised(system, point, bits)
        if found is not None:
            factors, rest = found
            rows = dict(zip(pivots, rest, strict=True))
            nothing = (ZERO,) * system.outputs
            return factors, tuple(rows.get(c, nothing) for c in range(len(others[0])))
    message = f"{len(lefts)} groups of low rank share data; no number field was recognised"
    raise NotFoundError(f"{message} in {PRECISIONS[-1]} bits")


def solve_with_given_spaces(
    blocks: Sequence[Block], others: Matrix, targets: Matrix, guess: Any, bits: int
) -> tuple[list[LowRank], Matrix] | None:
    """Keep the U_p of the checkpoint, rounded, and solve for the rest: rational least squares.

    Where the parameters outnumber the conditions, as in many trained networks, the result is
    stationary (the gradient vanishes on the groups, not only on their spaces).  None where it is
    not.

    Parameters
    ----------
    guess : q x J float array
        Near which the other coordinates are chosen, where they are not determined.
    """
    import numpy as np

    system = _System(tuple(blocks), tuple(map(_gauge, blocks)), others, targets)
    free: list[fmpq] = []
    wanted = []
    for place, block in enumerate(blocks):
        left = _left_guess(block, system.gauges[place])
        rows = left[system.free_rows(place)]
        free += [round_relative(from_float(x), bits) for x in rows.ravel().tolist()]
        wanted.append(np.linalg.lstsq(left, block.guess, rcond=None)[0].T.ravel())
    return _exactly(system, free, np.concatenate([*wanted, guess.ravel()]))


def _left_guess(block: Block, gauge: tuple[int, ...]) -> Any:
    """Return the U_p of the checkpoint in floats."""
    import numpy as np

    directions = np.linalg.svd(block.guess)[0][:, : block.rank]
    return directions @ np.linalg.inv(directions[list(gauge)])


def _gauge(block: Block) -> tuple[int, ...]:
    """Return the r rows in which the column space of the guess is largest."""
    import numpy as np

    directions = np.linalg.svd(block.guess)[0][:, : block.rank]
    chosen: list[int] = []
    rest = directions.copy()
    for _ in range(block.rank):
        row = int(np.argmax((rest**2).sum(axis=1)))
        chosen.append(row)
        direction = rest[row] / np.linalg.norm(rest[row])
        rest = rest - np.outer(rest @ direction, direction)
    return tuple(sorted(chosen))


def _float_solution(system: _System) -> tuple[list[Any], list[arb]]:
    """Return the U_p of the checkpoint, and a solution near it in floats, as one vector."""
    import numpy as np

    lefts = [_left_guess(*pair) for pair in zip(system.blocks, system.gauges, strict=True)]
    linear = _linear_part(system, lefts)
    free = [x for place, left in enumerate(lefts) for x in left[system.free_rows(place)].ravel()]
    if len(free) + len(linear) > MAX_UNKNOWNS:
        raise NotFoundError(f"{len(free) + len(linear)} unknowns in a coupled system: too many")
    point = np.concatenate([free, linear])
    start = point.copy()
    for _ in range(FLOAT_STEPS):
        gradient, hessian = _derivatives(system, [arb(x) for x in point.tolist()])
        step = np.linalg.lstsq(_floats(hessian), _floats(gradient)[:, 0], rcond=None)[0]
        point = point - step
        if not np.isfinite(point).all() or np.abs(point[: len(free)] - start[: len(free)]).max(
            initial=0.0
        ) > 0.5 * (1 + np.abs(start[: len(free)]).max(initial=0.0)):
            raise NotFoundError("Newton's method leaves the checkpoint (groups that share data)")
        if np.abs(step).max() <= 1e-12 * (1 + np.abs(point).max()):
            return lefts, [arb(x) for x in point.tolist()]
    raise NotFoundError("Newton's method does not settle (groups that share data)")


def _linear_part(system: _System, lefts: Sequence[Any]) -> Any:
    """Return the V_p and the other coordinates for given U_p, by least squares in floats."""
    import numpy as np

    outputs = np.eye(system.outputs)
    columns = [
        np.kron(float_rows(block.columns), left)
        for block, left in zip(system.blocks, lefts, strict=True)
    ]
    if system.others[0]:
        columns.append(np.kron(float_rows(system.others), outputs))
    design = np.hstack(columns)
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise NotFoundError("groups that share data, and the data do not determine them")
    return np.linalg.lstsq(design, float_rows(system.targets).ravel(), rcond=None)[0]


def _newton(system: _System, point: list[arb], bits: int) -> list[arb]:
    """Refine a solution to about `bits` bits; balls only carry the precision."""
    steps = math.ceil(math.log2(bits)) + 2
    with working_precision(bits + 128):
        for _ in range(steps):
            gradient, hessian = _derivatives(system, point)
            try:
                change = hessian.solve(gradient, algorithm="approx").entries()
            except ZeroDivisionError:
                raise NotFoundError("a coupled system with a singular Jacobian") from None
            point = [arb((x - y).mid()) for x, y in zip(point, change, strict=True)]
            size = max(abs(y.mid()) for y in change)
            if bool(size < arb(2) ** -(bits + 60)):
                return point
    raise NotFoundError("Newton's method does not settle (groups that share data)")


def _derivatives(system: _System, point: list[arb]) -> tuple[arb_mat, arb_mat]:
    """Return gradient and Hessian of 1/2 |f - y|^2 in (free entries of U, V, other coordinates)."""
    unknowns, outputs = len(point), system.outputs
    lefts, rights, rest = _unpacked(system, point)
    count = len(system.targets)
    jacobian = [[arb(0)] * unknowns for _ in range(count * outputs)]
    values = [[-arb(y) for y in row] for row in system.targets]
    free_start = 0
    linear_start = sum(
        len(system.free_rows(place)) * block.rank for place, block in enumerate(system.blocks)
    )
    crossings = []
    for place, block in enumerate(system.blocks):
        left, right, rank = lefts[place], rights[place], block.rank
        size = len(block.columns[0])
        for k, row in enumerate(block.columns):
            hidden = [
                sum((arb(x) * v[b] for x, v in zip(row, right, strict=True)), arb(0))
                for b in range(rank)
            ]
            for j in range(outputs):
                line = jacobian[k * outputs + j]
                values[k][j] += sum((u * h for u, h in zip(left[j], hidden, strict=True)), arb(0))
                for a in range(size):
                    for b in range(rank):
                        line[linear_start + a * rank + b] = arb(row[a]) * left[j][b]
            for position, j in enumerate(system.free_rows(place)):
                for b in range(rank):
                    jacobian[k * outputs + j][free_start + position * rank + b] = hidden[b]
        for position, j in enumerate(system.free_rows(place)):
            for b in range(rank):
                for a in range(size):
                    at = free_start + position * rank + b, linear_start + a * rank + b
                    crossings.append((*at, j, [row[a] for row in block.columns]))
        free_start += len(system.free_rows(place)) * rank
        linear_start += size * rank
    for c in range(len(system.others[0])):
        for k, row in enumerate(system.others):
            for j in range(outputs):
                jacobian[k * outputs + j][linear_start + c * outputs + j] = arb(row[c])
                values[k][j] += arb(row[c]) * rest[c][j]
    matrix = arb_mat(jacobian)
    errors = arb_mat([[value] for row in values for value in row])
    hessian = matrix.transpose() * matrix
    for one, two, j, column in crossings:
        extra = sum((values[k][j] * arb(x) for k, x in enumerate(column)), arb(0))
        hessian[one, two] += extra
        hessian[two, one] += extra
    return matrix.transpose() * errors, hessian


def _unpacked(
    system: _System, point: Sequence[Any]
) -> tuple[list[list[list[Any]]], list[list[list[Any]]], list[list[Any]]]:
    """Return the U_p (J x r), the V_p^T (f x r) and the other coordinates (q x J)."""
    entries = iter(point)
    lefts, rights = [], []
    for place, (block, gauge) in enumerate(zip(system.blocks, system.gauges, strict=True)):
        left = [[arb(0)] * block.rank for _ in range(system.outputs)]
        for b, j in enumerate(gauge):
            left[j][b] = arb(1)
        for j in system.free_rows(place):
            left[j] = [next(entries) for _ in range(block.rank)]
        lefts.append(left)
    for block in system.blocks:
        rights.append([[next(entries) for _ in range(block.rank)] for _ in block.columns[0]])
    rest = [[next(entries) for _ in range(system.outputs)] for _ in system.others[0]]
    return lefts, rights, rest


def _recognised(
    system: _System, point: list[arb], bits: int
) -> tuple[list[LowRank], Matrix] | None:
    """Recognise the U_p in a number field and solve for the rest; None where that fails."""
    count = sum(
        len(system.free_rows(place)) * block.rank for place, block in enumerate(system.blocks)
    )
    free = point[:count]
    for mixture in MIXTURES:
        with working_precision(bits + 64):
            value = sum((c * x for c, x in zip(mixture, free, strict=False)), arb(0))
        root = recognise(value, bits)
        if root is None:
            continue
        entries: list[Scalar | None]
        if root.lower == root.upper:
            entries = [None]
        else:
            try:
                field = NumberField(root.polynomial, (root.lower, root.upper))
            except InputError:
                continue
            entries = [in_field(x, field, bits) for x in free]
        if any(entry is None for entry in entries):
            continue
        found = _exactly(system, entries)
        if found is not None:
            return found
    return None


def _exactly(
    system: _System, free: Sequence[Scalar], guess: Any = None
) -> tuple[list[LowRank], Matrix] | None:
    """Solve for the V_p and the other coordinates over the field; None if the U_p do not fit.

    A guess (all unknowns but the U_p, in floats) chooses what the equations leave open.
    """
    entries, outputs = iter(free), system.outputs
    lefts: list[list[list[Scalar]]] = []
    for place, (block, gauge) in enumerate(zip(system.blocks, system.gauges, strict=True)):
        left = [[ZERO] * block.rank for _ in range(outputs)]
        for b, j in enumerate(gauge):
            left[j][b] = ONE
        for j in system.free_rows(place):
            left[j] = [next(entries) for _ in range(block.rank)]
        lefts.append(left)
    design = []
    for k in range(len(system.targets)):
        for j in range(outputs):
            line: list[Scalar] = []
            for block, left in zip(system.blocks, lefts, strict=True):
                line += [x * u for x in block.columns[k] for u in left[j]]
            for x in system.others[k]:
                line += [x if i == j else ZERO for i in range(outputs)]
            design.append(line)
    right = [(y,) for row in system.targets for y in row]
    solution, kernel = least_squares(design, right)
    if guess is not None:
        solution = transpose(near(transpose(solution), kernel, guess[None, :]))
    images = multiply(design, solution)
    errors = [a - b for (a,), (b,) in zip(images, right, strict=True)]
    factors, position = [], 0
    for block, left in zip(system.blocks, lefts, strict=True):
        size = len(block.columns[0]) * block.rank
        flat = [value for (value,) in solution[position : position + size]]
        transposed = [flat[i : i + block.rank] for i in range(0, size, block.rank)]
        hidden = multiply(block.columns, transposed)
        gradient = [
            sum((errors[k * outputs + j] * row[b] for k, row in enumerate(hidden)), ZERO)
            for j in range(outputs)
            for b in range(block.rank)
        ]
        if any(gradient):
            return None
        factors.append(LowRank(tuple(map(tuple, left)), transpose(transposed)))
        position += size
    tail = [value for (value,) in solution[position:]]
    return factors, tuple(tuple(tail[i : i + outputs]) for i in range(0, len(tail), outputs))


def _floats(matrix: arb_mat) -> Any:
    import numpy as np

    return np.array([[float(entry.mid()) for entry in row] for row in matrix.tolist()])
