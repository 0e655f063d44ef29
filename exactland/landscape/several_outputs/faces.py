"""Where one neuron can move at no first-order cost: the face it is held on, and its cells there.

Of a directionally stationary point.  A class q of boundary data (parallel data, w~_i . x~_q = 0) is
*held* if phi_i(v) >= c |x~_q . v| for some c > 0: leaving it costs first order.  V_i is the space
on which all held classes vanish; the classes that do not vanish on it are *loose*, and cut it into
cells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from flint import fmpq

from exactland.arithmetic.field_matrices import nullspace
from exactland.arithmetic.ordered import Scalar, is_zero, sign
from exactland.arithmetic.rationals import ZERO, dot
from exactland.cells.fans import fan, ray_candidates
from exactland.cells.patterns import SIGN_VALUES, ParallelClass, parallel_classes
from exactland.derivatives.empirical import EmpiricalPoint, OneSidedFunctional
from exactland.landscape.escape import MAX_RAYS, Bound, Escapes
from exactland.landscape.several_outputs.blocks import touched
from exactland.problem.network import Matrix, Vector

MAX_LOOSE: Final = 6
"""Loose classes of a neuron up to which its cells are enumerated."""


@dataclass(frozen=True, slots=True)
class Ray:
    """A ray of a cell: its direction, the loose class whose hyperplane it leaves, and phi on it.

    ``height`` is the positive value of |x~_facet . direction|; every other ray of the cell has
    x~_facet . r = 0, so that |x~_facet . v| / height is the coordinate of v along this ray.
    """

    direction: Vector
    facet: int
    height: Scalar
    phi: Scalar


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the loose classes in V_i: lineality space + cone of as many rays as dimensions.

    ``signs`` lists (class, +1 or -1) for every loose class.
    """

    signs: tuple[tuple[int, int], ...]
    rays: tuple[Ray, ...]


@dataclass(frozen=True, slots=True)
class Face:
    """One neuron near the point.

    Attributes
    ----------
    index : the neuron
    margins : (class q, c > 0) with phi_i(v) >= sum_q c |x~_q . v| for all v
    spread : None where psi_i = 0; for a neuron that does not escape the delta > 0 for which
        (h_i +- delta e_j) . psi_i(v) >= sum_q c |x~_q . v| as well; 0 for an escape neuron
    basis : V_i, in the span of the data that the neuron touches; its part orthogonal to w~_i where
        there are loose classes (rescaling (w~_i, h_i) by (c, 1/c) leaves the network unchanged, so
        that these moves are enough)
    lineality : the v in V_i on which the loose classes vanish too
    loose : the loose classes
    cells : of the loose classes in V_i; None where there are too many or one is not simplicial
    """

    index: int
    margins: tuple[tuple[int, Scalar], ...]
    spread: Scalar | None
    basis: Matrix
    lineality: Matrix
    loose: tuple[ParallelClass, ...]
    cells: tuple[Cell, ...] | None

    @property
    def escapes(self) -> bool:
        """Whether this is an escape neuron."""
        return self.spread is not None and is_zero(self.spread)


def boundary_classes(point: EmpiricalPoint, index: int) -> tuple[ParallelClass, ...]:
    """Return the classes of nonzero data on the kink of a neuron (none without a kink)."""
    if is_zero(point.problem.network.activation.kink):
        return ()
    pattern = point.patterns[index]
    return tuple(q for q in parallel_classes(point.inputs) if pattern[q.representative] == "0")


def slopes(point: EmpiricalPoint, face: Face, signs: tuple[tuple[int, int], ...]) -> list[Scalar]:
    """Return the slope of the neuron at every data point, for v in a cell of V_i.

    0 where the held classes keep the pre-activation at 0, and on loose classes without a sign.
    """
    activation = point.problem.network.activation
    result = [
        activation.slope(SIGN_VALUES[character])
        if character != "0" or not activation.kink
        else ZERO
        for character in point.patterns[face.index]
    ]
    sides = dict(signs)
    for kink in face.loose:
        if kink.representative in sides:
            for member in kink.members:
                along = dot(kink.normal, point.inputs[member])
                result[member] = activation.slope(sides[kink.representative] * sign(along))
    return result


def face_of(
    point: EmpiricalPoint,
    functional: OneSidedFunctional,
    index: int,
    escape: Escapes | Bound,
) -> Face:
    """Return the face of a neuron of a directionally stationary point.

    References
    ----------
    proofs/CERTIFICATES-several-outputs.md, section 1.
    """
    classes = boundary_classes(point, index)
    dimension = point.dimension
    spread = ZERO if isinstance(escape, Escapes) else escape.spread
    margins: tuple[tuple[int, Scalar], ...] = ()
    if classes and ray_candidates([q.normal for q in classes], dimension) <= MAX_RAYS:
        margins, spread = _margins(point, functional, index, classes, spread)
    held = {q for q, _ in margins}
    normals = [q.normal for q in classes if q.representative in held]
    # Near the point the neuron depends on w~_i . x~_k at the data it touches only.
    normals += nullspace([point.inputs[k] for k in sorted(touched(point, index))], dimension)
    basis = nullspace(normals, dimension)
    loose = tuple(q for q in classes if any(dot(q.normal, b) for b in basis))
    weight, output = point.weights[index], point.outputs[index]
    if loose and any(weight):
        normals.append(weight)
        basis = nullspace(normals, dimension)
    lineality = nullspace([*normals, *(q.normal for q in loose)], dimension)

    def phi(v: Vector) -> Scalar:
        return dot(output, functional(v))

    cells = tuple(_cells(basis, loose, phi)) if len(loose) <= MAX_LOOSE else (None,)
    complete = tuple(cell for cell in cells if cell is not None)
    return Face(
        index,
        margins,
        spread,
        basis,
        lineality,
        loose,
        complete if len(complete) == len(cells) else None,
    )


def _margins(
    point: EmpiricalPoint,
    functional: OneSidedFunctional,
    index: int,
    classes: Sequence[ParallelClass],
    spread: Scalar | None,
) -> tuple[tuple[tuple[int, Scalar], ...], Scalar | None]:
    """Half of what the rays of the fan allow; the other half pays for the spread.

    phi_i is linear on every cell of the fan, so it vanishes exactly on the faces spanned by
    generators on which it does.  The margins, zero on the lineality space and at most phi_i / 2 on
    every ray, stay below phi_i / 2; with half the spread (h_i +- delta e_j) . psi_i stays above it.
    """
    generators = fan([q.normal for q in classes], point.dimension).rays
    values = [(r, dot(point.outputs[index], functional(r))) for r in generators]
    held = [
        q
        for q in classes
        if not any(is_zero(value) and dot(q.normal, ray) for ray, value in values)
    ]
    ratios = []
    for ray, value in values:
        total = sum((abs(dot(q.normal, ray)) for q in held), ZERO)
        if total:
            ratios.append(value / (2 * total))
    if not ratios or spread is None:
        # psi_i = 0: phi_i vanishes and holds nothing.
        return (), spread
    margin = min(ratios)
    if spread:
        largest = [(value, max(abs(entry) for entry in functional(ray))) for ray, value in values]
        limits = [value / (2 * size) for value, size in largest if size]
        spread = min([spread / 2, *limits])
    return tuple((q.representative, margin) for q in held), spread


def _cells(
    basis: Matrix, loose: tuple[ParallelClass, ...], phi: Callable[[Vector], Scalar]
) -> Iterator[Cell | None]:
    """Yield the cells; None for one that is not simplicial."""
    if not loose:
        yield Cell((), ())
        return
    normals = [tuple(dot(q.normal, b) for b in basis) for q in loose]
    rays = fan(normals, len(basis)).rays
    heights = [[dot(normal, ray) for normal in normals] for ray in rays]
    rank = len(basis) - len(nullspace(normals, len(basis)))
    for sides in product((1, -1), repeat=len(loose)):
        inside = [
            (ray, row)
            for ray, row in zip(rays, heights, strict=True)
            if all(side * entry >= 0 for side, entry in zip(sides, row, strict=True))
        ]
        centre = [sum(column, ZERO) for column in zip(*(row for _, row in inside), strict=True)]
        if not centre or not all(side * c > 0 for side, c in zip(sides, centre, strict=True)):
            continue  # no open cell has these signs
        if len(inside) != rank:
            yield None
            continue
        found = []
        for ray, row in inside:
            others = [other for _, other in inside if other is not row]
            facet = next(
                q for q, entry in enumerate(row) if entry and not any(other[q] for other in others)
            )
            direction = _combined(basis, ray)
            height = abs(row[facet])
            found.append(Ray(direction, loose[facet].representative, height, phi(direction)))
        signs = tuple((q.representative, side) for q, side in zip(loose, sides, strict=True))
        yield Cell(signs, tuple(found))


def _combined(basis: Matrix, coordinates: Sequence[fmpq]) -> Vector:
    return tuple(
        sum((c * b[axis] for c, b in zip(coordinates, basis, strict=True)), ZERO)
        for axis in range(len(basis[0]))
    )
