"""The pieces of a network's function: where in input space it is affine, and which map it is there.

With hidden biases neuron i is active where w_i.x + b_i > 0.  In homogeneous coordinates (x, t),
t > 0, this is the central arrangement of the vectors (w_i, b_i) together with the hyperplane at
infinity t = 0; its cells with t > 0 are the linear regions.  Without hidden biases the arrangement
of the w_i is central itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flint import fmpq, fmpz

from exactland.arithmetic.rationals import ONE, ZERO, format_rational
from exactland.cells.arrangement import cells_of
from exactland.cells.directions import Directions, directions
from exactland.cells.graph import class_members
from exactland.cells.patterns import SIGN_CHARACTERS
from exactland.cells.splitting import Check
from exactland.problem.network import Matrix, Network, Vector


@dataclass(frozen=True, slots=True)
class Region:
    """A linear region: an open cell of the network's hyperplanes in input space.

    Attributes
    ----------
    signs : str
        The sign of the pre-activation of every neuron, ``+``, ``-`` (``0`` only for a neuron
        that is identically zero).
    point : length d
        An interior point.
    slope : J x d
    intercept : length J
        On the region f(x) = slope x + intercept.
    """

    signs: str
    point: Vector
    slope: Matrix
    intercept: Vector

    def to_json(self) -> dict[str, object]:
        """Return the region as a JSON object."""
        return {
            "signs": self.signs,
            "point": [format_rational(entry) for entry in self.point],
            "slope": [[format_rational(entry) for entry in row] for row in self.slope],
            "intercept": [format_rational(entry) for entry in self.intercept],
        }


@dataclass(frozen=True, slots=True)
class Piece:
    """A maximal set of regions, connected through facets, on which the function is one map."""

    regions: tuple[int, ...]
    slope: Matrix
    intercept: Vector


def linear_regions(network: Network, *, check: Check | None = None) -> Iterator[Region]:
    """Yield the linear regions of the function of a network.

    Parameters
    ----------
    network : Network
        Of any input dimension (the number of regions grows quickly with it).
    check : callable, optional
        See :func:`~exactland.cells.arrangement.enumerate_cells`.

    Examples
    --------
    >>> from exactland.problem.activations import relu
    >>> hat = Network(relu(), ((fmpq(1),), (fmpq(1),)), ((fmpq(1), fmpq(-2)),),
    ...               (fmpq(0), fmpq(-1)))
    >>> for region in sorted(linear_regions(hat), key=lambda region: region.point):
    ...     print(region.signs, region.point, region.slope, region.intercept)
    -- (-1,) ((0,),) (0,)
    +- (1/2,) ((1,),) (0,)
    ++ (2,) ((-1,),) (2,)
    """
    if network.width == 0:
        yield _region(network, (), (), {})
        return
    affine = network.hidden_biases is not None
    found = _homogeneous(network)
    known: dict[str, tuple[Matrix, Vector]] = {}
    for batch in cells_of(found, check=check):
        for signs, point in zip(batch.signs.tolist(), batch.points.tolist(), strict=True):
            if affine:
                if signs[-1] < 0:
                    continue
                scale = fmpz(point[-1])
                place = tuple(fmpq(entry, scale) for entry in point[:-1])
                yield _region(network, tuple(signs[:-1]), place, known)
            else:
                place = tuple(fmpq(entry) for entry in point)
                yield _region(network, tuple(signs), place, known)


def _homogeneous(network: Network) -> Directions:
    """Return the arrangement, with the hyperplane at infinity last if there are hidden biases."""
    if network.hidden_biases is None:
        return directions(network.input_weights)
    rows = [
        (*row, bias) for row, bias in zip(network.input_weights, network.hidden_biases, strict=True)
    ]
    return directions([*rows, (*(ZERO for _ in range(network.input_dimension)), ONE)])


def _region(
    network: Network,
    signs: tuple[int, ...],
    point: Vector,
    known: dict[str, tuple[Matrix, Vector]],
) -> Region:
    text = "".join(SIGN_CHARACTERS[sign] for sign in signs)
    if text not in known:
        known[text] = affine_map(network, signs)
    return Region(text, point, *known[text])


def affine_map(network: Network, signs: tuple[int, ...]) -> tuple[Matrix, Vector]:
    """Return (slope, intercept) of the map that the network is where its neurons have these signs.

    Examples
    --------
    >>> from exactland.problem.activations import absolute_value
    >>> network = Network(absolute_value(), ((fmpq(2),),), ((fmpq(3),),), (fmpq(1),))
    >>> affine_map(network, (-1,))
    (((-6,),), (-3,))
    """
    rho = network.activation
    slope, intercept = [], []
    for j, outputs in enumerate(network.output_weights):
        factors = [
            v * rho.slope(sign) if sign else ZERO for v, sign in zip(outputs, signs, strict=True)
        ]
        row = [ZERO] * network.input_dimension
        constant = network.output_bias[j] if network.output_bias is not None else ZERO
        for i, factor in enumerate(factors):
            if factor != 0:
                weights = network.input_weights[i]
                row = [entry + factor * weight for entry, weight in zip(row, weights, strict=True)]
                if network.hidden_biases is not None:
                    constant += factor * network.hidden_biases[i]
        slope.append(tuple(row))
        intercept.append(constant)
    return tuple(slope), tuple(intercept)


def function_pieces(network: Network, regions: list[Region]) -> list[Piece]:
    """Join adjacent regions with the same affine map, given the list of all regions.

    Two closed regions are adjacent if they share a facet: their signs differ for the neurons of
    one hyperplane exactly.

    Examples
    --------
    >>> from exactland.problem.activations import relu
    >>> flat = Network(relu(), ((fmpq(1),), (fmpq(1),)), ((fmpq(0), fmpq(1)),),
    ...                (fmpq(0), fmpq(-1)))
    >>> regions = list(linear_regions(flat))
    >>> [len(piece.regions) for piece in function_pieces(flat, regions)]
    [2, 1]
    """
    number = {region.signs: index for index, region in enumerate(regions)}
    opposite = {"+": "-", "-": "+", "0": "0"}
    parent = list(range(len(regions)))

    def find(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    together = class_members(_homogeneous(network)) if network.width else []
    for members in together:
        neurons = [member for member in members if member < network.width]
        for index, region in enumerate(regions):
            signs = list(region.signs)
            for neuron in neurons:
                signs[neuron] = opposite[signs[neuron]]
            other = number.get("".join(signs))
            if other is None:
                continue
            same = (regions[other].slope, regions[other].intercept)
            if same == (region.slope, region.intercept):
                parent[find(index)] = find(other)
    groups: dict[int, list[int]] = {}
    for index in range(len(regions)):
        groups.setdefault(find(index), []).append(index)
    ordered = sorted(groups.values(), key=lambda group: (-len(group), group))
    return [
        Piece(tuple(group), regions[group[0]].slope, regions[group[0]].intercept)
        for group in ordered
    ]


def breakpoints(network: Network) -> list[fmpq]:
    """Return the points where a network with one input may change its slope, ascending.

    Examples
    --------
    >>> from exactland.problem.activations import relu
    >>> breakpoints(Network(relu(), ((fmpq(2),), (fmpq(0),)), ((fmpq(1), fmpq(1)),),
    ...                     (fmpq(1), fmpq(1))))
    [-1/2]
    """
    if network.input_dimension > 1:
        raise ValueError("breakpoints are for networks with one input")
    biases = network.hidden_biases or (ZERO,) * network.width
    found = {
        -bias / row[0] for row, bias in zip(network.input_weights, biases, strict=True) if row[0]
    }
    return sorted(found)
