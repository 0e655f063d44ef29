"""Second order, saddles and minima of an integral loss: what is false is not accepted."""

from __future__ import annotations

from typing import Any

import pytest

from exactland.checker import check_certificate
from tests.checker.integral_examples import (
    ALMOST,
    DEAD,
    DEGENERATE,
    DESCENT,
    QUADRATIC,
    SADDLE,
    SEMI,
    Json,
    changed,
    problem,
    status,
)

# Second order.


SEVEN = {
    "kernel": [],
    "congruence": [[str(int(i == k)) for k in range(4)] for i in range(4)],
    "bits": 64,
}
# Of DEAD: the Hessian is diag(0, 0, 0, 2).
DEAD_INERTIA = {
    "kernel": [["1", "0", "0", "0"], ["0", "1", "0", "0"], ["0", "0", "1", "0"]],
    "congruence": [["0", "0", "0", "1"]],
    "bits": 8,
}


def inertia(given: Json, witness: Json, *counts: int, of: str = "hessian") -> str:
    return status(given, "inertia", witness, of=of, inertia=list(counts))


def test_an_inertia_is_accepted_only_as_it_is() -> None:
    assert inertia(DEAD, DEAD_INERTIA, 0, 3, 1) == "accepted"
    for counts in ((1, 3, 0), (0, 2, 2), (0, 3, 0), (0, 4, 0)):
        assert inertia(DEAD, DEAD_INERTIA, *counts) == "rejected"
    assert inertia(DEAD, SEVEN, 0, 0, 4) == "rejected"
    assert inertia(DEAD, DEAD_INERTIA, 0, 3) == "unusable"


@pytest.mark.parametrize(
    ("path", "to", "expected"),
    [
        (("bits",), 8193, "unusable"),
        (("bits",), "8", "unusable"),
        (("bits",), 0, "rejected"),  # too coarse: the slack swallows the diagonal
        (("congruence", 0), ["0", "0", "0", "1/2"], "unusable"),
        (("congruence", 0), ["0", "0", "0", "0"], "rejected"),
        (("congruence", 0), ["0", "0", "1"], "unusable"),
        (("kernel", 0), ["0", "1", "0", "0"], "rejected"),  # dependent
        (("kernel", 0), ["1", "0", "0", ALMOST], "rejected"),  # not in the kernel
        (("kernel", 0), ["0", "0", "0", "0"], "rejected"),
        (("kernel",), DEAD_INERTIA["kernel"][:2], "rejected"),  # type: ignore[index]  # a list
    ],
)
def test_a_wrong_witness_of_inertia_is_not_accepted(path: Any, to: Any, expected: str) -> None:
    assert inertia(DEAD, changed(DEAD_INERTIA, *path, to=to), 0, 3, 1) == expected


def test_dependent_kernel_vectors_do_not_count_twice() -> None:
    kernel = [["1", "1", "0", "0"], ["1", "0", "1", "0"], ["0", "1", "-1", "0"]]
    assert inertia(DEAD, changed(DEAD_INERTIA, "kernel", to=kernel), 0, 3, 1) == "rejected"


def test_the_hessian_must_exist() -> None:
    """At a breakpoint exactly at an end; not beside it, however near."""
    modified = {"kernel": [["1", "0", "0", "0"], ["0", "0", "1", "0"]], "bits": 8}
    modified["congruence"] = [["0", "1", "0", "0"], ["0", "0", "0", "1"]]
    assert inertia(SEMI, modified, 0, 2, 2, of="modified_hessian") == "accepted"
    assert inertia(SEMI, modified, 0, 2, 2) == "rejected"
    inside = changed(SEMI, "network", "b", to=[ALMOST])
    outside = changed(SEMI, "network", "b", to=["-" + ALMOST])
    assert inertia(outside, DEAD_INERTIA, 0, 3, 1) == "accepted"
    assert inertia(outside, modified, 0, 2, 2, of="modified_hessian") == "rejected"
    assert inertia(inside, DEAD_INERTIA, 0, 3, 1) == "rejected"
    active = problem(["1"], ["1"], ["0"], "1")  # active everywhere, breakpoint exactly T0
    for of in ("hessian", "modified_hessian"):
        message = check_certificate(
            {
                "format": "exactland-certificate/1",
                "problem": active,
                "claim": {"kind": "inertia", "of": of, "inertia": [0, 3, 1]},
                "witness": DEAD_INERTIA,
            }
        ).message
        assert "exactly T0" in message
    assert inertia(DEGENERATE, DEAD_INERTIA, 0, 3, 1) == "rejected"
    assert inertia(SEMI, modified, 0, 2, 2, of="half_hessian") == "unusable"


def test_negative_curvature_is_negative_and_as_claimed() -> None:
    def curvature(given: Json, direction: Json, value: str, of: str = "hessian") -> str:
        return status(given, "negative_curvature", of=of, direction=direction, value=value)

    assert curvature(SADDLE, DESCENT, "-2/81") == "accepted"
    assert curvature(SADDLE, DESCENT, "-2/82") == "rejected"
    assert curvature(SADDLE, {"c": "1"}, "2") == "rejected"
    assert curvature(SADDLE, {"c": "0"}, "0") == "rejected"
    assert curvature(SADDLE, {}, "0") == "unusable"
    assert curvature(SADDLE, {"b2": "1"}, "-1") == "unusable"
    wrong = changed(SEMI, "network", "v", to=[["-1"]])
    assert curvature(wrong, {"b0": "1"}, "-1", "modified_hessian") == "accepted"
    assert curvature(wrong, {"b0": "1"}, "-1") == "rejected"


def test_center_stable_dimensions() -> None:
    shifted = {"kernel": [], "congruence": SEVEN["congruence"], "bits": 16}

    def dimension(eta: str, claimed: int, given: Json = DEAD, second: Json = shifted) -> str:
        witness = {"matrix": DEAD_INERTIA, "shifted": second}
        return status(
            given,
            "center_stable_dimension",
            witness,
            of="hessian",
            eta=eta,
            dimension=claimed,
        )

    at_the_jump = changed(DEAD_INERTIA, "kernel", to=[["0", "0", "0", "1"]])
    at_the_jump["congruence"] = shifted["congruence"][:3]  # type: ignore[index]  # a list
    assert dimension("1/2", 4) == "accepted"
    assert dimension("1", 4, second=at_the_jump) == "accepted"  # 2 / eta is an eigenvalue
    assert dimension("1000001/1000000", 3) == "rejected"  # 16 bits do not show the difference
    assert dimension("1000001/1000000", 3, second=shifted | {"bits": 40}) == "accepted"
    assert dimension("3/2", 3) == "accepted"
    assert dimension("3/2", 4) == "rejected"
    assert dimension("1/2", 3) == "rejected"
    assert dimension("0", 4) == "unusable"
    assert dimension("-1", 4) == "unusable"
    moving = changed(DEAD, "network", "c", to=["1/3"])  # not a fixed point
    assert dimension("1/2", 4, given=moving) == "rejected"


# Saddles and minima.


def saddle(given: Json, descent: Json, ascent: Json | None = None) -> str:
    return status(given, "saddle", {"descent": descent, "ascent": ascent or {"c": "1"}})


def test_saddles_of_every_order() -> None:
    assert saddle(SADDLE, DESCENT) == "accepted"
    wrong_side = changed(SEMI, "network", "v", to=[["-1"]])
    assert saddle(wrong_side, {"b0": "1"}) == "accepted"  # second order from one side
    assert saddle(wrong_side, {"b0": "-1"}) == "rejected"  # the other side: constant
    flat = changed(SEMI, "network", "v", to=[["0"]])
    assert saddle(flat, {"b0": "1", "v0": "-1"}) == "accepted"  # third order
    assert saddle(flat, {"b0": "1", "v0": "1"}) == "rejected"
    loose = changed(DEGENERATE, "network", "v", to=[["0"]])
    assert saddle(loose, {"w0": "1", "v0": "1"}) == "accepted"  # flat degenerate, second order
    assert saddle(loose, {"w0": "1", "v0": "-1"}) == "rejected"
    assert saddle(QUADRATIC, {"w0": "1", "b0": "1/2", "v0": "1"}) == "accepted"  # cubic
    assert saddle(QUADRATIC, {"w0": "1", "b0": "1/2", "v0": "-1"}) == "rejected"


def test_a_saddle_needs_stationarity_descent_and_ascent() -> None:
    assert saddle(SADDLE, {"c": "1"}) == "rejected"
    assert saddle(SADDLE, DESCENT, DESCENT) == "rejected"
    assert saddle(SEMI, {"b0": "1"}) == "rejected"
    assert saddle(DEAD, {"b0": "1"}) == "rejected"
    assert saddle(changed(SADDLE, "network", "c", to=["1/3"]), {"c": "1"}) == "rejected"
    assert saddle(DEGENERATE, {"w0": "1"}) == "rejected"


def test_third_order_with_a_moving_kink_that_is_not_flat_is_not_guessed() -> None:
    """The flat semi-inactive neuron gives descent of order 3, but a second neuron moves too."""
    given = problem(["-1", "1"], ["0", "0"], ["0", "-1"])
    assert saddle(given, {"b0": "1", "v0": "-1"}) == "accepted"
    with_kink = problem(
        ["1", "-1", "-1"], ["2/3", "-2/3", "0"], ["-1/3", "2/3", "0"]
    )  # R21 and a flat semi-inactive neuron
    assert saddle(with_kink, {"b2": "1", "v2": "-1"}) == "accepted"
    # The rescaling of neuron 0 leaves its kink where it is.
    along = {"b2": "1", "v2": "-1", "w0": "1", "b0": "-1/3", "v0": "-2/3"}
    assert saddle(with_kink, along) == "accepted"
    assert saddle(with_kink, along | {"b0": "-1/4"}) == "rejected"
    message = check_certificate(
        {
            "format": "exactland-certificate/1",
            "problem": problem(["-1", "-1"], ["1", "-1"], ["0", "0"]),
            "claim": {"kind": "saddle"},
            "witness": {"descent": {"b0": "1", "b1": "1"}, "ascent": {"c": "1"}},
        }
    ).message  # second order cancels, third order is not of the form
    assert "breakpoint with v != 0 moves" in message


def test_local_minima_of_idle_neurons() -> None:
    assert status(DEAD, "local_minimum") == "accepted"
    assert status(SEMI, "local_minimum") == "accepted"
    for v in ("-1", "0", "-" + ALMOST):
        assert status(changed(SEMI, "network", "v", to=[[v]]), "local_minimum") == "rejected"
    assert status(changed(DEAD, "network", "c", to=["1/3"]), "local_minimum") == "rejected"
    for b in (["-" + ALMOST], ["0"]):
        near = problem(["-1"], ["-1"], b)
        expected = "accepted" if b != ["0"] else "rejected"
        assert status(near, "local_minimum") == expected
    assert status(problem(["-1"], ["-1"], [ALMOST]), "local_minimum") == "rejected"
    semi_active = problem(["0"], ["0"], ["1"])
    assert status(semi_active, "local_minimum") == "rejected"
    assert status(DEGENERATE, "local_minimum") == "rejected"
    assert status(QUADRATIC, "local_minimum") == "rejected"
    assert status(SADDLE, "local_minimum") == "rejected"


def test_local_minima_with_a_positive_semidefinite_hessian() -> None:
    dead = {"inertia": DEAD_INERTIA}
    assert status(DEAD, "local_minimum", dead) == "accepted"
    assert status(changed(DEAD, "network", "c", to=["1/3"]), "local_minimum", dead) == "rejected"
    assert status(SEMI, "local_minimum", dead) == "rejected"
    # Flat and active with r = x - 1/2 or so: not stationary in v, or indefinite.
    assert status(problem(["1"], ["0"], ["1"]), "local_minimum", dead) == "rejected"


def test_a_spurious_minimum_needs_all_its_parts() -> None:
    better = problem(["1"], ["1"], ["1"], "-1")

    def part(given: Json, kind: str, **claim: Any) -> Json:
        return {
            "format": "exactland-certificate/1",
            "problem": given,
            "claim": {"kind": kind, **claim},
            "witness": {},
        }

    parts = [
        part(DEAD, "local_minimum"),
        part(DEAD, "loss_value", loss="1/12"),
        part(better, "loss_value", loss="0"),
    ]

    def spurious(parts: list[Json], loss: str = "1/12", better_loss: str = "0") -> str:
        claim = {"loss": loss, "better_loss": better_loss}
        return status(DEAD, "spurious_local_minimum", {"parts": parts}, **claim)

    assert spurious(parts) == "accepted"
    assert spurious(parts, loss="1/11") == "rejected"
    assert spurious(parts, better_loss="1/100") == "rejected"
    assert spurious([parts[0], parts[1], parts[1]], better_loss="1/12") == "rejected"
    assert spurious([part(SEMI, "local_minimum"), *parts[1:]]) == "rejected"
    assert spurious([parts[0], part(SEMI, "loss_value", loss="1/12"), parts[2]]) == "rejected"
    wider = problem(["1", "0"], ["1", "0"], ["1", "0"], "-1")
    assert spurious([*parts[:2], part(wider, "loss_value", loss="0")]) == "rejected"
    other = changed(better, "loss", "scale", to="2")
    assert spurious([*parts[:2], part(other, "loss_value", loss="0")]) == "rejected"
    no_bias = changed(better, "network", "activation", to={"kind": "abs"})
    assert spurious([*parts[:2], part(no_bias, "loss_value", loss="0")]) == "rejected"
    assert spurious(parts[:2]) == "unusable"
    assert spurious([parts[1], parts[1], parts[2]]) == "unusable"
    empirical = {
        "format": "exactland-problem/1",
        "network": {"activation": {"kind": "relu"}, "w": [["1"]], "v": [["1"]]},
        "loss": {"kind": "empirical", "x": [["1"]], "y": [["1"]]},
    }
    assert spurious([*parts[:2], part(empirical, "loss_value", loss="0")]) == "unusable"
