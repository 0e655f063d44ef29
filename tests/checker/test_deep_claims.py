"""Claims about deep networks and about cells: made by hand, changed, and malformed."""

from __future__ import annotations

import json
import random
from copy import deepcopy
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from exactland.certificates.claims import Certificate
from exactland.certificates.deep import spurious_certificates
from exactland.certificates.in_cell import cell_certificates
from exactland.checker import check_certificate, check_text
from exactland.checker.claims import DEEP, EMBEDDING, EMPIRICAL, IN_CELLS, LOGISTIC, SETTINGS
from exactland.derivatives.empirical import evaluate
from exactland.landscape.linear_pieces import spurious_minimum
from tests import deep_oracle
from tests.certificates import truth
from tests.certificates.test_produce import digit_positions
from tests.checker.examples import certificate
from tests.landscape.test_linear_pieces import ACTIVATIONS, five_points, hwt_problem
from tests.oracle import Oracle, dot
from tests.reference import empirical_problem, reference

Json = dict[str, Any]
ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "proofs" / "CERTIFICATES-spurious.md").read_text("utf-8")
TWO_COMPONENTS: Json = json.loads((ROOT / "examples/two_components/problem.json").read_text())


def status(document: Any) -> str:
    return check_certificate(document).status


def minimum(name: str = "P") -> Json:
    return certificate(hwt_problem(name), "linear_piece_local_minimum")


def segment() -> Json:
    """From P2 of the reference file to a network with another bias, not yet undone."""
    end = deepcopy(hwt_problem("P2")["network"]["layers"])
    end[0]["b"][0] = "5"
    return certificate(hwt_problem("P2"), "constant_loss_segment", {"to": end})


def spurious() -> Json:
    hwt = reference()["hwt"]
    losses = {"loss": hwt["L_spurious"], "better_loss": hwt["L_better"]}
    parts = [
        minimum(),
        certificate(hwt_problem("P"), "loss_value", {"loss": hwt["L_spurious"]}),
        certificate(hwt_problem("Q"), "loss_value", {"loss": hwt["L_better"]}),
    ]
    return certificate(hwt_problem("P"), "spurious_local_minimum", losses, parts=parts)


def test_claims_made_by_hand_are_accepted() -> None:
    assert status(minimum()) == status(minimum("P2")) == "accepted"
    assert status(spurious()) == "accepted"
    for name, dimension, layer in (("P", 5, 0), ("P2", 11, 1)):
        claim = {"dimension": dimension}
        valley = certificate(hwt_problem(name), "valley_dimension", claim, layer=layer)
        assert status(valley) == "accepted"
        for other in (dimension - 1, dimension + 1):
            valley["claim"]["dimension"] = other
            assert status(valley) == "rejected"


def test_a_segment_made_by_hand() -> None:
    """b_1 of the first layer moves by 3; the weight on it is -693/4630."""
    document = segment()
    undone = Fraction("61227/46300") + 3 * Fraction("693/4630")
    document["claim"]["to"][1]["b"][0] = str(undone)
    assert status(document) == "accepted"
    document["claim"]["to"][1]["b"][0] = str(undone + 1)
    assert status(document) == "rejected"
    document["claim"]["to"] = hwt_problem("P2")["network"]["layers"]
    assert status(document) == "rejected"


def test_a_segment_that_leaves_the_piece_is_rejected() -> None:
    """The second neuron has output weight 0: it may move, but not across the knot."""
    document = certificate(hwt_problem("P"), "constant_loss_segment", {"to": []})
    for bias, expected in (("9", "accepted"), ("1/100", "accepted"), ("0", "rejected")):
        document["claim"]["to"] = deepcopy(hwt_problem("P")["network"]["layers"])
        document["claim"]["to"][0]["b"][1] = bias
        assert status(document) == expected


def test_a_better_network_is_no_local_minimum_of_this_kind() -> None:
    assert status(minimum("Q")) == "rejected"
    not_a_fit = minimum()
    not_a_fit["problem"]["network"]["layers"][1]["b"][0] = "-2"
    assert "sum" in check_certificate(not_a_fit).message
    assert status(not_a_fit) == "rejected"


def test_the_witness_layer_must_carry_everything() -> None:
    valley = certificate(hwt_problem("P2"), "valley_dimension", {"dimension": 11}, layer=2)
    valley["problem"]["network"]["layers"][1]["w"][0] = ["0", "0"]
    assert status(valley) == "rejected"  # no longer the fit
    valley = certificate(hwt_problem("P"), "valley_dimension", {"dimension": 5}, layer=1)
    assert status(valley) == "accepted"  # the only carrier keeps the one direction of the data
    valley["witness"]["layer"] = 2
    assert status(valley) == "unusable"


@pytest.mark.parametrize(
    "path",
    [
        ("problem", "network", "layers", 0, "w", 0),
        ("problem", "network", "layers", 0, "b"),
        ("problem", "network", "layers"),
        ("problem", "network", "activation"),
        ("problem", "network", "activation", "kind"),
        ("problem", "loss", "y", 0),
        ("problem", "loss", "kind"),
        ("claim", "kind"),
        ("witness",),
    ],
)
@pytest.mark.parametrize(
    "value", [None, [], {}, "x", [["1"]], [[]], True, "-1", [{"w": [], "b": []}]]
)
def test_malformed_parts_are_unusable(path: tuple[Any, ...], value: Any) -> None:
    document = minimum()
    part: Any = document
    for key in path[:-1]:
        part = part[key]
    if part[path[-1]] == value:
        return
    part[path[-1]] = value
    assert status(document) in ("unusable", "rejected")


@pytest.mark.parametrize(
    "activation",
    [
        {"kind": "piecewise_linear", "knots": [], "slopes": ["1"], "value": "0"},
        {"kind": "piecewise_linear", "knots": ["1", "1"], "slopes": ["1", "2", "3"], "value": "0"},
        {"kind": "piecewise_linear", "knots": ["0"], "slopes": ["1"], "value": "0"},
        {"kind": "piecewise_linear", "knots": ["0"], "slopes": ["1", "2"]},
        {"kind": "quadratic"},
    ],
)
def test_malformed_activations_are_unusable(activation: Json) -> None:
    document = minimum()
    document["problem"]["network"]["activation"] = activation
    assert status(document) == "unusable"


def test_the_activation_may_be_written_with_knots() -> None:
    document = minimum()
    knots = {"kind": "piecewise_linear", "knots": ["0"], "slopes": ["0", "1"], "value": "0"}
    document["problem"]["network"]["activation"] = knots
    assert status(document) == "accepted"
    shifted = knots | {"value": "1/2"}
    document["problem"]["network"]["activation"] = shifted
    assert status(document) == "rejected"


def test_a_network_deeper_than_the_limit_is_refused_in_time() -> None:
    document = minimum()
    layer = {"w": [["1"]], "b": ["1"]}
    document["problem"]["network"]["layers"] = [layer] * 20_000
    assert status(document) in ("unusable", "rejected")
    document["claim"] = {
        "kind": "constant_loss_segment",
        "to": [layer] * 19_999 + [{"w": [["1"]], "b": ["2"]}],
    }
    assert status(document) == "unusable"


def test_parts_about_another_kind_of_network_are_not_taken() -> None:
    document = spurious()
    shallow = certificate(TWO_COMPONENTS, "loss_value", {"loss": "16139/231500"})
    document["witness"]["parts"][1] = shallow
    assert status(document) == "unusable"


def deep_certificates() -> list[Certificate]:
    found: list[Certificate] = []
    for kind, widths in (("relu", [2]), ("hard_tanh", [2, 1]), ("hat", [2])):
        found += spurious_certificates(spurious_minimum(five_points(), ACTIVATIONS[kind], widths))
    return found


@pytest.mark.parametrize("number", range(15))
def test_a_changed_digit_is_noticed_or_leaves_the_claim_true(number: int) -> None:
    made = deep_certificates()
    assert len(made) == 15
    generator, rejected = random.Random(number), 0
    text = json.dumps(made[number].to_json())
    positions = digit_positions(text)
    for position in generator.sample(positions, min(len(positions), 150)):
        digit = generator.choice([d for d in "0123456789" if d != text[position]])
        mutant = text[:position] + digit + text[position + 1 :]
        if check_text(mutant).status == "accepted":
            assert deep_oracle.is_true(json.loads(mutant)), mutant
        else:
            rejected += 1
    assert rejected


def test_the_minima_of_the_example_have_two_components() -> None:
    made = {one.kind: one for one in cell_certificates(evaluate(empirical_problem(TWO_COMPONENTS)))}
    assert set(made) == set(IN_CELLS)
    assert made["cell_valley_dimension"].claim["dimension"] == 4
    for one in made.values():
        assert status(one.to_json()) == "accepted"
        text = json.dumps(one.to_json())
        generator = random.Random(one.kind)
        for position in digit_positions(text):
            digit = generator.choice([d for d in "0123456789" if d != text[position]])
            mutant = text[:position] + digit + text[position + 1 :]
            if check_text(mutant).status == "accepted":
                assert truth.is_true(json.loads(mutant)), mutant


def test_the_components_are_claimed_under_the_stated_hypotheses_only() -> None:
    document = certificate(TWO_COMPONENTS, "two_components_in_cell")
    assert status(document) == "accepted"
    biased = deepcopy(document)
    biased["problem"]["network"]["c"] = ["0"]
    assert status(biased) == "rejected"
    hidden = deepcopy(document)
    hidden["problem"]["network"]["b"] = ["0", "0"]
    assert status(hidden) == "rejected"
    # A fit that lies in the cell can be reached with one neuron alone: the minima are connected.
    inside = deepcopy(document)
    inside["problem"]["loss"]["y"] = [["2"], ["3"], ["2"], ["3"], ["2"]]
    fit = json.loads(json.dumps(inside))
    outcome = check_certificate(fit)
    assert outcome.status == "rejected"
    wide = deepcopy(document)
    wide["problem"]["network"]["w"].append(["0", "1"])
    wide["problem"]["network"]["v"][0].append("0")
    assert status(wide) == "rejected"


def test_the_least_loss_of_a_cell_needs_the_cell_and_its_normal_equations() -> None:
    cell = ["+++++", "+++++"]
    document = certificate(TWO_COMPONENTS, "cell_global_minimum", {"cell": cell})
    assert status(document) == "accepted"
    document["claim"]["cell"] = ["+++++", "++++-"]
    assert status(document) == "rejected"
    for bad in (["+++++"], ["+++++", "++++"], ["+++++", "++++0"], "+", [["+"], ["+"]]):
        document["claim"]["cell"] = bad
        assert status(document) == "unusable"
    document["claim"]["cell"] = cell
    document["problem"]["network"]["v"] = [["1", "-2"]]
    assert status(document) == "rejected"


def test_random_networks_in_the_cell_have_no_lower_loss() -> None:
    oracle, source = Oracle(TWO_COMPONENTS), random.Random(3)
    for _ in range(300):
        w = [[Fraction(source.randint(-9, 9), 9), Fraction(source.randint(0, 30), 9)] for _ in "ab"]
        if all(dot(weight, row) >= 0 for weight in w for row in oracle.x):
            h = [[Fraction(source.randint(-9, 9), 3)] for _ in "ab"]
            assert oracle.loss(w, h) >= oracle.loss()


def test_every_further_claim_is_specified() -> None:
    for kind in (*DEEP, *LOGISTIC, *IN_CELLS, *EMBEDDING):
        assert f"### {kind}\n" in TEXT
    assert SETTINGS["empirical"].claims == EMPIRICAL | IN_CELLS | EMBEDDING
