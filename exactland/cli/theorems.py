"""The commands about theorems: ``exactland prove`` and ``exactland hunt``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from json import loads
from pathlib import Path
from typing import Any

import click

from exactland.cli import _print_json, _print_table, _status, cli
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
