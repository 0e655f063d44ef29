"""Mutants of true certificates, over all cores: answered in bounds, and nothing false accepted.

usage: python -m tests.adversarial.run [--mutants N] [--seed S] [--jobs J]
Exit status 1 where the checker crashed, was slow, or accepted a false claim.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from fractions import Fraction
from random import Random
from typing import Any

from exactland.checker import Outcome, check_text
from tests.adversarial.corpus import Kind, corpus
from tests.adversarial.mutations import mutant
from tests.adversarial.truths import is_true

Json = dict[str, Any]
ANSWERS = ("accepted", "rejected", "unusable")
SECONDS = 5.0  # of processor time, for the answer about one small file
MEGABYTES = 1500  # of a worker, over all its files
CHUNK = 100


@dataclass
class Report:
    """What happened: how many of each answer, and what must not happen."""

    answers: Counter[str] = field(default_factory=Counter)
    mutations: Counter[str] = field(default_factory=Counter)
    recomputed: int = 0
    problems: list[str] = field(default_factory=list)
    slowest: float = 0.0
    megabytes: float = 0.0

    def add(self, other: Report) -> None:
        self.answers += other.answers
        self.mutations += other.mutations
        self.recomputed += other.recomputed
        self.problems += other.problems
        self.slowest = max(self.slowest, other.slowest)
        self.megabytes = max(self.megabytes, other.megabytes)


def attack(kind: Kind, seed: int, numbers: range) -> Report:
    """Try mutants number `numbers` of the certificates of one kind."""
    everything = [document for documents in corpus().values() for document in documents]
    mine, report = corpus()[kind], Report()
    same_setting = [d for (setting, _), ds in corpus().items() if setting == kind[0] for d in ds]
    for number in numbers:
        random = Random(f"{kind} {seed} {number}")
        document = random.choice(mine)
        others = same_setting if random.random() < 0.8 else everything
        name, data = mutant(random, document, others)
        report.mutations[name] += 1
        started = time.process_time()
        outcome = answer(data)
        spent = time.process_time() - started
        report.slowest = max(report.slowest, spent)
        shown = f"{kind} {seed} {number} ({name}): {data[:2000]!r}"
        if spent > SECONDS:
            report.problems.append(f"{spent:.1f} s for {shown}")
        if not isinstance(outcome, Outcome) or outcome.status not in ANSWERS:
            report.problems.append(f"{outcome!r} for {shown}")
            continue
        report.answers[outcome.status] += 1
        if outcome.status == "accepted":
            true = still_true(data, document)
            report.recomputed += true is not None
            if true is not None and true is not True:
                report.problems.append(f"accepted, but {true or 'false'}: {shown}")
    usage = resource.getrusage(resource.RUSAGE_SELF)
    report.megabytes = usage.ru_maxrss / 1024
    if report.megabytes > MEGABYTES:
        report.problems.append(f"{report.megabytes:.0f} MB for {kind} {numbers}")
    return report


def still_true(data: bytes, document: Json) -> bool | str | None:
    """Return None where the mutant states what the document does, else its truth or an error."""
    digits = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)  # the checker, unlike this, works within Python's own limit
    try:
        changed = json.loads(
            data, parse_float=str, parse_int=lambda t: int(t) if len(t) < 20 else t
        )
        if meaning(changed) == meaning(document):
            return None
        return is_true(changed)
    except Exception as error:
        return f"of unknown truth ({error!r})"
    finally:
        sys.set_int_max_str_digits(digits)


def answer(data: bytes) -> object:
    """Return the outcome, or the exception that must not escape."""
    try:
        return check_text(data)
    except BaseException as error:
        return error


def meaning(document: Any) -> Any:
    """Return problem and claim with all numbers read: a mutant with the same ones is as true."""

    def read(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: read(item) for key, item in value.items()}
        if isinstance(value, list):
            return [read(item) for item in value]
        if isinstance(value, str):
            try:
                return Fraction(value)
            except (ValueError, ZeroDivisionError):
                return value
        return value

    return read({key: document[key] for key in ("problem", "claim")})


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutants", type=int, default=64_000, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="S")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="J")
    options = parser.parse_args()
    each, total = -(-options.mutants // len(corpus())), Report()
    with ProcessPoolExecutor(options.jobs) as pool:
        jobs = {
            pool.submit(attack, kind, options.seed, range(low, min(low + CHUNK, each))): kind
            for kind in corpus()
            for low in range(0, each, CHUNK)
        }
        for done, (job, kind) in enumerate(jobs.items(), 1):
            total.add(job.result())
            print(f"\r{done}/{len(jobs)} {kind}".ljust(70), end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    print(f"{each * len(corpus())} mutants of {len(corpus())} claim kinds: {dict(total.answers)}")
    print(f"claims of accepted mutants recomputed: {total.recomputed}")
    print(f"slowest answer {total.slowest:.2f} s; largest worker {total.megabytes:.0f} MB")
    print("mutations:", dict(sorted(total.mutations.items())))
    print(f"failures: {len(total.problems)}")
    for problem in total.problems[:30]:
        print(" ", problem)
    return 1 if total.problems else 0


if __name__ == "__main__":
    sys.exit(main())
