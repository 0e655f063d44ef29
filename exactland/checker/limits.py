"""The limits within which the checker works, and the meter that keeps it inside them.

Every bulk of arithmetic is announced to the meter *before* it is carried out.  The meter counts
operations, never time, so the same file gets the same answer on every machine.
"""

from __future__ import annotations

from exactland.checker.outcome import Unusable

MAX_FILE_BYTES = 64 * 2**20
MAX_NESTING = 100
MAX_VALUES = 5_000_000
MAX_NUMBER_CHARACTERS = 20_000
MAX_EXPONENT = 20_000
MAX_DENOMINATOR_BITS = 200_000
MAX_CURVE_DEGREE = 32
MAX_FIELD_DEGREE = 16
MAX_POLYNOMIAL_DEGREE = 64
MAX_REFINEMENT_BITS = 8192
"""Bits to which the generator of a number field is refined, and entries of a matrix rounded."""
MAX_INTERVALS = 2048
"""Intervals into which one is divided before the sign of a polynomial counts as not decided."""
MAX_WORK = 10**11
"""Total of OPERATION + (digits of a) * (digits of b) over all products a * b, base-2**30 digits,
plus CALL for each announcement: about as many nanoseconds."""
MAX_MEMORY_BITS = 4 * 10**9
"""Total size of the integers that exist at one time."""

OPERATION = 64  # what a product costs besides its digits
CALL = 3000  # what an announcement and the surrounding Python cost
OBJECT_BITS = 512  # what an integer occupies besides its digits (object header, list entry)


class Meter:
    """Counts work and memory; raises `Unusable` when a limit would be passed."""

    def __init__(self) -> None:
        self.work_done = 0
        self.memory_bits = 0

    def work(self, count: int, bits: int, other_bits: int = 1) -> None:
        """Announce `count` products of a `bits`-bit by an `other_bits`-bit integer."""
        each = OPERATION + (1 + bits // 30) * (1 + other_bits // 30)
        self.work_done += CALL + count * each
        if self.work_done > MAX_WORK:
            raise Unusable("limits", f"the arithmetic exceeds MAX_WORK = {MAX_WORK}")

    def memory(self, count: int, bits: int, keep: bool = True) -> None:
        """Announce `count` integers of `bits` bits, kept or used at once."""
        total = self.memory_bits + count * (OBJECT_BITS + bits)
        if total > MAX_MEMORY_BITS:
            raise Unusable("limits", f"the numbers exceed MAX_MEMORY_BITS = {MAX_MEMORY_BITS}")
        if keep:
            self.memory_bits = total
