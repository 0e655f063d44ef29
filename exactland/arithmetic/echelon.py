"""Row reduction: rank, independent rows, linear systems, kernels.

Everything rests on one primitive, FLINT's reduced row echelon form of an integer matrix; where an
entry lies in a real number field, on plain elimination in
:mod:`~exactland.arithmetic.field_matrices`, with the same conventions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from flint import fmpq, fmpq_mat, fmpz, fmpz_mat, nmod_mat

from exactland.arithmetic import field_matrices
from exactland.arithmetic.field_matrices import common_field
from exactland.arithmetic.number_fields import NumberField
from exactland.arithmetic.ordered import rational_below, simplify
from exactland.arithmetic.rationals import ZERO

Vector = tuple[fmpq, ...]
Matrix = tuple[Vector, ...]

_PRIME = 9223372036854775783


def primitive(vector: Sequence[fmpq]) -> Vector:
    """Return the primitive integer vector on the same ray: a positive multiple of `vector`.

    On a ray without rational vectors: the one whose last nonzero entry is an integer and whose
    coefficients are coprime integers.

    Examples
    --------
    >>> primitive((fmpq(-2, 3), fmpq(0), fmpq(4)))
    (-1, 0, 6)
    >>> primitive((fmpq(0),))
    (0,)
    >>> from exactland.arithmetic.number_fields import sqrt_field
    >>> root = sqrt_field(fmpq(2)).generator
    >>> primitive((3 * root, 6 * root)), primitive((root, fmpq(-1, 2)))
    ((1, 2), (2*sqrt(2), -1))
    """
    field = common_field(vector)
    if field is not None:
        return _primitive_over(field, vector)
    return tuple(fmpq(entry) for entry in _primitive_integers(vector))


def shorten_direction(vector: Sequence[fmpq], accepts: Callable[[Vector], bool]) -> Vector:
    """Return a short integer vector close to the ray of `vector` that `accepts` admits.

    Coarse roundings are tried first; where none is admitted the primitive multiple of `vector`
    itself is returned.  (`vector` must be admitted, and admission must not depend on length.)

    Examples
    --------
    >>> shorten_direction((fmpq(1, 3), fmpq(10, 31)), lambda v: v[0] > 0 and v[1] > 0)
    (1, 1)
    >>> shorten_direction((fmpq(7, 3), fmpq(1, 100)), lambda v: v[1] > 0)
    (135, 1)
    """
    exact = primitive(vector)
    algebraic = common_field(exact) is not None
    near = _primitive_integers([rational_below(entry, 128) for entry in exact])
    largest = max((abs(entry) for entry in near), default=fmpz(0))
    if largest == 0:
        return exact
    size = 1
    while (algebraic or size < largest) and size < 2**80:
        # size * entry / largest to the nearest integer, halves upwards
        nearest = [(2 * size * entry + largest) // (2 * largest) for entry in near]
        rounded = tuple(fmpq(entry) for entry in nearest)
        if accepts(rounded):
            return primitive(rounded)
        size = size + 1 if size < 12 else size * 3 // 2
    return exact


def rank(rows: Sequence[Sequence[fmpq]]) -> int:
    """Return the rank of the matrix with the given rows.

    Examples
    --------
    >>> rank([[fmpq(1), fmpq(2)], [fmpq(1, 2), fmpq(1)]]), rank([])
    (1, 0)
    """
    if _over_field(rows):
        return field_matrices.rank(rows)
    modular = rank_lower_bound(rows)
    if rows and modular == min(len(rows), len(rows[0])):
        return modular
    return len(_echelon(integer_rows(rows))[0])


def rank_lower_bound(rows: Sequence[Sequence[fmpq]]) -> int:
    """Return the rank modulo a large prime: never above the rank, and nearly always the rank.

    No common denominator is formed, so this stays cheap where a thousand coprime denominators
    make exact row reduction expensive.

    Examples
    --------
    >>> rank_lower_bound([[fmpq(1, 3), fmpq(2, 7)], [fmpq(7, 6), fmpq(1)]])
    1
    """
    if _width(rows) == 0:
        return 0
    entries = [entry for row in rows for entry in row]
    try:
        return int(nmod_mat(len(rows), len(rows[0]), entries, _PRIME).rank())
    except ZeroDivisionError:  # a denominator vanishes modulo the prime
        return 0


def independent_rows(rows: Sequence[Sequence[fmpq]]) -> tuple[int, ...]:
    """Return the indices of the first linearly independent rows, a basis of the row space.

    Row k is listed exactly when it is not a combination of the rows before it.

    Examples
    --------
    >>> independent_rows([[fmpq(0), fmpq(0)], [fmpq(1), fmpq(2)], [fmpq(2), fmpq(4)], [1, 0]])
    (1, 3)
    """
    if _over_field(rows):
        return field_matrices.independent_columns(list(zip(*rows, strict=True)))
    matrix = integer_rows(rows)
    return _echelon(matrix.transpose())[0]


def solve_linear(matrix: Sequence[Sequence[fmpq]], rhs: Sequence[fmpq]) -> Vector | None:
    """Return one solution x of ``matrix x = rhs``, or None if there is none.

    The system may be rectangular and rank-deficient; the coordinates that no equation determines
    are zero.

    Examples
    --------
    >>> solve_linear([[fmpq(1), fmpq(1)], [fmpq(2), fmpq(2)]], [fmpq(1, 2), fmpq(1)])
    (1/2, 0)
    >>> solve_linear([[fmpq(1), fmpq(1)], [fmpq(2), fmpq(2)]], [fmpq(1), fmpq(1)]) is None
    True
    """
    solution = solve_columns(matrix, [(entry,) for entry in rhs])
    return None if solution is None else tuple(row[0] for row in solution)


def solve_columns(matrix: Sequence[Sequence[fmpq]], rhs: Sequence[Sequence[fmpq]]) -> Matrix | None:
    """Return one solution X of ``matrix X = rhs`` (several right-hand sides), or None.

    Raises
    ------
    ValueError
        If the numbers of rows differ.

    Examples
    --------
    >>> solve_columns([[fmpq(2), fmpq(0)]], [[fmpq(1), fmpq(3)]])
    ((1/2, 3/2), (0, 0))
    """
    if len(matrix) != len(rhs):
        raise ValueError(f"{len(matrix)} equations with {len(rhs)} right-hand sides")
    if not matrix:
        return ()
    unknowns, columns = len(matrix[0]), len(rhs[0])
    if _over_field(matrix) or _over_field(rhs):
        return field_matrices.solve_columns(matrix, rhs)
    augmented = integer_rows([(*row, *right) for row, right in zip(matrix, rhs, strict=True)])
    pivots, dependent = _echelon(augmented)
    if pivots and pivots[-1] >= unknowns:
        return None
    rows = {pivot: row for row, pivot in enumerate(pivots)}
    first = unknowns - len(pivots)
    nothing = (ZERO,) * columns
    table = dependent.tolist()
    return tuple(
        tuple(table[rows[column]][first:]) if column in rows else nothing
        for column in range(unknowns)
    )


def nullspace(rows: Sequence[Sequence[fmpq]], columns: int) -> tuple[Vector, ...]:
    """Return a basis of {v in Q^columns : row.v = 0 for all rows}, as primitive integer vectors.

    The basis is the one of the reduced echelon form: each basis vector has one coordinate (its
    last nonzero one, which is positive) that vanishes in all the others, so independence is
    visible.  No rows give the identity.

    Examples
    --------
    >>> nullspace([[fmpq(1), fmpq(1, 2), fmpq(0)]], 3)
    ((-1, 2, 0), (0, 0, 1))
    >>> nullspace([], 2)
    ((1, 0), (0, 1))
    """
    if not rows or columns == 0:
        return _identity(columns)
    if _over_field(rows):
        return tuple(primitive(vector) for vector in field_matrices.nullspace(rows, columns))
    pivots, dependent = _echelon(integer_rows(rows))
    pivot_set = set(pivots)
    free = [column for column in range(columns) if column not in pivot_set]
    basis = []
    for column, combination in zip(free, dependent.transpose().tolist(), strict=True):
        vector = [ZERO] * columns
        vector[column] = fmpq(1)
        for pivot, coefficient in zip(pivots, combination, strict=True):
            vector[pivot] = -coefficient
        basis.append(primitive(vector))
    return tuple(basis)


def unit_vector(index: int, length: int) -> Vector:
    """Return the standard basis vector.

    Examples
    --------
    >>> unit_vector(1, 3)
    (0, 1, 0)
    """
    return tuple(fmpq(int(position == index)) for position in range(length))


@cache
def _identity(size: int) -> Matrix:
    return tuple(unit_vector(index, size) for index in range(size))


def integer_rows(rows: Sequence[Sequence[fmpq]]) -> fmpz_mat:
    """Return the integer matrix whose rows are the primitive multiples of the given ones.

    Row space, kernel and row dependencies' index sets are unchanged.

    Examples
    --------
    >>> integer_rows([[fmpq(1, 2), fmpq(1, 3)], [fmpq(4), fmpq(2)]]).tolist()
    [[3, 2], [2, 1]]
    """
    columns = _width(rows)
    entries = [entry for row in rows for entry in _primitive_integers(row)]
    return fmpz_mat(len(rows), columns, entries)


def modular_pivots(matrix: fmpz_mat) -> tuple[int, ...]:
    """Return columns that are independent modulo a fixed prime, hence independent over Q.

    Examples
    --------
    >>> modular_pivots(fmpz_mat([[0, 2, 4, 1], [0, 1, 2, 1]]))
    (1, 3)
    """
    if matrix.nrows() == 0 or matrix.ncols() == 0:
        return ()
    reduced, size = nmod_mat(matrix, _PRIME).rref()
    return _leading_columns(reduced, size)


def _over_field(rows: Sequence[Sequence[fmpq]]) -> bool:
    return common_field(entry for row in rows for entry in row) is not None


def _primitive_over(field: NumberField, vector: Sequence[fmpq]) -> Vector:
    last = next((entry for entry in reversed(vector) if entry), None)
    if last is None:
        return (ZERO,) * len(vector)
    ray = [simplify(entry / abs(last)) for entry in vector]
    if common_field(ray) is None:
        return primitive(ray)
    elements = [field.element([0]) + entry for entry in ray]
    integers = _primitive_integers([c for element in elements for c in element.coefficients])
    degree = field.degree
    starts = range(0, len(integers), degree)
    return tuple(simplify(field.element(integers[i : i + degree])) for i in starts)


def _width(rows: Sequence[Sequence[fmpq]]) -> int:
    columns = len(rows[0]) if rows else 0
    if any(len(row) != columns for row in rows):
        raise ValueError("rows of different lengths")
    return columns


def _primitive_integers(vector: Sequence[fmpq]) -> list[fmpz]:
    if not vector:
        return []
    numerators, _ = fmpq_mat(1, len(vector), list(vector)).numer_denom()
    entries: list[fmpz] = numerators.entries()
    content = fmpz(0)
    for entry in entries:
        content = content.gcd(entry)
        if content == 1:
            return entries
    return [entry // content for entry in entries] if content else entries


def _leading_columns(reduced: fmpz_mat | nmod_mat, size: int) -> tuple[int, ...]:
    pivots: list[int] = []
    column = 0
    for row in range(size):
        while reduced[row, column] == 0:
            column += 1
        pivots.append(column)
        column += 1
    return tuple(pivots)


def _echelon(matrix: fmpz_mat) -> tuple[tuple[int, ...], fmpq_mat]:
    """Return the pivot columns P and the matrix X with (other columns) = (pivot columns) X.

    Together they are the reduced row echelon form of `matrix`.
    """
    if matrix.nrows() == 0 or matrix.ncols() == 0:
        return (), fmpq_mat(0, matrix.ncols())
    reduced, denominator, size = matrix.rref()
    pivots = _leading_columns(reduced, size)
    others = _complement(pivots, matrix.ncols())
    table = reduced.tolist()
    entries = [table[row][column] for row in range(size) for column in others]
    return pivots, fmpq_mat(fmpz_mat(size, len(others), entries)) / fmpq(denominator)


def _complement(indices: Sequence[int], size: int) -> tuple[int, ...]:
    excluded = set(indices)
    return tuple(index for index in range(size) if index not in excluded)
