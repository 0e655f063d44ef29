"""What a user installs: a complete wheel that works in an empty folder and agrees with the docs."""

from __future__ import annotations

import configparser
import email
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import exactland

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
SHIPPED = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / "exactland").rglob("*")
    if path.is_file() and "__pycache__" not in path.parts
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert build.returncode == 0, build.stderr
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def run_beside(unpacked: Path, folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run Python in an empty folder, with the unpacked wheel before anything else installed."""
    program = f"import sys; sys.path.insert(0, {str(unpacked)!r})\n{command[0]}"
    return subprocess.run(
        [sys.executable, "-P", "-c", program, *command[1:]],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_wheel_holds_every_file_of_the_package(unpacked: Path) -> None:
    present = {
        path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*") if path.is_file()
    }
    assert "exactland/py.typed" in SHIPPED
    assert set(SHIPPED) <= present
    assert not [
        name for name in present if name.startswith(("tests", "scripts", "examples", "notebooks"))
    ]


def test_wheel_metadata_is_that_of_the_project(unpacked: Path) -> None:
    (info,) = unpacked.glob("*.dist-info")
    metadata = email.message_from_string((info / "METADATA").read_text("utf-8"))
    assert metadata["Version"] == exactland.__version__
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["License-Expression"] == "MIT"
    assert (info / "licenses" / "LICENSE").is_file()
    required = [
        line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in str(line)
    ]
    assert sorted(required) == sorted(PROJECT["project"]["dependencies"])
    entry_points = configparser.ConfigParser()
    entry_points.read(info / "entry_points.txt")
    assert entry_points["console_scripts"]["exactland"] == "exactland.cli:main"


def test_every_module_imports_from_the_wheel_in_an_empty_folder(
    unpacked: Path, tmp_path: Path
) -> None:
    modules = [
        name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for name in SHIPPED
        if name.endswith(".py") and not name.endswith("__main__.py")
    ]
    program = (
        "from importlib import import_module\n"
        f"for module in {modules!r}: import_module(module)\n"
        "import exactland; print(exactland.__file__)"
    )
    run = run_beside(unpacked, tmp_path, program)
    assert run.returncode == 0, run.stderr
    assert Path(run.stdout.strip()) == unpacked / "exactland" / "__init__.py"
    assert list(tmp_path.iterdir()) == []


def test_every_dependency_has_a_lower_bound() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    requirements = PROJECT["project"]["dependencies"] + [one for e in extras.values() for one in e]
    assert [one for one in requirements if ">=" not in one] == []


def test_version_is_the_same_everywhere() -> None:
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    assert re.search(rf"^version: {re.escape(exactland.__version__)}$", citation, re.M)
    assert PROJECT["project"]["dynamic"] == ["version"]
    assert re.search(r"^## \[(Unreleased|\d+\.\d+\.\d+)\]", changelog(), re.M)


def changelog() -> str:
    return (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_readme_names_only_commands_of_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    named = set(re.findall(r"\bmake ([a-z]+)\b", (ROOT / "README.md").read_text("utf-8")))
    assert {"demo", "test"} <= named <= targets


def test_ci_runs_the_test_command_of_the_readme() -> None:
    lines = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    commands = [line for line in lines if line and not line.startswith("#")]
    assert commands[0] == "set -euo pipefail"
    assert commands[-1].split("<")[0].strip() == "make test"
    assert len(commands) == 3  # and the change into the checkout's folder
