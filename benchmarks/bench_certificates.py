"""One certificate, four prices: finding the verdict, writing it down, checking it, the kernel.

Run with ``make bench``.  Every round does all four on the same problem, in this order; CPU seconds,
those of the kernel's process included, go into ``extra_info``.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from benchmarks.instances import five_point_minimum, generic_problem, many_point_minimum
from benchmarks.peers.worker import cpu_seconds
from exactland.certificates.produce import certificates
from exactland.certificates.rocq import compile_theory, export
from exactland.certificates.rocq.kernel import run_kernel_on_text
from exactland.checker import check_text
from exactland.landscape.analysis import analyze_empirical
from exactland.problem.files import problem_from_json
from exactland.problem.losses import Problem

ROUNDS = 3
STEPS = ("analysis", "production", "checker", "kernel")

CASES = [
    pytest.param("local_minimum", five_point_minimum(50), id="five-point minimum, width 50"),
    pytest.param("local_minimum", many_point_minimum(100, 100), id="minimum, 100 x 100"),
    pytest.param(
        "not_directionally_stationary", generic_problem(30, 30, 3), id="generic, 30 x 30 x 3"
    ),
]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path | None:
    if shutil.which("coqc") is None:
        return None
    return compile_theory(tmp_path_factory.mktemp("rocq") / "theory")


@pytest.mark.benchmark(group="one certificate: find, write, check, kernel")
@pytest.mark.parametrize(("kind", "problem"), CASES)
def test_certificate(
    benchmark: Any, library: Path | None, kind: str, problem: dict[str, Any]
) -> None:
    seconds: dict[str, list[float]] = {step: [] for step in STEPS}

    def timed(step: str, function: Any, *arguments: Any, **options: Any) -> Any:
        before = cpu_seconds()
        result = function(*arguments, **options)
        seconds[step].append(cpu_seconds() - before)
        return result

    def produce(analysis: Any) -> str:
        (made,) = [one for one in certificates(analysis) if one.kind == kind]
        return json.dumps(made.to_json())

    def once() -> None:
        parsed = problem_from_json(problem)
        assert isinstance(parsed, Problem)
        text = timed("production", produce, timed("analysis", analyze_empirical, parsed))
        assert timed("checker", check_text, text).status == "accepted"
        if library is not None:
            exported = export(json.loads(text))
            assert timed("kernel", run_kernel_on_text, exported, library=library).accepted

    benchmark.pedantic(once, rounds=ROUNDS, iterations=1)
    benchmark.extra_info["seconds"] = {step: used for step, used in seconds.items() if used}
