"""The exact simplex method over a real number field, for programs of moderate size.

The method, its rules and its proof of termination are in :mod:`~exactland.arithmetic.simplex`; only
the linear algebra of a basis differs.  It starts from the logical variables.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flint import fmpq

from exactland.arithmetic.echelon import Vector
from exactland.arithmetic.field_matrices import multiply, solve_columns
from exactland.arithmetic.ordered import Scalar
from exactland.arithmetic.rationals import dot
from exactland.arithmetic.simplex import (
    Basis,
    Bounds,
    BoxProgram,
    SimplexResult,
    State,
    run_simplex,
)


@dataclass(frozen=True, slots=True)
class FieldMatrix:
    """A matrix over a number field with the few methods that the simplex method asks for."""

    entries: tuple[Vector, ...]

    def nrows(self) -> int:
        """Return the number of rows."""
        return len(self.entries)

    def ncols(self) -> int:
        """Return the number of columns."""
        return len(self.entries[0])

    def __getitem__(self, place: tuple[int, int]) -> Scalar:
        row, column = place
        return self.entries[row][column]


def solve_field_program(
    rows: Sequence[Vector], target: Vector, lower: Bounds, upper: Bounds, cost: Vector
) -> SimplexResult:
    """Solve ``minimise cost.x subject to rows x = target, lower <= x <= upper`` exactly.

    Parameters
    ----------
    rows : r vectors of length n
        At least one; entries are rationals and elements of one number field, as everywhere here.

    Examples
    --------
    >>> from exactland.arithmetic.number_fields import sqrt_field
    >>> root, one = sqrt_field(fmpq(2)).generator, fmpq(1)
    >>> zero = fmpq(0)
    >>> result = solve_field_program([(one, root)], (one,), (zero, zero), (None, None), (one, one))
    >>> result.status, result.point
    ('optimal', (0, 1/2*sqrt(2)))
    """
    program = BoxProgram(FieldMatrix(tuple(map(tuple, rows))), target, lower, upper, cost)
    return run_simplex(_FieldState(program, Basis()))


@dataclass(slots=True)
class _FieldState(State):
    """A state whose basis matrix lies over a number field."""

    def _first_basis(self) -> list[int]:
        return list(range(self.columns, self.columns + self.rows))

    def _missing(self, resting: list[fmpq]) -> list[fmpq]:
        rows = zip(self.program.target, self.program.matrix.entries, strict=True)
        return [value - dot(row, resting) for value, row in rows]

    def _solve(self, right: list[fmpq]) -> list[fmpq]:
        return self._solution(list(zip(*map(self._column, self.basic), strict=True)), right)

    def _solve_transposed(self, right: list[fmpq]) -> list[fmpq]:
        return self._solution([self._column(index) for index in self.basic], right)

    def _products(self, multipliers: Vector) -> tuple[list[Scalar], fmpq]:
        return list(multiply([multipliers], self.program.matrix.entries)[0]), fmpq(1)

    @staticmethod
    def _solution(matrix: Sequence[Sequence[Scalar]], right: list[Scalar]) -> list[Scalar]:
        rows = [[fmpq(1) * entry for entry in row] for row in matrix]
        solution = solve_columns(rows, [(entry,) for entry in right])
        assert solution is not None, "a basis matrix is invertible"
        return [entry for (entry,) in solution]
