"""Small matrices over any ordered field: elimination, characteristic polynomial, inertia.

The entries are scalars (rationals or elements of one real number field); a matrix is a sequence of
rows.  Meant for sizes up to about 30, where plain elimination with exact pivots is quick enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flint import fmpq, fmpq_mat

from exactland.arithmetic.number_fields import NumberField, RealAlgebraic
from exactland.arithmetic.ordered import Scalar, as_rational, is_zero, sign, simplify

Vector = tuple[Scalar, ...]
Rows = Sequence[Sequence[Scalar]]


@dataclass(frozen=True, slots=True)
class Congruence:
    """A symmetric matrix A made diagonal: T A T^T = diag(d), T invertible (so d shows the inertia).

    Attributes
    ----------
    transform : tuple of vectors
        The rows of T, a product of elementary row operations.
    diagonal : vector
        d.
    """

    transform: tuple[Vector, ...]
    diagonal: Vector

    @property
    def inertia(self) -> tuple[int, int, int]:
        """The numbers of negative, zero and positive eigenvalues (Sylvester)."""
        signs = [sign(entry) for entry in self.diagonal]
        return signs.count(-1), signs.count(0), signs.count(1)


def inertia(matrix: Rows) -> Congruence:
    """Diagonalise a symmetric matrix by a congruence (LDL^T with exact pivots).

    Where every diagonal entry left is zero, one row is added to another: the pivot is then twice
    an off-diagonal entry.

    Examples
    --------
    >>> found = inertia([[fmpq(0), fmpq(1)], [fmpq(1), fmpq(0)]])
    >>> found.inertia, found.transform, found.diagonal
    ((1, 0, 1), ((1, 1), (-1/2, 1/2)), (2, -1/2))
    """
    size = len(matrix)
    a = [list(row) for row in matrix]
    if any(len(row) != size for row in a) or any(
        a[i][j] != a[j][i] for i in range(size) for j in range(i)
    ):
        raise ValueError("the matrix is not symmetric")
    t = [list(row) for row in _identity(size)]
    for k in range(size):
        if not _bring_pivot(a, t, k):
            break
        for r in range(k + 1, size):
            if not is_zero(a[r][k]):
                factor = a[r][k] / a[k][k]
                a[r][k:] = [x - factor * y for x, y in zip(a[r][k:], a[k][k:], strict=True)]
                t[r] = [x - factor * y for x, y in zip(t[r], t[k], strict=True)]
        a[k][k + 1 :] = [fmpq(0)] * (size - k - 1)
    return Congruence(tuple(map(tuple, t)), tuple(a[i][i] for i in range(size)))


def solve(matrix: Rows, right: Sequence[Scalar]) -> Vector | None:
    """Return one solution x of ``matrix x = right`` (free variables 0), ``None`` if there is none.

    Examples
    --------
    >>> from exactland.arithmetic.number_fields import sqrt_field
    >>> a = sqrt_field(fmpq(2)).generator
    >>> solve([[a, fmpq(1)], [fmpq(0), a]], [fmpq(1), fmpq(2)])
    (-1 + 1/2*sqrt(2), sqrt(2))
    >>> solve([[fmpq(1)], [fmpq(1)]], [fmpq(0), fmpq(1)]) is None
    True
    """
    columns = len(matrix[0]) if matrix else 0
    rows, pivots = _reduced([[*row, b] for row, b in zip(matrix, right, strict=True)])
    if columns in pivots:
        return None
    solution = [fmpq(0)] * columns
    for row, pivot in zip(rows, pivots, strict=False):
        solution[pivot] = row[-1]
    return tuple(solution)


def solve_columns(matrix: Rows, right: Rows) -> tuple[Vector, ...] | None:
    """Return one solution X of ``matrix X = right`` (free rows 0), ``None`` if there is none.

    Examples
    --------
    >>> from exactland.arithmetic.number_fields import sqrt_field
    >>> a = sqrt_field(fmpq(2)).generator
    >>> solve_columns([[a, fmpq(0)]], [[fmpq(2), a]])
    ((sqrt(2), 1), (0, 0))
    """
    unknowns, columns = len(matrix[0]), len(right[0])
    rows, pivots = _reduced([[*row, *other] for row, other in zip(matrix, right, strict=True)])
    if pivots and pivots[-1] >= unknowns:
        return None
    solution = [(fmpq(0),) * columns] * unknowns
    for row, pivot in zip(rows, pivots, strict=False):
        solution[pivot] = tuple(map(simplify, row[unknowns:]))
    return tuple(solution)


def independent_columns(matrix: Rows) -> tuple[int, ...]:
    """Return the indices of the first linearly independent columns.

    Examples
    --------
    >>> from exactland.arithmetic.number_fields import sqrt_field
    >>> a = sqrt_field(fmpq(2)).generator
    >>> independent_columns([[a, fmpq(2), fmpq(0)], [fmpq(1), a, a]])
    (0, 2)
    """
    return tuple(_reduced(matrix)[1])


def rank(matrix: Rows) -> int:
    """Return the rank.

    Examples
    --------
    >>> from exactland.arithmetic.number_fields import sqrt_field
    >>> a = sqrt_field(fmpq(2)).generator
    >>> rank([[a, fmpq(1)], [fmpq(2), a]]), rank([[a, fmpq(1)], [fmpq(1), a]])
    (1, 2)
    """
    return len(_reduced(matrix)[1])


def nullspace(matrix: Rows, columns: int | None = None) -> tuple[Vector, ...]:
    """Return a basis of the kernel, one vector per free column (1 there, 0 at other free ones).

    Examples
    --------
    >>> from exactland.arithmetic.number_fields import sqrt_field
    >>> a = sqrt_field(fmpq(2)).generator
    >>> nullspace([[a, fmpq(1)], [fmpq(2), a]])
    ((-1/2*sqrt(2), 1),)
    """
    columns = len(matrix[0]) if columns is None else columns
    rows, pivots = _reduced(matrix)
    basis = []
    for free in sorted(set(range(columns)) - set(pivots)):
        vector = [fmpq(0)] * columns
        vector[free] = fmpq(1)
        for row, pivot in zip(rows, pivots, strict=False):
            vector[pivot] = -row[free]
        basis.append(tuple(vector))
    return tuple(basis)


def determinant(matrix: Rows) -> Scalar:
    """Return the determinant of a square matrix.

    Examples
    --------
    >>> from exactland.arithmetic.number_fields import sqrt_field
    >>> a = sqrt_field(fmpq(2)).generator
    >>> determinant([[a, fmpq(1)], [fmpq(1), a]])
    1
    """
    a = [list(row) for row in matrix]
    result: Scalar = fmpq(1)
    for k in range(len(a)):
        pivot = next((i for i in range(k, len(a)) if not is_zero(a[i][k])), None)
        if pivot is None:
            return fmpq(0)
        if pivot != k:
            a[k], a[pivot], result = a[pivot], a[k], -result
        result = result * a[k][k]
        for row in a[k + 1 :]:
            if not is_zero(row[k]):
                factor = row[k] / a[k][k]
                row[k:] = [x - factor * y for x, y in zip(row[k:], a[k][k:], strict=True)]
    return result


def multiply(left: Rows, right: Rows) -> tuple[Vector, ...]:
    """Return the matrix product; entries that are rational come out as plain rationals.

    With A = sum_a A_a theta^a and B = sum_b B_b theta^b, A_a and B_b rational, flint multiplies the
    A_a B_b; the powers theta^(a + b) are reduced at the end.

    Examples
    --------
    >>> from exactland.arithmetic.number_fields import sqrt_field
    >>> a = sqrt_field(fmpq(2)).generator
    >>> multiply([[a, fmpq(1)]], [[a, fmpq(1)], [fmpq(1), a]])
    ((3, 2*sqrt(2)),)
    """
    field = common_field(entry for rows in (left, right) for row in rows for entry in row)
    if not left or not right or not right[0]:
        return tuple(() for _ in left)
    if field is None:
        product = fmpq_mat([list(row) for row in left]) * fmpq_mat([list(row) for row in right])
        return tuple(map(tuple, product.tolist()))
    parts: dict[int, fmpq_mat] = {}
    for a, first in _coefficient_matrices(left, field):
        for b, second in _coefficient_matrices(right, field):
            product = first * second
            parts[a + b] = parts[a + b] + product if a + b in parts else product
    tables = {power: part.tolist() for power, part in parts.items()}
    length = max(tables, default=0) + 1
    result = []
    for i in range(len(left)):
        row = []
        for j in range(len(right[0])):
            coefficients = [fmpq(0)] * length
            for power, table in tables.items():
                coefficients[power] = table[i][j]
            row.append(simplify(field.element(coefficients)))
        result.append(tuple(row))
    return tuple(result)


def characteristic_polynomial(matrix: Rows) -> Vector:
    """Return the coefficients of det(x I - A), ascending, the last one 1.

    Over a number field of degree d by Faddeev and LeVerrier on rational n d x n d matrices, each
    entry replaced by the matrix of the multiplication with it, so that flint does the products.

    Examples
    --------
    >>> from exactland.arithmetic.number_fields import sqrt_field
    >>> a = sqrt_field(fmpq(2)).generator
    >>> characteristic_polynomial([[fmpq(1), a], [a, a]])
    (-2 + sqrt(2), -1 - sqrt(2), 1)
    """
    size = len(matrix)
    plain = [[as_rational(entry) for entry in row] for row in matrix]
    if all(entry is not None for row in plain for entry in row):
        return tuple(fmpq_mat(plain).charpoly().coeffs()) if size else (fmpq(1),)
    field = common_field(entry for row in matrix for entry in row)
    assert field is not None
    degree = field.degree
    regular = _regular_representation(matrix, field)
    # product = the first columns of the blocks of A M_k; c_(n-k) = -trace(A M_k) / k.
    current = fmpq_mat(size * degree, size)
    coefficients: list[Scalar] = [field.element([1])]
    for k in range(1, size + 1):
        for i in range(size):
            for c, value in enumerate(coefficients[-1].coefficients):
                current[i * degree + c, i] += value
        current = regular * current
        trace = field.element(
            sum((current[i * degree + c, i] for i in range(size)), fmpq(0)) for c in range(degree)
        )
        coefficients.append(-trace / k)
    return tuple(coefficients[::-1])


def common_field(values: Iterable[Scalar]) -> NumberField | None:
    """Return the field of the first number that is not a plain rational, ``None`` if all are.

    Examples
    --------
    >>> from exactland.arithmetic.number_fields import sqrt_field
    >>> print(common_field([fmpq(1), sqrt_field(fmpq(2)).generator]), common_field([fmpq(1)]))
    Q(sqrt(2)) None
    """
    return next((v.field for v in values if isinstance(v, RealAlgebraic)), None)


def _coefficient_matrices(rows: Rows, field: NumberField) -> list[tuple[int, fmpq_mat]]:
    """Return the nonzero rational matrices A_a of  A = sum_a A_a theta^a, with their powers a."""
    entries = [_coefficients(entry, field) for row in rows for entry in row]
    shape = len(rows), len(rows[0])
    return [
        (power, fmpq_mat(*shape, [entry[power] for entry in entries]))
        for power in range(field.degree)
        if any(entry[power] for entry in entries)
    ]


def _coefficients(value: Scalar, field: NumberField) -> tuple[fmpq, ...]:
    if isinstance(value, RealAlgebraic):
        if value.field is not field:
            value = value + field.element([0])  # raises where the fields differ
        return value.coefficients
    return (fmpq(value), *[fmpq(0)] * (field.degree - 1))


def _regular_representation(matrix: Rows, field: NumberField) -> fmpq_mat:
    degree = field.degree
    powers = [field.generator**c for c in range(degree)]
    result = fmpq_mat(len(matrix) * degree, len(matrix) * degree)
    for i, row in enumerate(matrix):
        for j, entry in enumerate(row):
            if is_zero(entry):
                continue
            for c, power in enumerate(powers):
                for r, value in enumerate((entry * power).coefficients):
                    result[i * degree + r, j * degree + c] = value
    return result


def _reduced(matrix: Rows) -> tuple[list[list[Scalar]], list[int]]:
    """Return the reduced row echelon form (zero rows kept at the end) and its pivot columns."""
    rows = [list(row) for row in matrix]
    pivots: list[int] = []
    for column in range(len(rows[0]) if rows else 0):
        top = len(pivots)
        found = next((i for i in range(top, len(rows)) if not is_zero(rows[i][column])), None)
        if found is None:
            continue
        rows[top], rows[found] = rows[found], rows[top]
        head = rows[top][column]
        rows[top] = [entry / head for entry in rows[top]]
        for i, row in enumerate(rows):
            if i != top and not is_zero(row[column]):
                factor = row[column]
                rows[i] = [x - factor * y for x, y in zip(row, rows[top], strict=True)]
        pivots.append(column)
    return rows, pivots


def _bring_pivot(a: list[list[Scalar]], t: list[list[Scalar]], k: int) -> bool:
    """Make a[k][k] nonzero by a congruence of the rows and columns from k on, if one can."""
    size = len(a)
    pivot = next((i for i in range(k, size) if not is_zero(a[i][i])), None)
    if pivot is None:
        places = ((i, j) for i in range(k, size) for j in range(i) if j >= k)
        place = next((p for p in places if not is_zero(a[p[0]][p[1]])), None)
        if place is None:
            return False
        other, pivot = place
        a[pivot] = [x + y for x, y in zip(a[pivot], a[other], strict=True)]
        t[pivot] = [x + y for x, y in zip(t[pivot], t[other], strict=True)]
        for row in a:
            row[pivot] = row[pivot] + row[other]
    if pivot != k:
        a[k], a[pivot], t[k], t[pivot] = a[pivot], a[k], t[pivot], t[k]
        for row in a:
            row[k], row[pivot] = row[pivot], row[k]
    return True


def _identity(size: int) -> list[list[fmpq]]:
    return [[fmpq(int(i == j)) for j in range(size)] for i in range(size)]
