"""The two deciders on a stream of random problems, over all cores; disagreements are shrunk.

usage: python -m tests.differential.run [--empirical N] [--integral N] [--seed S] [--jobs J]
Exit status 1 where there is a disagreement; each is printed as a problem file, as small as found.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from copy import deepcopy
from typing import Any

from tests.differential import (
    empirical_compare,
    empirical_stream,
    integral_compare,
    integral_stream,
)

Json = dict[str, Any]
Compare = Callable[[Json, dict[str, int]], list[str]]
Stream = Callable[[int, int], Json]

LOSSES: dict[str, tuple[Stream, Compare]] = {
    "empirical": (empirical_stream.problem, empirical_compare.disagreements),
    "integral": (integral_stream.problem, integral_compare.disagreements),
}
CHUNK = 250


def compared(loss: str, problem: Json, counts: dict[str, int]) -> list[str]:
    """Return the disagreements; an exception of either decider is one."""
    try:
        return LOSSES[loss][1](problem, counts)
    except Exception as error:
        return [f"{type(error).__name__}: {error}"]


def chunk(
    loss: str, seed: int, numbers: range
) -> tuple[dict[str, int], list[tuple[int, list[str]]]]:
    """Return the tally and the disagreements of some numbers of the stream."""
    counts: dict[str, int] = {}
    found = []
    for index in numbers:
        differences = compared(loss, LOSSES[loss][0](seed, index), counts)
        if differences:
            found.append((index, differences))
    return counts, found


def same(loss: str, differences: list[str]) -> Callable[[Json], bool]:
    """Return whether a problem fails like these differences: in the same field of the answer."""
    kinds = {text.partition(":")[0] for text in differences}
    return lambda problem: any(
        text.partition(":")[0] in kinds for text in compared(loss, problem, {})
    )


def shrunk(problem: Json, fails: Callable[[Json], bool]) -> Json:
    """Return a smaller problem that still fails: parts left out, numbers made short, greedily."""
    improved = True
    while improved:
        improved = False
        for candidate in _smaller(problem):
            if len(json.dumps(candidate)) < len(json.dumps(problem)) and fails(candidate):
                problem, improved = candidate, True
                break
    return problem


def _smaller(problem: Json) -> Iterator[Json]:
    network, loss = problem["network"], problem["loss"]
    for i in range(len(network["w"]) if len(network["w"]) > 1 else 0):
        candidate = deepcopy(problem)
        part = candidate["network"]
        for rows in (part["w"], part.get("b", []), *part["v"]):
            if len(rows) > i:
                del rows[i]
        yield candidate
    for k in range(len(loss.get("x", [])) if len(loss.get("x", [])) > 1 else 0):
        candidate = deepcopy(problem)
        del candidate["loss"]["x"][k], candidate["loss"]["y"][k]
        yield candidate
    for part, key in (("network", "b"), ("network", "c"), ("loss", "scale"), ("loss", "weight")):
        if key in problem[part]:
            candidate = deepcopy(problem)
            del candidate[part][key]
            yield candidate
    for path, value in _numbers(problem, ()):
        for simple in ("0", "1", "-1", "1/2"):
            if len(simple) < len(value):
                candidate = deepcopy(problem)
                place: Any = candidate
                for step in path[:-1]:
                    place = place[step]
                place[path[-1]] = simple
                yield candidate


def _numbers(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key not in ("format", "kind", "field"):
                yield from _numbers(item, (*path, key))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _numbers(item, (*path, position))
    else:
        yield path, value


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--empirical", type=int, default=75_000, metavar="N")
    parser.add_argument("--integral", type=int, default=25_000, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="S")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="J")
    options = parser.parse_args()
    status = 0
    with ProcessPoolExecutor(options.jobs) as pool:
        for loss in LOSSES:
            count, started = getattr(options, loss), time.monotonic()
            jobs = [
                pool.submit(chunk, loss, options.seed, range(low, min(low + CHUNK, count)))
                for low in range(0, count, CHUNK)
            ]
            tally: dict[str, int] = {}
            wrong: list[tuple[int, list[str]]] = []
            for done, job in enumerate(jobs, 1):
                counts, found = job.result()
                wrong += found
                for key, number in counts.items():
                    tally[key] = tally.get(key, 0) + number
                print(f"\r{loss}: {done * CHUNK}/{count}", end="", file=sys.stderr, flush=True)
            seconds = time.monotonic() - started
            print(file=sys.stderr)
            print(f"{loss}: {count} problems, {len(wrong)} disagreements, {seconds:.0f} s")
            for key in sorted(tally):
                print(f"  {tally[key]:7d} {key}")
            for index, differences in wrong[:20]:
                status = 1
                problem = shrunk(LOSSES[loss][0](options.seed, index), same(loss, differences))
                print(f"disagreement at {loss} {options.seed} {index}: {differences}")
                print(f"  shrunk: {compared(loss, problem, {})}\n  {json.dumps(problem)}")
    return status


if __name__ == "__main__":
    sys.exit(main())
