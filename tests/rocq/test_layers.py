"""Networks given by layers: what the kernel says of every claim, and agreement with Python."""

from __future__ import annotations

import json
import random
import re
from copy import deepcopy
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from flint import fmpq
from hypothesis import HealthCheck, given, seed, settings

from exactland.certificates.deep import spurious_certificates
from exactland.certificates.rocq import export
from exactland.certificates.rocq.kernel import ALLOWED_AXIOMS, run_kernel_on_text
from exactland.errors import InputError
from exactland.landscape.linear_pieces import SpuriousMinimum, spurious_minimum
from exactland.problem.huber import HuberLoss
from exactland.problem.losses import EmpiricalLoss
from tests.deep_oracle import DeepOracle
from tests.landscape.test_linear_pieces import ACTIVATIONS, five_points, found_minima
from tests.rocq.batch import covered, shortest_by_kind
from tests.rocq.test_agreement import FACTOR, compare, mutants
from tests.rocq.test_kernel import checked_by_kernel

Json = dict[str, Any]
KINDS = {
    "loss_value",
    "linear_piece_local_minimum",
    "spurious_local_minimum",
    "constant_loss_segment",
    "valley_dimension",
}


def certificates_of(found: SpuriousMinimum) -> list[Json]:
    made = [json.loads(one.to_text()) | {"notes": {}} for one in spurious_certificates(found)]
    return [one for one in made if covered(one)]


@cache
def samples() -> list[Json]:
    """Certificates for every activation, the squared and Huber's loss, and two outputs."""
    loss, found = five_points(), []
    widths = ([2], [2, 1], [3], [2, 2], [2], [3, 1], [2, 1])
    for kind, sizes in zip(sorted(ACTIVATIONS), widths, strict=True):
        found.append(spurious_minimum(loss, ACTIVATIONS[kind], sizes))
    for delta in (fmpq(1, 100), fmpq(1, 7)):
        huber = HuberLoss(loss.inputs, loss.targets, delta)
        found.append(spurious_minimum(huber, ACTIVATIONS["hat"], [2]))
    both = tuple((*y, a * a) for (a,), y in zip(loss.inputs, loss.targets, strict=True))
    found.append(spurious_minimum(EmpiricalLoss(loss.inputs, both), ACTIVATIONS["abs"], [3, 2]))
    return [one for each in found for one in certificates_of(each)]


@cache
def examples() -> dict[str, Json]:
    return shortest_by_kind(samples())


@pytest.mark.needs("coq", checks="that the kernel accepts claims about networks given by layers")
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_kernel_accepts(kind: str, library: Path) -> None:
    assert set(examples()) == KINDS
    outcome = checked_by_kernel(examples()[kind], library)
    assert outcome.accepted, outcome
    assert set(outcome.assumptions) == ALLOWED_AXIOMS


def first_layer(certificate: Json) -> Json:
    layer: Json = certificate["problem"]["network"]["layers"][0]
    return layer


def another_label(certificate: Json) -> None:
    """The same in the certificate and in its parts."""
    for one in (certificate, *certificate["witness"]["parts"]):
        one["problem"]["loss"]["y"][0][0] = "8"


def swap(certificate: Json) -> None:
    """The better network as a spurious minimum, with a claim of consistent parts."""
    minimum, value, other = certificate["witness"]["parts"]
    claim, better = certificate["claim"], other["problem"]
    certificate["witness"]["parts"] = [minimum | {"problem": better}, other, value]
    certificate["problem"] = better
    claim["loss"], claim["better_loss"] = claim["better_loss"], claim["loss"]


CORRUPTIONS = [
    ("loss_value", lambda c: c["claim"].update(loss=c["claim"]["loss"] + "1")),
    ("loss_value", lambda c: c["problem"]["loss"]["y"][0].__setitem__(0, "8")),
    ("linear_piece_local_minimum", lambda c: first_layer(c)["b"].__setitem__(1, "0")),  # a knot
    ("linear_piece_local_minimum", lambda c: first_layer(c)["b"].__setitem__(0, "7")),
    ("linear_piece_local_minimum", lambda c: c["problem"]["loss"]["x"][1].__setitem__(0, "5")),
    ("spurious_local_minimum", another_label),
    ("constant_loss_segment", lambda c: c["claim"]["to"][0]["b"].__setitem__(0, "5")),
    ("constant_loss_segment", lambda c: c["claim"]["to"][0]["b"].__setitem__(1, "-9")),
    ("constant_loss_segment", lambda c: c["claim"].update(to=c["problem"]["network"]["layers"])),
    ("valley_dimension", lambda c: c["claim"].update(dimension=c["claim"]["dimension"] + 1)),
    ("valley_dimension", lambda c: c["problem"]["network"]["layers"][1]["b"].__setitem__(0, "5")),
    ("valley_dimension", lambda c: c["problem"]["loss"].update(kind="huber", delta="1000")),
    ("spurious_local_minimum", swap),
]


@pytest.mark.needs("coq", checks="that the kernel rejects corrupted numbers of layers")
@pytest.mark.parametrize(("kind", "corrupt"), CORRUPTIONS)
def test_the_kernel_rejects_a_corrupted_number(kind: str, corrupt: Any, library: Path) -> None:
    certificate = deepcopy(examples()[kind])
    corrupt(certificate)
    outcome = checked_by_kernel(certificate, library)
    assert outcome.status == "rejected"
    assert "Error" in outcome.message


def test_parts_that_do_not_belong_together_are_refused_by_the_exporter() -> None:
    certificate = deepcopy(examples()["spurious_local_minimum"])
    certificate["witness"]["parts"][2]["problem"]["loss"]["y"][0][0] = "8"
    with pytest.raises(InputError, match="do not belong"):
        export(certificate)


def test_data_and_claim_come_before_the_witness() -> None:
    for certificate in examples().values():
        text = export(certificate)
        order = [
            "(** The data",
            "(** The network",
            "(** Claim:",
            "(** Witness",
            "Theorem certified",
        ]
        positions = [text.index(part) for part in order]
        assert positions == sorted(positions)


@pytest.mark.needs("coq", checks="that the kernel rejects corrupted witnesses of valleys")
def test_the_kernel_rejects_a_corrupted_witness_of_a_valley(library: Path) -> None:
    text = export(examples()["valley_dimension"])
    for part, change in (
        ("chosen_parameters :=", lambda rest: rest.replace("bias_of 1", "bias_of 0", 1)),
        ("inverse :=", change_digit),
        ("inverse_scale :=", change_digit),
        ("combinations :=", change_digit),
    ):
        before, after = text.split(part)
        outcome = run_kernel_on_text(before + part + change(after), library=library)
        assert outcome.status == "rejected" and "Error" in outcome.message, part


def change_digit(text: str) -> str:
    """Replace the first digit."""
    match = re.search("[0-9]", text)
    assert match is not None
    return text[: match.start()] + str((int(match[0]) + 1) % 10) + text[match.end() :]


def test_an_end_of_another_shape_is_refused_by_the_exporter() -> None:
    certificate = deepcopy(examples()["constant_loss_segment"])
    certificate["claim"]["to"][0]["b"].append("0")
    with pytest.raises(InputError, match=r"claim\.to"):
        export(certificate)
    certificate["claim"]["to"] = [{"w": [["1"]], "b": ["0"]}] * 2
    with pytest.raises(InputError, match=r"claim\.to"):
        export(certificate)


@pytest.mark.needs("coq", checks="that both checkers say the same of networks given by layers")
@pytest.mark.parametrize("group", range(2))
def test_both_checkers_agree(group: int, library: Path) -> None:
    generator = random.Random(group)
    chosen = samples()[group::2]
    chosen += [mutant for one in chosen for mutant in mutants(one, generator)]
    counted = compare(chosen, library)
    assert counted["accepted"] >= 15
    assert counted["rejected"] >= 60


@pytest.mark.needs("coq", checks="that both checkers say the same of random minima of layers")
def test_both_checkers_agree_on_random_minima(library: Path) -> None:
    chosen: list[Json] = []

    @seed(0)
    @settings(
        max_examples=60 * FACTOR,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(found_minima())
    def any_minimum(found: SpuriousMinimum | None) -> None:
        if found is not None:
            chosen.extend(certificates_of(found))

    any_minimum()
    generator = random.Random(0)
    chosen += [mutant for one in chosen for mutant in mutants(one, generator)[: 3 * FACTOR]]
    counted = compare(chosen, library)
    assert counted["accepted"] >= 30
    assert counted["rejected"] >= 30


def moved_end(layers: list[Json], source: random.Random) -> list[Json]:
    """Change what comes into neurons that nothing goes out of: they stay on their piece or not."""
    end = deepcopy(layers)
    for index, after in enumerate(layers[1:]):
        for neuron, _ in enumerate(layers[index]["b"]):
            if all(row[neuron] == "0" for row in after["w"]):
                weights = end[index]["w"][neuron]
                for place in range(len(weights)):
                    weights[place] = f"{source.randint(-3, 3)}/8"
                end[index]["b"][neuron] = f"{source.randint(-12, 12)}/4"
    return end


@pytest.mark.needs("coq", checks="that both checkers say the same of segments between networks")
def test_both_checkers_agree_on_segments(library: Path) -> None:
    source, chosen = random.Random(0), []
    for certificate in samples():
        if certificate["claim"]["kind"] == "constant_loss_segment":
            layers = certificate["problem"]["network"]["layers"]
            for _ in range(12 * FACTOR):
                claim = {"kind": "constant_loss_segment", "to": moved_end(layers, source)}
                chosen.append(certificate | {"claim": claim})
    counted = compare(chosen, library)
    assert counted["accepted"] >= 25
    assert counted["rejected"] >= 25


@pytest.mark.needs("coq", checks="that both checkers say the same of the layer of a valley")
def test_both_checkers_agree_on_every_layer_of_a_valley(library: Path) -> None:
    chosen = []
    for certificate in samples():
        if certificate["claim"]["kind"] == "valley_dimension":
            here = certificate["claim"]["dimension"]
            for layer, _ in enumerate(certificate["problem"]["network"]["layers"]):
                for dimension in (here - 1, here, here + 1):
                    claim = {"kind": "valley_dimension", "dimension": dimension}
                    chosen.append(certificate | {"claim": claim, "witness": {"layer": layer}})
    # On a line in the plane the data have rank 2; a silent neuron carries nothing.
    chosen += [valley_on_a_line(layer, weight) for layer in (0, 1) for weight in ("1", "0")]
    counted = compare(chosen, library)
    assert counted["accepted"] >= 12
    assert counted["rejected"] >= 30


def valley_on_a_line(layer: int, weight: str) -> Json:
    """Two of 9 parameters are determined if the weight is not 0; the residuals are 1, -2, 1."""
    layers = [
        {"w": [["1", weight], ["0", "0"]], "b": ["3", "1"]},
        {"w": [[weight, "0"]], "b": ["-3"]},
    ]
    line = [["0", "0"], ["1", "1"], ["2", "2"]]
    fit = [3 * (weight == "1") - 3 + 2 * k * (weight == "1") for k in range(3)]
    y = [[str(value - e)] for value, e in zip(fit, (1, -2, 1), strict=True)]
    return {
        "format": "exactland-certificate/1",
        "problem": {
            "format": "exactland-problem/1",
            "network": {"activation": {"kind": "relu"}, "layers": layers},
            "loss": {"kind": "empirical", "x": line, "y": y},
        },
        "claim": {"kind": "valley_dimension", "dimension": 7},
        "witness": {"layer": layer},
        "notes": {},
    }


def random_point(source: random.Random) -> Json:
    """Small numbers, so that pre-activations and residuals hit knots and Huber's delta."""

    def small() -> str:
        return f"{source.randint(-3, 3)}/{source.choice((1, 1, 2))}"

    def table(count: int, columns: int) -> list[list[str]]:
        return [[small() for _ in range(columns)] for _ in range(count)]

    points, sizes = (
        source.randint(1, 4),
        [source.randint(1, 3) for _ in range(source.randint(3, 5))],
    )
    layers = [
        {"w": table(after, before), "b": table(1, after)[0]} for before, after in pairwise(sizes)
    ]
    knots = sorted(source.sample(range(-2, 3), source.randint(1, 3)))
    activation = {
        "kind": "piecewise_linear",
        "knots": [f"{t}/2" for t in knots],
        "slopes": [small() for _ in range(len(knots) + 1)],
        "value": small(),
    }
    loss = {"kind": "empirical", "x": table(points, sizes[0]), "y": table(points, sizes[-1])}
    if source.random() < 0.5:
        loss |= {"kind": "huber", "delta": source.choice(("1/2", "3", "20"))}
    return {
        "format": "exactland-problem/1",
        "network": {"activation": activation, "layers": layers},
        "loss": loss,
    }


@pytest.mark.needs("coq", checks="that both checkers say the same of random networks of layers")
def test_both_checkers_agree_on_random_networks(library: Path) -> None:
    source, chosen = random.Random(0), []
    for _ in range(60 * FACTOR):
        problem = random_point(source)
        value = DeepOracle(problem).loss()
        frame = {
            "format": "exactland-certificate/1",
            "problem": problem,
            "witness": {},
            "notes": {},
        }
        chosen.append(frame | {"claim": {"kind": "loss_value", "loss": str(value)}})
        chosen.append(frame | {"claim": {"kind": "loss_value", "loss": str(value + 1)}})
        chosen.append(frame | {"claim": {"kind": "linear_piece_local_minimum"}})
    counted = compare(chosen, library)
    assert counted["accepted"] >= 60 * FACTOR
    assert counted["rejected"] >= 60 * FACTOR
