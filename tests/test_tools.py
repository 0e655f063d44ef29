"""Tools that are not on every machine: skipped with a reason or demanded, never passed over."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SAMPLE = """
import pytest

@pytest.mark.needs("latex", checks="that the document compiles")
def test_document():
    pass
"""


def run_sample(tmp_path: Path, **environment: str) -> str:
    """Run a test that needs LaTeX on a machine where no program is found."""
    (tmp_path / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text("utf-8"))
    (tmp_path / "test_sample.py").write_text(SAMPLE)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = needs\n")
    kept = {key: value for key, value in os.environ.items() if key != "EXACTLAND_REQUIRE"}
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rsE", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        env={**kept, "COLUMNS": "200", "PATH": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return run.stdout


def test_absent_tool_skips_and_says_what_was_not_checked(tmp_path: Path) -> None:
    output = run_sample(tmp_path)
    assert "1 skipped" in output
    assert "not installed: latex; not checked: that the document compiles" in output


def test_absent_tool_fails_where_it_is_required(tmp_path: Path) -> None:
    output = run_sample(tmp_path, EXACTLAND_REQUIRE="poppler latex")
    assert "1 error" in output
    assert "not checked: that the document compiles (EXACTLAND_REQUIRE demands it)" in output


@pytest.mark.parametrize(
    ("requirements", "platform", "cuda"),
    [
        (["filelock", "sympy>=1.13"], "Linux", False),
        (['nvidia-cublas-cu12==12; platform_system == "Linux"'], "Linux", True),
        (['nvidia-cublas-cu12==12; platform_system == "Linux"'], "Darwin", False),
        (["cuda-toolkit[cublas]==13.0"], "Linux", True),
        (['triton==3; extra == "compile"'], "Linux", False),
    ],
)
def test_cuda_builds_of_pytorch_are_recognised(
    requirements: list[str], platform: str, cuda: bool
) -> None:
    from scripts.provide_torch import needs_cuda

    environment = {"platform_system": platform, "extra": ""}
    assert needs_cuda(requirements, environment) is cuda


@pytest.mark.needs(
    "latex", checks="that the installed LaTeX has what a certificate's document uses"
)
def test_latex_compiles_a_document_with_a_figure(tmp_path: Path) -> None:
    packages = "amsmath,amssymb,amsthm,mathtools,microtype,geometry,booktabs,longtable,pgfplots"
    (tmp_path / "document.tex").write_text(
        r"\documentclass{article}\usepackage[T1]{fontenc}\usepackage{lmodern}"
        rf"\usepackage{{{packages}}}\usepackage{{hyperref}}\pgfplotsset{{compat=1.17}}"
        r"\begin{document}$\mathbb{Q}$ \texttt{a}\begin{tikzpicture}\begin{axis}"
        r"\addplot[domain=-1:1]{max(0,x)};\end{axis}\end{tikzpicture}\end{document}"
    )
    command = ["latexmk", "-pdf", "-interaction=nonstopmode", "-halt-on-error", "document.tex"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-2000:]
    assert (tmp_path / "document.pdf").read_bytes().startswith(b"%PDF")
