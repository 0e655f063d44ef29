"""Run pdfLaTeX safely: no shell, no files outside, a time limit, nothing half done."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from exactland.errors import ExactlandError, InputError
from exactland.problem.storage import printable_name, read_bytes, write_bytes_atomically

TIME_LIMIT: Final = 120
"""Seconds for one run of pdfLaTeX."""
RUNS: Final = (2, 5)
"""At least so many runs, at most so many: references and long tables settle by further runs."""
_UNSETTLED: Final = re.compile(rb"Rerun to get|Table widths have changed|rerunfilecheck Warning")
_ERROR: Final = re.compile(r"^(?:! |[^\n:]*\.tex:\d+: )(.*)$", re.MULTILINE)


def latex_available() -> bool:
    """Return whether pdfLaTeX is installed.

    Examples
    --------
    >>> latex_available() in (True, False)
    True
    """
    return shutil.which("pdflatex") is not None


def compile_pdf(tex_path: Path) -> Path:
    """Compile a LaTeX file into a PDF beside it and return the PDF's path.

    Works in a temporary folder; only a finished PDF reaches the folder of `tex_path`.

    Raises
    ------
    InputError
        If the file cannot be read or the PDF cannot be written.
    ExactlandError
        If pdfLaTeX is not installed, reports an error or takes too long; the message holds LaTeX's
        first error.

    Examples
    --------
    >>> compile_pdf(Path("no-such-file.tex"))
    Traceback (most recent call last):
    ...
    exactland.errors.InputError: no-such-file.tex: no such file
    """
    source = read_bytes(tex_path)
    name = printable_name(tex_path)
    program = shutil.which("pdflatex")
    if program is None:
        raise ExactlandError(f"{name}: pdflatex is not installed, so that no PDF can be made")
    if not source.strip():
        raise InputError(name, "is empty")
    with tempfile.TemporaryDirectory(prefix="exactland-") as folder:
        # A name of our own: that of the user's file could hold anything.
        (Path(folder) / "document.tex").write_bytes(source)
        least, most = RUNS
        for done in range(1, most + 1):
            output = _run(program, Path(folder), name)
            if done >= least and not _UNSETTLED.search(output):
                break
        pdf = Path(folder) / "document.pdf"
        if not pdf.is_file():
            raise ExactlandError(f"{name}: pdflatex made no PDF (no pages?)")
        target = tex_path.with_suffix(".pdf")
        write_bytes_atomically(target, pdf.read_bytes())
    return target


def _run(program: str, folder: Path, name: str) -> bytes:
    environment = {
        **os.environ,
        "openin_any": "p",  # paranoid: nothing above the working folder, no dot files
        "openout_any": "p",
        "shell_escape": "f",
        "TEXMFOUTPUT": str(folder),
        "SOURCE_DATE_EPOCH": "0",
        "max_print_line": "1000",  # an error message on one line
    }
    options = ["-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error", "-file-line-error"]
    try:
        run = subprocess.run(
            [program, *options, "document.tex"],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIME_LIMIT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ExactlandError(f"{name}: pdflatex took more than {TIME_LIMIT} seconds") from None
    except OSError as error:
        raise ExactlandError(f"{name}: pdflatex cannot be run: {error.strerror}") from None
    if run.returncode:
        raise ExactlandError(f"{name}: LaTeX: {_first_error(run.stdout)}")
    return run.stdout


def _first_error(output: bytes) -> str:
    text = output.decode("utf-8", errors="replace")
    match = _ERROR.search(text)
    message = match.group(1) if match else "failed without an error message"
    return "".join(c if c.isprintable() else " " for c in message).strip()[:300]
