"""All faces of the central arrangement of the data, with their rays: the atlas's map.

This is the one place where the atlas learns which sign vectors exist: whatever enumerates faces
only has to return an :class:`Arrangement`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from flint import fmpq, fmpz, fmpz_mat

from exactland.arithmetic.matrices import independent_rows
from exactland.arithmetic.rationals import clear_denominators
from exactland.cells.fans import fan
from exactland.cells.patterns import parallel_classes
from exactland.problem.network import Matrix, Vector


@dataclass(frozen=True, slots=True)
class Face:
    """A relatively open face {w : sign(w . x_k) = signs[k] for all k} of the arrangement.

    Attributes
    ----------
    signs : one character ``+``, ``0``, ``-`` a data point.
    rays : indices of the rays in its closure; their positive combinations are the face.
    basis : as many of them, independent, as span the face.
    """

    signs: str
    rays: tuple[int, ...]
    basis: tuple[int, ...]

    @property
    def dimension(self) -> int:
        """The dimension within the essential arrangement (the lineality space not counted)."""
        return len(self.basis)


@dataclass(frozen=True)
class Arrangement:
    """The faces of {x_k^perp}, without the lineality space {w : w . x_k = 0 for all k}.

    Attributes
    ----------
    rays : primitive integer vectors in Q^d
        Supported on `coordinates`, on which the data have full column rank.
    coordinates : indices of inputs
    lineality : int
        Dimension of the lineality space.
    faces : every face but {0}, the largest dimension first, then by sign string.
    """

    rays: Matrix
    ray_signs: tuple[str, ...]
    coordinates: tuple[int, ...]
    lineality: int
    faces: tuple[Face, ...]

    @property
    def rank(self) -> int:
        """The rank of the data."""
        return len(self.coordinates)

    @cached_property
    def cells(self) -> tuple[Face, ...]:
        """The faces of full dimension."""
        return tuple(face for face in self.faces if face.dimension == self.rank)

    def interior_point(self, face: Face) -> Vector:
        """Return the sum of the rays of a face, a point in its relative interior."""
        columns = zip(*(self.rays[ray] for ray in face.rays), strict=True)
        return tuple(sum(column, fmpq(0)) for column in columns)


def faces_of(inputs: Matrix) -> Arrangement:
    """Enumerate all faces of the arrangement of hyperplanes orthogonal to the data points.

    Every face is the composition of rays that do not contradict each other, so they are reached
    from the rays one ray at a time.  Zero, repeated and parallel points are allowed.

    Examples
    --------
    >>> one, zero = fmpq(1), fmpq(0)
    >>> [face.signs for face in faces_of(((one, zero), (zero, one))).faces]
    ['++', '+-', '-+', '--', '+0', '-0', '0+', '0-']
    """
    coordinates = _independent_columns(inputs)
    rank, dimension = len(coordinates), len(inputs[0])
    if not rank:
        return Arrangement((), (), (), dimension, ())
    reduced = tuple(tuple(row[index] for index in coordinates) for row in inputs)
    classes = parallel_classes(reduced)
    rays = sorted(fan([one.normal for one in classes], rank).rays, reverse=True)
    integers = fmpz_mat([[entry.p for entry in ray] for ray in rays])
    products = (integers * fmpz_mat(clear_denominators(reduced)[0]).transpose()).tolist()
    masks = [_masks(row) for row in products]
    faces = []
    for (plus, minus), members in _compositions(masks).items():
        basis = _basis(rays, members, rank)
        faces.append(Face(_signs(plus, minus, len(inputs)), members, basis))
    faces.sort(key=lambda face: (-face.dimension, face.signs))
    return Arrangement(
        tuple(_embed(ray, coordinates, dimension) for ray in rays),
        tuple(_signs(plus, minus, len(inputs)) for plus, minus in masks),
        coordinates,
        dimension - rank,
        tuple(faces),
    )


Masks = tuple[int, int]
"""The data points with positive and with negative sign, as bit sets."""


def _compositions(masks: Sequence[Masks]) -> dict[Masks, tuple[int, ...]]:
    """Every face's sign vector with the rays in its closure."""
    found: dict[Masks, None] = dict.fromkeys(masks)
    waiting = list(found)
    while waiting:
        plus, minus = waiting.pop()
        for other_plus, other_minus in masks:
            if plus & other_minus or minus & other_plus:
                continue
            composed = (plus | other_plus, minus | other_minus)
            if composed not in found:
                found[composed] = None
                waiting.append(composed)
    return {
        (plus, minus): tuple(
            index for index, (p, n) in enumerate(masks) if not (p & ~plus or n & ~minus)
        )
        for plus, minus in found
    }


def _masks(products: Sequence[fmpz]) -> Masks:
    plus = sum(1 << k for k, value in enumerate(products) if value > 0)
    return plus, sum(1 << k for k, value in enumerate(products) if value < 0)


def _signs(plus: int, minus: int, points: int) -> str:
    return "".join("+" if plus >> k & 1 else "-" if minus >> k & 1 else "0" for k in range(points))


def _basis(rays: Sequence[Vector], members: Sequence[int], rank: int) -> tuple[int, ...]:
    """The first rays of a face that are independent."""
    chosen: list[int] = []
    for ray in members:
        candidate = [*(rays[index] for index in chosen), rays[ray]]
        if fmpz_mat([[entry.p for entry in row] for row in candidate]).rank() == len(candidate):
            chosen.append(ray)
        if len(chosen) == rank:
            break
    return tuple(chosen)


def _independent_columns(inputs: Matrix) -> tuple[int, ...]:
    columns = list(zip(*inputs, strict=True))
    return tuple(independent_rows(columns))


def _embed(ray: Vector, coordinates: tuple[int, ...], dimension: int) -> Vector:
    full = [fmpq(0)] * dimension
    for index, entry in zip(coordinates, ray, strict=True):
        full[index] = entry
    return tuple(full)


def simplicial_fan(arrangement: Arrangement) -> tuple[tuple[int, ...], ...]:
    """Divide every cell into simplicial cones without new rays (rays by index, d to a cone).

    Each face is divided from its first ray, so that neighbouring cells agree on their common
    faces: every wall of a cone is a wall of exactly one cone on its other side.

    Examples
    --------
    >>> simplicial_fan(faces_of(((fmpq(1),), (fmpq(-2),))))
    ((0,), (1,))
    """
    by_dimension: dict[int, list[tuple[frozenset[int], Face]]] = {}
    for face in arrangement.faces:
        by_dimension.setdefault(face.dimension, []).append((frozenset(face.rays), face))
    known: dict[tuple[int, ...], list[tuple[int, ...]]] = {}

    def divide(face: Face) -> list[tuple[int, ...]]:
        if face.rays not in known:
            if len(face.rays) == face.dimension:
                known[face.rays] = [face.rays]
            else:
                apex, members = face.rays[0], frozenset(face.rays)
                known[face.rays] = [
                    (apex, *simplex)
                    for rays, facet in by_dimension[face.dimension - 1]
                    if apex not in rays and rays <= members
                    for simplex in divide(facet)
                ]
        return known[face.rays]

    return tuple(simplex for cell in arrangement.cells for simplex in divide(cell))
