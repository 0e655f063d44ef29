"""Witnesses of the inertia of a symmetric matrix over an ordered field, as certificates hold them.

A basis of the kernel, exact; integer columns C with a strictly dominant C^T H C, from elimination
or rounded eigenvectors; and how many bits of H the checker has to keep to see the dominance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from flint import fmpq, fmpz, fmpz_mat

from exactland.arithmetic.balls import endpoints
from exactland.arithmetic.dominance import eigenvector_congruence
from exactland.arithmetic.field_matrices import nullspace
from exactland.arithmetic.inertia import Inertia, inertia
from exactland.arithmetic.number_fields import element_to_json
from exactland.arithmetic.ordered import Scalar, as_rational, to_ball

MAX_BITS: Final = 8192
_FIELD_PRECISION: Final = 320

Rows = Sequence[Sequence[Scalar]]
Integers = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class InertiaWitness:
    """A proof of the inertia.

    Attributes
    ----------
    kernel : vectors with H k = 0, each with a coordinate in which the others are 0
    congruence : integer vectors, the columns of C
    bits : floor(2**bits * H) shows that C^T H C is strictly dominated by its diagonal
    counts : (negative, zero, positive)
    """

    kernel: tuple[tuple[Scalar, ...], ...]
    congruence: tuple[Integers, ...]
    bits: int
    counts: tuple[int, int, int]

    def to_json(self) -> dict[str, Any]:
        """Return the witness as it stands in a certificate."""
        return {
            "kernel": [[element_to_json(entry) for entry in vector] for vector in self.kernel],
            "congruence": [[str(entry) for entry in vector] for vector in self.congruence],
            "bits": self.bits,
        }


def inertia_witness(rows: Rows, known: Inertia | None = None) -> InertiaWitness | None:
    """Return a witness of the inertia; None if the eigenvalues are too close to 0 for one.

    Parameters
    ----------
    rows : a symmetric matrix
        Entries rational or of one number field.
    known : Inertia, optional
        What :func:`exactland.arithmetic.inertia.inertia` returned for it.

    Examples
    --------
    >>> found = inertia_witness([[fmpq(0), fmpq(1), 0], [fmpq(1), fmpq(0), 0], [0, 0, 0]])
    >>> found.counts, found.kernel, found.congruence, found.bits
    ((1, 1, 1), ((0, 0, 1),), ((1, 1, 0), (1, -1, 0)), 64)
    """
    plain = [[as_rational(entry) for entry in row] for row in rows]
    kernel: tuple[tuple[Scalar, ...], ...]
    if all(entry is not None for row in plain for entry in row):
        found = known if known is not None else inertia(plain)
        kernel = found.kernel
        columns = tuple(tuple(int(entry) for entry in vector) for vector in found.congruence)
    else:
        kernel = nullspace(rows)
        embedded = _rounded_congruence(rows, kernel)
        if embedded is None:
            return None
        columns = embedded
    bits, signs = _sufficient_bits(rows, columns)
    if signs is None:
        return None
    counts = (signs.count(-1), len(kernel), signs.count(1))
    return InertiaWitness(kernel, columns, bits, counts)


def _rounded_congruence(
    rows: Rows, kernel: tuple[tuple[Scalar, ...], ...]
) -> tuple[Integers, ...] | None:
    """Columns for a matrix over a number field: rounded eigenvectors of a nonsingular part."""
    size = len(rows)
    free = {_own_coordinate(vector, kernel) for vector in kernel}
    kept = [i for i in range(size) if i not in free]
    block = tuple(
        tuple(endpoints(to_ball(rows[i][j], _FIELD_PRECISION))[0] for j in kept) for i in kept
    )
    block = tuple(
        tuple(block[min(i, j)][max(i, j)] for j in range(len(kept))) for i in range(len(kept))
    )
    columns = eigenvector_congruence(block)
    if columns is None:
        return None
    result = []
    for column, _ in columns:
        vector = [0] * size
        for index, entry in zip(kept, column, strict=True):
            vector[index] = int(entry)
        result.append(tuple(vector))
    return tuple(result)


def _own_coordinate(vector: Sequence[Scalar], kernel: Sequence[Sequence[Scalar]]) -> int:
    return next(
        i
        for i, entry in enumerate(vector)
        if entry != 0 and sum(other[i] != 0 for other in kernel) == 1
    )


def _sufficient_bits(
    rows: Rows, columns: tuple[Integers, ...]
) -> tuple[int, tuple[int, ...] | None]:
    """Return the least power of two of bits that shows the dominance with a margin, and signs."""
    bits = 64
    while bits <= MAX_BITS:
        signs = _signs(rows, columns, bits)
        if signs is not None:
            return bits, signs
        bits *= 2
    return bits, None


def _signs(rows: Rows, columns: tuple[Integers, ...], bits: int) -> tuple[int, ...] | None:
    if not columns:
        return ()
    size = len(rows)
    c = fmpz_mat([list(vector) for vector in columns])
    entries = [_floor(entry, bits) for row in rows for entry in row]
    product = (c * fmpz_mat(size, size, entries) * c.transpose()).tolist()
    lengths = [sum((abs(fmpz(entry)) for entry in vector), fmpz(0)) for vector in columns]
    total = sum(lengths, fmpz(0))
    signs = []
    for i, row in enumerate(product):
        # Four times the slack that the checker asks for: its roundings may differ by one.
        rest = sum((abs(entry) for entry in row), fmpz(0)) - abs(row[i]) + 8 * lengths[i] * total
        if abs(row[i]) <= rest:
            return None
        signs.append(1 if row[i] > 0 else -1)
    return tuple(signs)


def _floor(entry: Scalar, bits: int) -> fmpz:
    value = as_rational(entry)
    if value is None:
        value = endpoints(to_ball(entry, bits + 64))[0]
    return (fmpq(value) * fmpz(2) ** bits).floor()
