"""Tables of cases and results for the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from exactland.proving.case import Case, CaseResult, case_to_json

LIST_HEADS = ("case", "theorem", "statement", "checks")
RESULT_HEADS = ("case", "result", "checks", "certificates", "seconds")


def list_rows(cases: Sequence[Case]) -> list[tuple[str, ...]]:
    """Return a row a case, under :data:`LIST_HEADS`."""
    return [(case.id, case.number, case.title, str(case.checks)) for case in cases]


def result_rows(results: Sequence[CaseResult]) -> list[tuple[str, ...]]:
    """Return a row a case, under :data:`RESULT_HEADS`."""
    rows: list[tuple[str, ...]] = []
    for result in results:
        status = f"{result.status}: {result.failure}" if result.failure else result.status
        taken = "kept" if result.reused else f"{result.seconds:.1f}"
        counts = str(len(result.records)), str(len(result.certificates))
        rows.append((result.id, status, *counts, taken))
    return rows


def summary(results: Sequence[CaseResult]) -> str:
    """Return one line: how many cases passed, and what was checked.

    Examples
    --------
    >>> summary([CaseResult("k/one", "passed", "", ())])
    '1 of 1 cases passed, 0 checks, 0 certificates'
    """
    passed = sum(result.passed for result in results)
    checks = sum(len(result.records) for result in results)
    certificates = sum(len(result.certificates) for result in results)
    kept = sum(result.reused for result in results)
    text = f"{passed} of {len(results)} cases passed, {checks} checks, {certificates} certificates"
    return f"{text}; {kept} kept from an earlier run" if kept else text


def results_json(cases: Sequence[Case], results: Sequence[CaseResult]) -> dict[str, Any]:
    """Return the object that ``exactland prove --json`` prints; it holds no times."""
    return {
        "passed": sum(result.passed for result in results),
        "failed": sum(not result.passed for result in results),
        "checks": sum(len(result.records) for result in results),
        "cases": [
            {**case_to_json(case), **result.to_json()}
            for case, result in zip(cases, results, strict=True)
        ],
    }
