"""`python -m exactland.checker FILE...`: exit statuses, one line a file, nothing but the standard
library.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import exactland.checker
from exactland.checker import check_file, main
from tests.checker import examples
from tests.checker.examples import changed

PACKAGE = Path(exactland.checker.__file__).parent


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    contents = {
        "good": json.dumps(examples.MINIMUM),
        "false": json.dumps(changed(examples.MINIMUM, "claim", "radius", to="1")),
        "broken": "{",
    }
    for name, text in contents.items():
        (tmp_path / name).write_text(text)
    return {name: str(tmp_path / name) for name in [*contents, "missing"]}


@pytest.mark.parametrize(
    ("names", "status"),
    [
        (["good"], 0),
        (["good", "good"], 0),
        (["false"], 1),
        (["broken"], 2),
        (["missing"], 2),
        (["good", "broken"], 2),
        (["broken", "false", "good"], 1),
    ],
)
def test_exit_status(
    files: dict[str, str], names: list[str], status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([files[name] for name in names]) == status
    lines = capsys.readouterr().out.splitlines()
    words = {"good": "accepted", "false": "rejected", "broken": "unusable", "missing": "unusable"}
    for name, line in zip(names, lines, strict=True):
        assert line.startswith(f"{words[name]}  {files[name]}: ")


def test_the_line_says_what_and_where(
    files: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    main([files["good"], files["false"]])
    accepted, rejected = capsys.readouterr().out.splitlines()
    assert "a local minimum" in accepted
    assert ": claim.radius: exceeds the spread of neuron 0" in rejected


def test_no_file_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert main(["--help"]) == 0
    captured = capsys.readouterr()
    assert "usage" in captured.err
    assert "usage" in captured.out


def test_what_is_not_a_readable_regular_file_is_unusable(tmp_path: Path) -> None:
    unusable: list[Path | str] = [
        tmp_path,
        tmp_path / "missing",
        tmp_path / ("x" * 5000),
        "\0",
        "",
        os.devnull,
    ]
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        unusable.append(tmp_path / "pipe")
    locked = tmp_path / "locked"
    locked.write_text("{}")
    locked.chmod(0)  # read all the same by the superuser: then its content is unusable
    for path in [*unusable, locked]:
        outcome = check_file(path)
        assert outcome.status == "unusable", path
        assert outcome.message


def test_a_file_name_cannot_forge_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = str(tmp_path / "a\naccepted  b: \x1b[2J\udcff")
    assert main([name]) == 2
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("unusable")
    assert line.isprintable()


def test_as_a_process(files: dict[str, str]) -> None:
    """From any folder, in an ASCII locale, with a closed output."""
    command = [sys.executable, "-m", "exactland.checker"]
    environment = {
        **os.environ,
        "PYTHONIOENCODING": "ascii",
        "PYTHONPATH": str(PACKAGE.parent.parent),
    }
    run = subprocess.run(
        [*command, files["good"], files["false"], "caf\u00e9"],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        cwd=Path(files["good"]).parent,
    )
    assert (run.returncode, run.stderr) == (1, "")
    assert [line.split()[0] for line in run.stdout.splitlines()] == [
        "accepted",
        "rejected",
        "unusable",
    ]
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as closed:
        gone = subprocess.run(
            [*command, files["good"]],
            stdout=closed,
            stderr=subprocess.PIPE,
            check=False,
            env=environment,
        )
    assert (gone.returncode, gone.stderr) == (2, b"")


def test_every_module_imports_only_the_standard_library_and_the_checker() -> None:
    modules = sorted(PACKAGE.rglob("*.py"))
    assert len(modules) > 10
    for path in modules:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0
                names = [node.module or ""]
            else:
                continue
            for name in names:
                inside = name.startswith("exactland.checker")
                assert inside or name.partition(".")[0] in sys.stdlib_module_names, (path, name)


def test_the_process_loads_nothing_else() -> None:
    program = (
        "import sys, exactland.checker; print(*sorted({m.partition('.')[0] for m in sys.modules}))"
    )
    run = subprocess.run(
        [
            sys.executable,
            "-I",
            "-S",
            "-c",
            f"sys=__import__('sys'); sys.path.insert(0, {str(PACKAGE.parent.parent)!r}); {program}",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(run.stdout.split()) <= {*sys.stdlib_module_names, "exactland", "__main__"}
