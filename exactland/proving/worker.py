"""What a worker process does: run one case within its time limit, and never raise."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path
from threading import current_thread, main_thread
from time import perf_counter
from types import FrameType
from typing import NoReturn

from exactland.proving.case import Case, CaseResult, judge
from exactland.proving.ledger import Ledger


class TimeLimit(BaseException):
    """Raised by the alarm; no ``except Exception`` inside a case can swallow it."""


def start() -> int:
    """Prepare a worker process and return its process id."""
    # Ctrl-C reaches the whole group; the parent decides what becomes of the workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return os.getpid()


def run_by_id(name: str, library: Path | None) -> CaseResult:
    """Run the case with this id."""
    from exactland.proving.library import find_case

    return run_case(find_case(name, library))


def run_case(case: Case) -> CaseResult:
    """Run a case in this process; the time limit needs an alarm clock and the main thread.

    Examples
    --------
    >>> from exactland.proving.case import Paper
    >>> def divide(ledger):
    ...     ledger.fact("quotient", "1/0", [("by hand", 1 // 0 == 0)])
    >>> paper = Paper("k", "A. Author", "A title", "a reference")
    >>> result = run_case(Case("k/one", "One", paper, "1", "1/0", (), (), (), 1, divide))
    >>> result.status, result.failure
    ('error', 'after 0 checks: ZeroDivisionError: integer division or modulo by zero')
    """
    ledger = Ledger()
    started = perf_counter()
    try:
        with_limit = hasattr(signal, "setitimer") and current_thread() is main_thread()
        old = signal.signal(signal.SIGALRM, _out_of_time) if with_limit else None
        try:
            if with_limit:
                signal.setitimer(signal.ITIMER_REAL, case.seconds)
            case.function(ledger)
        finally:
            if with_limit:
                signal.setitimer(signal.ITIMER_REAL, 0)
                signal.signal(signal.SIGALRM, old)
        result = judge(case, ledger)
    except TimeLimit:
        message = f"not finished in {case.seconds} s, after {len(ledger.records)} checks"
        result = CaseResult(case.id, "timeout", message, tuple(ledger.records))
    except Exception as error:
        message = f"after {len(ledger.records)} checks: {type(error).__name__}: {error}"
        result = CaseResult(case.id, "error", message, tuple(ledger.records))
    return replace(result, seconds=perf_counter() - started)


def _out_of_time(number: int, frame: FrameType | None) -> NoReturn:
    raise TimeLimit
