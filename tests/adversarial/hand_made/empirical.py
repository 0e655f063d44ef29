"""The empirical loss with one hidden layer: Clarke, curves, regions, replication."""

from __future__ import annotations

from typing import Any

from tests.adversarial.hand_made.common import (
    CUBE,
    FLAT,
    LEAKY,
    ROOT,
    ROOT_TWO,
    Case,
    into,
    loss_value,
)
from tests.checker.examples import ESCAPE, Json, branch, certificate, changed, leaf, problem

CASES: list[Case] = []
case = into(CASES)


# The Clarke subdifferential.  One datum on the kink: the gradients in w are 1 and alpha_minus.


def on_kink(activation: Json | None = None) -> Json:
    return problem([["0"]], [["1"]], [["1"]], [["-1"]], activation)


def combination(given: Json, *shares: tuple[str, str]) -> Json:
    return certificate(
        given, "clarke_stationary", neurons=[[{"multiplier": m, "cell": [v]} for m, v in shares]]
    )


case(
    "an affine combination of gradients that is not convex",
    combination(on_kink(LEAKY), ("-1", "1"), ("2", "-1")),
    "witness.neurons[0][0].multiplier",
)
case("a multiplier may be zero", combination(on_kink(), ("0", "1"), ("1", "-1")), "")
case(
    "multipliers that sum to 2",
    combination(on_kink(), ("0", "1"), ("2", "-1")),
    "witness.neurons[0]",
)
case(
    "a cell named by a point of its boundary",
    combination(on_kink(), ("1", "0")),
    "witness.neurons[0][0].cell",
)


def not_clarke(empty: dict[str, dict[str, str]], data: list[list[str]]) -> Json:
    """w = 0, all slopes positive: every leaf is separated, but for those said to be empty."""

    def tree(signs: str) -> Json:
        if signs in empty:
            return {"empty": empty[signs]}
        if len(signs) == len(data):
            return {"separated": True}
        return branch(len(signs), tree(signs + "+"), tree(signs + "-"))

    given = problem([["0", "0"]], [["1"]], data, [["-1"] for _ in data], LEAKY)
    return certificate(
        given, "not_clarke_stationary", neuron=0, direction=["1", "1"], tree=tree("")
    )


THREE = [["1", "0"], ["0", "1"], ["1", "1"]]
case(
    "an empty cell, with a multiplier that is zero and others below 1",
    not_clarke({"++-+": {"0": "1/2", "1": "1/2", "2": "1/2", "3": "0"}}, [*THREE, ["2", "1"]]),
    "",
)
case(
    "a combination with a negative multiplier does not show that a cell is empty",
    not_clarke({"+++": {"0": "1", "1": "1", "2": "-1"}}, THREE),
    "witness.tree.plus.plus.plus",
)
case(
    "a combination of nothing does not show that a cell is empty",
    not_clarke({"+++": {}}, THREE),
    "witness.tree.plus.plus.plus",
)
case(
    "a combination of zeros does not show that a cell is empty",
    not_clarke({"+++": {"0": "0"}}, THREE),
    "witness.tree.plus.plus.plus",
)
case(
    "a combination that is not zero does not show that a cell is empty",
    not_clarke({"+++": {"0": "1", "1": "1", "2": "1"}}, THREE),
    "witness.tree.plus.plus.plus",
)
case(
    "a multiplier of a class that is not decided",
    not_clarke({"++": {"0": "1", "1": "1", "2": "1"}}, THREE),
    "witness.tree.plus.plus",
)

# Curves.  Only the output bias moves: f = c, and L(c + d) - L(c) = (2 e . d + |d|^2) / 2.


def bias_curve(targets: list[str], *coefficients: list[str]) -> Json:
    zeros = ["0" for _ in targets]
    given = problem([["0"]], [zeros], [["1"]], [targets], c=zeros)
    return certificate(given, "not_local_minimum", curve={"c": [list(row) for row in coefficients]})


case("a curve of the output bias alone", bias_curve(["1"], ["1"]), "")
case(
    "d = (t, t^2/4), e = (0, -1): the term t^2 of |d|^2 outweighs that of 2 e . d",
    bias_curve(["0", "1"], ["1"], ["0", "1/4"]),
    "witness.curve",
)
case(
    "a lowest coefficient beyond the degree of the curve",
    bias_curve(
        ["0", "0", "1"], ["0", "1", "0", "-1/2"], ["0", "0", "1", "-1"], ["0", "0", "0", "1/2"]
    ),
    "",
)
case("a curve of the largest degree", bias_curve(["1"], ["0"] * 31 + ["1"]), "")
case("a curve of a larger degree", bias_curve(["1"], ["0"] * 32 + ["1"]), "witness.curve.c[0]")
case("a curve along which nothing changes", bias_curve(["1"], ["0"]), "witness.curve")

# Three outputs: h' . psi >= 0 on the whole cube of output weights, at all its corners.


def cube(spread: str, plus: list[str], minus: list[str], radius: str = "1/9") -> Json:
    return certificate(
        CUBE,
        "local_minimum",
        {"radius": radius, "region": {"neurons": [{"signs": "+0", "output": {"spread": spread}}]}},
        neurons=[{"plus": [leaf(k1=x) for x in plus], "minus": [leaf(k1=x) for x in minus]}],
    )


case("three outputs", cube("1/2", ["1/2", "1/2", "3/4"], ["1/2", "1/2", "1/4"]), "")
case(
    "a spread of which the radius takes more than a third",
    cube("1/2", ["1/2", "1/2", "3/4"], ["1/2", "1/2", "1/4"], "1/5"),
    "claim.radius",
)
case("a spread of 0", cube("0", ["1/2"] * 3, ["1/2"] * 3), "claim.region.neurons[0].output.spread")
case(
    "a spread below 0",
    cube("-1/2", ["1/2", "1/2", "1/4"], ["1/2", "1/2", "3/4"]),
    "claim.region.neurons[0].output.spread",
)

# Spurious minima: the better network must be of the same shape, and better.


FLAT_MINIMUM = certificate(
    FLAT,
    "local_minimum",
    {"radius": "1/2", "region": {"neurons": [{"signs": "-", "output": "all"}]}},
    neurons=[None],
)


def spurious(other: Json, better: str, loss: str = "1/2", here: Json = FLAT) -> Json:
    return certificate(
        here,
        "spurious_local_minimum",
        {"loss": loss, "better_loss": better},
        parts=[FLAT_MINIMUM, loss_value(FLAT, "1/2"), loss_value(other, better)],
    )


BETTER = problem([["1"]], [["1"]], [["1"]], [["1"]])
WIDER = problem([["1"], ["1"]], [["1"], ["0"]], [["1"]], [["1"]])
BIASED = problem([["1"]], [["1"]], [["1"]], [["1"]], c=["0"])
case("a spurious local minimum", spurious(BETTER, "0"), "")
case("a better network that is wider", spurious(WIDER, "0"), "witness.parts[2].problem.network")
case(
    "a better network with an output bias",
    spurious(BIASED, "0"),
    "witness.parts[2].problem.network",
)
case(
    "a better network with a hidden bias",
    spurious(problem([["1"]], [["1"]], [["1"]], [["1"]], b=["0"]), "0"),
    "witness.parts[2].problem.network",
)
case(
    "a better network with another activation",
    spurious(problem([["1"]], [["1"]], [["1"]], [["1"]], {"kind": "abs"}), "0"),
    "witness.parts[2].problem.network",
)
case("a network that is as good", spurious(FLAT, "1/2"), "claim.better_loss")
case(
    "a network that is worse",
    spurious(problem([["1"]], [["3"]], [["1"]], [["1"]]), "2"),
    "claim.better_loss",
)
case(
    "a better network for other targets",
    spurious(problem([["1"]], [["2"]], [["1"]], [["2"]]), "0"),
    "witness.parts[2].problem.loss",
)
case(
    "a better network for other inputs",
    spurious(problem([["1"]], [["1/2"]], [["2"]], [["1"]]), "0"),
    "witness.parts[2].problem.loss",
)
case(
    "a better network with another scale",
    spurious(changed(FLAT, "loss", "scale", to="1/4"), "1/4"),
    "witness.parts[2].problem.loss",
)
case(
    "another loss than that of the part", spurious(BETTER, "0", "1"), "witness.parts[1].claim.loss"
)
case(
    "parts about another network",
    spurious(BETTER, "0", here=problem([["-2"]], [["0"]], [["1"]], [["1"]])),
    "witness.parts[0].problem",
)

# Problems.


def with_activation(activation: Json, loss: str) -> Json:
    """Predictions rho(2) = y_1 and rho(-3) against 0."""
    return loss_value(problem([["1"]], [["1"]], [["2"], ["-3"]], [["0"], ["0"]], activation), loss)


case("relu", with_activation({"kind": "relu"}, "2"), "")
case("abs", with_activation({"kind": "abs"}, "13/2"), "")
case("identity", with_activation({"kind": "identity"}, "13/2"), "")
case("leaky with slope 0", with_activation({"kind": "leaky_relu", "slope": "0"}, "2"), "")
case(
    "leaky with slope 1",
    with_activation({"kind": "leaky_relu", "slope": "1"}, "13/2"),
    "problem.network.activation.slope",
)
case(
    "leaky with a slope below 0",
    with_activation({"kind": "leaky_relu", "slope": "-1"}, "13/2"),
    "problem.network.activation.slope",
)
case(
    "two slopes",
    with_activation({"kind": "relu_like", "alpha_plus": "3", "alpha_minus": "-1"}, "45/2"),
    "",
)
case(
    "two equal slopes",
    with_activation({"kind": "relu_like", "alpha_plus": "1", "alpha_minus": "1"}, "13/2"),
    "problem.network.activation",
)
case(
    "a scale of 0",
    changed(loss_value(FLAT, "0"), "problem", "loss", "scale", to="0"),
    "problem.loss.scale",
)

# Replication.  LEAKY, one datum on the kink, e = 1: phi(v) = rho(v) >= 0 is false; with relu true.
STATIONARY = problem([["0"]], [["1"]], [["1"]], [["-1"]])


def replication(given: Json, gamma: str, **witness: Any) -> Json:
    return certificate(
        given, "replication_stationary_set", {"neuron": 0, "gamma": gamma}, **witness
    )


HALF = [leaf(k0="1/2")]
case("only gamma >= 0", replication(STATIONARY, "nonnegative", neurons=HALF, direction=["1"]), "")
case(
    "every gamma, but phi is not zero", replication(STATIONARY, "all", neurons=HALF), "claim.gamma"
)
case(
    "every gamma, but the kinks of phi are not zero",
    replication(
        problem([["0"]], [["1"]], [["1"], ["-1"]], [["-1"], ["-1"]]), "all", neurons=[leaf()]
    ),
    "claim.gamma",
)
case(
    "a direction in which phi is zero",
    replication(STATIONARY, "nonnegative", neurons=HALF, direction=["-1"]),
    "witness.direction",
)
case(
    "every gamma",
    replication(problem([["0"]], [["1"]], [["1"]], [["0"]]), "all", neurons=[leaf()]),
    "",
)

# Escape neurons.
case("an escape neuron", ESCAPE, "")
case(
    "a direction in which psi is zero",
    changed(ESCAPE, "witness", "direction", to=["0", "0"]),
    "witness.direction",
)
case(
    "a direction in which phi is positive",
    changed(ESCAPE, "claim", "neuron", to=0),
    "witness.direction",
)

# Trees.  phi(v) = (3/4) v + (1/4) |v|, or the like: not covered without a decision.
FALLING = {"kind": "relu_like", "alpha_plus": "-1/2", "alpha_minus": "-1"}


def directional(given: Json, *trees: Json) -> Json:
    return certificate(given, "directionally_stationary", neurons=list(trees))


for activation, multiplier in ((LEAKY, "3/4"), (FALLING, "-3/4")):
    given = on_kink(activation)
    one = leaf(k0=multiplier)
    case("a multiplier beyond the kink", directional(given, one), "witness.neurons[0]")
    case(
        "a multiplier that helps on one side only",
        directional(given, branch(0, one, one)),
        f"witness.neurons[0].{'minus' if multiplier[0] != '-' else 'plus'}",
    )
case("a multiplier as large as the kink", directional(on_kink(), leaf(k0="1/2")), "")
case(
    "a derivative in the output bias",
    certificate(
        problem([["0"]], [["0"]], [["1"]], [["1"]], c=["0"]),
        "not_directionally_stationary",
        direction={"c": ["1"]},
    ),
    "",
)

# Over Q(sqrt 2), where the classes of parallel data are found by division.
MINUS: Any = ["0", "-1"]
ONE_TWO = [[ROOT, "1"], ["2", ROOT], ["-2", MINUS]]
"""Three parallel data, each sqrt 2 or -1 times the one before."""


def over_root(given: Json) -> Json:
    return given | {"field": ROOT_TWO}


DATA: list[Any] = [ROOT, MINUS, ["-1", "1"]]
for datum in DATA:
    case(
        "a class along an irrational datum",
        directional(
            over_root(problem([["0"]], [["1"]], [[datum]], [["-1"]])),
            leaf(k0="1/2"),
        ),
        "",
    )
case(
    "parallel data on the kink, in both directions",
    directional(
        over_root(problem([["1", MINUS]], [["1"]], ONE_TWO, [["-1"]] * 3)),
        leaf(k0="1/2"),
    ),
    "",
)
HALF_ROOT = changed(BETTER, "network", "v", 0, 0, to=["0", "1/2"])["network"]
irrational = over_root(changed(FLAT, "loss", "x", 0, 0, to=ROOT))
case(
    "a spurious local minimum over a number field",
    certificate(
        irrational,
        "spurious_local_minimum",
        {"loss": "1/2", "better_loss": "0"},
        parts=[
            FLAT_MINIMUM | {"problem": irrational},
            loss_value(irrational, "1/2"),
            loss_value(changed(irrational, "network", to=HALF_ROOT), "0"),
        ],
    ),
    "",
)
case(
    "a loss of networks with layers",
    changed(loss_value(FLAT, "1/2"), "problem", "loss", "kind", to="huber"),
    "problem.loss.kind",
)
