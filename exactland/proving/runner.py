"""Running many cases in parallel, each within its time limit, with results kept as they come."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from time import monotonic

from exactland.proving import worker
from exactland.proving.case import Case, CaseResult
from exactland.proving.library import inputs_digest
from exactland.proving.storage import finished_result, write_result

GRACE = 20
"""Seconds beyond its limit after which a worker that does not answer is ended."""

Progress = Callable[[CaseResult], None]


@dataclass(slots=True)
class _Slot:
    """One worker process.  A pool of one, so that a death is the fault of the case it ran."""

    pool: ProcessPoolExecutor
    pid: Future[int]

    def end(self) -> None:
        """End the process, also if it hangs inside compiled code."""
        with contextlib.suppress(Exception):
            os.kill(self.pid.result(timeout=GRACE), getattr(signal, "SIGKILL", signal.SIGTERM))
        self.pool.shutdown(wait=False, cancel_futures=True)


@dataclass(frozen=True, slots=True)
class _Running:
    case: Case
    slot: _Slot
    deadline: float


def run_cases(
    cases: Sequence[Case],
    jobs: int = 1,
    folder: Path | None = None,
    progress: Progress = lambda result: None,
    library: Path | None = None,
) -> tuple[CaseResult, ...]:
    """Run cases from the library in worker processes and return their results in order.

    Parameters
    ----------
    cases : sequence of Case
        Of one library: a worker finds them by their ids.
    jobs : int
        Number of worker processes, at least 1.  The results do not depend on it.
    folder : Path, optional
        Where each result is written, atomically, when it is there.  A passed result found there
        whose inputs (our sources, the libraries' versions) are unchanged is not computed again.
    progress : called with each result, in the order in which they come.
    library : Path, optional
        The folder of the cases, where it is not ours.

    Notes
    -----
    On Ctrl-C the workers are ended and KeyboardInterrupt is raised; results written stay.
    """
    inputs = inputs_digest(library) if folder is not None else ""
    results: dict[str, CaseResult] = {}

    def settle(case: Case, result: CaseResult) -> None:
        if folder is not None and not result.reused:
            write_result(folder, case, result, inputs)
        results[case.id] = result
        progress(result)

    waiting = []
    for case in cases:
        kept = None if folder is None else finished_result(folder, case, inputs)
        if kept is None:
            waiting.append(case)
        else:
            settle(case, kept)
    _run(waiting, min(jobs, len(waiting)), settle, library)
    return tuple(results[case.id] for case in cases)


def _run(
    waiting: list[Case],
    jobs: int,
    settle: Callable[[Case, CaseResult], None],
    library: Path | None,
) -> None:
    idle: list[_Slot] = []
    running: dict[Future[CaseResult], _Running] = {}
    try:
        idle += [_slot() for _ in range(jobs)]
        # The longest limits first: the last case to finish then starts early.
        queue = sorted(waiting, key=lambda case: -case.seconds)
        while queue or running:
            while queue and idle:
                case, slot = queue.pop(0), idle.pop()
                future = slot.pool.submit(worker.run_by_id, case.id, library)
                running[future] = _Running(case, slot, monotonic() + case.seconds + GRACE)
            nearest = min(entry.deadline for entry in running.values())
            done, _ = wait(running, max(0.0, nearest - monotonic()), FIRST_COMPLETED)
            late = [f for f, entry in running.items() if entry.deadline <= monotonic()]
            for future in [*done, *(f for f in late if f not in done)]:
                entry = running.pop(future)
                result = _outcome(future, entry.case)
                if result.status == "lost":
                    entry.slot.end()
                    result = CaseResult(entry.case.id, "error", result.failure, ())
                    idle.append(_slot())
                else:
                    idle.append(entry.slot)
                settle(entry.case, result)
    except BaseException:
        for slot in [*idle, *(entry.slot for entry in running.values())]:
            slot.end()
        raise
    for slot in idle:
        slot.pool.shutdown()


def _outcome(future: Future[CaseResult], case: Case) -> CaseResult:
    """Return the result; its status is "lost" if the worker must be replaced."""
    if not future.done():
        return CaseResult(case.id, "lost", f"did not stop at its limit of {case.seconds} s", ())
    try:
        return future.result()
    except BrokenProcessPool:
        return CaseResult(case.id, "lost", "the worker process died", ())
    except Exception as error:  # the module of the case cannot be imported in the worker
        return CaseResult(case.id, "error", f"{type(error).__name__}: {error}", ())


def _slot() -> _Slot:
    # Fresh interpreters, not forks: a fork copies the locks of the progress display's thread.
    pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
    return _Slot(pool, pool.submit(worker.start))
