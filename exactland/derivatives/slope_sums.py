"""Sums of integer rows weighted by the slopes that activation patterns choose.

The loss and the one-sided derivatives need, for every neuron i,  sum_k slope(s_ik) * row_k  with
long integers row_k and only three different slopes.  A general matrix product multiplies; here
the work is additions, and patterns that begin a block of rows alike share them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flint import fmpz, fmpz_mat

BLOCK = 6
"""Rows a block: b rows have up to 2^b partial sums (kinks aside), which all patterns share."""


def slope_sums(
    patterns: Sequence[str], slopes: Mapping[str, fmpz], rows: fmpz_mat
) -> list[list[fmpz]]:
    """Return, for every pattern s, the row  sum_k slopes[s_k] * rows[k].

    Parameters
    ----------
    patterns : strings with a character for each row
    slopes : the integer that each character stands for
    rows : N x d

    Examples
    --------
    >>> slopes = {"+": fmpz(1), "-": fmpz(0)}
    >>> slope_sums(["+-", "++"], slopes, fmpz_mat([[1, -2], [3, 4]]))
    [[1, -2], [4, 2]]
    """
    entries, width = rows.entries(), rows.ncols()
    longest = max(map(fmpz.bit_length, entries), default=0)
    steepest = max(map(abs, slopes.values()))
    slot = longest + (steepest * rows.nrows()).bit_length() + 1
    packed = [_pack(entries[k * width : (k + 1) * width], slot) for k in range(rows.nrows())]
    totals = [fmpz(0)] * len(patterns)
    for start in range(0, len(packed), BLOCK):
        partial = {"": fmpz(0)}
        for index, pattern in enumerate(patterns):
            chunk = pattern[start : start + BLOCK]
            if chunk not in partial:
                _extend(partial, chunk, slopes, packed[start : start + BLOCK])
            totals[index] += partial[chunk]
    return [_unpack(total, slot, width) for total in totals]


def _extend(
    partial: dict[str, fmpz], chunk: str, slopes: Mapping[str, fmpz], block: list[fmpz]
) -> None:
    """Add the sums of the beginnings of a chunk that are not known yet."""
    for length in range(1, len(chunk) + 1):
        if chunk[:length] not in partial:
            slope = slopes[chunk[length - 1]]
            before = partial[chunk[: length - 1]]
            partial[chunk[:length]] = before + slope * block[length - 1] if slope else before


def _pack(entries: Sequence[fmpz], slot: int) -> fmpz:
    """One integer that holds the entries, each in `slot` bits, so that rows add as integers."""
    packed = fmpz(0)
    for entry in reversed(entries):
        packed = (packed << slot) + entry
    return packed


def _unpack(packed: fmpz, slot: int, width: int) -> list[fmpz]:
    """The entries again; every one is below 2^(slot - 1) in absolute value."""
    entries = []
    half, mask = fmpz(1) << (slot - 1), (fmpz(1) << slot) - 1
    for _ in range(width):
        entry = ((packed + half) & mask) - half
        entries.append(entry)
        packed = (packed - entry) >> slot
    return entries
