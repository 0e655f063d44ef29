"""Running cases: wrong ones fail, none passes vacuously, workers that hang or die are survived."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from exactland.proving import runner
from exactland.proving.case import CaseResult
from exactland.proving.library import BrokenLibraryError, all_cases, inputs_digest
from exactland.proving.runner import run_cases
from exactland.proving.storage import finished_result
from tests.proving import libraries as lib

ROOT = Path(__file__).parents[2]


def run(
    root: Path, key: str, cases: dict[str, str], checks: int = 1, seconds: int = 30, jobs: int = 1
) -> dict[str, CaseResult]:
    library = lib.write_library(root, key, cases, checks, seconds)
    results = run_cases(all_cases(library), jobs, library=library)
    return {result.id.partition("/")[2]: result for result in results}


def test_a_wrong_identity_fails_and_is_named(tmp_path: Path) -> None:
    found = run(tmp_path, "wrong", {"right": lib.SQUARE, "wrong": lib.WRONG})
    assert found["right"].status == "passed"
    assert found["wrong"].status == "failed"
    assert found["wrong"].failure == "cube: left - right = 3*a^2*b + 3*a*b^2 (sympy, flint)"


def test_no_case_passes_by_checking_nothing_or_less(tmp_path: Path) -> None:
    assert "made 0 checks" in run(tmp_path / "a", "none", {"one": lib.NOTHING})["one"].failure
    less = run(tmp_path / "b", "less", {"one": lib.SQUARE}, checks=2)["one"]
    assert less.failure == "made 1 checks where 2 are declared"
    zero = run(tmp_path / "c", "zero", {"one": lib.NOTHING}, checks=0)["one"]
    assert zero.status == "failed"
    twice = run(tmp_path / "d", "twice", {"one": lib.SQUARE + lib.SQUARE}, checks=2)["one"]
    assert twice.failure == "two records have one name"


def test_an_error_in_a_case_is_a_result(tmp_path: Path) -> None:
    found = run(tmp_path, "error", {"bad": lib.ERROR, "good": lib.SQUARE})
    assert found["bad"].status == "error"
    assert found["bad"].failure == "after 0 checks: ValueError: no such thing"
    assert found["good"].passed


def test_a_time_limit_is_kept(tmp_path: Path) -> None:
    started = time.monotonic()
    found = run(tmp_path, "sleep", {"long": lib.SLEEP, "short": lib.SQUARE}, seconds=3)
    assert found["long"].status == "timeout"
    assert found["short"].passed
    assert time.monotonic() - started < 40


def test_a_worker_that_dies_or_does_not_stop_takes_no_other_case_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "GRACE", 6)
    cases = {"a": lib.CRASH, "b": lib.DEAF, "c": lib.SQUARE, "d": lib.SQUARE}
    found = run(tmp_path, "dying", cases, seconds=4, jobs=2)
    assert found["a"].failure == "the worker process died"
    assert found["b"].failure == "did not stop at its limit of 4 s"
    assert found["c"].passed and found["d"].passed


def test_results_do_not_depend_on_the_number_of_workers(tmp_path: Path) -> None:
    chosen = [c for c in all_cases() if c.id in ("cjr/centering", "cjr/saddle-inertia")]
    texts = []
    for jobs in (1, 3):
        folder = tmp_path / str(jobs)
        results = run_cases(chosen, jobs, folder)
        assert [result.id for result in results] == [case.id for case in chosen]
        texts.append({p.name: p.read_bytes() for p in sorted(folder.rglob("*.json"))})
    assert texts[0] == texts[1] and len(texts[0]) == 2


def test_a_finished_case_is_kept_until_its_inputs_change(tmp_path: Path) -> None:
    library = lib.write_library(tmp_path / "lib", "kept", {"one": lib.SQUARE, "two": lib.WRONG})
    cases, folder = all_cases(library), tmp_path / "out"
    first = run_cases(cases, 1, folder, library=library)
    assert [result.reused for result in first] == [False, False]
    second = run_cases(cases, 1, folder, library=library)
    # What failed is run again, what passed is not.
    assert [(result.status, result.reused) for result in second] == [
        ("passed", True), ("failed", False),
    ]  # fmt: skip
    assert second[0].records == first[0].records
    assert finished_result(folder, cases[0], "other inputs") is None
    before = inputs_digest(library)
    (library / "paper_kept" / "one.py").write_text("# changed")
    inputs_digest.cache_clear()
    assert inputs_digest(library) != before


@pytest.mark.parametrize("damage", ["", "{}", "[1]", "truncated", "record"])
def test_a_damaged_result_file_is_not_trusted(tmp_path: Path, damage: str) -> None:
    library = lib.write_library(tmp_path / "lib", f"dam{damage[:2].strip('{}[]1')}x", {"one": lib.SQUARE})  # fmt: skip  # noqa: E501
    cases, folder = all_cases(library), tmp_path / "out"
    run_cases(cases, 1, folder, library=library)
    (file,) = folder.rglob("*.json")
    text = file.read_text("utf-8")
    if damage == "truncated":
        damage = text[: len(text) // 2]
    elif damage == "record":
        body = json.loads(text)
        body["records"][0]["value"] = "something else"
        damage = json.dumps(body)
    file.write_text(damage, "utf-8")
    (result,) = run_cases(cases, 1, folder, library=library)
    assert result.passed and not result.reused
    assert file.read_text("utf-8") == text


def test_a_module_without_a_case_is_refused(tmp_path: Path) -> None:
    library = lib.write_library(tmp_path, "broken", {"one": lib.SQUARE})
    (library / "paper_broken" / "two.py").write_text('"""Nothing."""\n')
    with pytest.raises(BrokenLibraryError, match=r"two\.py defines no CASE with id broken/two"):
        all_cases(library)


def test_ctrl_c_ends_the_workers_and_keeps_what_is_finished(tmp_path: Path) -> None:
    library = lib.write_library(
        tmp_path / "lib", "stop", {"a": lib.SQUARE, "b": lib.SLEEP}, seconds=50
    )
    marker = tmp_path / "out" / "stop" / "a.json"
    program = (
        "from pathlib import Path\n"
        "from exactland.proving.library import all_cases\n"
        "from exactland.proving.runner import run_cases\n"
        f"library = Path({str(library)!r})\n"
        f"run_cases(all_cases(library), 1, Path({str(tmp_path / 'out')!r}), library=library)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stderr=subprocess.PIPE, start_new_session=True
    )
    try:
        deadline = time.monotonic() + 60
        while not marker.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        assert marker.exists()
        time.sleep(0.5)
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    assert b"KeyboardInterrupt" in errors
    assert [path.name for path in (tmp_path / "out").rglob("*") if path.is_file()] == ["a.json"]
    with pytest.raises(ProcessLookupError):  # nobody of the group is left
        for _ in range(50):
            os.killpg(process.pid, 0)
            time.sleep(0.1)
