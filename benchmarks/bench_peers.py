"""Side by side with other programs: every round asks all of them, one after another.

Run with ``make bench-peers``; the programs are the extra `peers` and Debian's packages qepcad and
polymake, all optional.  What pytest-benchmark times is exactland (CPU time of its worker process);
``extra_info`` holds what every program answered, its CPU seconds round by round, and its peak
memory.  Nothing here fails because a program is slow, absent or wrong; exactland must be right.

EXACTLAND_BENCH_TIMEOUT (20) is the number of CPU seconds that a program may use for one answer;
EXACTLAND_BENCH_ROUNDS (3) the number of rounds.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest

from benchmarks import arrangements, minima
from benchmarks.instances import integral_problem
from benchmarks.peers.cells import PEERS
from benchmarks.peers.pool import Worker

TIMEOUT = float(os.environ.get("EXACTLAND_BENCH_TIMEOUT", "20"))
ROUNDS = int(os.environ.get("EXACTLAND_BENCH_ROUNDS", "3"))

CELL_PEERS = ["exactland", *PEERS]
SOLVERS = ["exactland", "z3", "cvc5", "qepcad"]
INERTIA = ["exactland", "sympy", "floats"]


class Contest:
    """The workers of one kind of question; a program that overran once is not asked again."""

    def __init__(self, kind: str, names: list[str]) -> None:
        self.workers = {name: Worker(kind, name) for name in names}

    def end(self) -> None:
        for worker in self.workers.values():
            worker.end()

    def run(self, benchmark: Any, question: Any) -> dict[str, list[dict[str, Any]]]:
        """Ask all, in rounds; exactland's CPU seconds become the benchmark's."""
        answers: dict[str, list[dict[str, Any]]] = {name: [] for name in self.workers}
        for _ in range(ROUNDS):
            for name, worker in self.workers.items():
                said = answers[name]
                if not said or said[-1]["status"] == "ok":
                    said.append(worker.ask(question, TIMEOUT))
        ours = iter([one["cpu"] for one in answers["exactland"]])
        clock = Replay(ours)
        benchmark._timer = clock  # the seconds were measured in the worker process
        benchmark.pedantic(clock.work, rounds=ROUNDS, iterations=1)
        benchmark.extra_info["answers"] = answers
        benchmark.extra_info["timeout"] = TIMEOUT
        return answers


class Replay:
    """A clock that shows the given durations between its calls."""

    def __init__(self, durations: Iterator[float]) -> None:
        self.durations, self.now = durations, 0.0

    def __call__(self) -> float:
        return self.now

    def work(self) -> None:
        self.now += next(self.durations)


@pytest.fixture(scope="module")
def cells() -> Iterator[Contest]:
    contest = Contest("cells", CELL_PEERS)
    yield contest
    contest.end()


@pytest.fixture(scope="module")
def solvers() -> Iterator[Contest]:
    contest = Contest("minimality", SOLVERS)
    yield contest
    contest.end()


@pytest.fixture(scope="module")
def inertia() -> Iterator[Contest]:
    contest = Contest("inertia", INERTIA)
    yield contest
    contest.end()


@pytest.mark.benchmark(group="cells")
@pytest.mark.parametrize("name", arrangements.named())
def test_cells(benchmark: Any, cells: Contest, name: str) -> None:
    rows = arrangements.named()[name]
    answers = cells.run(benchmark, [[str(x) for x in row] for row in rows])
    # The exact programs that answered must agree.
    exact = [answers[one][0] for one in ("exactland", "sage", "ppl", "cddlib", "polymake")]
    assert len({one["digest"] for one in exact if one["status"] == "ok"}) == 1
    benchmark.extra_info["truth"] = answers["exactland"][0]["digest"]


@pytest.mark.benchmark(group="a lower point within 1/1000")
@pytest.mark.parametrize("name", minima.named())
def test_minimality(benchmark: Any, solvers: Contest, name: str) -> None:
    answers = solvers.run(benchmark, minima.named()[name])
    truth = name.startswith("saddle")
    assert answers["exactland"][0]["lower"] is truth
    benchmark.extra_info["truth"] = truth


def hessians() -> dict[str, list[list[str]]]:
    """Hessians of the integral loss at generic points and at a degenerate one, and a hard one."""
    from flint import fmpq

    from exactland.derivatives.integral import integral_state
    from exactland.derivatives.integral_hessian import hessian
    from exactland.landscape.integral.family import critical_family

    found = {}
    for width in (2, 5, 10):
        found[f"64-bit rationals, width {width}"] = hessian(integral_state(integral_problem(width)))
    for width in (4, 6):
        state = integral_state(critical_family("relu", 2, width=width).problem)
        found[f"critical point of a family, width {width}"] = hessian(state)
    hilbert = [[fmpq(1, i + j + 1) for j in range(14)] for i in range(14)]
    found["Hilbert matrix of size 14"] = hilbert
    return {name: [[str(x) for x in row] for row in rows] for name, rows in found.items()}


@pytest.mark.benchmark(group="inertia")
@pytest.mark.parametrize("name", hessians())
def test_inertia(benchmark: Any, inertia: Contest, name: str) -> None:
    matrix = hessians()[name]
    answers = inertia.run(benchmark, matrix)
    if answers["sympy"][0]["status"] == "ok":
        assert answers["sympy"][0]["inertia"] == answers["exactland"][0]["inertia"]
    benchmark.extra_info["truth"] = answers["exactland"][0]["inertia"]
    benchmark.extra_info["size"] = len(matrix)
    benchmark.extra_info["digits"] = max(len(str(Fraction(x))) for row in matrix for x in row)
