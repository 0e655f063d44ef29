"""`python -m exactland.checker FILE...`: exit statuses, one line a file, nothing but the standard
library.
"""

from __future__ import annotations

import ast
import importlib
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import exactland.checker
from exactland.checker import check_file, main, verify
from exactland.checker.verify import USAGE
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
    assert capsys.readouterr() == ("", f"{USAGE}\n")
    for option in ("-h", "--help"):
        assert main([option]) == 0
        assert capsys.readouterr() == (f"{USAGE}\n", "")


def test_the_files_are_those_of_the_command_line(
    files: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["checker", files["false"], files["good"]])
    assert main() == 1
    assert len(capsys.readouterr().out.splitlines()) == 2
    with pytest.raises(SystemExit) as end:
        importlib.import_module("exactland.checker.__main__")
    assert end.value.code == 1


def test_interrupted_the_status_is_130(
    files: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(verify, "check_file", interrupted)
    assert main([files["good"]]) == 130


def test_where_the_output_is_closed_the_status_is_2_and_nothing_complains_later(
    files: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as closed:
        monkeypatch.setattr(sys, "stdout", closed)
        assert main([files["good"]]) == 2


def test_what_is_not_a_readable_regular_file_is_unusable(tmp_path: Path) -> None:
    unusable: list[Path | str] = [
        tmp_path,
        tmp_path / "missing",
        tmp_path / ("x" * 5000),
        "\0",
        "",
    ]
    locked = tmp_path / "locked"
    locked.write_text("{}")
    locked.chmod(0)  # read all the same by the superuser: then its content is unusable
    for path in [*unusable, locked]:
        outcome = check_file(path)
        assert outcome.status == "unusable", path
        assert outcome.message


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
def test_what_is_no_regular_file_is_closed_again_and_refused_at_once(tmp_path: Path) -> None:
    """Also a pipe that nobody writes to; the least free descriptor stays free."""

    def waits(*_: object) -> None:
        raise AssertionError("the checker waits for a pipe")

    os.mkfifo(tmp_path / "pipe")
    free = os.dup(0)
    os.close(free)
    before = signal.signal(signal.SIGALRM, waits)
    signal.alarm(5)
    try:
        for path in (tmp_path / "pipe", tmp_path, os.devnull):
            assert str(check_file(path)) == "file: not a regular file"
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    assert os.dup(0) == free
    os.close(free)


def test_a_file_name_cannot_forge_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = str(tmp_path / "a\naccepted  b: \x1b[2J\udcff")
    assert main([name]) == 2
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("unusable")
    assert line.isprintable()
    assert "/a\\naccepted  b: \\x1b[2J\\udcff: file: " in line


def test_a_file_name_is_shown_in_the_encoding_of_the_output(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for encoding, shown in (("utf-8", "caf\u00e9"), ("ascii", "caf\\xe9"), (None, "caf\\xe9")):
        output = io.BytesIO()
        stream = io.TextIOWrapper(output, "utf-8")
        monkeypatch.setattr(sys, "stdout", _Encoded(stream, encoding))
        assert main(["caf\u00e9"]) == 2
        assert output.getvalue().decode().startswith(f"unusable  {shown}: file: ")


class _Encoded:
    """A stream with another name of its encoding."""

    def __init__(self, stream: io.TextIOWrapper, encoding: str | None) -> None:
        self.stream, self.encoding = stream, encoding

    def __getattr__(self, name: str) -> object:
        return getattr(self.stream, name)


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
