"""Candidates for a congruence that makes a symmetric matrix diagonally dominant, from floats.

Float eigenvectors, rounded to integers, are proposed; strict dominance is verified exactly, on
integers close to (or equal to) a multiple of the matrix, with the rounding accounted for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flint import fmpq, fmpz, fmpz_mat

from exactland.arithmetic.echelon import Matrix, Vector, integer_rows, unit_vector
from exactland.arithmetic.floats import float_parts

PRECISION = 256
_CLEARED_BITS = 2**28
_ROUNDS = 60


@dataclass(frozen=True, slots=True)
class IntegerForm:
    """Integers G with ``scale * H = G + E`` for some scale > 0 and ``0 <= E_ij <= error``."""

    entries: fmpz_mat
    error: int

    @property
    def exact(self) -> bool:
        return self.error == 0

    @classmethod
    def of(cls, matrix: Matrix, bits: int) -> IntegerForm:
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
    def _rounded(cls, matrix: Matrix, bits: int) -> IntegerForm:
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


def dominant_signs(product: fmpz_mat, slack: Sequence[fmpz]) -> tuple[int, ...] | None:
    """Return the signs of the diagonal if it dominates strictly, by more than `slack`.

    Examples
    --------
    >>> dominant_signs(fmpz_mat([[3, 2], [2, -4]]), [fmpz(0), fmpz(0)])
    (1, -1)
    >>> dominant_signs(fmpz_mat([[2, 2], [2, -4]]), [fmpz(0), fmpz(0)]) is None
    True
    """
    signs = []
    for index, row in enumerate(product.tolist()):
        if 2 * abs(row[index]) <= sum(abs(entry) for entry in row) + slack[index]:
            return None
        signs.append(1 if row[index] > 0 else -1)
    return tuple(signs)


def eigenvector_congruence(matrix: Matrix) -> list[tuple[Vector, int]] | None:
    """Return columns with strictly dominant ``C^T H C`` from rounded float eigenvectors, or None.

    Eigenvectors of an ill-conditioned matrix are wrong in the small eigenvalues.  In the basis of
    the rounded eigenvectors the matrix, recomputed exactly, is better conditioned (after scaling),
    so that repeating the step gains about 50 bits of condition number per round.

    Examples
    --------
    >>> columns = eigenvector_congruence(((fmpq(0), fmpq(2)), (fmpq(2), fmpq(0))))
    >>> sorted(sign for _, sign in columns)
    [-1, 1]
    """
    if not matrix:
        return []
    try:
        import numpy as np
    except ImportError:
        return None
    bits = PRECISION
    form = IntegerForm.of(matrix, bits)
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
            signs = dominant_signs(product, form.slack(rounded))
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
            form = IntegerForm.of(matrix, bits)
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
    mantissas, exponents = float_parts(product.entries(), np)
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


def most_negative_eigenvector(matrix: Matrix) -> Vector | None:
    """Return a float eigenvector of the smallest eigenvalue (after scaling), as integers.

    A guess, without any promise.

    Examples
    --------
    >>> guess = most_negative_eigenvector(((fmpq(0), fmpq(2)), (fmpq(2), fmpq(0))))
    >>> abs(guess[0] + guess[1]) < abs(guess[0]) / 1000
    True
    """
    try:
        import numpy as np
    except ImportError:
        return None
    form = IntegerForm.of(matrix, PRECISION)
    proposal = _scaled_eigenvectors(form.entries, np)
    if proposal is None:
        return None
    rows = proposal.rounded(40, np).tolist()
    vector = tuple(fmpq(row[0]) for row in rows)
    return vector if any(entry != 0 for entry in vector) else None
