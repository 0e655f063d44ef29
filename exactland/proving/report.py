"""Tables of cases and results for the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from exactland.proving.case import Case, CaseResult, case_to_json


def list_rows(cases: Sequence[Case]) -> list[tuple[str, str]]:
    """Return (id, number and title) pairs."""
    return [(case.id, f"{case.number}: {case.title}") for case in cases]


def result_rows(results: Sequence[CaseResult]) -> list[tuple[str, str]]:
    """Return (id, outcome) pairs and a summary."""
    rows = []
    for result in results:
        text = f"{result.status}, {len(result.records)} checks"
        text += ", kept from an earlier run" if result.reused else f", {result.seconds:.1f} s"
        rows.append((result.id, text + (f": {result.failure}" if result.failure else "")))
    passed = sum(result.passed for result in results)
    checks = sum(len(result.records) for result in results)
    rows.append(("total", f"{passed} of {len(results)} cases passed, {checks} checks"))
    return rows


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
