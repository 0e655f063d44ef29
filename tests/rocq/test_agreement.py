"""The checker in Python and the verified checkers run by the kernel say the same."""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings

from exactland.checker import check_text
from tests.certificates import test_integral
from tests.certificates.test_produce import digit_positions, named_problem
from tests.reference import instance_names
from tests.rocq.batch import covered, kernel_verdicts, made
from tests.strategies import problems, stationary_problems

FACTOR = int(os.environ.get("EXACTLAND_ROCQ_FACTOR", "1"))
"""How many times as many samples as usual (`make rocq-compare`)."""
GROUPS = 4
"""The certificates are divided, so that the workers share them."""
MUTANTS = 12 * FACTOR
"""Corrupted versions of each certificate."""
LONG = 60_000
"""Certificates of the fifty-neuron experiment are longer; a few of each kind are enough."""


@cache
def certificates_of_the_instances() -> list[dict[str, Any]]:
    found, kinds = [], Counter[str]()
    for name in [*instance_names(), "global_minimum", "biased"]:
        for certificate in made(named_problem(name)):
            text = certificate.to_text()
            kinds[certificate.kind] += len(text) > LONG
            if len(text) <= LONG or kinds[certificate.kind] <= 1:
                found.append(json.loads(text) | {"notes": {}})
    return found


def mutants(certificate: dict[str, Any], generator: random.Random) -> list[dict[str, Any]]:
    """Return versions with one digit, sign or sign character changed."""
    text, found = json.dumps(certificate), []
    positions = digit_positions(text)
    for _ in range(MUTANTS):
        position = generator.choice(positions)
        digit = generator.choice([d for d in "0123456789" if d != text[position]])
        found.append(text[:position] + digit + text[position + 1 :])
    flips = [n for n, c in enumerate(text) if c == '"' and text[n + 1] in "-123456789"]
    position = generator.choice(flips) + 1
    rest = text[position + 1 :] if text[position] == "-" else "-" + text[position:]
    found.append(text[:position] + rest)
    return [json.loads(mutant) for mutant in found if _is_json(mutant)]


def _is_json(text: str) -> bool:
    """Whether no integer begins with a zero."""
    try:
        json.loads(text)
    except json.JSONDecodeError:
        return False
    return True


@cache
def certificates_of_integral_losses() -> list[dict[str, Any]]:
    found = [one.to_json() for name in test_integral.NAMES for one in test_integral.made(name)]
    return [json.loads(json.dumps(one)) | {"notes": {}} for one in found if covered(one)]


def compare(samples: list[dict[str, Any]], library: Path) -> Counter[str]:
    """Require that both checkers say the same; return how many were accepted and rejected."""
    outcomes = [check_text(json.dumps(sample)) for sample in samples]
    usable = [
        n
        for n, outcome in enumerate(outcomes)
        if outcome.status != "unusable" and covered(samples[n])
    ]
    verdicts = kernel_verdicts([samples[n] for n in usable], library)
    disagreements = [
        (samples[n], outcomes[n], verdict)
        for n, verdict in zip(usable, verdicts, strict=True)
        if (outcomes[n].status == "accepted") is not (verdict is True)
    ]
    assert disagreements == []
    return Counter(outcomes[n].status for n in usable)


@pytest.mark.needs("coq", checks="that both checkers say the same of every certificate")
@pytest.mark.parametrize("group", range(GROUPS))
def test_both_checkers_agree_on_the_instances(group: int, library: Path) -> None:
    generator = random.Random(group)
    samples = certificates_of_the_instances()[group::GROUPS]
    samples += [mutant for certificate in samples for mutant in mutants(certificate, generator)]
    counted = compare(samples, library)
    assert counted["accepted"] >= 20
    assert counted["rejected"] >= 100


@pytest.mark.needs("coq", checks="that both checkers say the same of every side of a cell")
def test_both_checkers_agree_on_every_side_of_a_cell(library: Path) -> None:
    samples = []
    for certificate in certificates_of_the_instances():
        if certificate["claim"]["kind"] != "cell_global_minimum":
            continue
        samples.append(certificate)
        cell = certificate["claim"]["cell"]
        for i, sides in enumerate(cell):
            for k, side in enumerate(sides):
                other = sides[:k] + ("-" if side == "+" else "+") + sides[k + 1 :]
                claim = certificate["claim"] | {"cell": [*cell[:i], other, *cell[i + 1 :]]}
                samples.append(certificate | {"claim": claim})
    counted = compare(samples, library)
    assert counted["accepted"] >= 15
    assert counted["rejected"] >= 100


@pytest.mark.needs("coq", checks="that both checkers say the same of random certificates")
@pytest.mark.parametrize("group", range(GROUPS))
def test_both_checkers_agree_on_random_points(group: int, library: Path) -> None:
    samples: list[dict[str, Any]] = []
    quiet = settings(
        max_examples=40 * FACTOR,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )

    @seed(group)
    @quiet
    @given(problems())
    def any_point(problem: dict[str, Any]) -> None:
        samples.extend(json.loads(one.to_text()) | {"notes": {}} for one in made(problem))

    @seed(group)
    @quiet
    @given(stationary_problems(max_outputs=2))
    def stationary_point(problem: dict[str, Any]) -> None:
        samples.extend(json.loads(one.to_text()) | {"notes": {}} for one in made(problem))

    any_point()
    stationary_point()
    generator = random.Random(group)
    samples += [mutant for one in samples for mutant in mutants(one, generator)[: 4 * FACTOR]]
    counted = compare(samples, library)
    assert counted["accepted"] >= 100
    assert counted["rejected"] >= 100


@pytest.mark.needs("coq", checks="that both checkers say the same of integral losses")
@pytest.mark.parametrize("group", range(2))
def test_both_checkers_agree_on_integral_losses(group: int, library: Path) -> None:
    generator = random.Random(group)
    samples = certificates_of_integral_losses()[group::2]
    assert len({one["claim"]["kind"] for one in samples}) >= 6
    samples += [mutant for one in samples for mutant in mutants(one, generator)[: 3 * FACTOR]]
    counted = compare(samples, library)
    assert counted["accepted"] >= 60
    assert counted["rejected"] >= 60


@pytest.mark.needs("coq", checks="that both checkers say the same of random integral losses")
def test_both_checkers_agree_on_random_integral_losses(library: Path) -> None:
    samples: list[dict[str, Any]] = []

    @seed(0)
    @settings(
        max_examples=25 * FACTOR,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(test_integral.points())
    def any_point(problem: dict[str, Any]) -> None:
        for one in test_integral.certificates_of(problem):
            if covered(one.to_json()):
                samples.append(json.loads(one.to_text()) | {"notes": {}})

    any_point()
    generator = random.Random(0)
    samples += [mutant for one in samples for mutant in mutants(one, generator)[: 2 * FACTOR]]
    counted = compare(samples, library)
    assert counted["accepted"] >= 30
    assert counted["rejected"] >= 20
