"""The inertia of a symmetric rational matrix, with a witness that plain integer arithmetic checks.

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

In large matrices C comes from float eigenvectors, rounded; the dominance is verified exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from flint import fmpq, fmpz, fmpz_mat

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
from exactland.arithmetic.rationals import ZERO, sign

_ELIMINATE_UP_TO, _ELIMINATED_BITS = 40, 2**14
_CLEARED_BITS = 2**28
_PRECISION, _MOST_PRECISION = 256, 2**15
_ROUNDS = 60


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
    if len(kept) > _ELIMINATE_UP_TO or len(kept) * _cleared_bits(block) > _ELIMINATED_BITS:
        columns = _eigenvector_congruence(block)
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
    bits = _PRECISION
    while bits <= _MOST_PRECISION:
        form = _IntegerForm.of(matrix, bits)
        signs = _dominant_signs(columns.transpose() * form.entries * columns, form.slack(columns))
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

    if size > _ELIMINATE_UP_TO:
        guess = _most_negative_eigenvector(matrix)
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
    return tuple(tuple(fmpq(entry) for entry in row) for row in matrix)


def _kernel(matrix: Matrix) -> tuple[Vector, ...]:
    # Block by block: the zero rows of dead neurons, say, must not drag a large nonsingular block
    # through exact row reduction.
    size = len(matrix)
    basis = []
    for block in _connected_blocks(matrix):
        part = tuple(tuple(matrix[row][column] for column in block) for row in block)
        if rank_lower_bound(part) < len(block):
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
        pivot = min(usable, key=lambda index: form[index][index].height_bits())
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


@dataclass(frozen=True, slots=True)
class _IntegerForm:
    """Integers G with ``scale * H = G + E`` for some scale > 0 and ``0 <= E_ij <= error``."""

    entries: fmpz_mat
    error: int

    @property
    def exact(self) -> bool:
        return self.error == 0

    @classmethod
    def of(cls, matrix: Matrix, bits: int) -> _IntegerForm:
        """Clear denominators, or keep about `bits` bits of H where that would take long."""
        size = len(matrix)
        common = fmpz(1)
        for entry in (entry for row in matrix for entry in row):
            if common % entry.q != 0:
                common = common.lcm(entry.q)
                if common.bit_length() * size * size > _CLEARED_BITS:
                    return cls._rounded(matrix, bits)
        entries = [entry.p * (common // entry.q) for row in matrix for entry in row]
        return cls(fmpz_mat(size, size, entries), 0)

    @classmethod
    def _rounded(cls, matrix: Matrix, bits: int) -> _IntegerForm:
        size = len(matrix)
        exponent = max(
            abs(entry.p).bit_length() - entry.q.bit_length()
            for row in matrix
            for entry in row
            if entry != 0
        )
        shift = bits - exponent
        up, down = fmpz(2) ** max(shift, 0), fmpz(2) ** max(-shift, 0)
        entries = [(entry.p * up) // (entry.q * down) for row in matrix for entry in row]
        return cls(fmpz_mat(size, size, entries), 1)

    def slack(self, columns: fmpz_mat) -> list[fmpz]:
        """Return bounds of ``sum_j |(C^T E C)_ij|`` for all i."""
        if self.exact:
            return [fmpz(0)] * columns.ncols()
        norms = [sum(abs(entry) for entry in column) for column in columns.transpose().tolist()]
        total = sum(norms) * self.error
        return [norm * total for norm in norms]


def _dominant_signs(product: fmpz_mat, slack: Sequence[fmpz]) -> tuple[int, ...] | None:
    """Return the signs of the diagonal if it dominates strictly, by more than `slack`."""
    signs = []
    for index, row in enumerate(product.tolist()):
        if 2 * abs(row[index]) <= sum(abs(entry) for entry in row) + slack[index]:
            return None
        signs.append(1 if row[index] > 0 else -1)
    return tuple(signs)


def _eigenvector_congruence(matrix: Matrix) -> list[tuple[Vector, int]] | None:
    """Return columns with strictly dominant ``C^T H C`` from rounded float eigenvectors, or None.

    Eigenvectors of an ill-conditioned matrix are wrong in the small eigenvalues.  In the basis of
    the rounded eigenvectors the matrix, recomputed exactly, is better conditioned (after scaling),
    so that repeating the step gains about 50 bits of condition number per round.
    """
    try:
        import numpy as np
    except ImportError:
        return None
    bits = _PRECISION
    form = _IntegerForm.of(matrix, bits)
    columns = integer_rows([unit_vector(index, len(matrix)) for index in range(len(matrix))])
    product = form.entries
    for attempt in range(_ROUNDS):
        proposal = _scaled_eigenvectors(product, np)
        if proposal is None:
            return None
        for digits in (18, 30, 52) if attempt == 0 else (52,):
            rounded = columns * proposal.rounded(digits, np)
            rounded = _balance(rounded, rounded.transpose() * form.entries * rounded)
            product = rounded.transpose() * form.entries * rounded
            signs = _dominant_signs(product, form.slack(rounded))
            if signs is not None:
                vectors = rounded.transpose().tolist()
                # The columns' relative lengths matter: they are not made primitive one by one.
                return [
                    (tuple(fmpq(entry) for entry in vector), value)
                    for vector, value in zip(vectors, signs, strict=True)
                ]
        columns = rounded
        if not form.exact:
            bits += 128
            form = _IntegerForm.of(matrix, bits)
            product = columns.transpose() * form.entries * columns
    return None


@dataclass(frozen=True, slots=True)
class _Eigenvectors:
    vectors: Any
    exponents: list[int]

    def rounded(self, digits: int, np: Any) -> fmpz_mat:
        """Return integers proportional to ``2**exponents[i] * vectors[i][j]``."""
        table = np.rint(np.ldexp(self.vectors, digits)).astype(np.int64).tolist()
        lowest = min(self.exponents)
        size = len(table)
        entries = [
            entry << (exponent - lowest)
            for row, exponent in zip(table, self.exponents, strict=True)
            for entry in row
        ]
        return fmpz_mat(size, size, entries)


def _scaled_eigenvectors(product: fmpz_mat, np: Any) -> _Eigenvectors | None:
    """Return float eigenvectors of the matrix scaled to entries of about size one."""
    size = product.nrows()
    mantissas, exponents = _float_parts(product.entries(), np)
    mantissas, exponents = mantissas.reshape(size, size), exponents.reshape(size, size)
    sizes = np.where(mantissas != 0, exponents, -np.inf)
    scaling = np.zeros(size)
    for _ in range(12):
        largest = np.max(sizes + scaling[:, None] + scaling[None, :], axis=1)
        scaling -= np.where(np.isfinite(largest), largest, 0.0) / 2
    shifts = np.rint(scaling).astype(np.int64)
    scaled = np.ldexp(mantissas, exponents + shifts[:, None] + shifts[None, :])
    if not np.all(np.isfinite(scaled)):
        return None
    try:
        _, vectors = np.linalg.eigh(scaled)
    except np.linalg.LinAlgError:
        return None
    return _Eigenvectors(vectors, [int(shift) for shift in shifts])


def _float_parts(entries: Sequence[fmpz], np: Any) -> tuple[Any, Any]:
    mantissas = np.zeros(len(entries))
    exponents = np.zeros(len(entries), dtype=np.int64)
    for index, entry in enumerate(entries):
        drop = entry.bit_length() - 62
        if drop > 0:
            mantissas[index], exponents[index] = float(int(entry) >> drop), drop
        else:
            mantissas[index] = float(entry)
    mantissas, extra = np.frexp(mantissas)
    return mantissas, exponents + extra


def _balance(columns: fmpz_mat, product: fmpz_mat) -> fmpz_mat:
    """Scale columns by powers of two towards a diagonal of one size; strip common factors."""
    shifts = [-(abs(product[index, index]).bit_length() // 2) for index in range(columns.ncols())]
    lowest = min(shifts)
    vectors = columns.transpose().tolist()
    scaled = [
        [entry << (shift - lowest) for entry in vector]
        for vector, shift in zip(vectors, shifts, strict=True)
    ]
    common = min(_trailing_zeros(vector) for vector in scaled)
    return fmpz_mat([[entry >> common for entry in vector] for vector in scaled]).transpose()


def _trailing_zeros(vector: Sequence[fmpz]) -> int:
    content = fmpz(0)
    for entry in vector:
        content = content.gcd(entry)
        if content % 2 == 1:
            return 0
    number = int(content)
    return (number & -number).bit_length() - 1 if number else 0


def _most_negative_eigenvector(matrix: Matrix) -> Vector | None:
    try:
        import numpy as np
    except ImportError:
        return None
    form = _IntegerForm.of(matrix, _PRECISION)
    proposal = _scaled_eigenvectors(form.entries, np)
    if proposal is None:
        return None
    rows = proposal.rounded(40, np).tolist()
    vector = tuple(fmpq(row[0]) for row in rows)
    return vector if any(entry != 0 for entry in vector) else None
