"""Mutation testing of the checker: every small change of its code should be noticed by a test.

usage: python -m scripts.mutate_checker [--modules NAME ...] [--tests] [--jobs J] [--keep FILE]

A mutant is the checker with one comparison, operator, number, condition, raise, or call changed.
It meets first the documents that execute its line: true certificates and hostile ones.  It is
noticed where its answer is another one than that of the checker; a document that notices mutants
is kept in FILE (tests/adversarial/answers.json), which the tests replay.  With --tests, what
survives meets the tests of its module.  tests/adversarial/MUTANTS.md explains the survivors.
Announcements to the meter are not mutated: what they bound is tested as a whole
(tests/adversarial/inflation.py).
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import importlib
import importlib.abc
import importlib.util
import io
import json
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).parents[1]
CHECKER = ROOT / "exactland" / "checker"
SECONDS = 20
DOCUMENTS = 400  # of those that execute the line
TESTS = {
    "claims/atlas": ["test_atlas_claim"],
    "claims/cell_count": ["test_cells"],
    "claims/embedding": ["test_embedding_claims"],
    "claims/in_cells": ["test_deep_claims"],
    "claims/linear_pieces": ["test_deep_claims"],
    "claims/deep_case": ["test_deep_claims"],
    "claims/integral": ["test_integral_minimality", "test_integral_claims"],
    "claims/logistic": ["test_logistic_claims"],
    "exponentials": ["test_logistic_claims"],
    "deep_problem": ["test_deep_claims"],
    "integral": ["test_integral_functional", "test_integral_minimality", "test_integral_claims"],
    "fields": ["test_fields", "test_integral_functional"],
    "real_polynomials": ["test_fields", "test_integral_functional"],
    "reader": ["test_reader"],
    "numbers": ["test_reader"],
    "verify": ["test_command", "test_reader"],
    "limits": ["test_reader"],
    "": ["test_claims", "test_definitions", "test_reader"],
}


@dataclass(frozen=True)
class Mutant:
    """One change: where, and what the line then says."""

    module: str
    line: int
    change: str
    tree: ast.Module


def name_of(path: Path) -> str:
    return path.relative_to(CHECKER).with_suffix("").as_posix()


def import_name(module: str) -> str:
    return "exactland.checker." + module.replace("/", ".")


COMPARISONS: dict[type[ast.cmpop], list[type[ast.cmpop]]] = {
    ast.Lt: [ast.LtE, ast.Gt],
    ast.LtE: [ast.Lt],
    ast.Gt: [ast.GtE, ast.Lt],
    ast.GtE: [ast.Gt],
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq],
    ast.In: [ast.NotIn],
    ast.NotIn: [ast.In],
    ast.Is: [ast.IsNot],
    ast.IsNot: [ast.Is],
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}


def mutants(path: Path) -> Iterator[Mutant]:
    """Yield every mutant of a module."""
    source = path.read_text("utf-8")
    tree = ast.parse(source)
    places = list(_places(tree))
    for number, node in enumerate(places):
        for change in range(_changes(node)):
            mutated = copy.deepcopy(tree)
            target = list(_places(mutated))[number]
            text = _apply(mutated, target, change)
            ast.fix_missing_locations(mutated)
            line = getattr(node, "lineno", 0)
            yield Mutant(name_of(path), line, f"{ast.unparse(node)[:70]} -> {text[:70]}", mutated)


def _places(tree: ast.AST) -> Iterator[ast.AST]:
    """Walk the code that runs: no annotations, docstrings, messages, or calls of the meter."""
    for field, value in ast.iter_fields(tree):
        if field in ("annotation", "returns", "decorator_list"):
            continue
        for node in value if isinstance(value, list) else [value]:
            if not isinstance(node, ast.AST) or _ignored(node):
                continue
            if isinstance(node, _MUTABLE):
                yield node
            yield from _places(node)


_MUTABLE = (ast.Compare, ast.BinOp, ast.BoolOp, ast.UnaryOp, ast.Constant, ast.Raise, ast.If,
            ast.IfExp, ast.Expr, ast.AugAssign, ast.Return)  # fmt: skip


def _ignored(node: ast.AST) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom | ast.JoinedStr):
        return True
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True  # a docstring
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        called = ast.unparse(node.value.func)
        return called.endswith(("meter.work", "meter.memory", ".work", ".memory"))
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Rejected", "Unusable"):
        return True  # where and why
    return isinstance(node, ast.AnnAssign) and node.value is None


def _changes(node: ast.AST) -> int:
    if isinstance(node, ast.Compare):
        return sum(len(COMPARISONS[type(op)]) for op in node.ops)
    if isinstance(node, ast.BinOp | ast.AugAssign):
        return int(type(node.op) in OPERATORS)
    if isinstance(node, ast.BoolOp):
        return 1
    if isinstance(node, ast.UnaryOp):
        return int(isinstance(node.op, ast.Not | ast.USub))
    if isinstance(node, ast.Constant):
        return int(isinstance(node.value, int) or node.value is None)
    if isinstance(node, ast.If | ast.IfExp):
        return 2
    if isinstance(node, ast.Return):
        return int(node.value is not None and not isinstance(node.value, ast.Constant))
    return 1  # a raise or a call left out


def _apply(tree: ast.Module, node: ast.AST, change: int) -> str:
    """Change the node in place; return what it then says."""
    if isinstance(node, ast.Compare):
        options = [(k, new) for k, op in enumerate(node.ops) for new in COMPARISONS[type(op)]]
        place, new = options[change]
        node.ops[place] = new()
    elif isinstance(node, ast.BinOp | ast.AugAssign):
        node.op = OPERATORS[type(node.op)]()
    elif isinstance(node, ast.BoolOp):
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    elif isinstance(node, ast.If | ast.IfExp):
        node.test = ast.Constant(change == 0)
    elif isinstance(node, ast.Constant):
        value = node.value
        node.value = (not value) if isinstance(value, bool) else 0 if value is None else value + 1  # type: ignore[operator]
    elif isinstance(node, ast.UnaryOp):
        return ast.unparse(_replaced(tree, node, node.operand))
    elif isinstance(node, ast.Return):
        node.value = ast.Constant(None)
    else:
        return ast.unparse(_replaced(tree, node, ast.Pass()))
    return ast.unparse(node).splitlines()[0]


def _replaced(tree: ast.AST, old: ast.AST, new: ast.AST) -> ast.AST:
    for parent in ast.walk(tree):
        for field, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, field, new)
            elif isinstance(value, list) and any(item is old for item in value):
                value[next(k for k, item in enumerate(value) if item is old)] = new
    return new


# The documents.


@dataclass(frozen=True)
class Document:
    """A certificate file, the checker's answer, and the lines of the checker that it runs."""

    text: str
    status: str
    lines: frozenset[tuple[str, int]]


def documents(count: int, kept: Path | None, modules: frozenset[str]) -> list[Document]:
    """Make them in a child process, so that this one never imports the checker."""
    return [
        Document(text, status, frozenset(map(tuple, lines)))
        for text, status, lines in json.loads(
            _in_child(lambda: _documents(count, kept, modules), 1200)
        )
    ]


def _documents(count: int, kept: Path | None, modules: frozenset[str]) -> str:
    from random import Random

    from exactland.checker import check_text
    from tests.adversarial.corpus import corpus
    from tests.adversarial.mutations import mutant

    texts: list[str] = []
    if kept is not None and kept.exists():
        texts += [entry["text"] for entry in json.loads(kept.read_text("utf-8"))]
    for kind, originals in corpus().items():
        others = [d for (setting, _), ds in corpus().items() if setting == kind[0] for d in ds]
        texts += map(json.dumps, originals)
        for number in range(count):
            random = Random(f"{kind} {number} of mutation testing")
            data = mutant(random, random.choice(originals), others)[1]
            with contextlib.suppress(UnicodeDecodeError):
                texts.append(data.decode("utf-8"))
    found = []
    for text in dict.fromkeys(texts):
        if len(text) < 20_000:
            lines: set[tuple[str, int]] = set()
            outcome = _traced(lambda text=text: check_text(text), lines, modules)
            if lines:
                found.append((text, outcome.status, sorted(lines)))
    return json.dumps(found)


def _traced(call: Any, lines: set[tuple[str, int]], modules: frozenset[str]) -> Any:
    """Call, and add the lines of these modules that were executed."""
    files = {str(CHECKER / f"{module}.py"): module for module in modules}

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        module = files.get(frame.f_code.co_filename)
        if module is None:
            return None
        lines.add((module, frame.f_lineno))
        return trace

    sys.settrace(trace)
    try:
        return call()
    finally:
        sys.settrace(None)


# Running a mutant.


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives the import system the mutant in place of its module."""

    def __init__(self, mutant: Mutant) -> None:
        self.name = import_name(mutant.module).removesuffix(".__init__")
        self.path = CHECKER / f"{mutant.module}.py"
        self.code = compile(mutant.tree, str(self.path), "exec")

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name != self.name:
            return None
        folder = [str(self.path.parent)] if self.path.stem == "__init__" else None
        return importlib.util.spec_from_file_location(
            name,
            self.path,
            loader=self,
            submodule_search_locations=folder,
        )

    def create_module(self, spec: Any) -> None:
        return None

    def exec_module(self, module: Any) -> None:
        exec(self.code, module.__dict__)  # our own source with one change


def _in_child(work: Any, seconds: int) -> str:
    """Run in a fork of this process; "timeout" or "died" where it does not answer."""
    reading, writing = os.pipe()
    process = os.fork()
    if not process:
        os.close(reading)
        signal.alarm(seconds)
        with open(writing, "w") as stream, contextlib.suppress(BaseException):
            try:
                stream.write(work())
            except BaseException as error:
                stream.write(f"error {type(error).__name__}: {error}"[:200])
        os._exit(0)
    os.close(writing)
    with open(reading) as stream:
        answer = stream.read()
    status = os.waitpid(process, 0)[1]
    return answer or ("timeout" if os.WTERMSIG(status) == signal.SIGALRM else "died")


def judge(mutant: Mutant, given: Sequence[Document], tests: bool) -> str:
    """Return what noticed the mutant (the number of a document), or "survived"."""

    def on_documents() -> str:
        sys.meta_path.insert(0, Finder(mutant))
        check_text = importlib.import_module("exactland.checker").check_text
        for number, document in enumerate(given):
            if check_text(document.text).status != document.status:
                return f"document {number}"
        return "survived"

    def on_tests() -> str:
        import pytest

        sys.meta_path.insert(0, Finder(mutant))
        sys.stdout = sys.stderr = io.StringIO()
        files = [f"tests/checker/{name}.py" for name in tests_of(mutant.module)]
        options = ["-x", "-q", "-p", "no:cacheprovider", "--no-header"]
        return "survived" if pytest.main([*options, *files]) == 0 else "tests"

    answer = _in_child(on_documents, SECONDS)
    if answer == "survived" and tests:
        answer = _in_child(on_tests, 20 * SECONDS)
    return answer


def tests_of(module: str) -> list[str]:
    """Return the test files of the longest prefix of the module's name."""
    return TESTS[max((key for key in TESTS if module.startswith(key)), key=len)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--modules", nargs="*", default=[], help="parts of names; all by default")
    parser.add_argument("--tests", action="store_true", help="run the tests on what survives")
    parser.add_argument("--mutants", type=int, default=150, help="hostile documents per claim kind")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--keep", type=Path, help="where noticing documents are kept")
    options = parser.parse_args()
    os.chdir(ROOT)
    os.environ.setdefault("HYPOTHESIS_PROFILE", "ci")
    for warm in ("flint", "numpy", "exactland.problem.files"):
        importlib.import_module(warm)  # not pytest or its plugins, which insist on coming first
    paths = [
        path
        for path in sorted(CHECKER.rglob("*.py"))
        if not options.modules or name_of(path) in options.modules
    ]
    given = documents(options.mutants, options.keep, frozenset(map(name_of, paths)))
    print(f"{len(given)} documents", flush=True)
    for path in paths:  # else every mutant would seem to be noticed
        unchanged = Mutant(name_of(path), 1, "nothing", ast.parse(path.read_text("utf-8")))
        answer = judge(unchanged, given[:20], options.tests)
        if answer != "survived":
            print(f"the unchanged {unchanged.module} is noticed: {answer}")
            return 2
    everything = [mutant for path in paths for mutant in mutants(path)]
    started, survivors, tally = time.monotonic(), list[Mutant](), dict[str, list[int]]()
    chosen: dict[str, Document] = {}

    def one(mutant: Mutant) -> tuple[Mutant, str]:
        near = [d for d in given if (mutant.module, mutant.line) in d.lines]
        near.sort(key=lambda document: (document.text not in chosen, len(document.text)))
        answer = judge(mutant, near[:DOCUMENTS], options.tests)
        if answer.startswith("document "):
            document = near[int(answer.split()[1])]
            chosen[document.text] = document
        return mutant, answer

    with ThreadPoolExecutor(options.jobs) as pool:
        for mutant, answer in pool.map(one, everything):
            row = tally.setdefault(mutant.module, [0, 0])
            row[0] += 1
            if answer == "survived":
                row[1] += 1
                survivors.append(mutant)
                print(f"survived {mutant.module}:{mutant.line}: {mutant.change}", flush=True)
    for module, (count, left) in tally.items():
        print(f"{module}: {count} mutants, {left} survived")
    seconds = time.monotonic() - started
    print(f"all: {len(everything)} mutants, {len(survivors)} survived, {seconds:.0f} s")
    if options.keep:
        known = json.loads(options.keep.read_text("utf-8")) if options.keep.exists() else []
        known += [{"status": d.status, "text": d.text} for d in chosen.values()]
        rows = sorted({entry["text"]: entry for entry in known}.values(), key=lambda e: e["text"])
        options.keep.write_text(json.dumps(rows, indent=0) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
