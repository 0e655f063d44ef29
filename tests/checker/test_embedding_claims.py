"""Claims with free gamma about replications: true for the gamma tried, noticed when changed."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from copy import deepcopy
from fractions import Fraction
from typing import Any

import pytest
from flint import fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactland.certificates.embedding import replication_certificates
from exactland.checker import check_certificate, check_text
from exactland.landscape.analysis import analyze_empirical
from exactland.landscape.embedding import replication_sets
from tests.certificates.test_produce import digit_positions
from tests.checker.test_several_outputs_claims import TYPE_2
from tests.oracle import Oracle
from tests.reference import empirical_problem, instance_names, problem_object
from tests.strategies import stationary_problems

Json = dict[str, Any]
GAMMAS = [["1/2", "1/2"], ["1", "0"], ["2", "-1"], ["-1/3", "4/3"], ["1/5", "4/5"]]


def made(problem: Json, neuron: int) -> list[Json]:
    narrow = analyze_empirical(empirical_problem(problem))
    sets = replication_sets(narrow, neuron, (fmpq(1), fmpq(1)))
    return [one.to_json() for one in replication_certificates(narrow, sets)]


def replicated(problem: Json, neuron: int, gammas: list[str], betas: list[str]) -> Oracle:
    """The wider network, built from the JSON by the definition; gamma is rescaled to the plane."""
    wide = deepcopy(problem)
    network = wide["network"]
    row = [Fraction(str(a)) for a in network["w"][neuron]]
    pairs = [(Fraction(b), Fraction(g) / Fraction(b)) for b, g in zip(betas, gammas, strict=True)]
    network["w"][neuron : neuron + 1] = [[str(b * a) for a in row] for b, _ in pairs]
    for heights in network["v"]:
        height = Fraction(str(heights[neuron]))
        heights[neuron : neuron + 1] = [str(g * height) for _, g in pairs]
    if "b" in network:
        bias = Fraction(str(network["b"][neuron]))
        network["b"][neuron : neuron + 1] = [str(b * bias) for b, _ in pairs]
    return Oracle(wide)


def holds_for_the_gamma_tried(document: Json) -> bool:
    """Compare the claim with the oracle at a few gamma (and betas), signs of every kind."""
    claim, problem = document["claim"], document["problem"]
    signs: dict[str, Callable[[list[Fraction]], bool]] = {
        "all": lambda values: True,
        "nonnegative": lambda values: all(value >= 0 for value in values),
        "positive": lambda values: all(value > 0 for value in values),
        "none": lambda values: False,
    }
    for gammas in GAMMAS:
        wide = replicated(problem, int(claim["neuron"]), gammas, ["1", "3/2"])
        expected = signs[claim["gamma"]]([Fraction(value) for value in gammas])
        if claim["kind"] == "replication_stationary_set":
            if wide.directionally_stationary() != expected:
                return False
        elif wide.outputs == 1 and wide.local_minimum_one_output() != expected:
            return False
    return True


@pytest.mark.parametrize("name", instance_names())
def test_reference_instances(name: str) -> None:
    problem = problem_object(name)
    for neuron in range(len(problem["network"]["w"])):
        for document in made(problem, neuron):
            assert check_certificate(document).status == "accepted"
            assert holds_for_the_gamma_tried(document)


def test_every_set_occurs() -> None:
    found = {
        (document["claim"]["kind"], document["claim"]["gamma"])
        for name in ("exp1_END", "exp1_P0_zero", "type2_min")
        for neuron in range(len(problem_object(name)["network"]["w"]))
        for document in made(problem_object(name), neuron)
    }
    assert found == {
        ("replication_stationary_set", "all"),
        ("replication_stationary_set", "nonnegative"),
        ("replication_minimum_set", "all"),
        ("replication_minimum_set", "positive"),
        ("replication_minimum_set", "none"),
    }


@settings(max_examples=80)
@given(stationary_problems(max_outputs=2), st.data())
def test_random_points(problem: Json, data: st.DataObject) -> None:
    neuron = data.draw(st.integers(0, len(problem["network"]["w"]) - 1))
    for document in made(problem, neuron):
        assert check_certificate(document).status == "accepted"
        assert holds_for_the_gamma_tried(document)


@pytest.mark.parametrize("name", ["exp1_END", "exp1_P1_single", "type2_min"])
def test_a_changed_digit_is_noticed_or_leaves_the_claim_true(name: str) -> None:
    problem, generator, rejected = problem_object(name), random.Random(name), 0
    for neuron in range(len(problem["network"]["w"])):
        for document in made(problem, neuron):
            text = json.dumps(document)
            for position in digit_positions(text):
                digit = generator.choice([d for d in "0123456789" if d != text[position]])
                mutant = text[:position] + digit + text[position + 1 :]
                if check_text(mutant).status == "accepted":
                    assert holds_for_the_gamma_tried(json.loads(mutant)), mutant
                else:
                    rejected += 1
    assert rejected


def test_another_set_or_another_problem_is_rejected() -> None:
    stationary, minimum = made(problem_object("exp1_END"), 0)
    for document, others in ((stationary, ["all"]), (minimum, ["all", "none"])):
        for gamma in others:
            changed = deepcopy(document)
            changed["claim"]["gamma"] = gamma
            assert check_certificate(changed).status in ("rejected", "unusable")
    changed = deepcopy(minimum)
    changed["witness"]["part"]["problem"]["loss"]["scale"] = "2/2"
    assert check_certificate(changed).status == "rejected"
    changed = deepcopy(stationary)
    changed["claim"]["gamma"] = "positive"
    assert check_certificate(changed).status == "unusable"
    changed = deepcopy(stationary)
    changed["witness"]["direction"] = ["0", "0"]
    assert check_certificate(changed).status == "rejected"


def test_a_minimum_by_blocks_is_no_part() -> None:
    """Its neuron is an escape neuron, so that no replication is a local minimum."""
    given = TYPE_2["problem"]
    for gamma in ("positive", "all"):
        claim = {"kind": "replication_minimum_set", "neuron": 0, "gamma": gamma}
        document = {"problem": given, "claim": claim, "witness": {"part": TYPE_2}}
        outcome = check_certificate({"format": "exactland-certificate/1"} | document)
        assert outcome.status == "rejected" and outcome.where == "witness.part.claim"
    assert [one["claim"]["gamma"] for one in made(given, 0)][1:] == ["none"]
