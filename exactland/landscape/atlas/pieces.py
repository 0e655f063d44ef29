"""The work of an atlas cut into numbered pieces, each with a result that is a JSON value.

A piece is a range of sets of active faces in a fixed order; its number and its result depend on
nothing but the landscape and the width, so that pieces can be computed anywhere, in any order, and
more than once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from math import comb
from typing import Any

from flint import fmpq

from exactland.arithmetic.rationals import format_rational
from exactland.landscape.atlas.setting import Landscape, Setting, make_setting
from exactland.landscape.atlas.solving import Support, supports_on

PIECES = 256
"""How many pieces a large atlas is cut into at least."""
SMALLEST, LARGEST = 16, 2000
"""Sets of faces in a piece."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How the sets of at most `width` out of `faces` active faces are cut into pieces."""

    faces: int
    width: int

    @property
    def sets(self) -> int:
        """The number of nonempty sets of at most `width` faces."""
        return sum(comb(self.faces, size) for size in range(1, self.width + 1))

    @property
    def multisets(self) -> int:
        """The number of multisets of `width` classes (a face with a sign of h)."""
        return comb(2 * self.faces + self.width - 1, self.width) if self.faces else 0

    @property
    def length(self) -> int:
        """The number of sets in a piece."""
        return max(SMALLEST, min(LARGEST, -(-self.sets // PIECES)))

    @property
    def pieces(self) -> int:
        """The number of pieces."""
        return -(-self.sets // self.length)

    def size(self, piece: int) -> int:
        """Return the number of sets in one piece."""
        return min(self.length, self.sets - piece * self.length)

    def sets_of(self, piece: int) -> Iterator[tuple[int, ...]]:
        """Yield the sets of one piece.

        Examples
        --------
        >>> list(Plan(3, 2).sets_of(0))
        [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2)]
        """
        return islice(self._sets_from(piece * self.length), self.size(piece))

    def _sets_from(self, rank: int) -> Iterator[tuple[int, ...]]:
        for size in range(1, self.width + 1):
            count = comb(self.faces, size)
            if rank < count:
                yield from _combinations_from(self.faces, size, rank)
                rank = 0
            else:
                rank -= count


def _combinations_from(items: int, size: int, rank: int) -> Iterator[tuple[int, ...]]:
    """Combinations in lexicographic order, from the one with the given rank."""
    current, first = [], 0
    for place in range(size):
        while True:
            behind = comb(items - first - 1, size - place - 1)
            if rank < behind:
                break
            rank -= behind
            first += 1
        current.append(first)
        first += 1
    while True:
        yield tuple(current)
        place = size - 1
        while place >= 0 and current[place] == items - size + place:
            place -= 1
        if place < 0:
            return
        current[place] += 1
        for later in range(place + 1, size):
            current[later] = current[later - 1] + 1


@lru_cache(maxsize=4)
def cached_setting(landscape: Landscape) -> Setting:
    """Return the setting; a worker computes it once, not once a piece."""
    return make_setting(landscape)


def settle(landscape: Landscape, width: int, piece: int) -> dict[str, Any]:
    """Return the stationary losses that the sets of one piece carry, as a JSON object.

    The key is the loss; see :func:`merge` for the fields.
    """
    setting = cached_setting(landscape)
    found: dict[str, Any] = {}
    for chosen in Plan(len(setting.faces), width).sets_of(piece):
        for support in supports_on(setting, width, chosen):
            merge(found, format_rational(support.loss), _record(setting, support, width))
    return found


def _record(setting: Setting, support: Support, width: int) -> dict[str, Any]:
    """What one support adds: its distributions of `width` neurons are the multisets."""
    lineality = setting.arrangement.lineality
    sizes = [setting.faces[face].dimension + lineality for face, _ in support.classes]
    used, spare = len(sizes), width - len(sizes)
    # A neuron has (w, h); the sums of h w in the classes move in a space of dimension `freedom`.
    base = used + support.freedom + used * lineality
    return {
        "configurations": comb(width - 1, used - 1),
        "least_dimension": base + spare * (min(sizes) + 1),
        "dimension": base + spare * (max(sizes) + 1),
        "saddle": spare > 0 and not support.flat,
        "classes": [list(one) for one in support.classes],
    }


def merge(found: dict[str, Any], loss: str, record: dict[str, Any]) -> None:
    """Add what was found with one loss: counts add up, the shortest first support represents."""
    known = found.get(loss)
    if known is None:
        found[loss] = dict(record)
        return
    known["configurations"] += record["configurations"]
    known["least_dimension"] = min(known["least_dimension"], record["least_dimension"])
    known["dimension"] = max(known["dimension"], record["dimension"])
    known["saddle"] = known["saddle"] or record["saddle"]
    known["classes"] = min(known["classes"], record["classes"], key=lambda c: (len(c), c))


def loss_order(text: str) -> fmpq:
    """Return the loss that the text of a record's key shows."""
    numerator, _, denominator = text.partition("/")
    return fmpq(int(numerator), int(denominator or 1))
