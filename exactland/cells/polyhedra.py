"""The linear regions of a network as polyhedra: their vertices and unbounded directions, exactly.

In homogeneous coordinates (x, t) a closed region is the part t > 0 of a cone of the arrangement of
the (w_i, b_i) and the hyperplane at infinity t = 0.  The rays of that arrangement with t > 0 are
the vertices, those with t = 0 the directions in which regions are unbounded; its lineality space
consists of the lines that are in every region.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from exactland.arithmetic.rationals import ONE, ZERO, dot, format_rational
from exactland.cells.fans import fan
from exactland.cells.patterns import parallel_classes
from exactland.cells.pieces import Region
from exactland.problem.network import Matrix, Network, Vector


@dataclass(frozen=True, slots=True)
class Polyhedron:
    """The set  conv(vertices) + cone(directions) + span(lines).

    Directions and lines are primitive integer vectors.
    """

    vertices: Matrix
    directions: Matrix
    lines: Matrix

    def to_json(self) -> dict[str, object]:
        """Return the polyhedron as a JSON object."""
        return {
            name: [[format_rational(entry) for entry in row] for row in rows]
            for name, rows in (
                ("vertices", self.vertices),
                ("directions", self.directions),
                ("lines", self.lines),
            )
        }


def region_polyhedra(network: Network, regions: Sequence[Region]) -> Iterator[Polyhedron]:
    """Yield the closure of every region.

    Examples
    --------
    >>> from flint import fmpq
    >>> from exactland.cells.pieces import linear_regions
    >>> from exactland.problem.activations import relu
    >>> net = Network(relu(), ((fmpq(1),), (fmpq(1),)), ((fmpq(1), fmpq(-2)),),
    ...               (fmpq(0), fmpq(-1)))
    >>> regions = sorted(linear_regions(net), key=lambda region: region.point)
    >>> for one in region_polyhedra(net, regions):
    ...     print(one.vertices, one.directions)
    ((0,),) ((-1,),)
    ((0,), (1,)) ()
    ((1,),) ((1,),)
    """
    dimension = network.input_dimension
    biases = network.hidden_biases or (ZERO,) * network.width
    rows = [(*row, bias) for row, bias in zip(network.input_weights, biases, strict=True)]
    infinity = (*(ZERO for _ in range(dimension)), ONE)
    normals = [one.normal for one in parallel_classes((*rows, infinity))]
    found = fan(normals, dimension + 1)
    lines = tuple(vector[:-1] for vector in found.lineality)
    rays = [ray for ray in found.rays if ray[-1] >= 0]
    masks = [_masks(rows, ray) for ray in rays]
    for region in regions:
        plus = sum(1 << i for i, sign in enumerate(region.signs) if sign == "+")
        minus = sum(1 << i for i, sign in enumerate(region.signs) if sign == "-")
        own = [
            ray
            for ray, (above, below) in zip(rays, masks, strict=True)
            if not (above & ~plus or below & ~minus)
        ]
        vertices = sorted(tuple(x / ray[-1] for x in ray[:-1]) for ray in own if ray[-1])
        directions = sorted(ray[:-1] for ray in own if not ray[-1])
        yield Polyhedron(tuple(vertices), tuple(directions), lines)


def _masks(rows: Sequence[Vector], ray: Vector) -> tuple[int, int]:
    values = [dot(row, ray) for row in rows]
    above = sum(1 << i for i, value in enumerate(values) if value > 0)
    return above, sum(1 << i for i, value in enumerate(values) if value < 0)
