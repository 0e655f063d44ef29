"""Hostile certificates: always answered, within bounds, and no false claim is accepted.

`make mutants` runs 64,000 mutants; this is a slice of the same stream.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

from exactland.checker import check_certificate, check_text, limits
from tests.adversarial import mutations, run, truths
from tests.adversarial.corpus import Kind, corpus, kinds
from tests.adversarial.inflation import inflated

MUTANTS = 50
INFLATED = 8


def name(kind: Kind) -> str:
    return "-".join(kind)


def test_every_kind_of_claim_has_examples_and_a_truth() -> None:
    assert set(corpus()) == set(kinds()), "give it an example in tests/adversarial/corpus.py"
    assert set(truths.DECIDERS) == set(kinds()), "give it a decider in tests/adversarial/truths.py"


@pytest.mark.parametrize("kind", kinds(), ids=name)
def test_the_examples_are_accepted_and_true(kind: Kind) -> None:
    for document in corpus()[kind]:
        assert check_certificate(document).status == "accepted"
        assert truths.is_true(document)


@pytest.mark.parametrize("kind", kinds(), ids=name)
def test_mutants_are_answered_and_no_false_one_is_accepted(kind: Kind) -> None:
    report = run.attack(kind, 1, range(MUTANTS))
    assert report.problems == []
    assert sum(report.answers.values()) == MUTANTS
    assert report.answers["unusable"] and report.answers["accepted"] + report.answers["rejected"]


def test_every_mutation_is_tried_in_the_slice() -> None:
    random, document = Random(1), corpus()["empirical", "local_minimum"][0]
    found = {mutations.mutant(random, document, [document])[0] for _ in range(2000)}
    assert found == {mutation.__name__ for mutation in mutations.ALL}


@pytest.mark.parametrize("kind", kinds(), ids=name)
def test_all_work_is_counted_before_it_is_done(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a small budget of work even a certificate of many megabytes is answered soon.

    The budget is about a fifth of a second; reading the file comes in addition.
    """
    monkeypatch.setattr(limits, "MAX_WORK", 2 * 10**8)
    for number in range(INFLATED):
        random = Random(f"{kind} {number}")
        data = inflated(random, random.choice(corpus()[kind]))[1]
        started = time.process_time()
        outcome = check_text(data)
        assert outcome.status in run.ANSWERS
        assert time.process_time() - started < 5, (number, outcome)


def test_the_attack_sees_a_false_claim_and_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = ("empirical", "loss_value")
    monkeypatch.setattr(run, "is_true", lambda _: False)
    assert any("accepted, but false" in text for text in run.attack(kind, 1, range(60)).problems)
    monkeypatch.setattr(run, "check_text", lambda _: 1 / 0)
    assert len(run.attack(kind, 1, range(5)).problems) == 5


def test_the_least_loss_of_a_width_by_brute_force() -> None:
    """The slow definition is not vacuous: a loss above the least one is false."""
    (document,) = corpus()["empirical", "global_minimum_of_width"]
    assert truths.is_true(document)
    worse = json.loads(json.dumps(document))
    worse["problem"]["network"]["w"] = [["1"]]
    worse["claim"]["loss"] = "9/2"
    assert not truths.is_true(worse)


@pytest.mark.slow
@pytest.mark.needs("atheris", checks="the checker by coverage-guided fuzzing (mutants without it)")
def test_fuzzing_the_checker_finds_no_crash_and_no_false_claim(tmp_path: Path) -> None:
    """A bounded run; `make fuzz` goes on for an hour."""
    options = ["-runs=4000", "-max_total_time=25", "-seed=1"]
    run_of_it = subprocess.run(
        [sys.executable, "-m", "tests.adversarial.fuzz", str(tmp_path / "fuzz"), *options],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run_of_it.returncode == 0, run_of_it.stderr[-3000:]
    executed = int(run_of_it.stderr.split("number_of_executed_units:")[1].split()[0])
    assert executed > sum(map(len, corpus().values())), "it went beyond the examples"


@pytest.mark.parametrize("size", ["1", "1" + 2000 * "0"])
@pytest.mark.parametrize(("side", "falls"), [("", True), ("-", False)])
def test_whether_a_loss_falls_along_a_curve_does_not_depend_on_its_speed(
    size: str, side: str, falls: bool
) -> None:
    problem = {
        "format": "exactland-problem/1",
        "network": {"activation": {"kind": "relu"}, "w": [["1"]], "v": [["1"], ["0"]]},
        "loss": {"kind": "empirical", "x": [["1"]], "y": [["2", "0"]]},
    }
    curve = {"neurons": {"0": {"v": [[side + size], ["0"]]}}}
    document = {
        "format": "exactland-certificate/1",
        "problem": problem,
        "claim": {"kind": "not_local_minimum"},
        "witness": {"curve": curve},
    }
    assert truths.is_true(document) is falls
