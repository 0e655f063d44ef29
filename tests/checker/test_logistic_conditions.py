"""Every condition of the claims about the logistic loss, at its limit, against fractions."""

from __future__ import annotations

from copy import deepcopy
from fractions import Fraction as F
from math import isqrt
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exactland.checker import check_certificate
from exactland.checker.claims.logistic import (
    _gradient_bound,
    _inside,
    _require_curvature,
    _spread,
)
from exactland.checker.exponentials import (
    BITS,
    UNIT,
    _exp_above,
    _exp_below,
    _log_above,
    _log_below,
    exp_minus,
    logistic,
    logistic_slope_below,
    softplus,
)
from exactland.checker.limits import Meter
from exactland.checker.outcome import Rejected
from tests.checker.test_logistic_claims import made, status

Json = dict[str, Any]
CASE: Any = SimpleNamespace(meter=Meter())
FIELD: Any = SimpleNamespace(where="here")
TINY = F(1, UNIT)


def document(number: int) -> Json:
    return deepcopy(made("one output")[number])


def outputs(given: Json, layers: list[Json]) -> list[F]:
    """Evaluate a network of ReLU layers with one output, slowly."""
    found = []
    for point in given["loss"]["x"]:
        values = [F(x) for x in point]
        for depth, layer in enumerate(layers):
            values = [
                sum((F(w) * x for w, x in zip(row, values, strict=True)), F(b))
                for row, b in zip(layer["w"], layer["b"], strict=True)
            ]
            if depth < len(layers) - 1:
                values = [max(value, F(0)) for value in values]
        found += values
    return found


def loss(given: Json, layers: list[Json]) -> tuple[F, F]:
    """Return the sums of the ends of the enclosures."""
    low = high = F(0)
    for value, (label,) in zip(outputs(given, layers), given["loss"]["y"], strict=True):
        down, up = softplus(value, Meter())
        low, high = low + F(down, UNIT) - F(label) * value, high + F(up, UNIT) - F(label) * value
    scale = F(given["loss"].get("scale", "1"))
    return scale * low, scale * high


def outcome(given: Json, **claim: F) -> tuple[str, str]:
    given["claim"] |= {name: str(value) for name, value in claim.items()}
    found = check_certificate(given)
    return found.status, found.where


def test_the_enclosure_of_a_loss_is_the_sum_of_those_of_its_terms() -> None:
    given = document(1)
    low, high = loss(given["problem"], given["problem"]["network"]["layers"])
    assert outcome(given, lower=low, upper=high) == ("accepted", "")
    assert outcome(given, lower=low + TINY) == ("rejected", "claim.lower")
    assert outcome(given, lower=low, upper=high - TINY) == ("rejected", "claim.upper")


def test_a_witness_that_is_not_asked_for_is_unusable() -> None:
    assert status(document(1) | {"witness": {"more": "1"}}) == "unusable"


def test_the_bounds_of_a_minimum_near_hold_with_nothing_to_spare() -> None:
    """The loss may fall by |g|^2 / (2 m) below that of the network, and by no more."""
    given = document(0)
    problem, witness = given["problem"], given["witness"]
    layers = problem["network"]["layers"]
    low, high = loss(problem, layers)
    values = outputs(problem, layers)
    rows = [[[*map(F, x), F(1)][k] for k in witness["columns"]] for x in problem["loss"]["x"]]
    labels = [F(label) for (label,) in problem["loss"]["y"]]
    scale, bound = F(problem["loss"].get("scale", "1")), F(witness["curvature"][0])
    least = low - scale * slow_gradient_bound(rows, values, labels) / (2 * bound)
    other = loss(problem, witness["better"])[1]
    assert outcome(given, loss_lower=least, loss_upper=high, better_loss=other)[0] == "accepted"
    assert "spurious local minimum" in check_certificate(given).message
    assert outcome(given, loss_lower=least + TINY)[1] == "claim.loss_lower"
    assert outcome(given, loss_lower=least, loss_upper=high - TINY)[1] == "claim.loss_upper"
    assert outcome(given, loss_upper=high, better_loss=other - TINY)[1] == "witness.better"
    assert outcome(given, better_loss=least) == ("rejected", "claim.better_loss")
    assert outcome(given, better_loss=other, loss_lower=other)[1] == "claim.better_loss"
    assert outcome(given, loss_lower=other + TINY)[0] == "accepted"


def test_a_step_must_be_longer_than_twice_the_gradient_over_the_curvature() -> None:
    given = document(0)
    problem, witness = given["problem"], given["witness"]
    values = outputs(problem, problem["network"]["layers"])
    rows = [[[*map(F, x), F(1)][k] for k in witness["columns"]] for x in problem["loss"]["x"]]
    labels = [F(label) for (label,) in problem["loss"]["y"]]
    square = 4 * slow_gradient_bound(rows, values, labels) / F(witness["curvature"][0]) ** 2
    below = F(isqrt(int(square * UNIT**4)), UNIT**2)
    witness["step"] = str(below)
    assert outcome(given) == ("rejected", "witness.curvature[0]")
    witness["step"] = str(below + F(1, UNIT**2))
    assert outcome(given)[0] == "accepted"


def slow_gradient_bound(rows: list[list[F]], values: list[F], labels: list[F]) -> F:
    total = F(0)
    for axis in zip(*rows, strict=True):
        low = high = F(0)
        for x, value, label in zip(axis, values, labels, strict=True):
            down, up = (F(end, UNIT) - label for end in logistic(value, Meter()))
            low, high = low + min(down * x, up * x), high + max(down * x, up * x)
        total += max(abs(low), abs(high)) ** 2
    return total


ENTRIES = st.fractions(-3, 3, max_denominator=4)


@given(st.lists(st.tuples(ENTRIES, ENTRIES, ENTRIES, st.booleans()), min_size=1, max_size=4))
def test_a_gradient_is_bounded_on_both_sides(data: list[tuple[F, F, F, bool]]) -> None:
    rows = [[a, b] for a, b, _, _ in data]
    values, labels = [f for _, _, f, _ in data], [F(int(y)) for *_, y in data]
    bound = _gradient_bound(CASE, rows, values, labels)
    assert bound == slow_gradient_bound(rows, values, labels)


def test_a_curvature_must_be_above_its_bound() -> None:
    quarter = [UNIT // 4] * 2

    def shown(rows: list[list[F]], weights: list[int], bound: F) -> bool:
        try:
            _require_curvature(CASE, rows, weights, bound, FIELD)
        except Rejected:
            return False
        return True

    thirds = [[F(1, 3)], [F(2, 3)]]
    assert shown(thirds, quarter, F(5, 36) - TINY)
    assert not shown(thirds, quarter, F(5, 36))
    axes = [[F(1), F(0)], [F(0), F(1)]]
    assert shown(axes, [5, 5], 4 * TINY)
    assert not shown(axes, [5, 4], 4 * TINY)
    assert shown(axes, [UNIT + 1] * 2, F(1))
    assert not shown(axes, [UNIT] * 2, F(1))
    assert shown([[F(1, 3)]], [9 * UNIT], F(1) - TINY)  # one datum


WHOLE = st.integers(0, 3 * UNIT)


@given(st.lists(st.tuples(WHOLE, WHOLE, WHOLE, WHOLE), min_size=1, max_size=3), WHOLE)
def test_what_a_step_can_do_to_a_pre_activation_is_rounded_up(
    data: list[tuple[int, int, int, int]], step: int
) -> None:
    size, error, *weights = (list(column) for column in zip(*data, strict=True))
    (found,) = _spread(CASE, weights, [size], [error], step)
    for row, spread in zip(weights, found, strict=True):
        exact = F(step * (sum(size) + sum(error) + UNIT), UNIT)
        exact += F(sum(w * u for w, u in zip(row, error, strict=True)), UNIT)
        assert exact <= spread < exact + 2


@given(
    st.sampled_from([(), (F(0),), (F(-1), F(1))]),
    ENTRIES,
    st.fractions(0, 3, max_denominator=4),
    st.integers(0, 2),
)
def test_a_neighbourhood_is_inside_a_piece_if_its_ends_are(
    knots: tuple[F, ...], middle: F, reach: F, piece: int
) -> None:
    piece = min(piece, len(knots))
    bounds = [F(-100), *knots, F(100)]
    inside = bounds[piece] < middle - reach and middle + reach < bounds[piece + 1]
    activation: Any = SimpleNamespace(knots=knots)
    assert _inside(activation, piece, middle, reach) is inside


@pytest.mark.parametrize(("knot", "piece"), [(F(1), 0), (F(-1), 1)])
def test_a_neighbourhood_that_ends_on_a_knot_is_not_inside(knot: F, piece: int) -> None:
    activation: Any = SimpleNamespace(knots=(knot,))
    assert not _inside(activation, piece, F(0), F(1))
    assert _inside(activation, piece, F(0), F(1) - TINY)


def test_the_first_layer_must_reach_the_step_within_the_radius() -> None:
    given = document(0)
    inverse = given["witness"]["right_inverse"]
    given["witness"]["right_inverse"] = [[str(2 * F(x)) for x in row] for row in inverse]
    assert outcome(given) == ("rejected", "witness.right_inverse")
    given = document(0)
    radius = F(given["claim"]["radius"])
    moved = [sum(abs(F(x)) for x in row) for row in inverse]
    given["witness"]["step"] = str(radius / max(moved) * F(1001, 1000))
    assert outcome(given) == ("rejected", f"witness.right_inverse[{moved.index(max(moved))}]")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("step", "0"),
        ("columns", [0, 0]),
        ("columns", [1, 1]),
        ("curvature", ["-1"]),
    ],
)
def test_a_witness_at_its_limit_is_unusable(path: str, value: Any) -> None:
    given = document(0)
    given["witness"][path] = value
    assert outcome(given)[0] == "unusable"


def test_the_better_network_must_have_the_same_shape() -> None:
    given = document(0)
    first, last = given["witness"]["better"]
    first["w"].append(["0"] * len(first["w"][0]))
    first["b"].append("0")
    last["w"] = [[*row, "0"] for row in last["w"]]
    assert outcome(given) == ("unusable", "witness.better")


def test_the_series_bound_from_both_sides_at_their_shortest() -> None:
    """exp(t) and log(1 + t) for t = 0 and t = 2^-BITS, where every series has one term or two."""
    assert _exp_below(0) == _exp_above(0) == UNIT
    assert _exp_below(1) <= UNIT + 1 < _exp_above(1)
    assert _log_below(0) == _log_above(0) == 0
    assert 0 <= _log_below(1) < 1 <= _log_above(1)
    assert exp_minus(F(0), Meter()) == (UNIT, UNIT)
    assert logistic(F(0), Meter()) == (UNIT // 2, UNIT // 2)
    assert logistic_slope_below(F(0), Meter()) == UNIT // 4
    for value in (F(BITS), F(BITS) + TINY, F(10 * BITS)):
        assert exp_minus(value, Meter()) == (0, 1)
    low, high = exp_minus(F(BITS, 2), Meter())
    assert 0 < low < high
