"""The commands about theorems: ``exactland prove`` and ``exactland hunt``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from json import loads
from pathlib import Path
from typing import Any

import click

from exactland.cli import _activation, _print_json, _print_rows, _print_table, _status, cli
from exactland.errors import InputError


@cli.command()
@click.argument("names", nargs=-1, metavar="[CASE]...")
@click.option("--list", "listing", is_flag=True, help="List the cases; run nothing.")
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="Worker processes.")
@click.option("-o", "--output", metavar="DIR", help="Folder for results and certificates.")
@click.option(
    "--pdf", is_flag=True, help="Typeset the cases as a book: theorems.pdf in DIR or here."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def prove(
    names: tuple[str, ...],
    listing: bool,
    jobs: int | None,
    output: str | None,
    pdf: bool,
    as_json: bool,
) -> int:
    """Verify theorem cases: those called CASE or starting with it (wsg, say), or all.

    With -o, cases that passed there before are not run again unless their inputs changed.
    Exit status 1: some case failed.
    """
    from os import cpu_count

    from exactland.certificates.latex.compile import latex_available
    from exactland.proving import report
    from exactland.proving.case import case_to_json
    from exactland.proving.library import select_cases
    from exactland.proving.runner import run_cases
    from exactland.proving.storage import require_folder

    cases = select_cases(names)
    if listing:
        if as_json:
            _print_json({"cases": [case_to_json(case) for case in cases]})
        else:
            _print_table(report.LIST_HEADS, report.list_rows(cases))
        return 0
    if pdf and not latex_available():
        raise InputError("--pdf", "pdflatex is not installed")
    folder = None if output is None else Path(output)
    if folder is not None:
        require_folder(folder)
    with _progress("proving", len(cases)) as advance:
        results = run_cases(
            cases, jobs or cpu_count() or 1, folder, lambda result: advance(result.id)
        )
    book = []
    if pdf:
        from exactland.proving.book import write_book

        with _status("typesetting"):
            book = [str(path) for path in write_book(cases, results, folder or Path())]
    named = [one for one in results[0].certificates if one.name == cases[0].printed]
    printed = named if len(cases) == 1 else []
    if as_json:
        answer = report.results_json(cases, results)
        if pdf:
            answer["book"] = book
        if printed:
            answer["printed"] = loads(printed[0].text)
        _print_json(answer)
    else:
        _print_table(report.RESULT_HEADS, report.result_rows(results))
        click.echo(report.summary(results))
        for path in book:
            click.echo(f"written: {path}")
        for one in printed:
            click.echo(f"\nthe certificate {one.name}.json:\n{one.text}", nl=False)
    return 0 if all(result.passed for result in results) else 1


@contextmanager
def _progress(message: str, total: int) -> Iterator[Any]:
    """Show on a terminal's stderr how much is done; yields a function to call per thing done."""
    if not sys.stderr.isatty():
        yield lambda text: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(message, total=total)
        yield lambda text: progress.update(task, advance=1, description=f"{message} {text}")


@cli.command(name="hunt")
@click.argument("predicate", required=False)
@click.option("--facts", "listing", is_flag=True, help="List the facts a predicate may name.")
@click.option("--width", type=click.IntRange(1, 6), default=2, show_default=True, metavar="M")
@click.option("--points", type=click.IntRange(1, 8), default=3, show_default=True, metavar="N")
@click.option("--dimension", type=click.IntRange(1, 4), default=1, show_default=True, metavar="D")
@click.option("--outputs", type=click.IntRange(1, 3), default=1, show_default=True, metavar="J")
@click.option("--seed", type=int, default=0, show_default=True, metavar="S")
@click.option(
    "--activation",
    type=click.Choice(["relu", "leaky_relu", "abs"]),
    default="relu",
    show_default=True,
)
@click.option("--slope", metavar="Q", help="Slope of leaky_relu.")
@click.option("--max-instances", type=click.IntRange(1), default=2000, show_default=True)
@click.option("--max-seconds", type=click.FloatRange(0), metavar="S")
@click.option("-o", "--output", metavar="DIR", help="Folder for the problem and certificates.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def hunt_command(
    predicate: str | None,
    listing: bool,
    width: int,
    points: int,
    dimension: int,
    outputs: int,
    seed: int,
    activation: str,
    slope: str | None,
    max_instances: int,
    max_seconds: float | None,
    output: str | None,
    as_json: bool,
) -> int:
    """Look for a small exact network at which PREDICATE is false, and make it short.

    The sizes are upper bounds.  The search is the same for the same seed.  Exit status 0: a
    counterexample was found (with -o, written with its certificates); 3: none within the limits.
    """
    from exactland.certificates.hunt import write_counterexample
    from exactland.landscape.hunting.facts import FACTS, TYPES
    from exactland.landscape.hunting.instances import Shape
    from exactland.landscape.hunting.language import parse_predicate
    from exactland.landscape.hunting.search import hunt

    if listing:
        if as_json:
            _print_json(
                {name: {"type": kind, "means": text} for name, (kind, text) in FACTS.items()}
            )
        else:
            _print_table(("fact", "type", "meaning"), [(n, *told) for n, told in FACTS.items()])
        return 0
    if predicate is None:
        raise click.UsageError("a PREDICATE is needed (--facts lists what it may name)")
    claim = parse_predicate(predicate, TYPES)
    shape = Shape(width, points, dimension, outputs, _activation(activation, slope, None))
    with _progress("hunting", max_instances) as advance:
        found = hunt(
            claim,
            shape,
            seed=seed,
            max_instances=max_instances,
            max_seconds=max_seconds,
            progress=lambda count: advance(""),
        )
    answer, rows = found.to_json(), found.summary_rows()
    if found.found is not None and output is not None:
        with _status("certifying"):
            names = write_counterexample(found, Path(output))
        answer["files"] = names
        rows += [("written", str(Path(output) / name)) for name in names]
    if as_json:
        _print_json(answer)
    else:
        _print_rows(rows)
    return 0 if found.found is not None else 3
