"""The benchmarks measure and report what they say; nothing here is timed."""

from __future__ import annotations

import json
import platform
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from benchmarks import arrangements, instructions, minima, report
from benchmarks.jobs import GROWTH, job_named
from benchmarks.peers import cells, inertia, minimality
from benchmarks.peers.pool import Worker
from benchmarks.peers.worker import respond


def answer(status: str = "ok", cpu: float = 1.0, **said: Any) -> dict[str, Any]:
    return {"status": status, "cpu": cpu, "peak": 2**30, **said}


def contest() -> dict[str, Any]:
    ours = [answer(cpu=c, digest="right", count=4) for c in (1.0, 2.0, 4.0)]
    answers = {
        "exactland": ours,
        "slow": [answer(cpu=c, digest="right", count=4) for c in (10.0, 60.0, 80.0)],
        "mistaken": [answer(cpu=0.5, digest="other", count=3)],
        "careful": [answer("refused", why="AmbiguousGeometryError")],
        "stuck": [answer("timeout")],
        "nowhere": [answer("absent")],
    }
    info = {"answers": answers, "truth": "right", "timeout": 20.0}
    return {"group": "cells", "param": "an arrangement", "extra_info": info}


def test_a_ratio_is_the_median_of_the_rounds() -> None:
    answers = contest()["extra_info"]["answers"]
    assert report.ratio(answers["exactland"], answers["slow"]) == 20.0
    assert report.ratio(answers["exactland"], answers["stuck"]) is None


def test_the_report_says_who_is_right_wrong_refuses_and_is_absent() -> None:
    page = report.page(report.by_group([{"benchmarks": [contest()]}]), "report.svg")
    row = next(line for line in page.splitlines() if line.startswith("| an arrangement"))
    assert row == (
        "| an arrangement | 2e+03 | right, x 20 | wrong (3), x 0.5 | refused | over 20 s | absent |"
    )
    assert platform.node() not in page or len(platform.node()) < 4


def test_the_picture_is_drawn(tmp_path: Path) -> None:
    results, page, picture = tmp_path / "r.json", tmp_path / "r.md", tmp_path / "r.svg"
    results.write_text(json.dumps({"benchmarks": [contest()]}))
    report.main(str(results), str(page), str(picture))
    assert "time / exactland" in picture.read_text("utf-8") and "an arrangement" in page.read_text()


def test_over_twenty_per_cent_more_instructions_fail() -> None:
    record = {"instructions": {"job": 1000}}
    assert instructions.compare(record, {"job": 1200})[1]
    assert not instructions.compare(record, {"job": 1201})[1]


def test_a_record_names_every_job_and_the_versions_it_depends_on() -> None:
    record = json.loads(instructions.RECORD.read_text("utf-8"))
    assert set(record["instructions"]) == set(instructions.JOBS)
    assert set(record["versions"]) == set(instructions.versions())


def test_without_valgrind_nothing_is_compared_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    assert instructions.main("check") == 3
    assert "valgrind is not installed" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["five-points", "generic:4:4:2:3", "generic:4:4:2:30", "integral"])
def test_jobs_run(name: str) -> None:
    job_named(name)()


def test_growth_has_four_sizes_in_every_direction() -> None:
    assert {name: len(cases) for name, cases in GROWTH.items()} == dict.fromkeys(
        ("width", "points", "dimension", "digits"), 4
    )


def test_a_worker_answers_and_is_ended_when_it_overruns() -> None:
    worker = Worker("cells", "exactland")
    try:
        rows = [[str(x) for x in row] for row in arrangements.general(3, 5)]
        said = worker.ask(rows, 60.0)
        assert said["status"] == "ok" and said["count"] == 2 * (1 + 4 + 6)
        assert said["cpu"] > 0 and said["peak"] > 2**20
        many = [[str(x) for x in row] for row in arrangements.general(4, 60)]
        assert worker.ask(many, 0.0)["status"] == "timeout"
    finally:
        worker.end()


def test_what_a_program_raises_is_a_refusal_and_a_missing_one_is_absent() -> None:
    def refuses(_: Any) -> dict[str, Any]:
        raise ValueError("ambiguous")

    def missing(_: Any) -> dict[str, Any]:
        raise ImportError("no such module")

    assert respond(refuses, None)["status"] == "refused"
    assert respond(missing, None)["status"] == "absent"


@pytest.mark.parametrize("name", arrangements.named())
def test_arrangements_have_the_slice_and_cells_in_opposite_pairs(name: str) -> None:
    rows = arrangements.named()[name]
    assert rows[-1] == [Fraction(0)] * (len(rows[0]) - 1) + [Fraction(1)]
    if len(rows) <= 12:
        found = cells.exactland(rows)
        assert found == {signs.translate(str.maketrans("+-", "-+")) for signs in found}


@pytest.mark.parametrize("name", minima.named())
def test_the_known_answers_are_proved(name: str) -> None:
    found = minimality.exactland(minima.named()[name])
    assert found == {"lower": name.startswith("saddle")}


def test_the_solvers_texts_ask_the_question() -> None:
    asked = minimality.question(minima.kinked(1))
    text = minimality.smt_text(asked)
    assert text.count("declare-const") == 3 and text.count("(ite ") == 1
    assert minimality.qepcad_text(asked).count("\\/") == 1  # one kink, two cases


def test_inertia_of_a_degenerate_matrix_is_the_same_exactly_and_in_sympy() -> None:
    matrix = [["0", "1/3", "0"], ["1/3", "0", "0"], ["0", "0", "0"]]
    assert inertia.sympy(matrix) == inertia.exactland(matrix) == {"inertia": [1, 1, 1]}
