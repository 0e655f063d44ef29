"""The exact simplex method for bounded variables, from any starting basis, with Bland's rule.

The program is ``minimise cost.x subject to A x = target, lower <= x <= upper`` with an integer
matrix A (r x n).  Row i also has a logical variable, index n + i, with column e_i and both bounds
0: a basis always exists, also where rows are redundant, and every start is allowed, because phase
one minimises the sum of the bound violations of the basic variables.

Notes
-----
*Phase one.*  With I- (I+) the basic variables below their lower (above their upper) bound, the
current subproblem minimises ``sum_{I-} (l_i - x_i) + sum_{I+} (x_i - u_i)`` subject to the bounds
of the other variables, ``x_i <= l_i`` on I- and ``x_i >= u_i`` on I+.  A variable that reaches
its bound leaves I- or I+ for good, so there are finitely many subproblems.  At an optimum with
I- or I+ nonempty the multipliers y satisfy ``y.A_j = -1`` on I-, 1 on I+, 0 for the other basic
variables, <= 0 (>= 0) for nonbasic ones at their lower (upper) bound, hence ``y.target = sum_j
(y.A_j) x_j > sup over the box of sum_j (y.A_j) x_j``: a Farkas certificate.  (Positive
weights of the violations change nothing in this.)

*Termination.*  The largest reduced cost enters while steps make progress; after a step of length
zero Bland's rule (smallest index enters, smallest index leaves) holds until the next progress.
Progress strictly decreases the objective of the subproblem, so no basis returns across it, and
Bland's rule excludes cycles in between.

References
----------
R. G. Bland, "New finite pivoting rules for the simplex method", Math. Oper. Res. 2 (1977).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from flint import fmpq, fmpq_mat, fmpz, fmpz_mat

from exactland.arithmetic.echelon import Vector, modular_pivots, primitive
from exactland.arithmetic.rationals import ONE, ZERO, dot

Bounds = tuple[fmpq | None, ...]


@dataclass(frozen=True, slots=True)
class BoxProgram:
    """``minimise cost.x subject to matrix x = target, lower <= x <= upper`` (None: unbounded)."""

    matrix: fmpz_mat
    target: Vector
    lower: Bounds
    upper: Bounds
    cost: Vector


@dataclass(frozen=True, slots=True)
class Basis:
    """A proposed start.

    Attributes
    ----------
    basic : tuple of int
        The basic variables; logical variables count from n.
    at_upper : frozenset of int
        The nonbasic variables at their upper bounds.
    weights : tuple of positive rationals
        What a unit of violation costs in each row in phase one; 1 where nothing is said.
    """

    basic: tuple[int, ...] = ()
    at_upper: frozenset[int] = frozenset()
    weights: Vector = ()


@dataclass(frozen=True, slots=True)
class SimplexResult:
    """Where the method ended.

    Attributes
    ----------
    status : str
        ``"optimal"``, ``"infeasible"`` or ``"unbounded"``.
    point : vector in Q^n
        The last basic solution; feasible unless the status is ``"infeasible"``.
    multipliers : vector in Q^r
        The optimal dual, or the Farkas certificate of infeasibility.
    ray : vector in Q^n or None
        Where unbounded: a feasible direction of decreasing cost.
    pivots : int
        Steps that were taken; 0 means that the proposed basis was final.
    """

    status: Literal["optimal", "infeasible", "unbounded"]
    point: Vector
    multipliers: Vector
    ray: Vector | None
    pivots: int


def solve_box_program(program: BoxProgram, start: Basis | None = None) -> SimplexResult:
    """Solve a program exactly, from a proposed basis (the logical variables where there is none).

    The proposal may be of any quality: dependent columns are dropped and missing ones are
    replaced by logical variables.

    Examples
    --------
    >>> one, zero = fmpq(1), fmpq(0)
    >>> program = BoxProgram(
    ...     fmpz_mat([[1, 2]]), (one,), (zero, zero), (None, None), (one, one)
    ... )
    >>> result = solve_box_program(program)
    >>> result.status, result.point, result.multipliers
    ('optimal', (0, 1/2), (1/2,))
    """
    return run_simplex(State(program, start or Basis()))


def run_simplex(state: State) -> SimplexResult:
    """Carry out both phases from a starting state."""
    violated = state.violations()
    while violated:
        costs = {index: side * state.weight(index) for index, side in violated.items()}
        multipliers = state.multipliers(costs)
        step = state.entering(multipliers, None)
        if step is None:
            return state.result("infeasible", multipliers)
        if not state.advance(*step, violated):
            raise ArithmeticError("phase one cannot be unbounded")
        violated = {index: side for index, side in state.violations().items() if index in violated}
    while True:
        multipliers = state.multipliers(dict(enumerate(state.program.cost)))
        step = state.entering(multipliers, state.program.cost)
        if step is None:
            return state.result("optimal", multipliers)
        if not state.advance(*step, {}):
            return state.result("unbounded", multipliers, state.ray(*step))


@dataclass(slots=True)
class State:
    """The current basis with the values of its variables."""

    program: BoxProgram
    start: Basis
    basic: list[int] = field(init=False)
    values: list[fmpq] = field(init=False)
    at_upper: set[int] = field(init=False)
    pivots: int = field(init=False, default=0)
    stalled: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self.basic = self._first_basis()
        self.at_upper = {
            index
            for index in self.start.at_upper
            if 0 <= index < self.columns and self.program.upper[index] is not None
        }
        resting = [ZERO if index in self.basic else self._rest(index) for index in self._every()]
        self.values = self._solve(self._missing(resting))

    def _first_basis(self) -> list[int]:
        return _complete(self.program.matrix, self.start.basic)

    @property
    def rows(self) -> int:
        return int(self.program.matrix.nrows())

    @property
    def columns(self) -> int:
        return int(self.program.matrix.ncols())

    def _every(self) -> range:
        return range(self.columns)

    def _bounds(self, index: int) -> tuple[fmpq | None, fmpq | None]:
        if index >= self.columns:
            return ZERO, ZERO
        return self.program.lower[index], self.program.upper[index]

    def _rest(self, index: int) -> fmpq:
        """Return the value of a nonbasic variable: a bound, or 0 where it has none."""
        lower, upper = self._bounds(index)
        if index in self.at_upper or lower is None:
            return ZERO if upper is None else upper
        return lower

    def _column(self, index: int) -> list[fmpz]:
        if index >= self.columns:
            return [fmpz(int(row == index - self.columns)) for row in range(self.rows)]
        return [self.program.matrix[row, index] for row in range(self.rows)]

    def _matrix(self) -> fmpq_mat:
        columns = [self._column(index) for index in self.basic]
        return fmpq_mat(fmpz_mat(columns).transpose())

    # The linear algebra of the method; a number field has its own (field_simplex).

    def _missing(self, resting: list[fmpq]) -> list[fmpq]:
        """Return the target minus what the nonbasic variables contribute."""
        target = fmpq_mat(self.rows, 1, list(self.program.target))
        if any(value != 0 for value in resting):
            numerators, denominator = fmpq_mat(self.columns, 1, resting).numer_denom()
            target -= fmpq_mat(self.program.matrix * numerators) / fmpq(denominator)
        return list(target.entries())

    def _solve(self, right: list[fmpq]) -> list[fmpq]:
        """Return x with  (basis matrix) x = right."""
        return list(self._matrix().solve(fmpq_mat(self.rows, 1, right)).entries())

    def _solve_transposed(self, right: list[fmpq]) -> list[fmpq]:
        """Return y with  y (basis matrix) = right."""
        return list(self._matrix().transpose().solve(fmpq_mat(self.rows, 1, right)).entries())

    def _products(self, multipliers: Vector) -> tuple[list[fmpz], fmpz]:
        """Return y.A_j for all columns, over a common positive denominator."""
        numerators, denominator = fmpq_mat(1, self.rows, list(multipliers)).numer_denom()
        return (numerators * self.program.matrix).entries(), denominator

    def violations(self) -> dict[int, int]:
        """Return the basic variables outside their bounds: -1 below, 1 above."""
        found = {}
        for index, value in zip(self.basic, self.values, strict=True):
            lower, upper = self._bounds(index)
            if lower is not None and value < lower:
                found[index] = -1
            elif upper is not None and value > upper:
                found[index] = 1
        return found

    def weight(self, index: int) -> fmpq:
        row = index - self.columns
        return self.start.weights[row] if 0 <= row < len(self.start.weights) else ONE

    def multipliers(self, costs: dict[int, fmpq]) -> Vector:
        """Return y with ``y.A_j = cost_j`` on the basis."""
        wanted = [costs.get(index, ZERO) for index in self.basic]
        if not any(wanted):
            return (ZERO,) * self.rows
        return tuple(self._solve_transposed(wanted))

    def entering(self, multipliers: Vector, cost: Vector | None) -> tuple[int, int] | None:
        """Return a nonbasic variable and the direction (1 up, -1 down) that lower the objective.

        `cost` is None where nonbasic variables cost nothing.
        """
        products, denominator = self._products(multipliers)
        basic = set(self.basic)
        best, best_size = None, ZERO
        for index, product in enumerate(products):
            if index in basic:
                continue
            reduced = -product if cost is None else cost[index] * denominator - product
            if reduced == 0:
                continue
            lower, upper = self.program.lower[index], self.program.upper[index]
            if lower is not None and lower == upper:
                continue
            free = lower is None and upper is None
            at_top = upper is not None and (index in self.at_upper or lower is None)
            if not free and (reduced > 0) != at_top:
                continue
            size = abs(reduced)
            if size > best_size:
                best, best_size = (index, -1 if reduced > 0 else 1), size
                if self.stalled:
                    break
        return best

    def _rates(self, index: int, direction: int) -> list[fmpq]:
        """Return the rates of change of the basic variables as the entering one moves."""
        return self._solve([fmpq(-direction) * entry for entry in self._column(index)])

    def advance(self, index: int, direction: int, violated: dict[int, int]) -> bool:
        """Move as far as the bounds allow and change the basis; False if nothing stops the move."""
        rates = self._rates(index, direction)
        lower, upper = self._bounds(index)
        length = None if lower is None or upper is None else upper - lower
        leaving: tuple[int, bool] | None = None
        for row, rate in enumerate(rates):
            if rate == 0:
                continue
            stop = self._stop(self.basic[row], rate > 0, violated)
            if stop is None:
                continue
            limit = (stop[0] - self.values[row]) / rate
            if length is None or limit < length:
                length, leaving = limit, (row, stop[1])
            elif limit == length and leaving and self.basic[row] < self.basic[leaving[0]]:
                leaving = (row, stop[1])
        if length is None:
            return False
        moved = self._rest(index) + direction * length
        if length != 0:
            self.values = [
                value + length * rate if rate != 0 else value
                for value, rate in zip(self.values, rates, strict=True)
            ]
        if leaving is None:
            self.at_upper ^= {index}
        else:
            row, at_top = leaving
            left = self.basic[row]
            self.at_upper.discard(index)
            self.at_upper.discard(left)
            if at_top:
                self.at_upper.add(left)
            self.basic[row], self.values[row] = index, moved
        self.stalled = length == 0
        self.pivots += 1
        return True

    def _stop(
        self, index: int, increasing: bool, violated: dict[int, int]
    ) -> tuple[fmpq, bool] | None:
        """Return the bound that stops a basic variable and whether it is the upper one.

        A violated variable stops at the bound it violates, and may move away from it.
        """
        lower, upper = self._bounds(index)
        side = violated.get(index, 0)
        if side and increasing != (side < 0):
            return None
        bound, at_top = (upper, True) if increasing != bool(side) else (lower, False)
        return None if bound is None else (bound, at_top)

    def ray(self, index: int, direction: int) -> Vector:
        """Return the direction of the unstopped move, as a primitive integer vector."""
        entries = [ZERO] * (self.columns + self.rows)
        entries[index] = fmpq(direction)
        for basic, rate in zip(self.basic, self._rates(index, direction), strict=True):
            entries[basic] = rate
        return primitive(entries[: self.columns])

    def result(
        self,
        status: Literal["optimal", "infeasible", "unbounded"],
        multipliers: Vector,
        ray: Vector | None = None,
    ) -> SimplexResult:
        values = dict(zip(self.basic, self.values, strict=True))
        point = tuple(
            values[index] if index in values else self._rest(index) for index in self._every()
        )
        return SimplexResult(status, point, multipliers, ray, self.pivots)


def _complete(matrix: fmpz_mat, proposed: Iterable[int]) -> list[int]:
    """Return the first independent proposed columns, completed by logical variables to a basis."""
    rows, columns = int(matrix.nrows()), int(matrix.ncols())
    chosen = sorted({index for index in proposed if 0 <= index < columns + rows})
    logicals = [index for index in range(columns, columns + rows) if index not in set(chosen)]
    order = chosen + logicals
    table = [
        [matrix[row, index] if index < columns else int(row == index - columns) for index in order]
        for row in range(rows)
    ]
    return [order[position] for position in modular_pivots(fmpz_mat(table))]


def box_supremum(slopes: Sequence[fmpq], lower: Bounds, upper: Bounds) -> fmpq | None:
    """Return ``sup {slopes.x : lower <= x <= upper}``, None where it is infinite.

    Examples
    --------
    >>> box_supremum((fmpq(1), fmpq(-2)), (None, fmpq(3)), (fmpq(5), None))
    -1
    >>> box_supremum((fmpq(1),), (fmpq(0),), (None,)) is None
    True
    """
    chosen = []
    for slope, low, high in zip(slopes, lower, upper, strict=True):
        best = high if slope > 0 else low if slope < 0 else ZERO
        if best is None:
            return None
        chosen.append(best)
    return dot(slopes, chosen)
