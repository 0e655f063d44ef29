"""The commands around the kernel: files, messages, exit statuses, with and without the kernel."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from exactland.certificates.rocq.kernel import compile_theory
from exactland.errors import InputError
from tests.certificates import test_integral
from tests.certificates.test_produce import named_problem
from tests.rocq.batch import made
from tests.test_cli import FIVE_POINTS, fails, run, write
from tests.test_packaging import run_beside, unpacked, wheel

__all__ = ["unpacked", "wheel"]  # fixtures

NOT_INSTALLED = "the Rocq (Coq) proof assistant is not installed"


@pytest.fixture
def certificates(tmp_path: Path) -> list[Path]:
    """The certificates of a point with two outputs and all biases."""
    folder = tmp_path / "certificates"
    folder.mkdir()
    paths = []
    for one in made(named_problem("biased")):
        paths.append(folder / one.name)
        paths[-1].write_text(one.to_text())
    return paths


@pytest.fixture
def no_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))


@pytest.fixture
def not_covered(tmp_path: Path) -> Path:
    """A certificate that the checker accepts and the formal development does not cover."""
    (one,) = (one for one in test_integral.made("R01") if one.kind == "inertia")
    (tmp_path / "inertia.json").write_text(one.to_text())
    return tmp_path / "inertia.json"


def changed(path: Path, change: Any) -> Path:
    certificate = json.loads(path.read_text())
    change(certificate)
    return write(path.with_name("changed.json"), certificate)


def test_every_covered_certificate_becomes_a_file(
    certificates: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, "rocq", *certificates, "-o", tmp_path / "rocq")
    assert (code, err) == (0, "")
    written = sorted(path.name for path in (tmp_path / "rocq").iterdir())
    assert written == sorted(path.stem + ".v" for path in certificates)
    assert out.count("written: ") == len(certificates)


def test_a_claim_that_is_not_covered_is_named(
    certificates: list[Path],
    not_covered: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    other = not_covered
    code, out, err = run(capsys, "rocq", certificates[0], other, "-o", tmp_path / "rocq")
    assert code == 3 and out.count("written") == 1
    assert err.count("\n") == 1 and "inertia.json" in err and "does not cover" in err
    assert "does not cover" in fails(capsys, 3, "rocq", other, "-o", tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_unusable_certificates_write_nothing(
    certificates: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "rocq"
    malformed = changed(certificates[0], lambda c: c.pop("claim"))
    assert "changed.json: certificate" in fails(
        capsys, 2, "rocq", certificates[1], malformed, "-o", out
    )
    assert "no such file" in fails(capsys, 2, "rocq", tmp_path / "absent.json", "-o", out)
    (tmp_path / "again").mkdir()
    again = shutil.copy(certificates[0], tmp_path / "again")
    assert "would be written to" in fails(capsys, 2, "rocq", certificates[0], again, "-o", out)
    assert not out.exists()


@pytest.mark.usefixtures("no_kernel")
def test_without_the_kernel_nothing_is_accepted_silently(
    certificates: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, "check", "--rocq", *certificates)
    assert code == 3
    assert NOT_INSTALLED in err and "kernel accepts" not in out
    problem = write(tmp_path / "problem.json", named_problem("biased"))
    code, out, err = run(capsys, "certify", problem, "-o", tmp_path / "out", "--rocq")
    assert code == 3
    assert NOT_INSTALLED in err and "kernel accepts" not in out
    assert (tmp_path / "out" / "loss_value.v").is_file()
    code, out, err = run(capsys, "check", *certificates)
    assert (code, err) == (0, "")


@pytest.mark.needs("coq", checks="that the command accepts and rejects as the kernel does")
def test_the_command_says_what_the_kernel_says(
    certificates: list[Path],
    not_covered: Path,
    library: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out, err = run(capsys, "check", "--rocq", *certificates[:3])
    assert (code, err) == (0, "")
    assert out.count("accepted  ") == 3 and out.count("kernel accepts  ") == 3
    code, out, err = run(capsys, "check", "--rocq", not_covered)
    assert code == 3 and "kernel: not covered" in out


@pytest.mark.needs("coq", checks="that certify --rocq has the kernel check what it writes")
def test_certify_has_the_kernel_check(
    library: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    problem = write(tmp_path / "problem.json", named_problem("clarke_not_d_1"))
    code, out, err = run(capsys, "certify", problem, "-o", tmp_path / "o", "--rocq", "--json")
    report = json.loads(out)["rocq"]
    assert (code, err) == (0, "")
    statuses = [answer["status"] for answer in report]
    assert set(statuses) <= {"accepted", "not covered"}
    assert statuses.count("accepted") == len(list((tmp_path / "o").glob("*.v"))) >= 4


@pytest.mark.slow
@pytest.mark.needs("coq", checks="that the kernel accepts every claim about the five points")
def test_the_kernel_accepts_every_claim_about_the_five_points(
    library: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint, data = FIVE_POINTS / "five_points_600000.npz", FIVE_POINTS / "data.json"
    snapped = tmp_path / "snapped.json"
    assert run(capsys, "snap", checkpoint, "--data", data, "-o", snapped)[0] == 0
    code, out, err = run(capsys, "certify", snapped, "-o", tmp_path / "o", "--rocq", "--json")
    assert (code, err) == (0, "")
    report = json.loads(out)["rocq"]
    assert {answer["status"] for answer in report} == {"accepted"}
    kinds = {Path(answer["certificate"]).stem for answer in report}
    assert kinds >= {"cell_global_minimum", "local_minimum", "spurious_local_minimum"}


@pytest.mark.needs("coq", checks="that an installed wheel has the kernel check, in an empty folder")
def test_the_theory_ships_in_the_wheel(
    unpacked: Path, library: Path, certificates: list[Path], tmp_path: Path
) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    program = (
        "from exactland.certificates.rocq import kernel; import exactland.cli\n"
        "print(kernel.theory_folder()); exactland.cli.main(sys.argv[1:])"
    )
    answer = run_beside(unpacked, folder, program, "check", "--rocq", str(certificates[0]))
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.startswith(str(unpacked / "exactland" / "_proofs" / "rocq"))
    assert "kernel accepts" in answer.stdout
    assert list(folder.iterdir()) == []


@pytest.mark.needs("coq", checks="that a cache of others is refused")
def test_a_cache_that_others_can_write_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "exactland").mkdir()
    (tmp_path / "exactland").chmod(0o777)
    with pytest.raises(InputError, match="others can write there"):
        compile_theory()


def test_what_a_killed_compilation_left_in_the_cache_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder of a compilation that runs is locked, and stays."""
    killed = tmp_path / ".exactland-0123456789ab.tmp"
    (killed / "theory").mkdir(parents=True)
    seen: list[Path] = []

    def compiled(folder: Path, arguments: list[str], limit: int) -> tuple[int, str]:
        if not seen:
            seen.append(folder)
            compile_theory(tmp_path / "other")
            assert folder.is_dir() and not killed.exists()
        return 0, ""

    monkeypatch.setattr("exactland.certificates.rocq.kernel._coqc", compiled)
    library = compile_theory(tmp_path / "theory")
    assert (library / "complete").is_file()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "theory"]
