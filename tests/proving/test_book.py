"""The book: every case is a section, it compiles without a blemish, and its pages look right."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from exactland.certificates.latex.compile import compile_pdf
from exactland.proving.book import render_book, write_book
from exactland.proving.case import CaseResult, Figure
from exactland.proving.library import all_cases, find_case, inputs_digest
from exactland.proving.storage import finished_result, write_result
from exactland.proving.worker import run_case
from tests.certificates.test_latex import blemishes
from tests.pages import page_faults
from tests.proofs.test_cases import shared_folder

pictures = pytest.mark.needs("latex", "poppler", checks="that the book of the cases compiles")
QUICK = "cjr/centering", "wsg/clarke-and-directional"


@pictures
@pytest.mark.slow
def test_the_whole_book_compiles_and_looks_right(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shared = shared_folder(tmp_path_factory)
    results = []
    for case in all_cases():
        kept = finished_result(shared, case, inputs_digest())
        results.append(run_case(case) if kept is None else kept)
    assert [result.failure for result in results if not result.passed] == []
    (tmp_path / "theorems.tex").write_text(render_book(all_cases(), results), "utf-8")
    run = subprocess.run(
        ["latexmk", "-pdf", "-halt-on-error", "-interaction=nonstopmode", "theorems.tex"],
        cwd=tmp_path, capture_output=True, text=True, errors="replace", check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-2000:]
    log = (tmp_path / "theorems.log").read_text("utf-8", errors="replace")
    assert blemishes(log) == [] and "Rerun to get" not in log
    assert page_faults(tmp_path / "theorems.pdf") == []
    text = subprocess.run(
        ["pdftotext", "theorems.pdf", "-"], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    assert "??" not in text
    certificates = [one for result in results for one in result.certificates]
    assert len(certificates) > 60
    assert all(one.digest in text for one in certificates)


def results_of(names: tuple[str, ...]) -> list[CaseResult]:
    return [run_case(find_case(name)) for name in names]


def test_a_section_shows_statement_checks_and_certificates() -> None:
    cases = [find_case(name) for name in QUICK]
    results = results_of(QUICK)
    source = render_book(cases, results)
    for case, result in zip(cases, results, strict=True):
        assert case.statement_latex in source and rf"\label{{case:{case.id}}}" in source
        assert source.count(case.title) >= 2
        for text in (*case.hypotheses, *case.verified, *case.prose):
            assert text in source
        for one in result.certificates:
            assert one.digest in source
    assert rf"{len(results[0].records) + len(results[1].records)} checks" in source
    assert r"\begin{axis}" in source and r"\bibitem{clarke}" in source


def test_a_failed_case_is_marked_and_its_failure_escaped() -> None:
    case = find_case("cjr/centering")
    failed = replace(run_case(case), status="failed", failure=r"\input{/etc/passwd} & 50%")
    source = render_book([case], [failed])
    assert "1 of the cases did not pass" in source and "The case did not pass" in source
    assert r"\textbackslash{}input" in source and r"\input{/etc" not in source


def test_the_figure_of_a_failed_case_is_left_out() -> None:
    def fails() -> Figure:
        raise AssertionError("drawn")

    case = replace(find_case("cjr/centering"), figure=fails)
    assert render_book([case], [CaseResult(case.id, "error", "broken", ())])


@pictures
def test_write_book_leaves_source_and_pdf_only(tmp_path: Path) -> None:
    cases = [find_case(QUICK[0])]
    paths = write_book(cases, results_of(QUICK[:1]), tmp_path)
    assert sorted(paths) == sorted(tmp_path.iterdir())
    assert [path.name for path in paths] == ["theorems.tex", "theorems.pdf"]
    first = paths[1].read_bytes()
    assert compile_pdf(paths[0]).read_bytes() == first, "the same source gives the same file"


def test_the_results_of_the_cases_are_shared(tmp_path: Path) -> None:
    case = find_case("wsg/inactive-units")
    result = run_case(case)
    write_result(tmp_path, case, result, "inputs")
    kept = finished_result(tmp_path, case, "inputs")
    assert kept is not None and kept.records == result.records
    assert kept.certificates == result.certificates
    assert finished_result(tmp_path, case, "other inputs") is None
