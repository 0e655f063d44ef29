"""Number fields: what the kernel says of every claim, and agreement with the checker in Python."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings

from exactland.certificates.rocq import COVERED_CLAIMS, export
from exactland.certificates.rocq.kernel import ALLOWED_AXIOMS, run_kernel_on_text
from exactland.checker import check_text
from exactland.errors import InputError, UnsupportedError
from tests.certificates.test_field_certificates import INSTANCES
from tests.certificates.test_produce import named_problem
from tests.field_points import rescaled
from tests.rocq.batch import covered, kernel_verdicts, made, shortest_by_kind
from tests.rocq.test_agreement import FACTOR, compare, mutants
from tests.rocq.test_families import REPLICATIONS, replications
from tests.strategies import problems, stationary_problems

Json = dict[str, Any]
KINDS = COVERED_CLAIMS["empirical, number field"]
RESCALED = ("global_minimum", "exp1_END", "type2_min", "type2_min_replicated", "exp1_P0_dead")


def stretched(problem: Json, field: Json) -> Json:
    """Inputs, targets and biases times the generator of a field: every sign is kept."""
    result = deepcopy(problem)
    network, loss = result["network"], result["loss"]
    for values in (loss["x"], loss["y"], [network.get("b", [])], [network.get("c", [])]):
        for row in values:
            row[:] = [["0", entry] for entry in row]
    return result | {"field": field}


FIELDS = {
    "cubic": {"minpoly": ["-2", "0", "0", "1"], "interval": ["0", "5"]},
    "not monic": {"minpoly": ["1", "0", "-8", "2"], "interval": ["0", "2"]},  # of three real roots
    "fractions": {"minpoly": ["-1/3", "1/7", "1/2"], "interval": ["1/2", "3/4"]},
    "degree six": {"minpoly": ["-3", "1", "0", "0", "0", "0", "1"], "interval": ["1", "3/2"]},
    "small root": {"minpoly": ["-1", "1000000", "1"], "interval": ["0", "1"]},
    "wide interval": {"minpoly": ["-11", "1", "0", "1"], "interval": ["-50.5", "2e6"]},
}


@cache
def samples() -> list[Json]:
    """Certificates over Q(sqrt 2) and Q(sqrt 5)."""
    points = [*INSTANCES.values(), *(rescaled(named_problem(name)) for name in RESCALED)]
    found = [json.loads(one.to_text()) | {"notes": {}} for each in points for one in made(each)]
    return found + [one for each in points for one in replications(each) if covered(one)]


@cache
def examples() -> dict[str, Json]:
    return shortest_by_kind(samples())


@pytest.mark.needs("coq", checks="that the kernel accepts every kind of claim over number fields")
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_kernel_accepts(kind: str, library: Path) -> None:
    assert set(examples()) == KINDS
    outcome = run_kernel_on_text(export(examples()[kind]), library=library)
    assert outcome.accepted, outcome
    assert set(outcome.assumptions) == ALLOWED_AXIOMS


@pytest.mark.needs("coq", checks="that both checkers say the same of replications over fields")
def test_both_checkers_agree_on_replications(library: Path) -> None:
    found = [one for one in samples() if "gamma" in one["claim"]]
    assert {(one["claim"]["kind"], one["claim"]["gamma"]) for one in found} == REPLICATIONS
    other_sets = []
    for one in found:
        network = one["problem"]["network"]
        size = len(network["w"][0]) + ("b" in network)
        swapped = {
            "replication_stationary_set": "nonnegative",
            "replication_minimum_set": "positive",
        }
        gamma = swapped[one["claim"]["kind"]] if one["claim"]["gamma"] == "all" else "all"
        for direction in (["1"] * size, [["0", "-1"]] * size):
            witness = {key: part for key, part in one["witness"].items() if key != "direction"}
            if gamma == "nonnegative":
                witness["direction"] = direction
            other_sets.append(one | {"claim": one["claim"] | {"gamma": gamma}, "witness": witness})
    counted = compare([*found, *other_sets], library)
    assert counted["accepted"] >= 30
    assert counted["rejected"] >= 10


@pytest.mark.needs("coq", checks="that the kernel accepts claims over fields of any degree")
def test_the_kernel_accepts_fields_of_any_degree(library: Path) -> None:
    names = ("biased", "exp1_P1_single", "clarke_not_d_2")
    found = [
        json.loads(one.to_text())
        for field in FIELDS.values()
        for name in names
        for one in made(stretched(named_problem(name), field))
    ]
    assert len(found) >= 70
    assert all(check_text(json.dumps(one)).status == "accepted" for one in found)
    assert kernel_verdicts(found, library) == [True] * len(found)


def conjugate(certificate: Json) -> None:
    """The other root of X^2 - q: all rational parts agree, the numbers do not."""
    field = certificate["problem"]["field"]
    field["interval"] = [f"-{end}" for end in reversed(field["interval"])]


def change_part(certificate: Json, loss: list[str]) -> None:
    certificate["claim"]["better_loss"] = loss
    certificate["witness"]["parts"][2]["claim"]["loss"] = loss


CORRUPTIONS: dict[str, Callable[[Json], None]] = {
    "loss_value": lambda c: c["claim"].update(loss=["7/4", "3/4"]),
    "directionally_stationary": lambda c: c["problem"]["network"]["w"][0].__setitem__(0, ["1"]),
    "not_directionally_stationary": lambda c: c["witness"].update(direction={"neurons": {}}),
    "clarke_stationary": lambda c: c["witness"]["neurons"][0][0].update(multiplier=["1", "1"]),
    "not_clarke_stationary": lambda c: c["witness"].update(direction=[["1", "-1"]]),
    "escape_neuron": lambda c: c["witness"]["direction"].__imul__(0).extend(["0", "0"]),
    "local_minimum": lambda c: c["claim"].update(radius=["1000", "1"]),
    "not_local_minimum": conjugate,
    "global_minimum": lambda c: c["problem"]["loss"]["y"][0].__setitem__(0, ["0", "8"]),
    "cell_global_minimum": lambda c: c["claim"].update(cell=["+--"]),
    "spurious_local_minimum": lambda c: change_part(c, ["1/3", "2"]),
    "replication_stationary_set": lambda c: c["claim"].update(neuron=1),
    "replication_minimum_set": lambda c: c["witness"]["part"]["witness"].update(
        direction=["0", "0"]
    ),
}


@pytest.mark.needs("coq", checks="that the kernel rejects corrupted numbers over number fields")
def test_the_kernel_rejects_corrupted_numbers(library: Path) -> None:
    assert set(CORRUPTIONS) == KINDS
    corrupted = [deepcopy(examples()[kind]) for kind in sorted(KINDS)]
    for certificate in corrupted:
        CORRUPTIONS[certificate["claim"]["kind"]](certificate)
    assert kernel_verdicts(corrupted, library) == [False] * len(corrupted)
    outcome = run_kernel_on_text(export(corrupted[0]), library=library)
    assert outcome.status == "rejected" and "Error" in outcome.message


CHANGED_TEXTS = {
    "another root": (r"root_between := \(2, 3\)", "root_between := (-3, -2)"),
    "two roots": (r"root_between := \(2, 3\)", "root_between := (-3, 3)"),
    "no root": (r"root_between := \(2, 3\)", "root_between := (3, 4)"),
    "no interval": (r"root_between := \(2, 3\)", "root_between := (3, 2)"),
    "a double root": (r"\[\(-5\); 0; 1\]", "[25; 0; (-10); 0; 1]"),
    "another field": (r"\[\(-5\); 0; 1\]", "[(-6); 0; 1]"),
    "no polynomial": (r"\[\(-5\); 0; 1\]", "[0; 0; 0]"),
    "root not enclosed": (r"near 64 (\d+)", r"near 64 1\1"),
    "root far away": (r"near 256 (\d+)", r"near 256 (-\1)"),
}


@pytest.mark.needs("coq", checks="that the kernel rejects a wrong field or a wrong enclosure")
@pytest.mark.parametrize("name", CHANGED_TEXTS)
def test_the_kernel_rejects_a_wrong_field(name: str, library: Path) -> None:
    (certificate,) = (
        one
        for one in samples()
        if one["claim"]["kind"] == "directionally_stationary"
        and one["problem"]["field"]["minpoly"][0] == "-5"
        and len(one["problem"]["network"]["w"]) == 3
    )
    pattern, replacement = CHANGED_TEXTS[name]
    text, count = re.subn(pattern, replacement, export(certificate))
    assert count == 1
    outcome = run_kernel_on_text(text, library=library)
    assert outcome.status == "rejected" and "Error" in outcome.message


@pytest.mark.needs("coq", checks="that signs need enclosures of the root")
def test_a_sign_that_no_enclosure_decides_is_refused(library: Path) -> None:
    certificate = deepcopy(examples()["directionally_stationary"])
    certificate["problem"]["field"]["interval"] = ["-2", "100"]
    text = export(certificate)
    assert run_kernel_on_text(text, library=library).accepted
    text, count = re.subn(r"\[near 64 \d+;\s*near 256 \d+\]", "[]", text)
    assert count == 1
    assert run_kernel_on_text(text, library=library).status == "rejected"


@pytest.mark.needs("coq", checks="that both checkers say the same over number fields")
@pytest.mark.parametrize("group", range(2))
def test_both_checkers_agree_on_field_points(group: int, library: Path) -> None:
    generator, found = random.Random(group), samples()[group::2]
    changed = [mutant for one in found for mutant in mutants(one, generator)[: 5 * FACTOR]]
    counted = compare([*found, *changed], library)
    assert counted["accepted"] >= 50
    assert counted["rejected"] >= 50


@pytest.mark.needs("coq", checks="that both checkers say the same of random points over fields")
def test_both_checkers_agree_on_random_field_points(library: Path) -> None:
    found: list[Json] = []
    quiet = settings(
        max_examples=12 * FACTOR,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )

    @seed(0)
    @quiet
    @given(problems())
    def any_point(problem: Json) -> None:
        found.extend(json.loads(one.to_text()) | {"notes": {}} for one in made(rescaled(problem)))

    @seed(0)
    @quiet
    @given(stationary_problems(max_outputs=2))
    def stationary_point(problem: Json) -> None:
        found.extend(json.loads(one.to_text()) | {"notes": {}} for one in made(rescaled(problem)))

    any_point()
    stationary_point()
    generator = random.Random(0)
    changed = [mutant for one in found for mutant in mutants(one, generator)[: 2 * FACTOR]]
    counted = compare([*found, *changed], library)
    assert counted["accepted"] >= 100
    assert counted["rejected"] >= 50


def test_the_field_stands_before_the_data_and_the_claim() -> None:
    for certificate in examples().values():
        text = export(certificate)
        order = [
            "(** The field Q(alpha): alpha is the root of X^2 - ",
            "Definition the_field",
            "(** The data",
            "(** The network",
            "(** Claim:",
            "Definition claim : Prop := over the_field, ",
            "(** Witness",
            "Theorem certified",
        ]
        positions = [text.index(part) for part in order]
        assert positions == sorted(positions)


def test_claims_that_are_not_covered_are_named() -> None:
    certificate = deepcopy(examples()["loss_value"])
    certificate["claim"] = {"kind": "global_minimum_of_width", "width": 1, "loss": "0"}
    with pytest.raises(UnsupportedError, match="empirical, number field"):
        export(certificate)


def test_parts_over_different_fields_are_refused() -> None:
    certificate = deepcopy(examples()["spurious_local_minimum"])
    certificate["witness"]["parts"][0]["problem"]["field"]["minpoly"] = ["-3", "0", "1"]
    with pytest.raises(UnsupportedError, match="different fields"):
        export(certificate)
    certificate = deepcopy(examples()["spurious_local_minimum"])
    certificate["witness"]["parts"][2]["problem"]["loss"]["y"][0][0] = ["0", "8"]
    with pytest.raises(InputError, match="do not belong"):
        export(certificate)
