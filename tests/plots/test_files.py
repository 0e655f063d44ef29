"""Figures as files: every format, the same bytes again, nothing from elsewhere, clean failures."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image
from pypdf import PdfReader

from exactland.plots import KINDS
from exactland.plots.browser import browser_figure, browser_page
from exactland.plots.choice import make_scene
from exactland.plots.printed import print_scene
from exactland.problem.files import write_problem
from tests.plots import figures
from tests.test_cli import fails, run

FOR_KIND = {kind: name for name, kind in figures.DRAWN}
"""A problem for every kind of figure."""


def test_every_kind_is_drawn_for_some_problem() -> None:
    assert set(FOR_KIND) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_has_its_ink_and_its_description(kind: str) -> None:
    scene = figures.scene(FOR_KIND[kind], kind)
    image = Image.open(io.BytesIO(print_scene(scene, "png")))
    assert image.text["Description"] == scene.description  # type: ignore[attr-defined]  # a PNG
    grey = image.convert("L").histogram()
    dark = sum(grey[:160]) / sum(grey)
    assert 0.005 < dark < 0.9
    svg = ElementTree.fromstring(print_scene(scene, "svg"))
    assert svg.tag.endswith("svg")
    text = print_scene(scene, "svg").decode("utf-8")
    assert scene.description.split(";")[0].replace("<", "&lt;") in text


def test_a_pdf_has_one_page() -> None:
    reader = PdfReader(io.BytesIO(print_scene(figures.scene("plateau", "function"), "pdf")))
    assert len(reader.pages) == 1 and reader.metadata is not None
    assert reader.metadata.get("/CreationDate") is None


@pytest.mark.parametrize(("name", "kind"), figures.DRAWN)
def test_every_scene_becomes_a_browser_figure(name: str, kind: str) -> None:
    scene = figures.scene(name, kind)
    figure = browser_figure(scene)
    assert len(figure.data) >= 2
    assert next(a.text for a in figure.layout.annotations) == scene.panels[0].title.replace(
        "<", "&lt;"
    )


class _Addresses(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.found += [value for name, value in attrs if name in ("src", "href", "action")]


def test_a_page_needs_nothing_but_itself() -> None:
    page = browser_page(figures.scene("plateau", "plane"))
    parser = _Addresses()
    parser.feed(page)
    assert parser.found == []
    assert "Plotly.newPlot" in page


PROGRAM = """
import hashlib, sys
from tests.plots import figures
from exactland.plots.choice import make_scene
from exactland.plots.printed import print_scene
from exactland.plots import KINDS
from exactland.plots.browser import browser_page
scene = make_scene(figures.four_inputs(), "cells")
for kind in ("png", "svg", "pdf"):
    print(hashlib.sha256(print_scene(scene, kind)).hexdigest())
print(hashlib.sha256(browser_page(scene).encode()).hexdigest())
"""


def test_the_same_figure_is_the_same_file_in_every_process() -> None:
    runs = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(__file__).parents[2],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ".", "PATH": "", "HOME": "/nonexistent"},
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1] and len(set(runs[0].split())) == 4


@pytest.fixture
def plateau(tmp_path: Path) -> Path:
    path = tmp_path / "plateau.json"
    write_problem(path, figures.plateau())
    return path


@pytest.mark.parametrize("ending", ["png", "svg", "pdf", "html"])
def test_plot_writes_the_file(
    capsys: pytest.CaptureFixture[str], plateau: Path, ending: str
) -> None:
    target = plateau.parent / f"figure.{ending}"
    code, out, err = run(capsys, "plot", plateau, "-o", target)
    assert (code, err) == (0, "") and out.startswith("The function of the network and 5 data")
    start = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF", "html": b"<!DOCTYPE html>"}
    assert target.read_bytes().startswith(start[ending])


def test_plot_draws_a_line_in_a_direction_of_ones_own(
    capsys: pytest.CaptureFixture[str], plateau: Path
) -> None:
    target = plateau.parent / "line.svg"
    arguments = ["--kind", "line", "--direction", "w[0][1]=1, v[0][0]=-1/2", "--range", "-1", "2"]
    code, out, _ = run(capsys, "plot", plateau, "-o", target, *arguments)
    assert code == 0 and re.match(r"The loss along a line, kinks at t = ", out)
    assert b"t, along w[0][1] - 1/2 v[0][0]" in target.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "figure.gif"], "must end with .png, .svg, .pdf, .html"),
        (["-o", "no-such-folder/figure.png"], "the folder does not exist"),
        (["-o", "f.png", "--kind", "hessian"], "there is no Hessian"),
        (["-o", "f.png", "--kind", "cells", "--neuron", "9"], "--neuron: 9 is not one of"),
        (["-o", "f.png", "--neuron", "0"], "--neuron goes with"),
        (["-o", "f.png", "--direction", "w[0][0]=1"], "go with --kind line or plane"),
        (["-o", "f.png", "--kind", "line", "--direction", "w[9][0]=1"], "is no parameter"),
        (["-o", "f.png", "--kind", "line", "--range", "1", "x"], '"x" is not a rational'),
        (["-o", "f.png", "--kind", "pie"], "Invalid value for '--kind'"),
    ],
)
def test_plot_fails_in_one_line_and_writes_nothing(
    capsys: pytest.CaptureFixture[str],
    plateau: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(plateau.parent)
    assert message in fails(capsys, 2, "plot", plateau, *arguments)
    assert [path.name for path in plateau.parent.iterdir()] == ["plateau.json"]


@pytest.mark.parametrize(("ending", "library"), [("png", "matplotlib"), ("html", "plotly")])
def test_plot_says_which_extra_is_missing(
    capsys: pytest.CaptureFixture[str],
    plateau: Path,
    monkeypatch: pytest.MonkeyPatch,
    ending: str,
    library: str,
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == library]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    message = fails(capsys, 2, "plot", plateau, "-o", plateau.parent / f"f.{ending}")
    assert f"needs {library}: install exactland with the extra 'plot'" in message
    assert [path.name for path in plateau.parent.iterdir()] == ["plateau.json"]


def test_the_default_is_the_function_of_one_variable_else_the_residuals() -> None:
    assert make_scene(figures.plateau()).description.startswith("The function")
    assert make_scene(figures.three_inputs()).description.startswith("Residuals")
