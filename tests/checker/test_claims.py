"""True certificates are accepted; each condition of each claim is needed."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from exactland.checker import check_certificate
from tests.checker import examples
from tests.checker.examples import (
    INSTANCES,
    Json,
    branch,
    certificate,
    changed,
    instance_problem,
    leaf,
)


def rejected_at(document: Json) -> str:
    outcome = check_certificate(document)
    assert outcome.status == "rejected", outcome
    return outcome.where


@pytest.mark.parametrize("name", sorted(examples.TRUE))
def test_a_true_certificate_is_accepted(name: str) -> None:
    outcome = check_certificate(examples.TRUE[name])
    assert (outcome.status, outcome.where) == ("accepted", ""), outcome
    assert outcome.message.isprintable()


def test_every_claim_has_a_true_certificate() -> None:
    from exactland.checker.claims import EMPIRICAL

    assert {document["claim"]["kind"] for document in examples.TRUE.values()} == set(EMPIRICAL)


@pytest.mark.parametrize("name", sorted(INSTANCES))
def test_the_reference_losses_are_accepted(name: str) -> None:
    given = instance_problem(name)
    true = certificate(given, "loss_value", {"loss": INSTANCES[name]["L"]})
    assert check_certificate(true).status == "accepted"
    more = str(Fraction(INSTANCES[name]["L"]) + Fraction(1, 10**9))
    assert rejected_at(changed(true, "claim", "loss", to=more)) == "claim.loss"


VIOLATIONS = [name for name in INSTANCES if INSTANCES[name].get("violation")]


@pytest.mark.parametrize("name", VIOLATIONS)
def test_the_reference_violations_of_stationarity_are_accepted(name: str) -> None:
    for violation in INSTANCES[name]["violation"]:
        delta = {"neurons": {str(violation["neuron"]): {"w": violation["v"]}}}
        document = certificate(
            instance_problem(name), "not_directionally_stationary", direction=delta
        )
        outcome = check_certificate(document)
        assert outcome.status == "accepted"
        assert violation["value"] in outcome.message


@pytest.mark.parametrize("name", [name for name in INSTANCES if "descent_curve" in INSTANCES[name]])
def test_the_reference_descent_curves_are_accepted(name: str) -> None:
    i = str(INSTANCES[name]["descent_curve"]["i"])
    sign = str(INSTANCES[name]["descent_curve"]["sgn"])
    direction = INSTANCES[name]["escape_witness"]["v"]
    neuron = {"w": [[value] for value in direction], "v": [["0", sign]]}
    document = certificate(
        instance_problem(name), "not_local_minimum", curve={"neurons": {i: neuron}}
    )
    assert check_certificate(document).status == "accepted"
    opposite = "1" if sign == "-1" else "-1"
    false = changed(document, "witness", "curve", "neurons", i, "v", 0, 1, to=opposite)
    assert rejected_at(false) == "witness.curve"


@pytest.mark.parametrize("name", [name for name in INSTANCES if "descent_line" in INSTANCES[name]])
def test_the_reference_descent_lines_are_accepted(name: str) -> None:
    line = INSTANCES[name]["descent_line"]
    neurons = {
        str(i): {"w": [[value] for value in v], "v": [[value] for value in g]}
        for i, (v, g) in enumerate(zip(line["V"], line["G"], strict=True))
    }
    document = certificate(instance_problem(name), "not_local_minimum", curve={"neurons": neurons})
    outcome = check_certificate(document)
    assert outcome.status == "accepted"
    assert outcome.message.endswith("tau^2")


def test_a_constant_curve_proves_nothing() -> None:
    curves: list[Json] = [{}, {"neurons": {}}, {"neurons": {"2": {"w": [["1"], ["-5"]]}}}]
    for curve in curves:
        document = certificate(examples.PLATEAU, "not_local_minimum", curve=curve)
        assert rejected_at(document) == "witness.curve"


# Each change makes exactly one condition fail.
FALSE: list[tuple[str, tuple[Any, ...], Any, str]] = [
    ("LOSS", ("claim", "loss"), "50749/672501", "claim.loss"),
    ("LOSS", ("problem", "loss", "y", 0, 0), "0.27", "claim.loss"),
    ("LOSS", ("problem", "network", "w", 0, 0), "1", "claim.loss"),
    # directionally_stationary
    ("DIRECTIONAL", ("witness", "neurons", 0), leaf(), "witness.neurons[0]"),
    ("DIRECTIONAL", ("witness", "neurons", 0), leaf(k4="-3202/185200"), "witness.neurons[0]"),
    ("DIRECTIONAL", ("witness", "neurons", 0), leaf(k3="1"), "witness.neurons[0]"),
    ("DIRECTIONAL", ("witness", "neurons", 1), leaf(k4="0"), "witness.neurons[1]"),
    ("DIRECTIONAL", ("problem", "network", "v", 0, 1), "-2", "problem.network.w[0]"),
    ("BRANCHED", ("witness", "neurons", 0, "plus"), leaf(), "witness.neurons[0].plus"),
    (
        "BRANCHED",
        ("witness", "neurons", 0, "plus", "class"),
        2,
        "witness.neurons[0].plus",
    ),
    ("BRANCHED", ("witness", "neurons", 0, "class"), 4, "witness.neurons[0]"),
    (
        "BRANCHED",
        ("witness", "neurons", 0, "plus", "minus"),
        leaf(k0="-1", k2="1", k3="1"),
        "witness.neurons[0].plus.minus",
    ),
    # not_directionally_stationary
    ("NOT_DIRECTIONAL", ("witness", "direction", "neurons"), {}, "witness.direction"),
    (
        "NOT_DIRECTIONAL",
        ("witness", "direction", "neurons", "1", "w"),
        ["7", "10"],
        "witness.direction",
    ),
    # clarke_stationary
    ("CLARKE", ("witness", "neurons", 0, 0, "multiplier"), "2133/3059", "witness.neurons[0]"),
    ("CLARKE", ("witness", "neurons", 0, 0, "cell"), ["3", "10"], "witness.neurons[0]"),
    (
        "CLARKE",
        ("witness", "neurons", 0, 0, "cell"),
        ["-10", "3"],
        "witness.neurons[0][0].cell",
    ),
    ("CLARKE", ("witness", "neurons", 0), [], "witness.neurons[0]"),
    ("CLARKE", ("problem", "network", "v", 0, 0), "2", "problem.network.w[0]"),
    # not_clarke_stationary
    ("ZONOTOPE", ("witness", "direction"), ["-1"], "witness.tree"),
    ("ZONOTOPE", ("witness", "direction"), ["0"], "witness.tree"),
    ("ZONOTOPE", ("witness", "tree"), {"empty": {}}, "witness.tree"),
    ("ZONOTOPE", ("witness", "tree"), {"empty": {"0": "1"}}, "witness.tree"),
    (
        "EMPTY_CELL",
        ("witness", "tree", "minus", "minus"),
        {"separated": True},
        "witness.tree.minus.minus",
    ),
    (
        "EMPTY_CELL",
        ("witness", "tree", "minus", "minus", "minus", "empty", "2"),
        "2",
        "witness.tree.minus.minus.minus",
    ),
    (
        "EMPTY_CELL",
        ("witness", "tree", "minus", "minus", "minus", "empty"),
        {"0": "-1", "1": "-1", "2": "-1"},
        "witness.tree.minus.minus.minus",
    ),
    (
        "EMPTY_CELL",
        ("witness", "tree", "minus", "minus", "minus", "empty"),
        {"0": "0"},
        "witness.tree.minus.minus.minus",
    ),
    ("OUTPUT_COMPONENT", ("problem",), examples.P1, "witness.component"),
    ("BIAS_COMPONENT", ("problem", "network", "c", 0), "-1", "witness.component"),
    # local_minimum
    ("MINIMUM", ("claim", "radius"), "2311/26900", "claim.radius"),
    ("MINIMUM", ("claim", "radius"), "0", "claim.radius"),
    ("MINIMUM", ("claim", "radius"), "-1/100", "claim.radius"),
    (
        "MINIMUM",
        ("claim", "region", "neurons", 0, "signs"),
        "+++++",
        "claim.region.neurons[0].signs",
    ),
    (
        "MINIMUM",
        ("claim", "region", "neurons", 0, "signs"),
        "++++",
        "claim.region.neurons[0].signs",
    ),
    (
        "MINIMUM",
        ("claim", "region", "neurons", 0, "output", "spread"),
        "232/2690",
        "witness.neurons[0].plus[0]",
    ),
    (
        "MINIMUM",
        ("claim", "region", "neurons", 0, "output", "spread"),
        "-1",
        "claim.region.neurons[0].output.spread",
    ),
    ("MINIMUM", ("problem", "network", "v", 0, 0), "230/2690", "problem.network.w[0]"),
    ("END_MINIMUM", ("claim", "radius"), "1/5", "claim.radius"),
    ("END_MINIMUM", ("problem", "network", "v", 0, 1), "-2", "problem.network.w[0]"),
    ("TWO_OUTPUTS", ("claim", "radius"), "16/10", "claim.radius"),
    (
        "TWO_OUTPUTS",
        ("claim", "region", "neurons", 0, "output", "spread"),
        "31/10",
        "witness.neurons[0].plus[0]",
    ),
    (
        "TWO_OUTPUTS",
        ("witness", "neurons", 0, "minus", 1),
        leaf(k1="1"),
        "witness.neurons[0].minus[1]",
    ),
    ("BIASED_MINIMUM", ("claim", "radius"), "1", "claim.radius"),
    ("BIASED_MINIMUM", ("problem", "network", "c", 0), "-2", "problem.network.c"),
    # escape_neuron
    ("ESCAPE", ("witness", "direction"), ["10", "-70"], "witness.direction"),
    ("ESCAPE", ("witness", "direction"), ["0", "0"], "witness.direction"),
    ("ESCAPE", ("claim", "neuron"), 0, "witness.direction"),
    ("ESCAPE", ("claim", "neuron"), 2, "witness.direction"),
    ("ESCAPE", ("witness", "neurons", 0), leaf(), "witness.neurons[0]"),
    # global_minimum
    ("GLOBAL", ("problem", "loss", "y", 0, 0), "2", "problem.loss.x[0]"),
    ("GLOBAL", ("problem", "loss", "x", 1, 0), "3", "problem.loss.x[0]"),
    # spurious_local_minimum
    ("SPURIOUS", ("claim", "loss"), "16139/231501", "witness.parts[1].claim.loss"),
    ("SPURIOUS", ("claim", "better_loss"), "468/10000", "witness.parts[2].claim.loss"),
    ("SPURIOUS", ("witness", "parts", 1, "claim", "loss"), "1", "witness.parts[1].claim.loss"),
    ("SPURIOUS", ("problem", "network", "c", 0), "-2", "witness.parts[0].problem"),
    (
        "SPURIOUS",
        ("witness", "parts", 0, "problem", "network", "c", 0),
        "-2",
        "witness.parts[0].problem.network.c",
    ),
    (
        "CLARKE",
        ("witness", "neurons", 0),
        [
            {"multiplier": "5193/3059", "cell": ["-3", "-10"]},
            {"multiplier": "925/3059", "cell": ["3", "10"]},
            {"multiplier": "-1", "cell": ["-3", "-10"]},
        ],
        "witness.neurons[0][2].multiplier",
    ),
    (
        "SPURIOUS",
        ("witness", "parts", 2, "problem", "loss", "scale"),
        "1/4",
        "witness.parts[2].claim.loss",
    ),
]


@pytest.mark.parametrize(("name", "path", "to", "where"), FALSE)
def test_a_false_certificate_is_rejected_where_it_fails(
    name: str, path: tuple[Any, ...], to: Any, where: str
) -> None:
    assert rejected_at(changed(examples.TRUE[name], *path, to=to)) == where


def test_the_convex_hull_of_the_realised_cells_counts_not_the_sum_of_segments() -> None:
    """x = 1, 1, -1 with e = 2, -1, -1: every cell gradient is 1, though 0 is in [-1, 3]."""
    for multiplier in ("0", "1/3", "1"):
        other = str(1 - Fraction(multiplier))
        document = certificate(
            instance_problem("zonotope_trap"),
            "clarke_stationary",
            neurons=[
                [
                    {"multiplier": multiplier, "cell": ["1"]},
                    {"multiplier": other, "cell": ["-1"]},
                ]
            ],
        )
        assert rejected_at(document) == "witness.neurons[0]"


def test_parallel_data_are_one_class_represented_by_the_first() -> None:
    """Data (0), (1), (-2), (3) at w = 0: one class, represented by index 1, zero row dropped."""
    given = examples.problem(
        [["0"]], [["1"]], [["0"], ["1"], ["-2"], ["3"]], [["1"], ["1"], ["-2"], ["0"]]
    )
    # e = -1, -1, 2, 0: phi(v) = -rho(v) + 2 rho(-2 v), linear part -5/2, kink 3/2.
    split = certificate(
        given,
        "not_clarke_stationary",
        neuron=0,
        direction=["-1"],
        tree=branch(1, {"separated": True}, {"separated": True}),
    )
    assert check_certificate(split).status == "accepted"
    for wrong in (0, 2, 3):
        assert rejected_at(changed(split, "witness", "tree", "class", to=wrong)) == "witness.tree"
    descent = certificate(
        given, "not_directionally_stationary", direction={"neurons": {"0": {"w": ["1"]}}}
    )
    assert "derivative -1 " in check_certificate(descent).message


def test_merged_duplicates_need_one_multiplier_within_the_merged_kink() -> None:
    """Two equal points with residuals 3 and -1 make one convex kink, though one is concave."""
    given = examples.problem(
        [["1", "0"]], [["1"]], [["0", "1"], ["0", "1"], ["1", "0"]], [["-3"], ["1"], ["1"]]
    )
    document = certificate(given, "directionally_stationary", neurons=[leaf(k0="1")])
    assert check_certificate(document).status == "accepted"
    for tree in (leaf(k1="1"), leaf(k0="3/2", k1="-1/2"), leaf(k0="2")):
        assert rejected_at(changed(document, "witness", "neurons", 0, to=tree)) == (
            "witness.neurons[0]"
        )


def test_a_type_2_minimum_has_no_type_1_certificate() -> None:
    """The smooth point is an escape neuron: psi is not zero, so `all` is refused, and no spread."""
    given = instance_problem("type2_min")
    for output, proof in (
        ("all", None),
        ({"spread": "1"}, {"plus": [leaf(), leaf()], "minus": [leaf(), leaf()]}),
    ):
        region = {"neurons": [{"signs": "++", "output": output}]}
        document = certificate(
            given, "local_minimum", {"radius": "1/100", "region": region}, neurons=[proof]
        )
        assert rejected_at(document).endswith(("neurons[0].output", "plus[1]"))


def test_a_network_without_neurons_is_a_point_like_any_other() -> None:
    given = examples.problem([], [], [["1"], ["2"]], [["1"], ["3"]])
    given["network"]["v"] = [[]]
    minimum = certificate(
        given, "local_minimum", {"radius": "1", "region": {"neurons": []}}, neurons=[]
    )
    assert check_certificate(certificate(given, "loss_value", {"loss": "5"})).status == "accepted"
    assert check_certificate(minimum).status == "accepted"
    biased = changed(minimum, "problem", "network", "c", to=["0"])
    assert rejected_at(biased) == "problem.network.c"
    biased = changed(minimum, "problem", "network", "c", to=["2"])
    assert check_certificate(biased).status == "accepted"


def test_equal_problems_may_be_written_differently() -> None:
    document = changed(
        examples.SPURIOUS, "witness", "parts", 0, "problem", "loss", "y", 0, 0, to="0.28"
    )
    document = changed(document, "witness", "parts", 1, "problem", "loss", "scale", to="5e-1")
    assert check_certificate(document).status == "accepted"


@pytest.mark.parametrize(
    ("path", "to", "where"),
    [
        (("activation",), {"kind": "identity"}, "problem.network"),
        (("w",), [["0"], ["1"], ["0"]], "problem.network"),
        (("b",), None, "problem.network"),
        (("c",), None, "problem.network"),
    ],
)
def test_a_better_network_must_have_the_same_shape(
    path: tuple[str, ...], to: Any, where: str
) -> None:
    """Another activation, another width, no hidden bias, no output bias."""
    other = examples.hwt_problem("Q")
    other["network"][path[0]] = to
    if to is None:
        del other["network"][path[0]]
    if path == ("w",):
        other["network"]["b"].append("0")
        other["network"]["v"][0].append("0")
    outcome = check_certificate(certificate(other, "loss_value", {"loss": "0"}))
    assert outcome.message.startswith("the loss is ")
    actual = outcome.message.split()[3].rstrip(",")
    document = changed(
        examples.SPURIOUS,
        "witness",
        "parts",
        2,
        to=certificate(other, "loss_value", {"loss": actual}),
    )
    assert rejected_at(document) == f"witness.parts[2].{where}"


# rho(t) = |t| at w = 0, h = 1: g(v) = 2 |v_1| + 2 |v_2| + |v_1 + v_2|, linear part 0.  The
# multipliers t (1, 1, -1) all combine to 0.
THREE_KINKS = examples.problem(
    [["0", "0"]],
    [["1"]],
    [["1", "0"], ["0", "1"], ["1", "1"]],
    [["-2"], ["-2"], ["-1"]],
    {"kind": "abs"},
)


@pytest.mark.parametrize("t", ["1", "-1", "3/2", "-3/2"])
def test_a_multiplier_stays_within_its_kink_on_the_sides_that_are_left(t: str) -> None:
    value = Fraction(t)
    tree = leaf(k0=t, k1=t, k2=str(-value))
    small = abs(value) <= 1
    trees = {
        "undecided": (tree, small),
        "plus": (branch(2, tree, leaf()), small or value < 0),
        "minus": (branch(2, leaf(), tree), small or value > 0),
        "another": (branch(0, leaf(), tree), small),
    }
    for proof, true in trees.values():
        document = certificate(THREE_KINKS, "directionally_stationary", neurons=[proof])
        assert check_certificate(document).status == ("accepted" if true else "rejected")


def test_an_output_bias_must_be_stationary_too() -> None:
    given = examples.problem([], [], [["1"]], [["1"]], c=["0"])
    given["network"]["v"] = [[]]
    for kind in ("directionally_stationary", "clarke_stationary"):
        document = certificate(given, kind, neurons=[])
        assert rejected_at(document) == "problem.network.c"
        document = changed(document, "problem", "network", "c", to=["1"])
        assert check_certificate(document).status == "accepted"


def test_a_kink_without_linear_part_is_not_identically_zero() -> None:
    """rho(t) = |t| at w = 0, h = 0: psi(v) = -|v| has no linear part."""
    given = examples.problem([["0"]], [["0"]], [["1"]], [["1"]], {"kind": "abs"})
    region = {"neurons": [{"signs": "0", "output": "all"}]}
    document = certificate(
        given, "local_minimum", {"radius": "1", "region": region}, neurons=[None]
    )
    assert rejected_at(document) == "claim.region.neurons[0].output"


def test_the_radius_may_reach_the_boundary_of_the_cell() -> None:
    """A dead neuron with w . x = -2 and |x| = 1."""
    region = {"neurons": [{"signs": "-", "output": "all"}]}
    document = certificate(
        examples.problem([["-2"]], [["1"]], [["1"]], [["1"]]),
        "local_minimum",
        {"radius": "2", "region": region},
        neurons=[None],
    )
    assert check_certificate(document).status == "accepted"
    assert rejected_at(changed(document, "claim", "radius", to="2.001")) == "claim.radius"


def test_a_cell_is_empty_by_its_decided_signs() -> None:
    """x_3 = x_1 + x_2, so the signs -, -, + do not occur; e = 2, 2, -1, 1 and v = (1, 1, 0)."""
    given = examples.problem(
        [["0", "0", "1"]],
        [["1"]],
        [["1", "0", "0"], ["0", "1", "0"], ["1", "1", "0"], ["1", "0", "1"]],
        [["-2"], ["-2"], ["1"], ["0"]],
    )
    separated: Json = {"separated": True}
    empty = {"empty": {"0": "1", "1": "1", "2": "1"}}
    tree = branch(0, separated, branch(1, separated, branch(2, empty, separated)))
    document = certificate(
        given, "not_clarke_stationary", neuron=0, direction=["1", "1", "0"], tree=tree
    )
    assert check_certificate(document).status == "accepted"
    path = ("witness", "tree", "minus", "minus")
    assert rejected_at(changed(document, *path, "minus", to=empty)).endswith("minus.minus.minus")
    assert rejected_at(changed(document, *path, "plus", to=separated)).endswith("minus.minus.plus")


def test_a_better_network_must_be_strictly_better_at_the_same_loss() -> None:
    equal = changed(
        examples.SPURIOUS, "witness", "parts", 2, to=examples.SPURIOUS["witness"]["parts"][1]
    )
    equal = changed(equal, "claim", "better_loss", to="16139/231500")
    assert rejected_at(equal) == "claim.better_loss"
    path = ("witness", "parts", 2)
    other = changed(examples.SPURIOUS, *path, "problem", "loss", "scale", to="1/4")
    other = changed(other, *path, "claim", "loss", to="469/20000")
    other = changed(other, "claim", "better_loss", to="469/20000")
    assert rejected_at(other) == "witness.parts[2].problem.loss"
