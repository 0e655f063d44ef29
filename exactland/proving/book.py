"""The book of the theorem cases: one LaTeX document, a chapter a paper, a section a case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

from exactland.certificates.latex.compile import compile_pdf
from exactland.certificates.latex.environment import fill_template
from exactland.certificates.latex.markup import Tex, escape
from exactland.problem.storage import write_text_atomically
from exactland.proving.case import Case, CaseResult, Paper
from exactland.proving.ledger import CHECKER, Record

NAME: Final = "theorems"
"""The document is theorems.tex, and theorems.pdf when compiled."""
MAX_VALUE: Final = 70
"""Characters of a computed value that are printed."""
CHAPTERS: Final = {
    "cjr": "Affine targets: all critical points",
    "hwt": "Cells, valleys and spurious minima",
    "wsg": "Stationary points, escape and embedding",
}
"""Headings of the chapters; other papers are headed by their title."""

Context = dict[str, object]


def write_book(cases: Sequence[Case], results: Sequence[CaseResult], folder: Path) -> list[Path]:
    """Write theorems.tex into a folder and compile it; return both paths.

    Raises
    ------
    InputError
        If a file cannot be written.
    ExactlandError
        If LaTeX is not installed or reports an error.
    """
    source = folder / f"{NAME}.tex"
    write_text_atomically(source, render_book(cases, results))
    return [source, compile_pdf(source)]


def render_book(cases: Sequence[Case], results: Sequence[CaseResult]) -> str:
    r"""Return the LaTeX source of the book.

    Parameters
    ----------
    cases : sequence of Case
        Grouped by paper, as :func:`exactland.proving.library.select_cases` returns them.
    results : sequence of CaseResult
        What running them gave, in the same order; a case that did not pass is marked.

    Examples
    --------
    >>> from exactland.proving.library import find_case
    >>> from exactland.proving.worker import run_case
    >>> case = find_case("cjr/centering")
    >>> source = render_book([case], [run_case(case)])
    >>> r"\section{Critical points that are not global minima are centered}" in source
    True
    """
    from exactland import __version__

    pairs = list(zip(cases, results, strict=True))
    chapters = []
    for paper, group in groupby(pairs, key=lambda pair: pair[0].paper):
        chapters.append(
            {
                "key": Tex(paper.key),
                "heading": Tex(CHAPTERS.get(paper.key, escape(paper.title))),
                "authors": paper.authors,
                "title": escape(paper.title),
                "reference": paper.reference,
                "sections": [_section(case, result) for case, result in _in_order(paper, group)],
            }
        )
    context: Context = {
        "version": __version__,
        "chapters": chapters,
        "cases_count": len(cases),
        "checks_count": sum(len(result.records) for result in results),
        "certificates_count": sum(len(result.certificates) for result in results),
        "failed": sum(not result.passed for result in results),
    }
    return fill_template("book.tex", context)


def _in_order(
    paper: Paper, pairs: Iterable[tuple[Case, CaseResult]]
) -> list[tuple[Case, CaseResult]]:
    """Return cases in the order of reading; those the paper's list does not have come last."""
    places = {f"{paper.key}/{name}": place for place, name in enumerate(paper.order)}
    return sorted(pairs, key=lambda pair: places.get(pair[0].id, len(places)))


def _section(case: Case, result: CaseResult) -> Context:
    figure = None
    if case.figure is not None and result.passed:
        drawn = case.figure()
        figure = {"source": Tex(drawn.source), "caption": Tex(drawn.caption)}
    return {
        "id": Tex(escape(case.id).replace("-{}", r"-\exb{}").replace("/", r"/\exb{}")),
        "label": Tex(case.id),
        "title": Tex(case.title),
        "number": escape(case.number),
        "statement": Tex(case.statement_latex),
        "hypotheses": [Tex(text) for text in case.hypotheses],
        "verified": [Tex(text) for text in case.verified],
        "prose": [Tex(text) for text in case.prose],
        "checks": len(result.records),
        "passed": result.passed,
        "failure": escape(f"{result.status}: {result.failure}"),
        "records": [
            _record(record, before)
            for before, record in zip((None, *result.records), result.records, strict=False)
        ],
        "certificates": [
            {
                "name": Tex(escape(one.name).replace("-{}", r"-\exb{}")),
                "kind": escape(one.kind.replace("_", " ")),
                "digest": Tex(one.digest),
            }
            for one in result.certificates
        ],
        "figure": figure,
    }


def _record(record: Record, before: Record | None) -> Context:
    """A check as the list shows it; an expression is not repeated from one to the next."""
    repeated = before is not None and before.expression == record.expression
    names = [name for name, _ in record.routes]
    if names == ["sympy", "flint"]:
        routes = Tex(r"\emph{identity}")
        value = Tex("")
    else:
        routes = escape(" and ".join(names))
        value = _value(record.value)
    if names == [CHECKER]:
        value = Tex("")  # the list of certificates has the digest
    return {
        "mark": Tex(r"$\checkmark$" if record.holds else r"$\times$"),
        "name": escape(record.name),
        "expression": Tex("") if repeated else Tex(record.expression),
        "routes": routes,
        "value": value,
    }


def _value(text: str) -> Tex:
    count, found, digest = text.partition(", sha256:")
    if found:
        return Tex(rf"{escape(count)}, digest \texttt{{{digest[:16]}}}")
    return escape(text) if len(text) <= MAX_VALUE else Tex("")
