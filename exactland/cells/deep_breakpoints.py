"""The graph of a deep piecewise-linear network of one input: its breakpoints, exactly."""

from __future__ import annotations

from itertools import pairwise

from flint import fmpq

from exactland.problem.deep import DeepNetwork
from exactland.problem.network import Vector

Vertices = list[tuple[fmpq, Vector]]


def deep_graph(network: DeepNetwork, least: fmpq, greatest: fmpq) -> Vertices:
    """Return the vertices (x, f(x)) of the network's function on an interval, ends included.

    Between two neighbouring vertices f is affine.  Every vertex inside is a place where some
    pre-activation meets a knot; the slopes of f on its two sides may agree.

    Raises
    ------
    ValueError
        If the network has more than one input, or the interval is empty.

    Examples
    --------
    >>> from exactland.problem.deep import Layer
    >>> from exactland.problem.piecewise_linear import absolute_value
    >>> one, zero = fmpq(1), fmpq(0)
    >>> fold = Layer(((one,),), (-one,))
    >>> net = DeepNetwork(absolute_value(), (fold, fold, Layer(((one,),), (zero,))))
    >>> [(x, y) for x, (y,) in deep_graph(net, fmpq(-1), fmpq(3))]
    [(-1, 1), (0, 0), (1, 1), (2, 0), (3, 1)]
    """
    if network.input_dimension != 1 or not least < greatest:
        raise ValueError("the graph is that of a function of one input on an interval")
    vertices: Vertices = [(least, (least,)), (greatest, (greatest,))]
    *hidden, last = network.layers
    for layer in hidden:
        vertices = _cut([(x, layer(values)) for x, values in vertices], network.activation.knots)
        vertices = [(x, tuple(map(network.activation, values))) for x, values in vertices]
    return [(x, last(values)) for x, values in vertices]


def _cut(vertices: Vertices, knots: Vector) -> Vertices:
    """Add vertices where an entry meets a knot between two of them."""
    result = vertices[:1]
    for (left, before), (right, after) in pairwise(vertices):
        places = {
            left + (right - left) * (knot - low) / (high - low)
            for low, high in zip(before, after, strict=True)
            for knot in knots
            if min(low, high) < knot < max(low, high)
        }
        for x in sorted(places):
            share = (x - left) / (right - left)
            result.append(
                (x, tuple(a + share * (b - a) for a, b in zip(before, after, strict=True)))
            )
        result.append((right, after))
    return result
