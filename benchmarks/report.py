"""The report page of one benchmark run: tables of medians and ratios, and plots.

Usage: python -m benchmarks.report RESULTS.json... REPORT.md PICTURE.svg

Ratios are taken round by round (the programs alternate within a round) and their median is shown.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import Any

Entry = dict[str, Any]

LIBRARIES = (
    "python-flint",
    "numpy",
    "highspy",
    "sympy",
    "passagemath-polyhedra",
    "pplpy",
    "pycddlib",
    "relucent",
    "parx",
    "z3-solver",
    "cvc5",
)
PROGRAMS = ("qepcad", "polymake", "coqc")

NOTES = {
    "cells": (
        "The same arrangement for every program, the sets of sign vectors compared. Sage, PPL, "
        "cddlib and polymake compute with exact fractions. relucent computes with float64, falls "
        "back to exact fractions where it can, and raises an error on geometry that float64 does "
        "not determine, rather than guess. parx (method `exact_python`) and the loop with HiGHS "
        "use floats and tolerances. Programs with floats are given the nearest floats."
    ),
    "a lower point within 1/1000": (
        "Is there a network with every parameter within 1/1000 and a strictly lower loss? z3 and "
        "cvc5 read the same SMT-LIB text. They decide any such question in principle, and give no "
        "theorem with it; exactland knows the theorems of its setting and nothing else."
    ),
    "inertia": (
        "sympy is exact (LDL^T, or the signs of the characteristic polynomial). LAPACK's float "
        "eigenvalues are the limit of speed; with the usual tolerance they are an estimate."
    ),
}


def verdict(answers: list[Entry], truth: Any, group: str) -> str:
    """Return whether a program was right, or why there is no answer."""
    first = answers[0]
    if first["status"] != "ok":
        return str(first["status"])
    if group == "cells":
        right = first["digest"] == truth
        wrong = f"wrong ({first['count']})"
    elif group == "inertia":
        right, wrong = first["inertia"] == truth, "wrong"
    else:
        right, wrong = first["lower"] == truth, "wrong"
        if first["lower"] is None:
            return "no answer"
    return "right" if right else wrong


def ratio(ours: list[Entry], theirs: list[Entry]) -> float | None:
    """Return the median of the rounds' ratios of CPU seconds, None where there is no time."""
    pairs = [
        (a["cpu"], b["cpu"])
        for a, b in zip(ours, theirs, strict=False)
        if a["status"] == b["status"] == "ok"
    ]
    ratios = [b / a for a, b in pairs if a > 0]
    return median(ratios) if ratios else None


def contest_table(group: str, entries: list[Entry]) -> list[str]:
    """Return the lines of a table with a row for each instance and a column for each program."""
    names = list(entries[0]["extra_info"]["answers"])
    others = [name for name in names if name != "exactland"]
    lines = [
        "| instance | exactland, ms | " + " | ".join(others) + " |",
        "| --- | ---: |" + " ---: |" * len(others),
    ]
    for entry in entries:
        answers, truth = entry["extra_info"]["answers"], entry["extra_info"]["truth"]
        ours = answers["exactland"]
        cells = [f"{1000 * median(one['cpu'] for one in ours):.3g}"]
        for name in others:
            how, times = verdict(answers[name], truth, group), ratio(ours, answers[name])
            if how == "timeout":
                how = f"over {entry['extra_info']['timeout']:.0f} s"
            cells.append(f"{how}, {factor(times)}" if times is not None else how)
        lines.append(f"| {entry['param']} | " + " | ".join(cells) + " |")
    return lines


def factor(value: float) -> str:
    """Return a ratio for a table, such as ``x 210``.

    Examples
    --------
    >>> factor(213.4), factor(0.5)
    ('x 213', 'x 0.5')
    """
    return f"x {value:.3g}"


def peak_table(entries: Iterable[Entry]) -> list[str]:
    """Return the largest resident set of every program over a group."""
    peaks: dict[str, int] = {}
    for entry in entries:
        for name, answers in entry["extra_info"]["answers"].items():
            for one in answers:
                peaks[name] = max(peaks.get(name, 0), one.get("peak", 0))
    cells = [f"{name} {peak // 2**20}" for name, peak in peaks.items() if peak]
    return ["", "Peak resident memory of each process, imports included, MiB: " + ", ".join(cells)]


def steps_table(entries: list[Entry]) -> list[str]:
    """Return the table of what a certificate costs, step by step."""
    lines = [
        "| certificate | find, ms | write, ms | check in Python, ms | check by the kernel, ms "
        "| kernel / checker |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for entry in entries:
        seconds = entry["extra_info"]["seconds"]
        cells = [
            f"{1000 * median(seconds[step]):.3g}" if step in seconds else "absent"
            for step in ("analysis", "production", "checker", "kernel")
        ]
        ratios = [
            b / a for a, b in zip(seconds["checker"], seconds.get("kernel", []), strict=False) if a
        ]
        cells.append(factor(median(ratios)) if ratios else "")
        lines.append(f"| {entry['param']} | " + " | ".join(cells) + " |")
    return lines


def growth_table(entries: list[Entry]) -> list[str]:
    """Return median CPU seconds and peak memory of each size."""
    lines = ["| case | CPU seconds | peak, MiB |", "| --- | ---: | ---: |"]
    for entry in entries:
        info = entry["extra_info"]
        lines.append(
            f"| {entry['param']} | {median(info['cpu']):.3g} | {max(info['peak']) // 2**20} |"
        )
    return lines


def machine() -> str:
    """Return what kind of machine this is: never its name."""
    versions = []
    for name in LIBRARIES:
        try:
            versions.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(f"{name} absent")
    versions += [f"{name} {'present' if shutil.which(name) else 'absent'}" for name in PROGRAMS]
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}; "
        + ", ".join(versions)
    )


def by_group(results: Iterable[dict[str, Any]]) -> dict[str, list[Entry]]:
    """Return the benchmarks of all runs, by group, in their order."""
    groups: dict[str, list[Entry]] = {}
    for result in results:
        for entry in result["benchmarks"]:
            groups.setdefault(entry["group"], []).append(entry)
    return groups


def page(groups: dict[str, list[Entry]], picture: str) -> str:
    """Return the report."""
    lines = [
        "# Side by side in one run",
        "",
        f"Machine: {machine()}.",
        "",
        "CPU time of each program's own process (and its children), imports left out; within a "
        "round the programs follow one another, and *x n* is the median over the rounds of (their "
        "time / exactland's). *Absent* is a program that is not installed, *refused* one that "
        "raised an error, *over n s* one that was ended after that CPU time. Every program runs "
        "with its own number of threads, and the time of all of them counts; QEPCAD and polymake "
        "are started anew for every answer, and that start counts too.",
        "",
        f"![ratios of all programs, and growth]({picture})",
    ]
    for group, entries in groups.items():
        info = entries[0]["extra_info"]
        if "answers" in info:
            body = contest_table(group, entries) + peak_table(entries)
        elif "seconds" in info:
            body = steps_table(entries)
        elif "peak" in info:
            body = growth_table(entries)
        else:
            continue
        lines += ["", f"## {group[0].upper()}{group[1:]}", ""]
        if group in NOTES:
            lines += [NOTES[group], ""]
        lines += body
    return "\n".join(lines) + "\n"


def draw(groups: dict[str, list[Entry]], picture: str) -> None:
    """Draw the ratios of each contest and the growth curves (log scales)."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.fonttype"] = "none"
    matplotlib.rcParams["svg.hashsalt"] = "exactland"  # the same bytes on every run
    from matplotlib import pyplot

    contests = {g: e for g, e in groups.items() if "answers" in e[0]["extra_info"]}
    growth = {g: e for g, e in groups.items() if "peak" in e[0]["extra_info"]}
    figure, axes = pyplot.subplots(
        len(contests) + bool(growth), 1, figsize=(9, 4 * (len(contests) + bool(growth))),
        squeeze=False,
    )  # fmt: skip
    markers = "osD^vP*Xh"
    panels = iter(axes.flat)
    for group, entries in contests.items():
        axis = next(panels)
        names = [name for name in entries[0]["extra_info"]["answers"] if name != "exactland"]
        for marker, name in zip(markers, names, strict=False):
            points = []
            for place, entry in enumerate(entries):
                answers = entry["extra_info"]["answers"]
                value = ratio(answers["exactland"], answers[name])
                how = verdict(answers[name], entry["extra_info"]["truth"], group)
                if value is not None and how == "right":
                    points.append((place, value))
            if points:
                axis.plot(*zip(*points, strict=True), marker, label=name, fillstyle="none")
        axis.set_yscale("log")
        axis.axhline(1, linewidth=0.8, color="black")
        axis.set_xticks(range(len(entries)), [e["param"] for e in entries], rotation=30, ha="right")
        axis.tick_params(labelsize=7)
        axis.set_title(f"{group}: time / exactland's, right answers", fontsize=9)
        axis.legend(fontsize=7, ncols=4)
    if growth:
        axis = next(panels)
        for marker, (group, entries) in zip(markers, growth.items(), strict=False):
            sizes = [entry["extra_info"]["size"] for entry in entries]
            seconds = [median(entry["extra_info"]["cpu"]) for entry in entries]
            axis.loglog(sizes, seconds, marker=marker, label=group)
        axis.set_xlabel("size")
        axis.set_ylabel("CPU seconds (median)")
        axis.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(picture, metadata={"Date": None})


def main(*arguments: str) -> None:
    """Write the page and the picture."""
    *results, report, picture = arguments
    groups = by_group(json.loads(Path(name).read_text("utf-8")) for name in results)
    draw(groups, picture)
    Path(report).write_text(page(groups, Path(picture).name), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
