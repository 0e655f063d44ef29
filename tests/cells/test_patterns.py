"""Activation patterns by leading digits are those of full products."""

from __future__ import annotations

import pytest
from flint import fmpq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exactland.cells import patterns

SMALL = st.integers(-3, 3)
LONG = st.integers(-(2**200), 2**200)


@st.composite
def long_vectors(draw: st.DrawFn) -> tuple[tuple[tuple[fmpq, ...], ...], ...]:
    """Long vectors of which some are orthogonal to all data, or nearly: off by one unit."""
    dimension = draw(st.integers(1, 4))
    base = [draw(LONG) for _ in range(dimension)]
    inputs = []
    for _ in range(draw(st.integers(1, 4))):
        row = [draw(st.one_of(SMALL, LONG)) for _ in range(dimension)]
        inputs.append(tuple(map(fmpq, row)))
    weights = []
    for kind in draw(st.lists(st.integers(0, 2), min_size=1, max_size=4)):
        size = draw(st.sampled_from([SMALL, LONG]))
        row = [draw(size) for _ in range(dimension)] if kind == 0 else list(base)
        if kind == 2:
            row[draw(st.integers(0, dimension - 1))] += 1
        weights.append(tuple(map(fmpq, row)))
    if dimension > 1 and draw(st.booleans()):
        orthogonal = [0] * dimension
        orthogonal[0], orthogonal[1] = base[1], -base[0]
        inputs.append(tuple(map(fmpq, orthogonal)))
    scale = fmpq(1, draw(st.integers(1, 2**100)))
    return tuple(weights), tuple(tuple(scale * x for x in row) for row in inputs)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(long_vectors())
def test_leading_digits_decide_only_what_they_prove(
    monkeypatch: pytest.MonkeyPatch, vectors: tuple[tuple[tuple[fmpq, ...], ...], ...]
) -> None:
    weights, inputs = vectors
    products = [
        [sum((a * b for a, b in zip(w, x, strict=True)), fmpq(0)) for x in inputs] for w in weights
    ]
    expected = tuple("".join("-0+"[1 + (p > 0) - (p < 0)] for p in row) for row in products)
    monkeypatch.setattr(patterns, "MANY_PRODUCTS", 1)
    assert patterns.activation_patterns(weights, inputs) == expected
    monkeypatch.setattr(patterns, "MANY_PRODUCTS", 10**9)
    assert patterns.activation_patterns(weights, inputs) == expected
