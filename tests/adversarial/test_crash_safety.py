"""Killed at any moment, a run loses nothing that was finished, and the next one ends the same.

The moments are drawn at random over the length of an undisturbed run; every process of the run is
killed with SIGKILL, several times over, before a last run is let through.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest
from flint import fmpq

from exactland.certificates.claims import Certificate
from exactland.certificates.folder import certify_into
from exactland.certificates.produce import checked
from exactland.landscape.integral.family import critical_family
from exactland.problem.files import write_problem
from exactland.problem.storage import output_folder, remove_abandoned
from exactland.proving import storage
from exactland.proving.case import FORMAT
from exactland.proving.library import all_cases
from tests.test_cli import write

ROOT = Path(__file__).parents[2]
KILLS = 4
CASES = ("cjr/piece-identities", "cjr/slope-identity", "cjr/centering", "cjr/tail-alternation")


def contents(folder: Path) -> dict[str, bytes]:
    """Everything in a folder, hidden files too."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def started(arguments: list[object]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "exactland", *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def finished(arguments: list[object]) -> tuple[bytes, float]:
    begin = time.monotonic()
    process = started(arguments)
    out = process.communicate(timeout=300)[0]
    assert process.returncode == 0
    return out, time.monotonic() - begin


def killed(arguments: list[object], after: float) -> None:
    process = started(arguments)
    try:
        process.communicate(timeout=after)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def pieces(store: Path) -> dict[int, str]:
    if not store.exists():
        return {}
    connection = sqlite3.connect(store)
    try:
        return dict(connection.execute("SELECT number, result FROM pieces"))
    except sqlite3.OperationalError:  # killed before the tables were made
        return {}
    finally:
        connection.close()


@pytest.mark.slow
def test_an_atlas_killed_again_and_again(tmp_path: Path) -> None:
    rows = [[str(k), str(k * k % 7), "1"] for k in range(6)]
    data = write(tmp_path / "data.json", {"x": rows, "y": [[str(k % 3)] for k in range(6)]})
    command = ["atlas", data, "--width", "2", "--json"]
    expected, seconds = finished([*command, "--jobs", "1", "-o", tmp_path / "whole"])
    random, store, kept = Random(1), tmp_path / "store", dict[int, str]()
    run = [*command, "--jobs", "2", "--store", store, "--resume", "-o", tmp_path / "killed"]
    for _ in range(KILLS):
        killed(run, random.uniform(0.1, 1) * seconds)
        found = pieces(store)
        assert kept.items() <= found.items(), "no finished piece is lost or changed"
        kept = found
    out, _ = finished(run)
    assert out == expected
    assert kept.items() <= pieces(store).items()
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")


@pytest.mark.slow
def test_proofs_killed_again_and_again(tmp_path: Path) -> None:
    command = ["prove", *CASES, "-o"]
    _, seconds = finished([*command, tmp_path / "whole", "--jobs", "1"])
    expected = contents(tmp_path / "whole")
    assert len(expected) == len(CASES)
    random, folder, kept = Random(2), tmp_path / "killed", dict[str, bytes]()
    for _ in range(KILLS):
        killed([*command, folder, "--jobs", "2"], random.uniform(0.1, 1) * seconds)
        found = {name: data for name, data in contents(folder).items() if name.endswith(".json")}
        assert kept.items() <= found.items()
        assert found.items() <= expected.items(), "what is there is whole"
        kept = found
    finished([*command, folder, "--jobs", "2"])
    assert contents(folder) == expected


def kept_parts(folder: Path) -> dict[str, bytes]:
    """What a run that is not through has finished, in its hidden folder."""
    found = {}
    for path in folder.glob(".exactland-kept-*/[0-9]*.json"):
        with contextlib.suppress(FileNotFoundError):  # the run is through, and removes it
            found[path.name] = path.read_bytes()
    return found


@pytest.mark.slow
def test_certificates_killed_again_and_again(tmp_path: Path) -> None:
    write_problem(tmp_path / "problem.json", critical_family("relu", 16).problem)
    command = ["certify", tmp_path / "problem.json", "-o"]
    finished([*command, tmp_path / "whole"])
    expected, folder = contents(tmp_path / "whole"), tmp_path / "killed"
    random, before, kills = Random(3), dict[str, bytes](), 0
    for _ in range(KILLS):
        victim = started([*command, folder])
        # At a random moment after a certificate was finished, whatever the machine's speed.
        while victim.poll() is None and len(kept_parts(folder)) <= len(before):
            time.sleep(0.01)
        time.sleep(random.random() / 5)
        if victim.poll() is None:
            os.killpg(victim.pid, signal.SIGKILL)
            kills += 1
        victim.communicate()
        if victim.returncode == 0:
            break
        named = {name for name in contents(folder) if not name.startswith(".exactland-")}
        after = kept_parts(folder)
        if not named:  # else it was killed after everything was published
            assert before.items() <= after.items(), "no finished certificate is lost"
        before = after
    assert kills
    finished([*command, folder])
    assert contents(folder) == expected, "nothing that the killed runs left is there any more"


class Killed(BaseException):
    """Stands for SIGKILL where the moment matters."""


def test_a_killed_certification_makes_and_checks_only_what_was_not_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = critical_family("relu", 4).problem
    whole = certify_into(problem, tmp_path / "whole").files
    expected, folder = contents(tmp_path / "whole"), tmp_path / "killed"
    made: list[str] = []

    def checked_until(last: str) -> Callable[[Certificate], Certificate]:
        def checked_or_killed(certificate: Certificate) -> Certificate:
            if certificate.name == last:
                raise Killed
            made.append(certificate.name)
            return checked(certificate)

        return checked_or_killed

    monkeypatch.setattr("exactland.certificates.folder.checked", checked_until("saddle.json"))
    with monkeypatch.context() as patch:
        patch.setattr("exactland.problem.storage._remove", lambda path: None)
        with pytest.raises(Killed):
            certify_into(problem, folder)
    assert tuple(made) == whole[: whole.index("saddle.json")]
    for copy in ("other code", "other problem", "spoilt"):
        shutil.copytree(folder, tmp_path / copy)
    unfinished = whole[whole.index("negative_curvature.json") :]
    monkeypatch.setattr("exactland.certificates.folder.checked", checked_until(""))

    made.clear()
    certify_into(problem, folder)
    assert tuple(made) == unfinished, "one step makes both certificates of the saddle"
    assert contents(folder) == expected

    (kept,) = (tmp_path / "spoilt").glob(".exactland-kept-*")
    for part, text in enumerate(['{"a": 1}', "[1]", "[[", '"text"']):
        (kept / f"{part}.json").write_text(text)
    made.clear()
    certify_into(problem, tmp_path / "spoilt")
    assert set(made) == set(whole), "what is no list of certificates is made again"
    assert contents(tmp_path / "spoilt") == expected

    made.clear()
    moved = problem.moved({"c": fmpq(1)}, fmpq(1, 100))
    certify_into(moved, tmp_path / "other problem")
    assert set(contents(tmp_path / "other problem")) == {*made, "document.tex"}

    made.clear()
    monkeypatch.setattr("exactland.certificates.folder.code_digest", lambda: "another version")
    certify_into(problem, tmp_path / "other code")
    assert tuple(made) == whole
    assert contents(tmp_path / "other code") == expected


def test_what_a_killed_run_left_is_removed_and_what_a_living_one_holds_is_not(
    tmp_path: Path,
) -> None:
    abandoned = tmp_path / ".exactland-0123456789ab.tmp"
    (abandoned / "inside").mkdir(parents=True)
    (tmp_path / ".exactland-ba9876543210.tmp").write_text("half a fi")
    (tmp_path / ".exactland-notes.tmp").write_text("somebody's own")
    with output_folder(tmp_path) as living:
        assert not abandoned.exists()
        remove_abandoned(tmp_path)
        assert living.staging.exists()
        with output_folder(tmp_path) as other:
            other.write_text("two.json", "2")
        living.write_text("one.json", "1")
    assert sorted(contents(tmp_path)) == [".exactland-notes.tmp", "one.json", "two.json"]


def test_no_file_leaves_the_output_folder_through_a_link(tmp_path: Path) -> None:
    """Links that somebody put into the folder: results replace them or are refused."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "precious").write_text("precious")
    folder = tmp_path / "out"
    (folder / "cjr").mkdir(parents=True)
    (folder / "cjr" / "piece-identities.json").symlink_to(tmp_path / "precious")
    finished(["prove", "cjr/piece-identities", "-o", folder])
    assert (tmp_path / "precious").read_text() == "precious"
    assert json.loads((folder / "cjr" / "piece-identities.json").read_text())["status"] == "passed"

    linked = tmp_path / "linked"
    linked.mkdir()
    (linked / "cjr").symlink_to(tmp_path / "outside")
    process = started(["prove", "cjr/piece-identities", "-o", linked])
    process.communicate(timeout=300)
    assert process.returncode == 2
    with pytest.raises(Exception, match="is a link"), output_folder(linked) as output:
        output.write_text("cjr/one.json", "{}")
    assert list((tmp_path / "outside").iterdir()) == []


def test_a_result_file_names_no_file_in_another_folder(tmp_path: Path) -> None:
    """A certificate that a result claims to have is looked for beside it, and nowhere else."""
    case = next(case for case in all_cases() if case.id == CASES[0])
    (tmp_path / "cjr").mkdir()
    (tmp_path / "secret.json").write_text("{}")
    named = {"name": "../../secret", "kind": "k", "digest": sha256(b"{}").hexdigest()}
    body = {"format": FORMAT, "inputs": "same", "id": case.id, "status": "passed"}
    whole = body | {"records": [], "certificates": [named]}
    (tmp_path / "cjr" / "piece-identities.json").write_text(json.dumps(whole))
    with pytest.raises(ValueError, match="another folder"):
        storage._produced(storage.result_path(tmp_path, case), named)
    assert storage.finished_result(tmp_path, case, "same") is None
