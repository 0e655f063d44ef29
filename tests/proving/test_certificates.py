"""Certificates in a case: only what the checker accepts is kept, under one name each."""

from __future__ import annotations

import json
from hashlib import sha256

from exactland.certificates.claims import Certificate
from exactland.certificates.produce import certify
from exactland.problem.files import problem_from_json
from exactland.proving.case import Case, Paper, judge
from exactland.proving.ledger import Ledger
from tests.reference import problem_object

PAPER = Paper("k", "A. Author", "A title", "a reference")


def case(checks: int) -> Case:
    return Case("k/one", "One", PAPER, "1", "1", (), (), (), checks, lambda ledger: None)


def loss_value() -> Certificate:
    problem = problem_from_json(problem_object("exp1_P1_single"))
    return next(one for one in certify(problem) if one.kind == "loss_value")


def test_an_accepted_certificate_is_kept_with_its_digest() -> None:
    ledger = Ledger()
    ledger.certificate("The loss, at P/Q", "L(P)", loss_value())
    (one,), (record,) = ledger.certificates, ledger.records
    assert (one.name, one.kind) == ("the-loss-at-p-q", "loss_value")
    assert sha256(one.text.encode()).hexdigest() == one.digest and one.digest in record.value
    assert json.loads(one.text)["claim"]["kind"] == "loss_value"
    assert judge(case(1), ledger).passed


def test_a_false_certificate_fails_the_case_and_is_not_kept() -> None:
    true = loss_value()
    false = Certificate(true.problem, {**true.claim, "loss": "1/3"}, true.witness)
    ledger = Ledger()
    ledger.certificate("wrong", "L(P)", false)
    result = judge(case(1), ledger)
    assert not result.passed and result.certificates == ()
    assert "the checker says rejected" in result.failure


def test_two_certificates_must_not_share_a_file() -> None:
    ledger = Ledger()
    ledger.certificate("a b", "L(P)", loss_value())
    ledger.certificate("A-B", "L(P)", loss_value())
    assert judge(case(2), ledger).failure == "two certificates have one file name"
