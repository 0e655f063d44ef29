"""The pieces of a network's function, against the network itself."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

from flint import fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactland.arithmetic.matrices import rank
from exactland.cells.pieces import breakpoints, function_pieces, linear_regions
from exactland.cells.polyhedra import region_polyhedra
from exactland.cells.realised import realised_function
from exactland.problem.activations import ReluLike, absolute_value, leaky_relu, relu
from exactland.problem.network import Network, Vector

NUMBERS = st.sampled_from([fmpq(0), fmpq(1), fmpq(-1), fmpq(1, 2), fmpq(-2, 3), fmpq(2)])
ACTIVATIONS: list[ReluLike] = [relu(), absolute_value(), leaky_relu(fmpq(1, 4))]


@st.composite
def networks(draw: st.DrawFn, dimension: int | None = None, biases: bool | None = None) -> Network:
    d = draw(st.integers(1, 3)) if dimension is None else dimension
    m, j = draw(st.integers(1, 4)), draw(st.integers(1, 2))

    def vector(length: int) -> Vector:
        return tuple(draw(st.lists(NUMBERS, min_size=length, max_size=length)))

    with_biases = draw(st.booleans()) if biases is None else biases
    return Network(
        draw(st.sampled_from(ACTIVATIONS)),
        tuple(vector(d) for _ in range(m)),
        tuple(vector(m) for _ in range(j)),
        vector(m) if with_biases else None,
        vector(j) if draw(st.booleans()) else None,
    )


def value(network: Network, x: Vector) -> tuple[fmpq, ...]:
    """The network by definition."""
    biases = network.hidden_biases or (fmpq(0),) * network.width
    hidden = [
        network.activation(sum((a * b for a, b in zip(row, x, strict=True)), bias))
        for row, bias in zip(network.input_weights, biases, strict=True)
    ]
    constants = network.output_bias or (fmpq(0),) * network.output_dimension
    return tuple(
        sum((v * h for v, h in zip(row, hidden, strict=True)), c)
        for row, c in zip(network.output_weights, constants, strict=True)
    )


def affine(piece: Any, x: Vector) -> tuple[fmpq, ...]:
    return tuple(
        sum((a * b for a, b in zip(row, x, strict=True)), c)
        for row, c in zip(piece.slope, piece.intercept, strict=True)
    )


@given(networks(), st.lists(st.lists(NUMBERS, min_size=3, max_size=3), min_size=5, max_size=5))
def test_on_every_region_the_network_is_its_affine_map(
    network: Network, places: list[list[fmpq]]
) -> None:
    regions = {region.signs: region for region in linear_regions(network)}
    for region in regions.values():
        assert value(network, region.point) == affine(region, region.point)
        assert signs(network, region.point) == region.signs
    for place in places:
        x = tuple(
            entry + fmpq(k + 1, 97) for k, entry in enumerate(place[: network.input_dimension])
        )
        found = signs(network, x)
        if found in regions:
            assert affine(regions[found], x) == value(network, x)
        else:  # on a hyperplane that is one: a sign 0 that no region has
            constant = [k for k, sign in enumerate(found) if sign == "0"]
            assert any(any(network.input_weights[k]) for k in constant)


def signs(network: Network, x: Vector) -> str:
    biases = network.hidden_biases or (fmpq(0),) * network.width
    values = [
        sum((a * b for a, b in zip(row, x, strict=True)), bias)
        for row, bias in zip(network.input_weights, biases, strict=True)
    ]
    return "".join("+" if t > 0 else "-" if t < 0 else "0" for t in values)


@given(networks(dimension=1))
def test_in_dimension_one_regions_are_the_intervals_between_breakpoints(network: Network) -> None:
    ends = breakpoints(network)
    regions = sorted(linear_regions(network), key=lambda region: Fraction(str(region.point[0])))
    assert len(regions) == len(ends) + 1
    for left, end, right in zip(regions, ends, regions[1:], strict=False):
        assert left.point[0] < end < right.point[0]
        assert affine(left, (end,)) == affine(right, (end,))


@settings(max_examples=50)
@given(networks(dimension=1))
def test_in_dimension_one_pieces_are_the_maximal_intervals(network: Network) -> None:
    regions = sorted(linear_regions(network), key=lambda region: Fraction(str(region.point[0])))
    changes = sum((a.slope, a.intercept) != (b.slope, b.intercept) for a, b in pairwise(regions))
    pieces = function_pieces(network, regions)
    assert len(pieces) == changes + 1
    assert sorted(index for piece in pieces for index in piece.regions) == list(range(len(regions)))


def test_lines_in_general_position_in_the_plane() -> None:
    weights = tuple((fmpq(1), fmpq(t)) for t in range(5))
    network = Network(relu(), weights, ((fmpq(1),) * 5,), tuple(fmpq(t * t) for t in range(5)))
    regions = list(linear_regions(network))
    assert len(regions) == 1 + 5 + 10
    assert len(function_pieces(network, regions)) == 16
    assert regions[0].to_json()["signs"] == regions[0].signs


def test_a_network_without_neurons_is_one_piece() -> None:
    (region,) = linear_regions(Network(relu(), (), ((),), None, (fmpq(3),)))
    assert region.intercept == (3,)


@settings(max_examples=60)
@given(networks())
def test_regions_are_the_polyhedra_of_their_vertices(network: Network) -> None:
    regions = list(linear_regions(network))
    corners: dict[Vector, int] = {}
    for region, polyhedron in zip(regions, region_polyhedra(network, regions), strict=True):
        assert polyhedron.vertices  # one modulo the lines at least
        middle = [
            sum(column, fmpq(0)) / len(polyhedron.vertices)
            for column in zip(*polyhedron.vertices, strict=True)
        ]
        inside = tuple(
            a + sum((row[axis] for row in polyhedron.directions), fmpq(0))
            for axis, a in enumerate(middle)
        )
        # Vertices and directions are in the closure, their barycentre inside.
        assert signs(network, inside) == region.signs
        for vertex in polyhedron.vertices:
            corners[vertex] = corners.get(vertex, 0) + 1
            found = signs(network, vertex)
            assert all(a in ("0", b) for a, b in zip(found, region.signs, strict=True))
            zeros = [w for w, sign in zip(network.input_weights, found, strict=True) if sign == "0"]
            assert rank([*zeros, *polyhedron.lines]) == network.input_dimension
        for direction in polyhedron.directions:
            for line in (tuple(-entry for entry in direction),):
                outside = tuple(a + 1000 * b for a, b in zip(inside, line, strict=True))
                assert signs(network, outside) != region.signs
        for line in polyhedron.lines:
            for scale in (fmpq(-1000), fmpq(1000)):
                moved = tuple(a + scale * b for a, b in zip(inside, line, strict=True))
                assert signs(network, moved) == region.signs


def test_realised_functions_within_limits() -> None:
    weights = tuple((fmpq(1), fmpq(t)) for t in range(5))
    network = Network(relu(), weights, ((fmpq(1),) * 5,), tuple(fmpq(t * t) for t in range(5)))
    found = realised_function(network)
    assert found.complete and len(found.regions) == len(found.pieces) == 16
    assert len({vertex for one in found.polyhedra for vertex in one.vertices}) == 10
    part = realised_function(network, max_regions=3)
    assert not part.complete and len(part.regions) == 3 and part.pieces == ()
    assert part.to_json()["complete"] is False
