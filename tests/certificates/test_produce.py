"""Certificates are accepted and true; with one digit changed they are rejected or still true."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings

from exactland.certificates.claims import Certificate
from exactland.certificates.produce import certificates
from exactland.checker import check_text
from exactland.landscape.analysis import analyze_empirical
from tests.certificates.truth import is_true
from tests.reference import empirical_problem, instance_names, problem_object
from tests.strategies import problems, stationary_problems

GLOBAL_MINIMUM = {
    "format": "exactland-problem/1",
    "network": {
        "activation": {"kind": "relu"},
        "w": [["1"]],
        "b": ["2"],
        "v": [["3"]],
        "c": ["1/2"],
    },
    "loss": {"kind": "empirical", "x": [["1"], ["1"], ["-5"]], "y": [["9"], ["10"], ["0.5"]]},
}
BIASED = {
    "format": "exactland-problem/1",
    "network": {
        "activation": {"kind": "leaky_relu", "slope": "1/4"},
        "w": [["0"], ["0"]],
        "b": ["0", "1"],
        "v": [["0", "0"], ["0", "0"]],
        "c": ["0", "0"],
    },
    "loss": {
        "kind": "empirical",
        "x": [["-1"], ["0"], ["1"]],
        "y": [["1", "0"], ["-2", "0"], ["1", "0"]],
        "scale": "2/3",
    },
}


def made(problem: dict[str, Any]) -> list[Certificate]:
    return list(certificates(analyze_empirical(empirical_problem(problem))))


def named_problem(name: str) -> dict[str, Any]:
    extra = {"global_minimum": GLOBAL_MINIMUM, "biased": BIASED}
    return extra.get(name) or problem_object(name)


@pytest.mark.parametrize("name", [*instance_names(), "global_minimum", "biased"])
def test_every_certificate_is_accepted_and_true(name: str) -> None:
    produced = made(named_problem(name))
    assert produced
    for certificate in produced:
        outcome = check_text(certificate.to_text())
        assert outcome.status == "accepted", (certificate.kind, outcome)
        assert is_true(certificate.to_json())


def test_all_claim_kinds_occur_among_the_instances() -> None:
    kinds = {
        certificate.kind
        for name in [*instance_names(), "global_minimum"]
        for certificate in made(named_problem(name))
    }
    assert kinds == {
        "loss_value",
        "directionally_stationary",
        "not_directionally_stationary",
        "clarke_stationary",
        "not_clarke_stationary",
        "local_minimum",
        "not_local_minimum",
        "escape_neuron",
        "global_minimum",
        "spurious_local_minimum",
        "cell_global_minimum",
        "cell_valley_dimension",
    }


@settings(max_examples=80)
@given(problems())
def test_certificates_of_random_points_are_accepted_and_true(problem: dict[str, Any]) -> None:
    for certificate in made(problem):
        assert check_text(certificate.to_text()).status == "accepted"
        assert is_true(certificate.to_json())


@settings(max_examples=80)
@given(stationary_problems(max_outputs=2))
def test_certificates_of_likely_stationary_points_are_accepted_and_true(
    problem: dict[str, Any],
) -> None:
    for certificate in made(problem):
        assert check_text(certificate.to_text()).status == "accepted"
        assert is_true(certificate.to_json())


@pytest.mark.parametrize("name", [*instance_names(), "global_minimum", "biased"])
def test_a_changed_digit_is_noticed_or_leaves_the_claim_true(name: str) -> None:
    """Every digit of problem, claim and witness, changed to another digit."""
    generator, rejected = random.Random(name), 0
    for certificate in made(named_problem(name)):
        text = json.dumps(certificate.to_json() | {"notes": {}})
        for position in digit_positions(text):
            digit = generator.choice([d for d in "0123456789" if d != text[position]])
            mutant = text[:position] + digit + text[position + 1 :]
            outcome = check_text(mutant)
            if outcome.status == "accepted":
                assert is_true(json.loads(mutant)), mutant
            else:
                rejected += 1
    assert rejected


def digit_positions(text: str) -> list[int]:
    """Positions of the digits of numbers (not of the format names)."""
    skipped = {
        position
        for name in ("exactland-certificate/1", "exactland-problem/1")
        for start in occurrences(text, name)
        for position in range(start, start + len(name))
    }
    return [p for p, character in enumerate(text) if character.isdigit() and p not in skipped]


def occurrences(text: str, name: str) -> list[int]:
    found, start = [], text.find(name)
    while start >= 0:
        found.append(start)
        start = text.find(name, start + 1)
    return found
