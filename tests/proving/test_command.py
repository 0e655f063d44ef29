"""``exactland prove``: table, JSON, exit statuses, result files, and from an installed wheel."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from exactland.proving.library import all_cases

ROOT = Path(__file__).parents[2]
QUICK = ("cjr/centering", "cjr/loss")


def prove(*arguments: str, cwd: Path, site: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command, from the checkout or from an unpacked wheel."""
    place = ROOT if site is None else site
    program = (
        f"import sys; sys.path.insert(0, {str(place)!r})\n"
        "from exactland.cli import main\n"
        "if __name__ == '__main__': main(['prove', *sys.argv[1:]])"
    )
    return subprocess.run(
        [sys.executable, "-P", "-c", program, *arguments],
        cwd=cwd, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


def test_the_list_shows_every_case(tmp_path: Path) -> None:
    run = prove("--list", cwd=tmp_path)
    assert (run.returncode, run.stderr) == (0, "")
    head, *lines = run.stdout.splitlines()
    assert head.split() == ["case", "theorem", "statement", "checks"]
    assert [line.split()[0] for line in lines] == [c.id for c in all_cases()]
    assert [int(line.split()[-1]) for line in lines] == [c.checks for c in all_cases()]
    listed = json.loads(prove("--list", "--json", "cjr/cent", cwd=tmp_path).stdout)["cases"]
    assert [entry["id"] for entry in listed] == [
        "cjr/center-stable",
        "cjr/center-stable-families",
        "cjr/centering",
    ]
    assert {"statement", "hypotheses", "verified", "prose", "number", "paper"} <= set(listed[0])


def test_a_prefix_runs_its_cases_and_writes_their_results(tmp_path: Path) -> None:
    run = prove(*QUICK, "--jobs", "2", "-o", "out", "--json", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    shown = json.loads(run.stdout)
    assert (shown["passed"], shown["failed"], shown["checks"]) == (2, 0, 12)
    written = json.loads((tmp_path / "out" / "cjr" / "centering.json").read_text("utf-8"))
    assert written["digest"] == shown["cases"][0]["digest"]
    assert written["records"] == shown["cases"][0]["records"]
    assert {route["route"] for route in written["records"][0]["routes"]} == {"sympy", "flint"}
    again = prove(*QUICK, "-o", "out", cwd=tmp_path)
    assert again.stdout.splitlines()[-1] == (
        "2 of 2 cases passed, 12 checks, 0 certificates; 2 kept from an earlier run"
    )


def test_certificates_are_written_checked_and_kept_while_they_are_whole(tmp_path: Path) -> None:
    from exactland.checker import check_file

    run = prove("wsg/inactive-prop", "-o", "out", "--json", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    (case,) = json.loads(run.stdout)["cases"]
    folder = tmp_path / "out" / "wsg" / "inactive-propagation"
    assert {f"{one['name']}.json" for one in case["certificates"]} == {
        path.name for path in folder.iterdir()
    }
    for one in case["certificates"]:
        path = folder / f"{one['name']}.json"
        assert sha256(path.read_bytes()).hexdigest() == one["digest"]
        assert check_file(path).status == "accepted"
    assert "1 kept" in prove("wsg/inactive-prop", "-o", "out", cwd=tmp_path).stdout
    path.write_text(path.read_text("utf-8") + "\n", "utf-8")
    assert "kept" not in prove("wsg/inactive-prop", "-o", "out", cwd=tmp_path).stdout
    assert sha256(path.read_bytes()).hexdigest() == one["digest"], "written anew"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["cjr/none"], "exactland: CASE: no theorem case is called or starts with 'cjr/none'"),
        ([""], "exactland: CASE: no theorem case is called or starts with ''"),
        (["--jobs", "0"], "exactland: Invalid value for '--jobs': 0 is not in the range x>=1."),
        (["cjr", "-o", "file"], "exactland: file: cannot be made: File exists"),
    ],
)
def test_unusable_arguments_are_one_line(
    tmp_path: Path, arguments: list[str], message: str
) -> None:
    (tmp_path / "file").write_text("")
    run = prove(*arguments, cwd=tmp_path)
    assert (run.returncode, run.stdout, run.stderr.strip()) == (2, "", message)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert build.returncode == 0, build.stderr
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_the_wheel_ships_the_cases_and_the_mathematics(site: Path) -> None:
    root = site / "exactland" / "_proofs"
    shipped = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    tracked = {
        path.relative_to(ROOT / "proofs").as_posix()
        for path in (ROOT / "proofs").rglob("*")
        if path.suffix in (".py", ".md")
    }
    assert tracked <= shipped
    assert {"CERTIFICATES.md", "mathematics/integral-loss.md"} <= shipped
    assert not [name for name in shipped if name.endswith(".pyc")]


def test_cases_run_from_the_wheel_in_an_empty_folder(site: Path, tmp_path: Path) -> None:
    run = prove(*QUICK, "--json", cwd=tmp_path, site=site)
    assert run.returncode == 0, run.stderr
    assert run.stdout == prove(*QUICK, "--json", cwd=tmp_path).stdout
    assert list(tmp_path.iterdir()) == []
    listed = prove("--list", cwd=tmp_path, site=site)
    assert len(listed.stdout.splitlines()) == len(all_cases()) + 1


@pytest.mark.needs("latex", checks="that the book is made from an installed wheel")
def test_the_book_is_made_from_the_wheel_in_an_empty_folder(site: Path, tmp_path: Path) -> None:
    run = prove("wsg/clarke", "cjr/centering", "--pdf", cwd=tmp_path, site=site)
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.splitlines()[-2:] == ["written: theorems.tex", "written: theorems.pdf"]
    assert {path.name for path in tmp_path.iterdir()} == {"theorems.tex", "theorems.pdf"}


def test_the_run_of_the_experiment_starts_from_networks_in_the_wheel(
    site: Path, tmp_path: Path
) -> None:
    run = prove("wsg/saddle-to-saddle", cwd=tmp_path, site=site)
    assert run.returncode == 0, run.stdout + run.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_failing_case_is_exit_status_1(site: Path, tmp_path: Path) -> None:
    case = site / "exactland" / "_proofs" / "cheridito_jentzen_rossmannek" / "loss_levels.py"
    text = case.read_text("utf-8")
    try:
        case.write_text(text.replace("12 * (n + 1) ** 4", "12 * (n + 2) ** 4"), "utf-8")
        run = prove("cjr/loss", "cjr/centering", cwd=tmp_path, site=site)
    finally:
        case.write_text(text, "utf-8")
    assert run.returncode == 1
    assert "failed: " in run.stdout and "ReLU: left - right =" in run.stdout
    assert "1 of 2 cases passed" in run.stdout


def test_the_type_2_minimum_is_printed_with_its_certificate(tmp_path: Path) -> None:
    """With a hyphen for the slash; the certificate stands alone in the output and is accepted."""
    from exactland.checker import check_certificate, check_text

    run = prove("wsg-type2", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    text = run.stdout.partition("the certificate local-minimum.json:\n")[2]
    assert check_text(text).status == "accepted"
    shown = json.loads(prove("wsg/type2", "--json", cwd=tmp_path).stdout)["printed"]
    assert shown == json.loads(text)
    assert check_certificate(shown).status == "accepted"
