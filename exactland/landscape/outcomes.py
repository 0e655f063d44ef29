"""What the decision about local minimality can say, with its witness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flint import fmpq

from exactland.landscape.directions import Curve, LossAlongCurve

if TYPE_CHECKING:
    from exactland.landscape.several_outputs.minima import BlockMinimum


@dataclass(frozen=True, slots=True)
class Region:
    """The region R(P) on which the loss is at least L(P).

    All networks of the same shape with  sign_ik * (w~'_i . x~_k) >= 0  for every nonzero sign of
    ``patterns[i]``, and h'_i in the convex cone over h_i +- spreads[i] e_j (any h'_i where the
    spread is None), any output bias.  It contains the closed ball of radius ``radius`` around P in
    the maximum norm of all parameters.
    """

    patterns: tuple[str, ...]
    spreads: tuple[fmpq | None, ...]
    radius: fmpq


@dataclass(frozen=True, slots=True)
class LocalMinimum:
    """A type-1 local minimum, with its region."""

    region: Region
    reason: str


@dataclass(frozen=True, slots=True)
class BlockwiseMinimum:
    """A local minimum that has escape neurons: every block of it is one.

    ``type`` is that of the blocks with escape neurons (``type_2_strict``, ``type_2_fourth_order``,
    ``reduced_rank``), or ``mixed`` where they differ.
    """

    type: str
    blocks: tuple[BlockMinimum, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class NotLocalMinimum:
    """A curve along which the loss falls."""

    curve: Curve
    along: LossAlongCurve
    reason: str


@dataclass(frozen=True, slots=True)
class Undetermined:
    """Neither was established; ``tried`` lists what was tried."""

    tried: tuple[str, ...]


Minimality = LocalMinimum | BlockwiseMinimum | NotLocalMinimum | Undetermined
