"""Certificates over number fields: accepted and true; a changed digit is noticed or harmless."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest
from hypothesis import given, settings

from exactland.checker import check_certificate, check_text
from tests.certificates.test_produce import BIASED, digit_positions, made
from tests.certificates.truth import is_true
from tests.field_points import RANK_ONE, rescaled, with_passengers
from tests.reference import problem_object
from tests.strategies import problems, stationary_problems

INSTANCES = {
    "rank_one": RANK_ONE,
    "with_passengers": with_passengers(),
    "biased": rescaled(BIASED),
    **{
        name: rescaled(problem_object(name))
        for name in (
            "exp1_P1_single",
            "type2_saddle",
            "clarke_not_d_2",
            "zonotope_trap",
        )
    },
}


@settings(max_examples=30)
@given(problems())
def test_certificates_of_random_field_points_are_accepted_and_true(problem: dict[str, Any]) -> None:
    for certificate in made(rescaled(problem)):
        assert check_text(certificate.to_text()).status == "accepted"
        assert is_true(certificate.to_json())


@settings(max_examples=30)
@given(stationary_problems(max_outputs=2))
def test_certificates_of_likely_stationary_field_points_are_accepted_and_true(
    problem: dict[str, Any],
) -> None:
    for certificate in made(rescaled(problem)):
        assert check_text(certificate.to_text()).status == "accepted"
        assert is_true(certificate.to_json())


@pytest.mark.parametrize("name", INSTANCES)
def test_a_changed_digit_over_a_field_is_noticed_or_leaves_the_claim_true(name: str) -> None:
    """Digits of field, problem, claim and witness, changed to another digit."""
    generator, rejected = random.Random(name), 0
    for certificate in made(INSTANCES[name]):
        assert check_text(certificate.to_text()).status == "accepted"
        text = json.dumps(certificate.to_json() | {"notes": {}})
        positions = digit_positions(text)
        for position in generator.sample(positions, min(len(positions), 60)):
            digit = generator.choice([d for d in "0123456789" if d != text[position]])
            mutant = text[:position] + digit + text[position + 1 :]
            outcome = check_text(mutant)
            if outcome.status == "accepted":
                assert is_true(json.loads(mutant)), mutant
            else:
                rejected += 1
    assert rejected


def certificate_of(kind: str, problem: dict[str, Any] = RANK_ONE) -> dict[str, Any]:
    (found,) = (one for one in made(problem) if one.kind == kind)
    return copy.deepcopy(found.to_json())


def test_the_conjugate_of_the_field_makes_the_claim_false() -> None:
    """The other root of the polynomial: all rational parts agree, the numbers do not."""
    stationary = certificate_of("directionally_stationary", with_passengers())
    assert check_certificate(stationary).status == "accepted"
    stationary["problem"]["field"]["interval"] = ["-3", "-2"]
    assert check_certificate(stationary).status == "rejected"
    loss = certificate_of("loss_value")
    loss["claim"]["loss"] = ["7/4", "3/4"]
    assert check_certificate(loss).status == "rejected"
    saddle = certificate_of("not_local_minimum", with_passengers())
    saddle["witness"]["curve"]["neurons"]["2"]["v"] = [[], ["0", ["-2", "1"]]]
    assert check_certificate(saddle).status == "rejected"  # sqrt 5 - 2 > 0: the wrong way up


def test_a_list_is_a_number_only_where_a_field_is_declared() -> None:
    loss = certificate_of("loss_value")
    del loss["problem"]["field"]
    assert check_certificate(loss).status == "unusable"
    longer = certificate_of("loss_value")
    longer["claim"]["loss"] = ["1", "2", "3"]
    assert check_certificate(longer).status == "unusable"


def test_a_reducible_polynomial_never_makes_a_false_claim_accepted() -> None:
    """theta^2 = 4, theta = 2: nonzero coefficients of a number that is zero stay undecided."""
    loss = certificate_of("loss_value")
    loss["problem"] = {
        "format": "exactland-problem/1",
        "field": {"minpoly": ["-4", "0", "1"], "interval": ["1", "3"]},
        "network": {"activation": {"kind": "relu"}, "w": [["1"]], "v": [[["0", "1"]]]},
        "loss": {"kind": "empirical", "x": [["1"]], "y": [["1"]]},
    }
    for claimed, status in (("1/2", "unusable"), ("5/2", "rejected"), (["5/2", "-1"], None)):
        loss["claim"]["loss"] = claimed
        outcome = check_certificate(loss)
        assert outcome.status in (status, "unusable", "accepted" if status is None else status)
        if outcome.status == "accepted":
            assert is_true(loss)


def test_claims_about_rational_numbers_refuse_a_field() -> None:
    problem = copy.deepcopy(RANK_ONE)
    problem["network"]["v"] = [["3"]]
    problem["loss"]["y"] = [["1"], ["1"]]
    certificate = {
        "format": "exactland-certificate/1",
        "problem": problem,
        "claim": {"kind": "global_minimum_of_width", "width": 1, "loss": "0"},
        "witness": {},
    }
    outcome = check_certificate(certificate)
    assert outcome.status == "unusable" and outcome.where == "problem.field"
