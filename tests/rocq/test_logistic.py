"""The logistic loss: the kernel shows enclosures of it, and says the same as Python."""

from __future__ import annotations

import json
import random
from copy import deepcopy
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from exactland.certificates.rocq import export
from exactland.certificates.rocq.kernel import ALLOWED_AXIOMS, run_kernel_on_text
from exactland.errors import InputError, UnsupportedError
from exactland.problem.deep import DeepProblem
from exactland.problem.files import problem_from_json
from exactland.problem.logistic import LogisticLoss, loss_enclosure
from tests.checker.test_logistic_claims import made
from tests.rocq.test_agreement import FACTOR, compare, mutants
from tests.rocq.test_kernel import checked_by_kernel
from tests.rocq.test_layers import random_point

Json = dict[str, Any]


def enclosure(name: str = "one output") -> Json:
    found: Json = json.loads(json.dumps(made(name)[1])) | {"notes": {}}
    assert found["claim"]["kind"] == "loss_enclosure"
    return found


def between(problem: Json, below: Fraction, above: Fraction) -> Json:
    """The claim that the loss lies in the interval from its value minus one number to plus one."""
    parsed = problem_from_json(problem)
    assert isinstance(parsed, DeepProblem) and isinstance(parsed.loss, LogisticLoss)
    outputs = tuple(parsed.network(row) for row in parsed.loss.inputs)
    low, high = (Fraction(int(a.p), int(a.q)) for a in loss_enclosure(parsed.loss, outputs))
    digits = 10**15
    claim = {
        "kind": "loss_enclosure",
        "lower": str(Fraction(round((low - below) * digits), digits)),
        "upper": str(Fraction(round((high + above) * digits), digits)),
    }
    return enclosure() | {"problem": problem, "claim": claim}


@pytest.mark.needs("coq", checks="that the kernel accepts enclosures of the logistic loss")
def test_the_kernel_accepts(library: Path) -> None:
    outcome = checked_by_kernel(enclosure(), library)
    assert outcome.accepted, outcome
    assert set(outcome.assumptions) == ALLOWED_AXIOMS


CORRUPTIONS = [
    lambda c: c["claim"].update(lower=c["claim"]["upper"]),
    lambda c: c["claim"].update(upper=c["claim"]["lower"]),
    lambda c: c["problem"]["loss"]["x"][0].__setitem__(0, "7/3"),
    lambda c: c["problem"]["network"]["layers"][0]["b"].__setitem__(0, "5"),
]


@pytest.mark.needs("coq", checks="that the kernel rejects corrupted enclosures")
@pytest.mark.parametrize("corrupt", CORRUPTIONS)
def test_the_kernel_rejects_a_corrupted_number(corrupt: Any, library: Path) -> None:
    certificate = deepcopy(enclosure())
    corrupt(certificate)
    outcome = checked_by_kernel(certificate, library)
    assert outcome.status == "rejected" and "Error" in outcome.message


@pytest.mark.needs("coq", checks="that the kernel rejects corrupted logarithms")
def test_the_kernel_rejects_a_corrupted_logarithm(library: Path) -> None:
    certificate = between(enclosure()["problem"], Fraction(1, 10**6), Fraction(1, 10**6))
    assert checked_by_kernel(certificate, library).accepted
    text = export(certificate)
    place = text.index("[[(", text.index("Definition the_logarithms")) + 3
    changed = str((int(text[place]) + 1) % 10)
    outcome = run_kernel_on_text(text[:place] + changed + text[place + 1 :], library=library)
    assert outcome.status == "rejected" and "Error" in outcome.message


@pytest.mark.needs("coq", checks="that both checkers say the same of enclosures")
def test_both_checkers_agree(library: Path) -> None:
    source, chosen = random.Random(0), []
    problems = [enclosure(name)["problem"] for name in ("one output", "two outputs")]
    for _ in range(12 * FACTOR):
        problem = random_point(source)
        targets = [[source.choice(("0", "1", "1/3")) for _ in row] for row in problem["loss"]["y"]]
        loss = {"kind": "logistic", "x": problem["loss"]["x"], "y": targets}
        problems.append(problem | {"loss": loss})
    far = deepcopy(problems[0])
    far["network"]["layers"][-1]["b"][0] = "1000"
    problems.append(far)
    for problem in problems:
        wide, narrow = Fraction(1, 10**3), Fraction(1, 10**8)
        chosen.append(between(problem, wide, narrow))
        chosen.append(between(problem, -narrow, wide))
        chosen.append(between(problem, wide, -narrow))
    chosen += [one for each in chosen[::9] for one in mutants(each, source)[:4]]
    counted = compare(chosen, library)
    assert counted["accepted"] >= 14
    assert counted["rejected"] >= 28


def test_other_claims_about_the_logistic_loss_are_not_covered() -> None:
    with pytest.raises(UnsupportedError, match="spurious_local_minimum_near"):
        export(made("one output")[0])
    certificate = deepcopy(enclosure())
    certificate["problem"]["loss"]["y"][0][0] = "2"
    with pytest.raises(InputError, match="between 0 and 1"):
        export(certificate)


def test_data_and_claim_come_before_the_witness() -> None:
    text = export(enclosure())
    order = ["(** The data", "(** The network", "(** Claim:", "(** Witness", "Theorem certified"]
    positions = [text.index(part) for part in order]
    assert positions == sorted(positions)
