"""The inertia of a symmetric matrix, with a witness that plain integer arithmetic checks.

Entries are rationals, or elements of a real number field (then witness vectors are over the field).

The witness is a basis K of the kernel and a matrix C such that ``C^T H C`` is strictly diagonally
dominant.

Notes
-----
*Why it proves the inertia.*  Let H be n x n, K have k independent columns with ``H K = 0``, C have
n - k columns, and ``M = C^T H C`` satisfy ``|M_ii| > sum_{j != i} |M_ij|`` for all i.

1. The symmetric matrices ``(1 - t) M + t diag(M)``, 0 <= t <= 1, are all strictly diagonally
   dominant, so by Gershgorin no eigenvalue passes through 0: M has as many positive (negative)
   eigenvalues as positive (negative) diagonal entries, and none is zero.
2. If ``C x = K y`` then ``M x = C^T H K y = 0``, so x = 0 and y = 0: the n columns of [K, C] are a
   basis, in which H is the block matrix diag(0, M).  Sylvester's law of inertia gives the counts:
   k zero, and as many positive and negative ones as the diagonal of M has.

In large rational matrices C comes from float eigenvectors, rounded; the dominance is verified
exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from flint import fmpq, fmpz, fmpz_mat

from exactland.arithmetic.dominance import (
    PRECISION,
    IntegerForm,
    dominant_signs,
    eigenvector_congruence,
    most_negative_eigenvector,
)
from exactland.arithmetic.echelon import (
    Matrix,
    Vector,
    integer_rows,
    nullspace,
    primitive,
    rank_lower_bound,
    shorten_direction,
    unit_vector,
)
from exactland.arithmetic.field_matrices import common_field
from exactland.arithmetic.ordered import Scalar, simplify
from exactland.arithmetic.rationals import ZERO, sign

_ELIMINATE_UP_TO, _ELIMINATED_BITS = 40, 2**14
_MOST_PRECISION = 2**15


@dataclass(frozen=True, slots=True)
class Inertia:
    """How many eigenvalues are negative, zero and positive, and why.

    Attributes
    ----------
    negative, zero, positive : int
        The counts, with multiplicity.
    kernel : tuple of vectors
        A basis of the kernel; integer vectors, each with a last nonzero coordinate that vanishes
        in the others.
    congruence : tuple of vectors
        Integer vectors, the *columns* of C: ``C^T H C`` is strictly diagonally dominant.
    signs : tuple of int
        The signs (1 or -1) of the diagonal of ``C^T H C``.
    method : str
        ``"elimination"`` (then ``C^T H C`` is diagonal) or ``"eigenvectors"``.
    """

    negative: int
    zero: int
    positive: int
    kernel: tuple[Vector, ...]
    congruence: tuple[Vector, ...]
    signs: tuple[int, ...]
    method: Literal["elimination", "eigenvectors"]

    @property
    def counts(self) -> tuple[int, int, int]:
        return (self.negative, self.zero, self.positive)

    def __str__(self) -> str:
        return f"{self.negative} negative, {self.zero} zero, {self.positive} positive"


def inertia(symmetric: Sequence[Sequence[fmpq]]) -> Inertia:
    """Return the inertia of a symmetric matrix, with its witness.

    Raises
    ------
    ValueError
        If the matrix is not symmetric.

    Examples
    --------
    >>> found = inertia([[fmpq(0), fmpq(1), 0], [fmpq(1), fmpq(0), 0], [0, 0, 0]])
    >>> print(found)
    1 negative, 1 zero, 1 positive
    >>> found.kernel, found.congruence, found.signs
    (((0, 0, 1),), ((1, 1, 0), (1, -1, 0)), (1, -1))
    """
    matrix = _require_symmetric(symmetric)
    size = len(matrix)
    kernel = _kernel(matrix)
    free = {_last_nonzero(vector) for vector in kernel}
    # By symmetry the rows outside `free` span the row space, so this principal submatrix is
    # nonsingular of full rank.
    kept = [index for index in range(size) if index not in free]
    block = tuple(tuple(matrix[row][column] for column in kept) for row in kept)
    columns = None
    if _is_rational(block) and (
        len(kept) > _ELIMINATE_UP_TO or len(kept) * _cleared_bits(block) > _ELIMINATED_BITS
    ):
        columns = eigenvector_congruence(block)
    method: Literal["elimination", "eigenvectors"] = "eigenvectors"
    if columns is None:
        method, columns = "elimination", _elimination_congruence(block)
    signs = tuple(diagonal_sign for _, diagonal_sign in columns)
    congruence = tuple(_embed(column, kept, size) for column, _ in columns)
    negative = sum(1 for value in signs if value < 0)
    return Inertia(negative, len(kernel), len(signs) - negative, kernel, congruence, signs, method)


def verify_inertia(symmetric: Sequence[Sequence[fmpq]], claimed: Inertia) -> bool:
    """Return whether the witness proves the claimed counts (module notes), in exact arithmetic.

    Examples
    --------
    >>> matrix = [[fmpq(2), fmpq(1)], [fmpq(1), fmpq(2)]]
    >>> verify_inertia(matrix, inertia(matrix))
    True
    >>> verify_inertia([[fmpq(-2), fmpq(1)], [fmpq(1), fmpq(2)]], inertia(matrix))
    False
    """
    matrix = _require_symmetric(symmetric)
    size = len(matrix)
    kernel, congruence = claimed.kernel, claimed.congruence
    counts = (claimed.signs.count(-1), len(kernel), claimed.signs.count(1))
    if counts != claimed.counts or sum(counts) != size or len(congruence) != len(claimed.signs):
        return False
    vectors = (*kernel, *congruence)
    if any(len(vector) != size or any(entry.q != 1 for entry in vector) for vector in vectors):
        return False
    lasts = [_last_nonzero(vector) for vector in kernel]
    if -1 in lasts or any(
        (vector[last] != 0) != (vector is other)
        for other, last in zip(kernel, lasts, strict=True)
        for vector in kernel
    ):
        return False
    if kernel and not _annihilates(matrix, kernel):
        return False
    if not congruence:
        return True
    columns = fmpz_mat([[entry.p for entry in vector] for vector in congruence]).transpose()
    bits = PRECISION
    while bits <= _MOST_PRECISION:
        form = IntegerForm.of(matrix, bits)
        signs = dominant_signs(columns.transpose() * form.entries * columns, form.slack(columns))
        if signs is not None or form.exact:
            return signs == claimed.signs
        bits *= 4
    return False


def negative_direction(symmetric: Sequence[Sequence[fmpq]]) -> Vector | None:
    """Return an integer vector v with ``v^T H v < 0``, or None if H is positive semidefinite.

    Coordinate vectors are preferred, then combinations of two, then short vectors.

    Examples
    --------
    >>> negative_direction([[fmpq(1), fmpq(2)], [fmpq(2), fmpq(1)]])
    (1, -1)
    >>> negative_direction([[fmpq(1), fmpq(1)], [fmpq(1), fmpq(1)]]) is None
    True
    """
    matrix = _require_symmetric(symmetric)
    size = len(matrix)
    for index in range(size):
        if matrix[index][index] < 0:
            return unit_vector(index, size)
    pair = _negative_pair(matrix)
    if pair is not None:
        return pair

    def accepts(vector: Vector) -> bool:
        return quadratic_form(matrix, vector) < 0

    if size > _ELIMINATE_UP_TO and _is_rational(matrix):
        guess = most_negative_eigenvector(matrix)
        if guess is not None and accepts(guess):
            return shorten_direction(guess, accepts)
    found = inertia(matrix)
    negative = [
        vector for vector, value in zip(found.congruence, found.signs, strict=True) if value < 0
    ]
    if not negative:
        return None
    shortest = min(negative, key=lambda vector: sum(len(str(entry)) for entry in vector))
    return shorten_direction(shortest, accepts)


def is_positive_definite(symmetric: Sequence[Sequence[fmpq]]) -> bool:
    """Return whether a symmetric matrix is positive definite.

    Examples
    --------
    >>> is_positive_definite([[fmpq(2), fmpq(1)], [fmpq(1), fmpq(1)]])
    True
    >>> is_positive_definite([[fmpq(1), fmpq(1)], [fmpq(1), fmpq(1)]])
    False
    """
    if any(row[index] <= 0 for index, row in enumerate(symmetric)):
        return False
    return inertia(symmetric).positive == len(symmetric)


def quadratic_form(symmetric: Sequence[Sequence[fmpq]], vector: Sequence[fmpq]) -> fmpq:
    """Return ``v^T H v``.

    Examples
    --------
    >>> quadratic_form([[fmpq(1), fmpq(2)], [fmpq(2), fmpq(1)]], (fmpq(1), fmpq(-1)))
    -2
    """
    support = [index for index, entry in enumerate(vector) if entry != 0]
    total = ZERO
    for row in support:
        line = symmetric[row]
        total += vector[row] * sum((line[column] * vector[column] for column in support), ZERO)
    return total


def _require_symmetric(symmetric: Sequence[Sequence[fmpq]]) -> Matrix:
    matrix = tuple(tuple(row) for row in symmetric)
    size = len(matrix)
    if any(len(row) != size for row in matrix):
        raise ValueError("the matrix is not square")
    for row in range(size):
        if any(matrix[row][column] != matrix[column][row] for column in range(row)):
            raise ValueError("the matrix is not symmetric")
    return tuple(tuple(map(simplify, row)) for row in matrix)


def _is_rational(matrix: Matrix) -> bool:
    return common_field(entry for row in matrix for entry in row) is None


def _kernel(matrix: Matrix) -> tuple[Vector, ...]:
    # Block by block: the zero rows of dead neurons, say, must not drag a large nonsingular block
    # through exact row reduction.
    size = len(matrix)
    basis = []
    for block in _connected_blocks(matrix):
        part = tuple(tuple(matrix[row][column] for column in block) for row in block)
        if not _is_rational(part) or rank_lower_bound(part) < len(block):
            basis += [_embed(vector, block, size) for vector in nullspace(part, len(block))]
    return tuple(sorted(basis, key=_last_nonzero))


def _connected_blocks(matrix: Matrix) -> list[list[int]]:
    """Return the connected components of the graph of nonzero entries, each sorted."""
    waiting = set(range(len(matrix)))
    blocks = []
    while waiting:
        block, frontier = [], [waiting.pop()]
        while frontier:
            index = frontier.pop()
            block.append(index)
            reached = {other for other in waiting if matrix[index][other] != 0}
            waiting -= reached
            frontier.extend(reached)
        blocks.append(sorted(block))
    return blocks


def _cleared_bits(matrix: Matrix) -> int:
    """Return the length of the entries after clearing denominators (of a small matrix)."""
    common, largest = fmpz(1), 1
    for entry in (entry for row in matrix for entry in row):
        common = common.lcm(entry.q)
        largest = max(largest, abs(entry.p).bit_length())
    return int(common.bit_length() + largest)


def _last_nonzero(vector: Sequence[fmpq]) -> int:
    return max((index for index, entry in enumerate(vector) if entry != 0), default=-1)


def _embed(column: Sequence[fmpq], kept: Sequence[int], size: int) -> Vector:
    vector = [ZERO] * size
    for index, entry in zip(kept, column, strict=True):
        vector[index] = entry
    return tuple(vector)


def _annihilates(matrix: Matrix, kernel: Sequence[Vector]) -> bool:
    return (integer_rows(matrix) * integer_rows(kernel).transpose()).is_zero()


def _negative_pair(matrix: Matrix) -> Vector | None:
    size = len(matrix)
    for one in range(size):
        for two in range(one):
            cross = matrix[one][two]
            if cross == 0 or matrix[one][one] * matrix[two][two] >= cross * cross:
                continue
            ratios = [fmpq(-sign(cross))]
            # The vertex of the parabola t -> form(e_one + t e_two), or beyond the root of a line.
            if matrix[two][two] > 0:
                ratios.append(-cross / matrix[two][two])
            else:
                ratios.append(-(matrix[one][one] + 1) / cross)
            for ratio in ratios:
                value = matrix[one][one] + 2 * ratio * cross + ratio * ratio * matrix[two][two]
                if value < 0:
                    vector = [ZERO] * size
                    vector[one], vector[two] = fmpq(1), ratio
                    if vector[two] < 0:
                        vector = [-entry for entry in vector]
                    return shorten_direction(
                        vector, lambda candidate: quadratic_form(matrix, candidate) < 0
                    )
    return None


def _elimination_congruence(matrix: Matrix) -> list[tuple[Vector, int]]:
    """Return H-orthogonal columns with the signs of their squares; `matrix` is nonsingular."""
    size = len(matrix)
    form = [list(row) for row in matrix]
    columns = [list(unit_vector(index, size)) for index in range(size)]
    active = list(range(size))
    result = []
    while active:
        usable = [index for index in active if form[index][index] != 0]
        if not usable:
            # All remaining squares vanish: e_i, e_j with form b become e_i + e_j, e_i - e_j with
            # squares 2b, -2b (a two-by-two pivot).
            one, two = next((i, j) for i in active for j in active if form[i][j] != 0)
            _rotate(form, columns, active, one, two)
            continue
        pivot = min(usable, key=lambda index: _height(form[index][index]))
        active.remove(pivot)
        square, row = form[pivot][pivot], form[pivot]
        for other in active:
            factor = row[other] / square
            if factor != 0:
                line = form[other]
                for index in active:
                    if row[index] != 0:
                        line[index] -= factor * row[index]
                columns[other] = [
                    entry - factor * eliminated
                    for entry, eliminated in zip(columns[other], columns[pivot], strict=True)
                ]
        result.append((primitive(columns[pivot]), sign(square)))
    return result


def _height(value: Scalar) -> int:
    """Return the bits of the longest number in an exact scalar."""
    if isinstance(value, fmpq):
        return int(value.height_bits())
    return max(int(coefficient.height_bits()) for coefficient in value.coefficients)


def _rotate(
    form: list[list[fmpq]],
    columns: list[list[fmpq]],
    active: Sequence[int],
    one: int,
    two: int,
) -> None:
    for line in (form[index] for index in active):
        line[one], line[two] = line[one] + line[two], line[one] - line[two]
    first, second = form[one], form[two]
    for index in active:
        first[index], second[index] = first[index] + second[index], first[index] - second[index]
    pairs = list(zip(columns[one], columns[two], strict=True))
    columns[one] = [left + right for left, right in pairs]
    columns[two] = [left - right for left, right in pairs]
