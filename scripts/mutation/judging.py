"""Running a mutant: in a fork of this process, whose functions get the changed code."""

from __future__ import annotations

import contextlib
import importlib
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from types import CodeType, FunctionType, ModuleType
from typing import Any

from exactland.checker import check_text
from scripts.mutation.changes import Mutant
from scripts.mutation.documents import Document, answer_of
from scripts.mutation.finder import Finder, import_name

SECONDS = 20
SECONDS_OF_A_DOCUMENT = 2.0
BYTES = 3 * 2**30


def put_in_place(mutant: Mutant) -> bool:
    """Give the functions of the imported module the code of the mutant.

    False where the change is not in a function: then the module must be imported anew.
    """
    module = importlib.import_module(import_name(mutant.module).removesuffix(".__init__"))
    codes = dict(_codes(mutant.code))
    changed = False
    for function in _functions(module):
        code = codes.get(function.__qualname__)
        if code is not None and code != function.__code__:
            if len(code.co_freevars) != len(function.__code__.co_freevars):
                return False
            function.__code__ = code
            changed = True
    return changed


def _codes(code: CodeType) -> Iterator[tuple[str, CodeType]]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant.co_qualname, constant
            yield from _codes(constant)


def _functions(module: ModuleType) -> Iterator[FunctionType]:
    spaces: list[Any] = [vars(module)]
    for space in spaces:
        for value in list(space.values()):
            if isinstance(value, type) and value.__module__ == module.__name__:
                spaces.append(vars(value))
            for function in (value, getattr(value, "fget", None), getattr(value, "__func__", None)):
                if isinstance(function, FunctionType) and function.__module__ == module.__name__:
                    yield function


def import_anew(mutant: Mutant) -> Callable[[str], Any]:
    """Import the checker again with the mutant in it, and return its `check_text`."""
    for name in [name for name in sys.modules if name.startswith("exactland.checker")]:
        del sys.modules[name]
    sys.meta_path.insert(0, Finder(mutant))
    found: Callable[[str], Any] = importlib.import_module("exactland.checker").check_text
    return found


def in_child(work: Callable[[Callable[[str], None]], str], seconds: float) -> str:
    """Run in a fork of this process, and return the last that it said.

    The work gets a function to say how far it is; seconds are of processor time.
    """
    reading, writing = os.pipe()
    process = os.fork()
    if not process:
        os.close(reading)
        signal.setitimer(signal.ITIMER_PROF, seconds)
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))

        def say(text: str) -> None:
            os.write(writing, text.encode() + b"\n")

        try:
            say(work(say))
        except BaseException as error:
            with contextlib.suppress(BaseException):
                say(f"error {type(error).__name__}: {error}".replace("\n", " ")[:200])
        os._exit(0)
    os.close(writing)
    with open(reading, "rb") as stream:
        said = stream.read().decode("utf-8", "replace").splitlines()
    os.waitpid(process, 0)
    return said[-1] if said else "died"


def judge(mutant: Mutant, given: Sequence[Document]) -> str:
    """Return what noticed the mutant, "document NUMBER", "import ...", or "survived"."""

    def work(say: Callable[[str], None]) -> str:
        say("import")
        check: Callable[[str], Any] = check_text if put_in_place(mutant) else import_anew(mutant)
        for number, document in enumerate(given):
            say(f"document {number}")  # the last word of a mutant that crashes or never ends
            signal.setitimer(signal.ITIMER_PROF, SECONDS_OF_A_DOCUMENT)
            try:
                if answer_of(check(document.text)) != document.answer:
                    return f"document {number}"
            except BaseException:
                return f"document {number}"
        return "survived"

    return in_child(work, SECONDS)
