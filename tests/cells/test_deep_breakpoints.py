"""The graph of a deep network of one input: true at its vertices, affine between them."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from flint import fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactland.cells.deep_breakpoints import deep_graph
from exactland.problem import piecewise_linear as activations
from exactland.problem.deep import DeepNetwork, Layer

ACTIVATIONS = (
    activations.relu(),
    activations.absolute_value(),
    activations.hard_tanh(),
    activations.piecewise_linear(
        (fmpq(-1), fmpq(0), fmpq(1)), (fmpq(0), fmpq(2), fmpq(-1), fmpq(1, 2)), fmpq(1)
    ),
)


@given(st.integers(0, 10**6), st.sampled_from(ACTIVATIONS))
@settings(deadline=None, max_examples=60)
def test_the_function_is_affine_between_neighbouring_vertices(
    seed: int, activation: activations.PiecewiseLinear
) -> None:
    source = random.Random(seed)
    sizes = [1, *(source.randint(1, 3) for _ in range(source.randint(1, 3))), 2]

    def numbers(count: int) -> tuple[fmpq, ...]:
        return tuple(fmpq(source.randint(-4, 4), source.randint(1, 2)) for _ in range(count))

    network = DeepNetwork(
        activation,
        tuple(
            Layer(tuple(numbers(width) for _ in range(after)), numbers(after))
            for width, after in pairwise(sizes)
        ),
    )
    vertices = deep_graph(network, fmpq(-3), fmpq(2))
    assert (vertices[0][0], vertices[-1][0]) == (-3, 2)
    for x, y in vertices:
        assert network((x,)) == y
    for (left, low), (right, high) in pairwise(vertices):
        assert left < right
        for share in (fmpq(1, 3), fmpq(1, 2), fmpq(6, 7)):
            between = network((left + share * (right - left),))
            assert between == tuple(a + share * (b - a) for a, b in zip(low, high, strict=True))


def test_a_graph_needs_one_input_and_an_interval() -> None:
    one = fmpq(1)
    plane = DeepNetwork(
        activations.relu(), (Layer(((one, one),), (one,)), Layer(((one,),), (one,)))
    )
    with pytest.raises(ValueError):
        deep_graph(plane, fmpq(0), one)
    line = DeepNetwork(activations.relu(), (Layer(((one,),), (one,)), Layer(((one,),), (one,))))
    with pytest.raises(ValueError):
        deep_graph(line, one, one)
