"""The inertia of a large symmetric rational matrix with long entries, proved by ball arithmetic.

The exact witness of :mod:`exactland.arithmetic.inertia` multiplies integers of the length of a
common denominator.  Here the entries are enclosed in Arb balls, and only the kernel is exact.

Notes
-----
*Why it proves the inertia.*  The rank modulo a prime is at most the rank, so k = size minus that
rank bounds the nullity from above; k independent vectors of the exact kernel bound it from below.
The principal submatrix B outside k pivots of the kernel then has full rank and the same nonzero
inertia.  If C^T B C, enclosed in balls, is strictly diagonally dominant, it is nonsingular, hence
so is C, and the signs of its diagonal are the inertia (Gershgorin, Sylvester).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flint import arb, arb_mat, fmpq, fmpq_mat, nmod_mat

from exactland.arithmetic.balls import working_precision

_PRIMES = (2**62 - 57, 2**61 - 1, 2**62 - 87)
PRECISION = 320
"""Bits of the balls, many more than a float has: matrices may be graded."""
_FIRST_PRECISION = 128
_ROUNDS = 8
_LARGEST_SUPPORT = 60

Rows = Sequence[Sequence[fmpq]]


def ball_inertia(symmetric: Rows) -> tuple[int, int, int] | None:
    """Return (negative, zero, positive), or None if the proof does not succeed.

    Examples
    --------
    >>> third = fmpq(1, 3)
    >>> ball_inertia([[third, third, 0], [third, third, 0], [0, 0, -third]])
    (1, 1, 1)
    """
    size = len(symmetric)
    kernel = _kernel(symmetric)
    if kernel is None:
        return None
    free = {max(i for i, entry in enumerate(vector) if entry != 0) for vector in kernel}
    if len(free) != len(kernel):
        return None
    kept = [i for i in range(size) if i not in free]
    signs = None
    for bits, rounds in ((_FIRST_PRECISION, 1), (PRECISION, _ROUNDS)):
        if signs is None:
            with working_precision(bits):
                signs = _signs([[arb(symmetric[i][j]) for j in kept] for i in kept], rounds)
    if signs is None:
        return None
    negative = sum(value < 0 for value in signs)
    return negative, len(kernel), len(signs) - negative


def inertia_of_blocks_and_gram(
    blocks: Sequence[tuple[Sequence[Sequence[arb]], Sequence[Sequence[arb]]]],
    loose: Rows,
    gram: Rows,
) -> tuple[int, int, int] | None:
    """Return (negative, zero, positive) of  H = (direct sum of the K_j and 0) + U G U^T.

    Parameters
    ----------
    blocks : pairs (K_j, U_j)
        Small symmetric matrices and the rows of U that belong to their coordinates, in balls.
    loose : the rows E of U at coordinates without a block
    gram : G, symmetric and small

    Returns
    -------
    tuple or None
        None where the balls do not prove that the K_j, G and the matrix T below are nonsingular.

    Notes
    -----
    The symmetric matrix with the rows (K, 0, U), (0, 0, E), (U^T, E^T, -1/G) has, eliminating its
    last part, the inertia of -1/G plus that of H; eliminating K, the inertia of K plus that of
    T = ((0, E), (E^T, -1/G - U^T K^-1 U))  (Haynsworth).  So a size of n costs n, not n^3.

    Examples
    --------
    >>> one = fmpq(1)
    >>> inertia_of_blocks_and_gram([([[arb(-1)]], [[arb(2)]])], [[one]], [[one]])
    (1, 0, 1)
    """
    with working_precision(PRECISION):
        try:
            corner = -arb_mat([[arb(entry) for entry in row] for row in gram]).inv()
            found = [(_signs(corner.tolist()), -1)]
            for block, rows in blocks:
                columns = arb_mat(rows)
                corner -= columns.transpose() * arb_mat(block).solve(columns)
                found.append((_signs([list(row) for row in block]), 1))
        except ZeroDivisionError:  # a matrix that may be singular
            return None
        border = [[arb(entry) for entry in row] for row in loose]
        upper = [[arb(0)] * len(border) + row for row in border]
        lower = [[*(row[k] for row in border), *line] for k, line in enumerate(corner.tolist())]
        found.append((_signs(upper + lower), 1))
    negative = positive = 0
    for signs, factor in found:
        if signs is None:
            return None
        negative += factor * signs.count(-1)
        positive += factor * signs.count(1)
    return negative, 0, positive


def _kernel(symmetric: Rows) -> list[list[fmpq]] | None:
    """A basis of the kernel in echelon form from the right, None if it could not be found.

    Modulo a prime the reduced basis is sparse; each of its vectors is lifted on its own support.
    """
    size = len(symmetric)
    for prime in _PRIMES:
        reduced = _modulo(symmetric, prime)
        if reduced is None:
            continue
        echelon, rank = nmod_mat(reduced).rref()
        if rank == size:
            return []
        vectors = [_lift(symmetric, reduced, s) for s in _supports(echelon, rank)]
        if all(vector is not None for vector in vectors):
            return [vector for vector in vectors if vector is not None]
    return None


def _modulo(symmetric: Rows, prime: int) -> Any:
    size = len(symmetric)
    try:
        return nmod_mat(size, size, [entry for row in symmetric for entry in row], prime)
    except ZeroDivisionError:  # a denominator vanishes modulo the prime
        return None


def _supports(echelon: Any, rank: int) -> list[list[int]]:
    """The supports of the reduced kernel vectors modulo the prime, each ending at its free index.

    A pivot stands left of the columns it is reduced by, so that the free column comes last.
    """
    size = echelon.ncols()
    rows = [[int(echelon[i, j]) for j in range(size)] for i in range(rank)]
    pivots = [next(j for j in range(size) if row[j]) for row in rows]
    return [
        [pivot for row, pivot in zip(rows, pivots, strict=True) if row[column]] + [column]
        for column in sorted(set(range(size)) - set(pivots))
    ]


def _lift(symmetric: Rows, reduced: Any, support: list[int]) -> list[fmpq] | None:
    """The exact kernel vector with this support, 1 at its end; None if there is none.

    Rows that are independent modulo the prime on the support suffice to solve for it; then every
    row is checked.
    """
    size, width = len(symmetric), len(support)
    if width > _LARGEST_SUPPORT:
        return None
    across = nmod_mat(
        width, size, [int(reduced[i, j]) for j in support for i in range(size)], reduced.modulus()
    )
    echelon, rank = across.rref()
    chosen = [next(j for j in range(size) if int(echelon[i, j])) for i in range(rank)]
    vector = [fmpq(0)] * size
    vector[support[-1]] = fmpq(1)
    if rank != width - 1:
        return None
    if rank:
        left = fmpq_mat([[fmpq(symmetric[i][j]) for j in support[:-1]] for i in chosen])
        right = fmpq_mat([[-fmpq(symmetric[i][support[-1]])] for i in chosen])
        for place, entry in zip(support, left.solve(right).entries(), strict=False):
            vector[place] = entry
    columns = fmpq_mat(size, width, [row[j] for row in symmetric for j in support])
    image = columns * fmpq_mat(width, 1, [vector[j] for j in support])
    return None if any(image.entries()) else vector


def _signs(matrix: list[list[arb]], most_rounds: int = _ROUNDS) -> list[int] | None:
    """Signs of the diagonal of a dominant congruent matrix; rounds of scaling and eigenvectors.

    Each round equilibrates and rotates by float eigenvectors, taken as exact dyadic numbers:
    graded matrices, whose small eigenvalues a float solver misses at first, become dominant
    after a few.
    """
    import numpy as np

    size = len(matrix)
    if size == 0:
        return []
    current = arb_mat(matrix)
    for _ in range(most_rounds):
        entries = current.tolist()
        signs = _dominant_signs(entries)
        if signs is not None:
            return signs
        scales = [_scale(row, i) for i, row in enumerate(entries)]
        floats: Any = np.array(
            [
                [float((entry * scales[i] * scales[j]).mid()) for j, entry in enumerate(row)]
                for i, row in enumerate(entries)
            ]
        )
        if not np.isfinite(floats).all():
            return None
        _, vectors = np.linalg.eigh((floats + floats.T) / 2)
        columns = arb_mat(
            [[arb(float(value)) * scales[i] for value in vectors[i]] for i in range(size)]
        )
        current = columns.transpose() * (current * columns)
    return _dominant_signs(current.tolist())


def _scale(row: list[arb], index: int) -> arb:
    """A power of two near |row[index]|^(-1/2), or of the largest entry if that is far smaller."""
    sizes = [abs(entry).mid() for entry in row]
    largest = max(sizes)
    size = sizes[index] if sizes[index] * 2**60 > largest else largest / 2**60
    if size == 0:
        return arb(1)
    exponent = round(float(size.log() / arb(2).log()) / 2)
    return arb(2) ** (-exponent)


def _dominant_signs(entries: list[list[arb]]) -> list[int] | None:
    signs = []
    for i, row in enumerate(entries):
        rest = sum((abs(entry) for j, entry in enumerate(row) if j != i), arb(0))
        if not abs(row[i]) > rest:
            return None
        signs.append(1 if row[i] > 0 else -1)
    return signs
