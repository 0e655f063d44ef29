"""Documents with the answers of the unchanged checker, and the lines that each makes it run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from types import FrameType
from typing import Any, TypeVar

from exactland.checker import Outcome, check_text
from scripts.mutation.changes import CHECKER, name_of

T = TypeVar("T")
Line = tuple[str, int]
MODULES = {str(path): name_of(path) for path in CHECKER.rglob("*.py")}


@dataclass(frozen=True, slots=True)
class Document:
    """A certificate file, the answer about it, and the lines of the checker that it runs."""

    text: str
    answer: tuple[str, ...]
    lines: frozenset[Line]


def answer_of(outcome: Outcome) -> tuple[str, ...]:
    """Return what must stay the same: status, place, and the sentence of an accepted claim."""
    sentence = outcome.message if outcome.status == "accepted" else ""
    return outcome.status, outcome.where, sentence


def traced(call: Callable[[], T]) -> tuple[T, frozenset[Line]]:
    """Call, and return with the result the lines of the checker that were run."""
    tracers: dict[Any, Any] = {}
    found: set[tuple[str, int]] = set()

    def tracer_of(file: str) -> Any:
        module = MODULES.get(file)
        if module is None:
            return None

        def local(frame: FrameType, event: str, _: Any) -> Any:
            found.add((module, frame.f_lineno))
            return local

        return local

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        code = frame.f_code
        if code not in tracers:
            tracers[code] = tracer_of(code.co_filename)
        tracer = tracers[code]
        return tracer and tracer(frame, event, None)

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        return call(), frozenset(found)
    finally:
        sys.settrace(before)


def documents(texts: Iterable[str]) -> list[Document]:
    """Ask the unchanged checker about every text."""
    shared: dict[frozenset[Line], frozenset[Line]] = {}
    found = []
    for text in dict.fromkeys(texts):
        outcome, lines = traced(partial(check_text, text))
        found.append(Document(text, answer_of(outcome), shared.setdefault(lines, lines)))
    return found
