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
from exactland.arithmetic.compositum import adjoin_roots
from exactland.arithmetic.matrices import (
    least_squares,
    multiply,
    transpose,
)
from exactland.arithmetic.ordered import Scalar
from exactland.arithmetic.rationals import ONE, ZERO, dot, from_float, round_relative
from exactland.arithmetic.recognition import in_field, recognise
from exactland.landscape.snapping.low_rank import Block, LowRank, NotFoundError, near
from exactland.problem.network import Matrix

PRECISIONS: Final = (500, 2000, 8000)
"""Bits to which the solution is computed, one after the other, until it is recognised."""
MAX_UNKNOWNS: Final = 60
"""Unknowns of the polynomial system beyond which it is given up."""
FLOAT_STEPS: Final = 50
SINGULAR: Final = 1e-9
"""Relative size below which an eigenvalue of the Hessian counts as zero."""
FROZEN_BITS: Final = 24
"""Significant bits of the unknowns that are chosen."""
MIXTURES: Final = ((1,), (1, 1), (1, 2, 3, 4), (1, -1, 2, -3))
"""Combinations of the entries of the U_p that are tried as generators of the field."""


@dataclass(frozen=True, slots=True)
class _System:
    """The polynomial system.

    Attributes
    ----------
    blocks : the groups of low rank, with for each the rows where U_p is the identity
    others : N x q, the columns of everything else
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

    @property
    def free_entries(self) -> int:
        """The number of unknown entries of the U_p."""
        places = enumerate(self.blocks)
        return sum(len(self.free_rows(place)) * block.rank for place, block in places)

    def free_rows(self, place: int) -> list[int]:
        """Return the rows of U_p that are unknown."""
        return [j for j in range(self.outputs) if j not in self.gauges[place]]


def solve_coupled(
    blocks: Sequence[Block], others: Matrix, targets: Matrix, guess: Any
) -> tuple[list[LowRank], Matrix]:
    """Return low-rank B_p and coordinates of the other columns at which the gradient vanishes.

    Parameters
    ----------
    blocks : two or more groups of low rank
    others : N x q
        The columns of all other groups and of the output bias.
    targets : N x J
    guess : q x J float array
        The checkpoint in the other coordinates.

    Raises
    ------
    NotFoundError
        If Newton's method does not stay near the checkpoint, or no field is recognised.

    References
    ----------
    Spec, section 5 ("coupled low-rank groups").
    """
    system = _System(tuple(blocks), tuple(map(_gauge, blocks)), others, targets)
    point, frozen = _float_solution(system, guess)
    for bits in PRECISIONS:
        point = _newton(system, point, frozen, bits)
        found = _recognised(system, point, frozen, bits)
        if found is not None:
            return found
    message = f"{len(blocks)} groups of low rank share data; no number field was recognised"
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
    system = _System(tuple(blocks), tuple(map(_gauge, blocks)), others, targets)
    point = _checkpoint(system, guess)
    count = system.free_entries
    free = [round_relative(from_float(x), bits) for x in point[:count].tolist()]
    return _exactly(system, free, point[count:], {})


def _checkpoint(system: _System, guess: Any) -> Any:
    """Return the checkpoint as one vector of floats: free entries of U, then V, then the rest."""
    import numpy as np

    free, linear = [], []
    for place, block in enumerate(system.blocks):
        left = _left_guess(block, system.gauges[place])
        free.append(left[system.free_rows(place)].ravel())
        linear.append(np.linalg.lstsq(left, block.guess, rcond=None)[0].T.ravel())
    return np.concatenate([*free, *linear, guess.ravel()])


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


def _float_solution(system: _System, guess: Any) -> tuple[list[arb], dict[int, fmpq]]:
    """Return a solution near the checkpoint in floats, and the unknowns that it leaves open.

    Where the solutions form a manifold (the Hessian is singular), as many unknowns as its dimension
    are frozen at short rational numbers, so that the others are determined.
    """
    import numpy as np

    start = _checkpoint(system, guess)
    if len(start) > MAX_UNKNOWNS:
        raise NotFoundError(f"{len(start)} unknowns in a coupled system: too many")
    point = _float_newton(system, start, start, [])
    _, hessian = _derivatives(system, [arb(x) for x in point.tolist()])
    values, vectors = np.linalg.eigh(_floats(hessian))
    kernel = vectors[:, np.abs(values) < SINGULAR * np.abs(values).max()]
    frozen = {
        index: round_relative(from_float(float(point[index])), FROZEN_BITS)
        for index in _transversal(kernel, system.free_entries)
    }
    for index, value in frozen.items():
        point[index] = float(int(value.p) / int(value.q))
    return [arb(x) for x in _float_newton(system, point, start, list(frozen)).tolist()], frozen


def _float_newton(system: _System, point: Any, start: Any, frozen: list[int]) -> Any:
    import numpy as np

    moving = np.array([index not in frozen for index in range(len(point))])
    limit = 0.5 * (1 + np.abs(start).max(initial=0.0))
    for _ in range(FLOAT_STEPS):
        gradient, hessian = _derivatives(system, [arb(x) for x in point.tolist()])
        matrix = _floats(hessian)[np.ix_(moving, moving)]
        step = np.linalg.lstsq(matrix, _floats(gradient)[moving, 0], rcond=SINGULAR)[0]
        point = point.copy()
        point[moving] -= step
        if not np.isfinite(point).all() or np.abs(point - start).max(initial=0.0) > limit:
            raise NotFoundError("Newton's method leaves the checkpoint (groups that share data)")
        if np.abs(step).max(initial=0.0) <= 1e-11 * (1 + np.abs(point).max()):
            return point
    raise NotFoundError("Newton's method does not settle (groups that share data)")


def _transversal(kernel: Any, free: int) -> list[int]:
    """Return as many coordinates as the kernel has dimensions, which determine its vectors; entries
    of the U_p, the first `free` ones, if they do about as well as others.
    """
    import numpy as np

    rest, chosen = kernel.copy(), []
    for _ in range(kernel.shape[1]):
        sizes = np.linalg.norm(rest, axis=1)
        sizes[:free] *= 10
        index = int(np.argmax(sizes))
        chosen.append(index)
        direction = rest[index] / np.linalg.norm(rest[index])
        rest = rest - np.outer(rest @ direction, direction)
    return sorted(chosen)


def _newton(system: _System, point: list[arb], frozen: dict[int, fmpq], bits: int) -> list[arb]:
    """Refine a solution to about `bits` bits; balls only carry the precision."""
    steps = math.ceil(math.log2(bits)) + 2
    moving = [index for index in range(len(point)) if index not in frozen]
    with working_precision(bits + 128):
        point = [arb(frozen[i]) if i in frozen else x for i, x in enumerate(point)]
        for _ in range(steps):
            gradient, hessian = _derivatives(system, point)
            matrix = arb_mat([[hessian[i, j] for j in moving] for i in moving])
            right = arb_mat([[gradient[i, 0]] for i in moving])
            try:
                change = matrix.solve(right, algorithm="approx").entries()
            except ZeroDivisionError:
                raise NotFoundError("a coupled system with a singular Jacobian") from None
            if not all(step.is_finite() for step in change):
                raise NotFoundError("a coupled system with a singular Jacobian")
            for index, step in zip(moving, change, strict=True):
                point[index] = arb((point[index] - step).mid())
            size = max(abs(step.mid()) for step in change)
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
    linear_start = system.free_entries
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
    system: _System, point: list[arb], frozen: dict[int, fmpq], bits: int
) -> tuple[list[LowRank], Matrix] | None:
    """Recognise the U_p in a number field and solve for the rest; None where that fails."""
    count = system.free_entries
    fixed = {index - count: value for index, value in frozen.items() if index >= count}
    unknown = [index for index in range(count) if index not in frozen]
    if not unknown:
        return _exactly(system, [frozen[index] for index in range(count)], None, fixed)
    for mixture in MIXTURES:
        with working_precision(bits + 64):
            digits = [point[index] for index in unknown]
            value = sum((c * x for c, x in zip(mixture, digits, strict=False)), arb(0))
        root = recognise(value, bits)
        if root is None or root.lower == root.upper:
            continue
        field, _ = adjoin_roots([root])
        assert field is not None
        found = {index: in_field(point[index], field, bits) for index in unknown}
        entries = [frozen.get(index, found.get(index)) for index in range(count)]
        if all(entry is not None for entry in entries):
            solved = _exactly(system, entries, None, fixed)
            if solved is not None:
                return solved
    return None


def _exactly(
    system: _System, free: Sequence[Scalar], guess: Any, fixed: dict[int, fmpq]
) -> tuple[list[LowRank], Matrix] | None:
    """Solve for the V_p and the other coordinates over the field; None if the U_p do not fit.

    A guess (all unknowns but the U_p, in floats) chooses what the equations leave open; `fixed`
    holds those of them that are given.
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
    given = [sum((line[i] * value for i, value in fixed.items()), ZERO) for line in design]
    moving = [index for index in range(len(design[0])) if index not in fixed]
    reduced = [[line[index] for index in moving] for line in design]
    wanted = [(y - value,) for (y,), value in zip(right, given, strict=True)]
    part, kernel = least_squares(reduced, wanted)
    if guess is not None:
        part = transpose(near(transpose(part), kernel, guess[None, :]))
    values = {**fixed, **dict(zip(moving, (value for (value,) in part), strict=True))}
    solution = [(values[index],) for index in range(len(design[0]))]
    images = multiply(design, solution)
    errors = [a - b for (a,), (b,) in zip(images, right, strict=True)]
    if any(dot([line[index] for line in design], errors) for index in fixed):
        return None
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
