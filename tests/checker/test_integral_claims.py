"""Values and stationarity of an integral loss: what is false or malformed is not accepted."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import pytest

from tests.checker.integral_examples import (
    ALMOST,
    DEAD,
    DEGENERATE,
    LEAKY,
    SADDLE,
    Json,
    changed,
    outcome,
    problem,
    status,
)

# Values.


def test_the_loss_is_what_it_is() -> None:
    assert status(SADDLE, "loss_value", loss="1/972") == "accepted"
    assert status(SADDLE, "loss_value", loss="1/971") == "rejected"
    assert status(SADDLE, "loss_value", loss=["1/972"]) == "accepted"
    assert status(SADDLE, "loss_value", loss=["1/972", "0"]) == "unusable"
    assert "1/972" in outcome(SADDLE, "loss_value", loss="1/971").message


def test_the_loss_counts_scale_and_weight() -> None:
    weighted = problem([], [], [], "0", weight=["0", "1"], scale="4", interval=["1", "2"])
    assert status(weighted, "loss_value", loss="15") == "accepted"


def test_a_global_minimum_equals_the_target_everywhere() -> None:
    kink = ["1", "1"], ["1", "1"]
    assert status(problem(["1"], ["1"], ["0"], "0"), "global_minimum") == "accepted"
    assert status(problem(*kink, ["0", "-2"], "0"), "global_minimum") == "accepted"
    assert status(problem(*kink, ["0", f"-{9999}/10000"], "0"), "global_minimum") == "rejected"
    assert status(problem(["1"], ["1"], ["0"], ALMOST), "global_minimum") == "rejected"
    assert status(problem([], [], []), "global_minimum") == "accepted"
    assert status(problem([], [], [], ALMOST), "global_minimum") == "rejected"


# Stationarity.


SENSES = ("classical", "directional", "generalized_gradient_ge", "generalized_gradient_gt")


@pytest.mark.parametrize("sense", [*SENSES, "clarke"])
def test_a_saddle_is_stationary_and_a_point_beside_it_is_not(sense: str) -> None:
    witness: Json = {"neurons": {}} if sense == "clarke" else {}
    beside = changed(SADDLE, "network", "c", to=["1/2000000001"])
    assert status(SADDLE, "stationary", witness, sense=sense) == "accepted"
    assert status(beside, "stationary", witness, sense=sense) == "rejected"
    shown = {"direction": {"c": "1"}} if sense in SENSES[:2] else {"coordinate": "c"}
    assert status(beside, "not_stationary", shown, sense=sense) == "accepted"
    assert status(SADDLE, "not_stationary", shown, sense=sense) == "rejected"
    for kind in ("stationary", "not_stationary"):
        assert status(SADDLE, kind, {}, sense="weak") == "unusable"


def test_senses_differ_at_a_degenerate_neuron() -> None:
    """R09: Clarke and with slope 0 at 0, but in no other sense."""
    held = {"generalized_gradient_gt"}
    for sense in SENSES:
        expected = "accepted" if sense in held else "rejected"
        assert status(DEGENERATE, "stationary", {}, sense=sense) == expected
    dead = {"neurons": {"0": [{"multiplier": "1", "direction": ["0", "-1"]}]}}
    assert status(DEGENERATE, "stationary", dead, sense="clarke") == "accepted"
    for direction in ({"w0": "1"}, {"w0": "2", "b0": "-1/3"}):
        shown = {"direction": direction}
        assert status(DEGENERATE, "not_stationary", shown, sense="directional") == "accepted"
    for direction in ({"w0": "-1"}, {"b0": "1"}, {"v0": "1"}, {"c": "-1"}):
        shown = {"direction": direction}
        assert status(DEGENERATE, "not_stationary", shown, sense="directional") == "rejected"
    ge = "generalized_gradient_ge"
    assert status(DEGENERATE, "not_stationary", {"coordinate": "w0"}, sense=ge) == "accepted"
    assert status(DEGENERATE, "not_stationary", {"coordinate": "b0"}, sense=ge) == "rejected"
    gt = "generalized_gradient_gt"
    assert status(DEGENERATE, "not_stationary", {"coordinate": "w0"}, sense=gt) == "rejected"


@pytest.mark.parametrize(
    ("neurons", "expected"),
    [
        ({}, "rejected"),
        ({"0": []}, "rejected"),
        ({"0": [{"multiplier": "1/2", "direction": ["0", "-1"]}]}, "rejected"),
        ({"0": [{"multiplier": "1", "direction": ["0", "0"]}]}, "rejected"),
        ({"0": [{"multiplier": "1", "direction": ["1", "-1/2"]}]}, "rejected"),
        ({"0": [{"multiplier": "1", "direction": ["1"]}]}, "unusable"),
        ({"1": [{"multiplier": "1", "direction": ["0", "-1"]}]}, "unusable"),
        (
            {
                "0": [
                    {"multiplier": "2", "direction": ["0", "-1"]},
                    {"multiplier": "-1", "direction": ["0", "-1"]},
                ]
            },
            "rejected",
        ),
    ],
)
def test_a_wrong_clarke_combination_is_not_accepted(neurons: Json, expected: str) -> None:
    assert status(DEGENERATE, "stationary", {"neurons": neurons}, sense="clarke") == expected


def test_separation_of_limiting_gradients() -> None:
    """K17 is not Clarke stationary; the separator has the sign of v M < 0 in w - m b."""
    for separator, expected in (
        (["-1", "1/2"], "accepted"),
        (["1", "-1/2"], "rejected"),
        (["-1", "0"], "accepted"),
        (["0", "1"], "rejected"),
        (["0", "0"], "rejected"),
    ):
        shown = {"neuron": 0, "separator": separator}
        assert status(LEAKY, "not_stationary", shown, sense="clarke") == expected
        assert status(DEGENERATE, "not_stationary", shown, sense="clarke") == "rejected"
    shown = {"neuron": 0, "separator": ["-1", "1/2"]}
    upside_down = changed(LEAKY, "network", "v", to=[["-1"]])
    assert status(upside_down, "not_stationary", shown, sense="clarke") == "rejected"
    flat = changed(LEAKY, "network", "v", to=[["0"]])
    assert status(flat, "not_stationary", shown, sense="clarke") == "rejected"
    coordinate = {"coordinate": "w0"}  # one of the components that may take many values
    assert status(LEAKY, "not_stationary", coordinate, sense="clarke") == "rejected"


# Fields.


SQRT5 = {"minpoly": ["-5", "0", "1"], "interval": ["2", "3"]}
K07 = problem(
    ["1", "-1"],
    [],
    [],
    activation={"kind": "leaky_relu", "slope": "1/4"},
    field=SQRT5,
)
K07["network"]["b"] = [["-8/11", "2/11"], ["3/11", "2/11"]]
K07["network"]["v"] = [[["4/11", "6/55"], ["-4/11", "-6/55"]]]


def test_the_root_of_the_field_decides() -> None:
    assert status(K07, "loss_value", loss=["2283/58564", "-252/14641"]) == "accepted"
    assert status(K07, "loss_value", loss="1/2000") == "rejected"
    assert status(K07, "stationary", {}, sense="classical") == "accepted"
    conjugate = changed(K07, "field", "interval", to=["-3", "-2"])
    assert status(conjugate, "stationary", {}, sense="classical") == "rejected"
    assert status(conjugate, "loss_value", loss=["2283/58564", "-252/14641"]) == "rejected"
    for interval in (["-3", "3"], ["3", "4"], ["3", "2"]):
        wrong = changed(K07, "field", "interval", to=interval)
        assert status(wrong, "stationary", {}, sense="classical") == "rejected"


# The document.


@pytest.mark.parametrize(
    ("path", "to"),
    [
        (("loss", "interval"), ["1", "0"]),
        (("loss", "interval"), ["0", "0"]),
        (("loss", "interval"), ["0", "1", "2"]),
        (("loss", "weight"), ["0", "1"]),
        (("loss", "weight"), ["-1"]),
        (("loss", "weight"), ["1/4", "-1", "1"]),
        (("loss", "weight"), []),
        (("loss", "scale"), "0"),
        (("loss", "target"), ["1"] * 66),
        (("loss", "target"), "x"),
        (("loss", "x"), []),
        (("network", "w"), [["1", "1"]]),
        (("network", "b"), ["1", "2"]),
        (("network", "v"), [["1"], ["1"]]),
        (("network", "v"), [[["1", "2"]]]),
        (("network", "c"), "1"),
        (("network", "activation"), {"kind": "leaky_relu", "slope": "1"}),
        (("network", "activation"), {"kind": "leaky_relu", "slope": "-1"}),
        (("network", "activation"), {"kind": "quadratic", "slope": "1"}),
        (("network", "activation"), {"kind": "relu_like", "alpha_plus": "1", "alpha_minus": "1"}),
        (("network", "activation"), {"kind": "tanh"}),
        (("network", "w"), [[float("1")]]),
        (("field",), {"minpoly": ["1"], "interval": ["0", "1"]}),
    ],
)
def test_a_malformed_problem_is_unusable(path: Any, to: Any) -> None:
    assert status(DEAD, "local_minimum") == "accepted"
    assert status(changed(DEAD, *path, to=to), "local_minimum") == "unusable"


@pytest.mark.parametrize(
    ("kind", "claim", "witness"),
    [
        ("loss_value", {}, {}),
        ("loss_value", {"loss": "1/12"}, {"more": "1"}),
        ("stationary", {"sense": "classical"}, {"neurons": {}}),
        ("stationary", {"sense": "clarke"}, {}),
        ("not_stationary", {"sense": "classical"}, {"coordinate": "c"}),
        ("not_stationary", {"sense": "clarke"}, {"coordinate": "d"}),
        ("not_stationary", {"sense": "clarke"}, {"neuron": 1, "separator": ["1", "1"]}),
        ("inertia", {"of": "hessian", "inertia": [0, 3, 1]}, {}),
        ("saddle", {}, {"descent": {"c": "1"}}),
        ("saddle", {}, {"descent": {}, "ascent": {"c": "1"}}),
        ("local_minimum", {"radius": "1"}, {}),
        ("directionally_stationary", {}, {"neurons": []}),
    ],
)
def test_a_malformed_certificate_is_unusable(kind: str, claim: Json, witness: Json) -> None:
    assert status(DEAD, kind, witness, **claim) == "unusable"


def test_too_much_work_is_unusable_not_slow() -> None:
    long = "1" * 19_000
    wide = problem(
        [f"{k + 1}{long}/{k + 2}1" for k in range(200)],
        [f"{k + 1}/{long}{2 * k + 1}" for k in range(200)],
        [f"-{k + 1}{long}/{k + 3}7" for k in range(200)],
    )
    answer = outcome(wide, "loss_value", loss="1")
    assert answer.status == "unusable"
    assert answer.where == "limits"


def test_width_100_with_numbers_of_64_bits_is_checked() -> None:
    """A loss of 28,000 digits, and the derivatives of a point with 100 distinct kinks."""
    generator = random.Random(7)

    def ratio(low: int) -> Fraction:
        return Fraction(generator.randint(low, 2**63), generator.randint(2**62, 2**63))

    w, v = [ratio(1) for _ in range(100)], [ratio(-(2**63)) for _ in range(100)]
    b = [-x * Fraction(k + 1, 101) + ratio(1) / 10**6 for k, x in enumerate(w)]
    wide = problem([str(x) for x in w], [str(x) for x in v], [str(x) for x in b])
    answer = outcome(wide, "loss_value", loss="1")
    assert answer.status == "rejected"
    assert "a fraction of about" in answer.message
    assert status(wide, "not_stationary", {"coordinate": "c"}, sense="clarke") == "accepted"
