"""Every theorem case passes, says what it is, and checks each identity by two routes."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from exactland.proving.case import Case
from exactland.proving.library import all_cases, inputs_digest, proofs_folder
from exactland.proving.storage import write_result
from exactland.proving.worker import run_case

SLOW = {"cjr/critical-families", "cjr/hessian-formula", "cjr/relu-negative-direction"}
CASES = [
    pytest.param(case, id=case.id, marks=[pytest.mark.slow] if case.id in SLOW else [])
    for case in all_cases()
]
REQUIRED = {
    "cjr": {
    "piece-identities", "slope-identity", "centering", "tail-alternation", "moment-consistency",
    "loss-levels", "orthogonality", "saddle-hessian", "descent-directions",
    "basis-and-dimensions", "core-determinant", "monotone-thresholds", "critical-families",
    "relu-negative-direction", "critical-point-ranges", "saddle-inertia", "minima-and-saddles",
    "quadratic-activation", "vanishing-slope", "center-stable", "regularity",
    "stationarity-notions", "equivariances", "hessian-formula",
        "lemma-a", "center-stable-families", "singular-steps",
    },
    "wsg": {
    "stationarity", "escape-neurons", "local-minimality", "saddle-escape", "saddle-to-saddle",
    "replication", "inactive-units", "inactive-propagation", "clarke-and-directional",
    },
    "hwt": {"linear-pieces", "two-components", "valleys", "cells", "atlases"},
}  # fmt: skip


def shared_folder(factory: pytest.TempPathFactory) -> Path:
    """Where the results of this run of the tests are kept for the test of the book."""
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "cases"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.mark.parametrize("case", CASES)
def test_the_case_passes(case: Case, tmp_path_factory: pytest.TempPathFactory) -> None:
    result = run_case(case)
    write_result(shared_folder(tmp_path_factory), case, result, inputs_digest())
    assert (result.status, result.failure) == ("passed", "")
    assert len(result.records) == case.checks >= 1
    for record in result.records:
        assert record.holds and record.expression and record.value, record.name
        names = [route for route, _ in record.routes]
        assert len(set(names)) == len(names)
        # An identity in symbols is never decided by one of the two alone.
        assert ("sympy" in names) == ("flint" in names), record.name


@pytest.mark.parametrize("case", CASES)
def test_the_case_says_what_it_is(case: Case) -> None:
    assert case.title and case.number and case.statement_latex and case.hypotheses and case.verified
    for text in (case.title, case.statement_latex, *case.hypotheses, *case.verified, *case.prose):
        assert text.count("$") % 2 == 0 and text.count("{") == text.count("}"), text
        assert text == text.strip()


@pytest.mark.parametrize("key", REQUIRED)
def test_the_cases_that_must_be_there_are(key: str) -> None:
    present = {case.id.removeprefix(f"{key}/") for case in all_cases() if case.paper.key == key}
    assert REQUIRED[key] <= present


def test_the_order_of_reading_names_every_case() -> None:
    for paper in {case.paper for case in all_cases()}:
        names = {
            case.id.removeprefix(f"{paper.key}/") for case in all_cases() if case.paper == paper
        }
        assert set(paper.order) == names and len(paper.order) == len(names)


def test_no_case_imports_sympy_at_module_level() -> None:
    heavy = ("import sympy", "from sympy", "import numpy", "import mpmath")
    for path in Path(proofs_folder()).rglob("*.py"):
        lines = path.read_text("utf-8").splitlines()
        assert [line for line in lines if line.startswith(heavy)] == [], path.name


def test_listing_the_cases_loads_no_heavy_library() -> None:
    import sys

    program = (
        "import sys\nfrom exactland.proving.library import all_cases\nall_cases()\n"
        "print(sorted({'sympy', 'numpy', 'rich', 'mpmath'} & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True,
        cwd=proofs_folder().parent,
    )  # fmt: skip
    assert run.stdout.strip() == "[]"
