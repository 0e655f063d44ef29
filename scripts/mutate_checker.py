"""Mutation testing of the checker: every small change of its code is noticed or explained.

usage: python -m scripts.mutate_checker [--modules NAME ...] [--tests] [--near N] [--keep]

A mutant is the checker with one comparison, operator, number, condition, raise, call or return
changed.  It meets the documents of tests/adversarial/answers.json that run its line, and with
--near N so many small changes of every true certificate: it is noticed where status, place or
sentence is another one than the checker's.  With --keep, the documents that notice something new
are added to answers.json, which the tests replay.

What survives must stand in tests/adversarial/survivors.json, with the test that notices it (with
--tests it is run) or the reason why no answer changes.  Exit status 1 where one does not.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import warnings
from collections import Counter, defaultdict
from collections.abc import Sequence
from random import Random
from typing import Any

from scripts.mutation.changes import CHECKER, ROOT, Mutant, mutants, name_of, unchanged
from scripts.mutation.documents import Document, documents
from scripts.mutation.judging import judge
from tests.adversarial import answers
from tests.adversarial.corpus import corpus
from tests.adversarial.hand_made import CASES
from tests.adversarial.near_misses import near_misses

DOCUMENTS = 600  # of those that run the line
OPEN = "open"


def near(count: int) -> list[str]:
    """Return some small changes of every true certificate."""
    texts = []
    for kind, originals in corpus().items():
        for number, document in enumerate(originals):
            random = Random(f"{kind} {number}")
            found = [json.dumps(x) for x in near_misses(document, [random.choice(originals)])]
            texts += [json.dumps(document), *random.sample(found, min(count, len(found)))]
    return texts


class Listed:
    """The survivors that stand in survivors.json."""

    def __init__(self) -> None:
        rows: list[dict[str, Any]] = json.loads(answers.SURVIVORS.read_text("utf-8"))["survivors"]
        self.rows = {tuple(row["mutant"]): row for row in rows}
        self.left = Counter({name: row.get("times", 1) for name, row in self.rows.items()})

    def kind_of(self, mutant: Mutant, tests: bool) -> str:
        """Return "tests", "explained", "open", or "new"; with `tests`, run the one named."""
        if not self.left[mutant.name]:
            return "new"
        self.left[mutant.name] -= 1
        row = self.rows[mutant.name]
        if "test" in row:
            return "new" if tests and not fails(mutant, row["test"]) else "tests"
        return OPEN if row["reason"] == OPEN else "explained"


def fails(mutant: Mutant, test: str) -> bool:
    """Run one test on a mutant, in a process of its own."""
    command = [sys.executable, "-W", "ignore", "-m", "scripts.mutation.testing", test]
    command += [mutant.module, str(mutant.place), str(mutant.option)]
    environment = os.environ | {"HYPOTHESIS_PROFILE": "ci"}
    run = subprocess.run(command, env=environment, capture_output=True, check=False)
    return run.returncode == 1


class Places:
    """Which documents run a line."""

    def __init__(self, given: Sequence[Document]) -> None:
        self.lines: dict[tuple[str, int], list[Document]] = defaultdict(list)
        self.modules: dict[str, list[Document]] = defaultdict(list)
        for document in given:
            for line in document.lines:
                self.lines[line].append(document)
            for module in {module for module, _ in document.lines}:
                self.modules[module].append(document)

    def near(self, mutant: Mutant) -> list[Document]:
        """Return documents that run the line; one outside of the functions runs for all."""
        found = self.lines.get((mutant.module, mutant.line)) or self.modules[mutant.module]
        return found[:DOCUMENTS]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--modules", nargs="*", default=[], help="such as claims/atlas")
    parser.add_argument("--tests", action="store_true", help="run the tests that are named")
    parser.add_argument("--near", type=int, default=0, metavar="N", help="changes a certificate")
    parser.add_argument("--keep", action="store_true", help="keep the documents that notice more")
    options = parser.parse_args()
    os.chdir(ROOT)
    warnings.simplefilter("ignore", SyntaxWarning)  # `x is 0` is a mutant of `x is None`
    kept = [one.text for one in answers.load()]
    texts = [*kept, *(json.dumps(document) for _, document, _ in CASES)]
    given = documents([*texts, *near(options.near)] if options.near else texts)
    print(f"{len(given)} documents", flush=True)
    places, listed = Places(given), Listed()
    more, tally, started = list[str](), Counter[str](), time.monotonic()
    for path in sorted(CHECKER.rglob("*.py")):
        module = name_of(path)
        if options.modules and module not in options.modules:
            continue
        asked = given[:20] if places.modules[module] else []
        if asked and (found := judge(unchanged(module), asked)) != "survived":
            print(f"the unchanged {module} is noticed: {found}")  # then every mutant would be
            return 2
        row = Counter[str]()
        for mutant in mutants(path):
            near_by = places.near(mutant)
            answer = judge(mutant, near_by) if near_by else "survived"
            kind = "documents" if answer != "survived" else listed.kind_of(mutant, options.tests)
            row[kind] += 1
            if answer.startswith("document "):
                more.append(near_by[int(answer.split()[1])].text)
            if kind == "new":
                print(f"new survivor {mutant.module}:{mutant.line}: {mutant.change}", flush=True)
        tally += row
        print(f"{module}: {row.total()} mutants, {dict(row)}", flush=True)
    seconds = time.monotonic() - started
    print(f"all: {tally.total()} mutants, {dict(tally)}, {seconds:.0f} s")
    if options.keep:
        answers.save(map(answers.answer, dict.fromkeys([*kept, *more])))
    return 1 if tally["new"] else 0


if __name__ == "__main__":
    sys.exit(main())
