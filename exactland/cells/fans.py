"""The fan of a central arrangement: lineality space and rays, on which a piecewise-linear
functional is determined.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

from exactland.arithmetic.matrices import independent_rows, nullspace
from exactland.arithmetic.ordered import Scalar
from exactland.arithmetic.rationals import ONE
from exactland.cells.patterns import primitive_direction
from exactland.problem.network import Vector


@dataclass(frozen=True, slots=True)
class Fan:
    """Generators of the cells of {u_q^perp}: every closed cell is lineality + cone(its rays).

    A positively homogeneous function that is linear on every cell is therefore determined by its
    values on the lineality basis and on the rays.
    """

    lineality: tuple[Vector, ...]
    rays: tuple[Vector, ...]


def ray_candidates(normals: Sequence[Vector], dimension: int) -> int:
    """Return how many subsets of normals the ray enumeration would visit.

    Examples
    --------
    >>> from flint import fmpq
    >>> ray_candidates([(fmpq(1), fmpq(0)), (fmpq(0), fmpq(1)), (fmpq(1), fmpq(1))], 2)
    3
    """
    if not normals:
        return 0
    return comb(len(normals), min(len(normals), dimension) - 1)


def fan(normals: Sequence[Vector], dimension: int) -> Fan:
    """Return lineality basis and rays of the arrangement of hyperplanes normal to `normals`.

    Every r-1 independent normals (r = rank) meet, inside the orthogonal complement of the
    lineality space, in a line; both of its directions are rays of the fan.

    Parameters
    ----------
    normals : pairwise non-parallel nonzero vectors of length `dimension`
    dimension : int
        d.

    Returns
    -------
    Fan
        Primitive integer vectors (multiples over the field where normals are irrational).

    References
    ----------
    Spec, section 1 ("fan test").

    Examples
    --------
    >>> from flint import fmpq
    >>> fan([(fmpq(7, 10), fmpq(1))], 2).rays
    ((7, 10), (-7, -10))
    """
    lineality = nullspace(normals, dimension)
    rank = dimension - len(lineality)
    directions: dict[tuple[Scalar, ...], None] = {}
    for subset in combinations(normals, rank - 1) if rank else ():
        if len(independent_rows(subset)) < rank - 1:
            continue
        (ray,) = nullspace((*subset, *lineality), dimension)
        direction = primitive_direction(ray)
        assert direction is not None
        directions.setdefault(direction)
    rays = []
    for direction in directions:
        rays.append(tuple(ONE * entry for entry in direction))
        rays.append(tuple(-ONE * entry for entry in direction))
    return Fan(lineality, tuple(rays))
