"""Every notebook runs headless, its verdicts follow its sliders, and its exercises are judged."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.notebooks.runs import NOTEBOOKS, judgements, pictures, run, verdicts

BY_NUMBER = {int(path.name[:2]): path for path in NOTEBOOKS}
RIGHT, WRONG = "Right.", "Not yet."

# For each notebook: the positions of sliders and answers, the verdicts, the judgements.
Case = tuple[dict[str, Any], list[str], list[str]]
CASES: dict[int, list[Case]] = {
    1: [
        ({}, ["not stationary", "not stationary"], []),
        (
            # Clarke but not directionally stationary; then the right answers.
            {"w_quarters": 0, "h_quarters": -4, "along": 1, "e1_w": "0", "e1_h": "1/2",
             "e2": "-116303/66500", "e3": "not Clarke stationary"},
            ["local minimum", "not stationary"],
            [RIGHT, RIGHT, RIGHT],
        ),
        (
            {"w_quarters": -2, "h_quarters": 3, "e1_w": "0", "e1_h": "-2", "e2": "1/2",
             "e3": "Clarke stationary only"},
            ["local minimum", "not stationary"],
            [WRONG, WRONG, WRONG],
        ),
        ({"w_quarters": 0, "h_quarters": 0, "e1_w": "0", "e1_h": "1"}, ["saddle", "not stationary"],
         [WRONG]),
    ],
    2: [
        (
            {"step": 0, "way": 0, "twentieths": 0, "tenths": 5, "e2_a": "1", "e2_b": "1"},
            ["saddle", "not lower", "not stationary"],
            [WRONG],
        ),
        (
            {"step": 1, "e1": "-47707029/10760000000", "e2_a": "-1", "e2_b": "-2", "tenths": 0},
            ["not stationary", "lower", "saddle"],
            [RIGHT, RIGHT],
        ),
    ],
    3: [
        (
            {"x3": 3, "a": 8, "b": -1, "px": 8, "py": 0, "eighths": 4, "e1_x": "-2", "e1_y": "0",
             "e2": "464", "e3": "yes"},
            ["degenerate", "degenerate", "not least in its cell"],
            [RIGHT, RIGHT, RIGHT],
        ),
        (
            {"e1_x": "-1/3", "e1_y": "0", "e2": "232", "e3": "no", "eighths": 8},
            ["general position", "general position", "least in its cell"],
            [WRONG, WRONG, WRONG],
        ),
    ],
    4: [
        (
            {"n_slider": 3, "gamma_slider": 0, "r_slider": 6, "d_slider": 0, "eta_slider": 8,
             "steps_slider": 0, "e1": "1/7500", "e2": 3, "e3": "4"},
            ["no such family", "not below the level of the saddle"],
            [RIGHT, RIGHT, RIGHT],
        ),
        (
            {"n_slider": 3, "gamma_slider": 2, "r_slider": 0, "d_slider": -8, "eta_slider": 8,
             "steps_slider": 150, "e1": "1/972", "e2": 5, "e3": "2"},
            ["saddle", "below the level of the saddle"],
            [WRONG, WRONG, WRONG],
        ),
        (
            {"n_slider": 0, "gamma_slider": 0},
            ["local minimum", "below the level of the saddle"],
            [],
        ),
    ],
    5: [
        (
            {"quarters": 6, "kind": "hard tanh", "shape": [2, 2], "gamma_quarters": 4, "which": 0,
             "e1": "3/2", "e2_1": "1/4", "e2_2": "1/4", "e2_3": "1/2"},
            ["no spurious minimum by this construction", "saddle", "no such network"],
            [RIGHT, RIGHT],
        ),
        (
            {"quarters": -3, "kind": "absolute value", "shape": [3, 2, 2], "gamma_quarters": 6,
             "which": 0, "e1": "2", "e2_1": "1", "e2_2": "1/2", "e2_3": "-2", "e3": "5"},
            ["spurious local minimum", "not stationary"],
            [WRONG, WRONG, RIGHT],
        ),
        (
            {"quarters": 0, "kind": "leaky ReLU 1/4", "shape": [2], "gamma_quarters": 6, "which": 1,
             "e3": "4"},
            ["spurious local minimum", "local minimum"],
            [WRONG],
        ),
    ],
    6: [
        (
            {"kind": "directionally_stationary", "p_slider": 2, "q_slider": 2, "s_slider": 2,
             "which": 0, "added": 1, "e1_p": "-5", "e1_q": "-3", "e2": "33/1076", "e3": "accepted"},
            ["accepted", "rejected", "rejected"],
            [RIGHT, RIGHT, RIGHT],
        ),
        (
            {"kind": "loss_value", "p_slider": 0, "q_slider": 0, "s_slider": -2, "e1_p": "1",
             "e1_q": "1", "e2": "1/30", "e3": "rejected"},
            ["accepted", "rejected", "accepted"],
            [WRONG, WRONG, WRONG],
        ),
    ],
}  # fmt: skip


def test_there_are_six_notebooks_and_each_has_cases() -> None:
    assert sorted(BY_NUMBER) == sorted(CASES) == [1, 2, 3, 4, 5, 6]


@pytest.mark.slow
@pytest.mark.parametrize("number", sorted(CASES))
def test_verdicts_and_judgements_follow_sliders_and_answers(number: int) -> None:
    cases = CASES[number]
    pages = run(BY_NUMBER[number], [position for position, _, _ in cases])
    for (position, told, judged), cells in zip(cases, pages, strict=True):
        assert verdicts(cells) == told, position
        assert judgements(cells) == judged, position
    shown = [pictures(cells) for cells in pages]
    assert all(shown) and len({tuple(images) for images in shown}) == len(shown)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_a_plain_script(path: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONWARNINGS": "error::SyntaxWarning"},
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_has_a_title_text_sliders_pictures_and_exercises(path: Path) -> None:
    source = path.read_text("utf-8")
    number = int(path.name[:2])
    assert f'app_title="{number}. ' in source and f"# {number}. " in source
    assert source.count("**Exercise") >= 2 and source.count("mo.ui.slider(") >= 2
    assert "teaching.figure(" in source
    words = re.findall(r"[A-Za-z]{3,}", " ".join(re.findall(r'r?"""(.*?)"""', source, re.S)))
    assert len(words) > 200
