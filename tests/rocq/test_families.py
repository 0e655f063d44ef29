"""Claims about families of networks: the kernel accepts them, and agrees with the checker."""

from __future__ import annotations

import json
import random
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings

from exactland.certificates.rocq import export, run_kernel
from exactland.certificates.rocq.kernel import ALLOWED_AXIOMS
from exactland.errors import InputError
from tests.checker import test_embedding_claims
from tests.checker.examples import changed
from tests.checker.test_several_outputs_claims import TYPE_2
from tests.reference import instance_names, problem_object
from tests.rocq.test_agreement import FACTOR, compare, mutants
from tests.rocq.test_kernel import checked_by_kernel
from tests.strategies import stationary_problems

Json = dict[str, Any]
REPLICATIONS = {
    ("replication_stationary_set", "all"),
    ("replication_stationary_set", "nonnegative"),
    ("replication_minimum_set", "all"),
    ("replication_minimum_set", "positive"),
    ("replication_minimum_set", "none"),
}


def replications(problem: Json) -> list[Json]:
    """The certificates about every neuron of a point."""
    neurons = range(len(problem["network"]["w"]))
    documents = [one for i in neurons for one in test_embedding_claims.made(problem, i)]
    return [json.loads(json.dumps(document)) for document in documents]


@cache
def replications_of_the_instances() -> list[Json]:
    problems = map(problem_object, instance_names())
    return [
        one
        for problem in problems
        if len(problem["network"]["w"]) <= 6
        for one in replications(problem)
    ]


@cache
def examples() -> dict[tuple[str, str], Json]:
    """The shortest certificate for every set."""
    found: dict[tuple[str, str], Json] = {}
    for one in replications_of_the_instances():
        key = one["claim"]["kind"], one["claim"]["gamma"]
        if key not in found or len(str(one)) < len(str(found[key])):
            found[key] = one
    return found


@pytest.mark.needs("coq", checks="that the kernel accepts sets of replications")
@pytest.mark.parametrize("key", sorted(REPLICATIONS))
def test_the_kernel_accepts(key: tuple[str, str], library: Path, tmp_path: Path) -> None:
    assert set(examples()) == REPLICATIONS
    (tmp_path / "certificate.v").write_text(export(examples()[key]))
    outcome = run_kernel(tmp_path / "certificate.v", library=library)
    assert outcome.accepted, outcome
    assert set(outcome.assumptions) == ALLOWED_AXIOMS


CORRUPTIONS = [
    ("replication_stationary_set", "nonnegative", ("claim", "gamma"), "all"),
    ("replication_stationary_set", "all", ("claim", "neuron"), 77),
    ("replication_stationary_set", "nonnegative", ("witness", "direction"), ["0", "0"]),
    ("replication_minimum_set", "positive", ("claim", "gamma"), "all"),
    ("replication_minimum_set", "all", ("claim", "gamma"), "positive"),
    ("replication_minimum_set", "positive", ("claim", "neuron"), 77),
    ("replication_minimum_set", "positive", ("witness", "part", "claim", "radius"), "999"),
    ("replication_minimum_set", "none", ("witness", "part", "witness", "direction"), ["0", "0"]),
]


@pytest.mark.needs("coq", checks="that the kernel rejects corrupted sets of replications")
@pytest.mark.parametrize(("kind", "gamma", "path", "to"), CORRUPTIONS)
def test_the_kernel_rejects_a_corrupted_number(
    kind: str, gamma: str, path: tuple[str, ...], to: Any, library: Path
) -> None:
    outcome = checked_by_kernel(changed(examples()[kind, gamma], *path, to=to), library)
    assert outcome.status == "rejected"
    assert "Error" in outcome.message


def test_a_minimum_by_blocks_or_of_another_network_is_no_part() -> None:
    for document in (
        changed(examples()["replication_minimum_set", "positive"], "witness", "part", to=TYPE_2),
        changed(
            examples()["replication_minimum_set", "none"],
            *("witness", "part", "problem", "loss", "scale"),
            to="7",
        ),
        changed(examples()["replication_stationary_set", "all"], "claim", "gamma", to="none"),
    ):
        with pytest.raises(InputError):
            export(document)


@pytest.mark.needs("coq", checks="that both checkers say the same of sets of replications")
def test_both_checkers_agree_on_replications(library: Path) -> None:
    generator = random.Random(0)
    samples = list(replications_of_the_instances())
    samples += [mutant for one in samples for mutant in mutants(one, generator)]
    counted = compare(samples, library)
    assert counted["accepted"] >= 60
    assert counted["rejected"] >= 300


@pytest.mark.needs("coq", checks="that both checkers say the same of random replications")
def test_both_checkers_agree_on_random_replications(library: Path) -> None:
    samples: list[Json] = []

    @seed(0)
    @settings(
        max_examples=25 * FACTOR,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(stationary_problems(max_outputs=2))
    def stationary_point(problem: Json) -> None:
        samples.extend(replications(problem))

    stationary_point()
    generator = random.Random(0)
    samples += [mutant for one in samples for mutant in mutants(one, generator)[: 6 * FACTOR]]
    counted = compare(samples, library)
    assert counted["accepted"] >= 40
    assert counted["rejected"] >= 40
