"""Claims about the logistic loss: enclosures hold, false claims and changed digits are noticed."""

from __future__ import annotations

import json
import random
from copy import deepcopy
from fractions import Fraction
from functools import cache
from typing import Any

import mpmath as mp
import pytest
from flint import fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactland.certificates.deep import logistic_certificates
from exactland.checker import check_certificate, check_text
from exactland.checker.claims import LOGISTIC
from exactland.checker.exponentials import (
    BITS,
    exp_minus,
    logistic,
    logistic_slope_below,
    softplus,
)
from exactland.checker.limits import Meter
from exactland.landscape.linear_pieces import logistic_spurious_minimum
from exactland.problem import piecewise_linear as activations
from exactland.problem.logistic import LogisticLoss
from tests import logistic_oracle
from tests.certificates.test_produce import digit_positions

Json = dict[str, Any]
WIDE = st.fractions(-400, 400, max_denominator=10**6)


@cache
def made(name: str) -> tuple[Json, ...]:
    x: list[tuple[int, ...]]
    y: list[tuple[int, ...]]
    if name == "one output":
        x = [(-2,), (-1,), (0,), (1,), (3,)]
        y = [(1,), (0,), (1,), (0,), (1,)]
        activation, widths = activations.relu(), [2]
    else:
        x = [(-1, 1), (0, 2), (2, 4), (4, -2), (6, 1), (1, 0)]
        y = [(1, 0), (0, 1), (1, 0), (0, 0), (1, 1), (0, 1)]
        activation, widths = activations.hard_tanh(), [3, 2]
    rows = [tuple(tuple(fmpq(v, 2) for v in row) for row in x)]
    rows.append(tuple(tuple(map(fmpq, row)) for row in y))
    found = logistic_spurious_minimum(LogisticLoss(*rows), activation, widths)
    return tuple(certificate.to_json() for certificate in logistic_certificates(found))


def status(document: Any) -> str:
    return check_certificate(document).status


@given(WIDE)
@settings(deadline=None)
def test_the_enclosures_hold_and_are_narrow(value: Fraction) -> None:
    meter = Meter()
    with mp.workprec(3 * BITS):
        t, unit = mp.mpf(value.numerator) / value.denominator, mp.mpf(2) ** BITS
        for enclosure, exact in (
            (exp_minus(abs(value), meter), mp.exp(-abs(t))),
            (logistic(value, meter), 1 / (1 + mp.exp(-t))),
            (softplus(value, meter), mp.log(1 + mp.exp(t))),
        ):
            low, high = enclosure
            assert low <= exact * unit <= high < low + 2**20
        below = logistic_slope_below(abs(value), meter)
        slope = mp.exp(-abs(t)) / (1 + mp.exp(-abs(t))) ** 2 * unit
        assert below <= slope <= below + 2**20


def test_an_argument_beyond_every_bound_is_enclosed_at_once() -> None:
    assert exp_minus(Fraction(10) ** 9000, Meter()) == (0, 1)
    low, high = softplus(Fraction(10) ** 900, Meter())
    assert 10**900 << BITS <= low <= high <= (10**900 << BITS) + 4


@pytest.mark.parametrize("name", ["one output", "two outputs"])
def test_certificates_are_accepted_and_true(name: str) -> None:
    documents = made(name)
    assert [document["claim"]["kind"] for document in documents] == [
        "spurious_local_minimum_near", "loss_enclosure", "loss_enclosure",
    ]  # fmt: skip
    for document in documents:
        assert status(document) == "accepted"
        assert logistic_oracle.is_true(document)
    assert {document["claim"]["kind"] for document in documents} == set(LOGISTIC)


@pytest.mark.parametrize("name", ["one output", "two outputs"])
@pytest.mark.parametrize("number", range(3))
def test_a_changed_digit_is_noticed_or_leaves_the_claim_true(name: str, number: int) -> None:
    generator, rejected = random.Random(number), 0
    text = json.dumps(made(name)[number])
    positions = digit_positions(text)
    for position in generator.sample(positions, min(len(positions), 120)):
        digit = generator.choice([d for d in "0123456789" if d != text[position]])
        mutant = text[:position] + digit + text[position + 1 :]
        if check_text(mutant).status == "accepted":
            assert logistic_oracle.is_true(json.loads(mutant)), mutant
        else:
            rejected += 1
    assert rejected


@pytest.mark.parametrize(
    ("key", "factor"), [("loss_lower", 2), ("loss_upper", "1/2"), ("better_loss", "1/2")]
)
def test_a_false_bound_is_rejected(key: str, factor: Any) -> None:
    document = deepcopy(made("one output")[0])
    document["claim"][key] = str(Fraction(document["claim"][key]) * Fraction(factor))
    assert status(document) == "rejected"


def test_a_network_that_is_no_affine_fit_has_no_minimum_near() -> None:
    document = deepcopy(made("one output")[0])
    document["problem"]["network"]["layers"][-1]["b"][0] = "0"
    assert "minimiser" in check_certificate(document).message
    # A larger step does not help: within it the curvature is too small.
    document["witness"]["step"], document["claim"]["radius"] = "40", "1000"
    assert status(document) == "rejected"


def test_a_box_in_which_a_neuron_leaves_its_piece_is_rejected() -> None:
    document = deepcopy(made("one output")[0])
    document["claim"]["radius"] = "5"
    assert "leave its linear piece" in check_certificate(document).message


def test_separable_labels_have_no_minimum_that_could_be_certified() -> None:
    document = deepcopy(made("one output")[0])
    document["problem"]["loss"]["y"] = [["0"], ["0"], ["1"], ["1"], ["1"]]
    assert status(document) == "rejected"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("problem", "loss", "y", 0, 0), "2"),
        (("problem", "loss", "y", 0, 0), "-1/2"),
        (("problem", "loss", "scale"), "0"),
        (("claim", "radius"), "0"),
        (("witness", "step"), "-1"),
        (("witness", "curvature"), ["0"]),
        (("witness", "columns"), [1, 0]),
        (("witness", "columns"), [0, 2]),
        (("witness", "columns"), []),
        (("witness", "better"), []),
        (("witness", "right_inverse"), [["1"]]),
    ],
)
def test_malformed_parts_are_unusable(path: tuple[Any, ...], value: Any) -> None:
    document = deepcopy(made("one output")[0])
    part: Any = document
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    assert status(document) == "unusable"


def test_the_chosen_columns_must_span_the_data() -> None:
    document = deepcopy(made("two outputs")[0])
    document["witness"]["columns"] = [0, 1]
    assert "rank" in check_certificate(document).message


def test_claims_about_other_losses_are_not_made_about_this_one() -> None:
    document = deepcopy(made("one output")[1])
    document["claim"] = {"kind": "linear_piece_local_minimum"}
    assert status(document) == "unusable"
