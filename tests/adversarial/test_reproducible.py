"""The same input gives the same bytes: in another process, with other hashes, on other workers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.adversarial.test_crash_safety import contents
from tests.test_cli import write

ROOT = Path(__file__).parents[2]
DATA = "examples/five_points/data.json"
CHECKPOINT = "examples/five_points/five_points_600000.npz"
PROBLEM = "examples/two_components/problem.json"
SADDLE = {
    "format": "exactland-problem/1",
    "network": {
        "activation": {"kind": "relu"},
        "w": [["1"], ["-1"]],
        "b": ["-1/3", "2/3"],
        "v": [["2/3", "-2/3"]],
        "c": ["1/2"],
    },
    "loss": {"kind": "integral", "interval": ["0", "1"], "target": ["0", "1"]},
}
# A command, and what is different the second time.  OUT is a folder of the run's own.
COMMANDS = {
    "analyze": (["analyze", PROBLEM, "--json"], []),
    "analyze integral": (["analyze", "SADDLE", "--json"], []),
    "certify": (["certify", PROBLEM, "-o", "OUT"], []),
    "certify integral": (["certify", "SADDLE", "-o", "OUT"], []),
    "snap": (["snap", CHECKPOINT, "--data", DATA, "-o", "OUT/p.json", "--json"], []),
    "cells": (["cells", DATA, "--list", "--json"], []),
    "descend": (["descend", PROBLEM, "-o", "OUT/p.json", "--json"], []),
    "spurious": (["spurious", DATA, "--widths", "2,2", "-o", "OUT", "--json"], []),
    "atlas": (
        ["atlas", DATA, "--width", "2", "-o", "OUT", "--json", "--jobs", "1"],
        ["--jobs", "3"],
    ),
    "minimum": (["atlas", DATA, "--width", "2", "--minimum-only", "-o", "OUT"], ["--jobs", "2"]),
    "prove": (
        ["prove", "cjr/centering", "cjr/piece-identities", "-o", "OUT", "--json", "--jobs", "1"],
        ["--jobs", "2"],
    ),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_same_input_gives_the_same_bytes(name: str, tmp_path: Path) -> None:
    command, change = COMMANDS[name]
    saddle = str(write(tmp_path / "saddle.json", SADDLE))
    found = []
    for seed, more in (("1", []), ("2", change)):
        # Both runs write to the same name, since an answer may say where it wrote.
        out, home = tmp_path / "out", tmp_path / seed
        out.mkdir()
        arguments = [
            argument.replace("OUT", str(out)).replace("SADDLE", saddle) for argument in command
        ]
        run = subprocess.run(
            [sys.executable, "-m", "exactland", *arguments, *more],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed, "OMP_NUM_THREADS": seed},
            capture_output=True,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        out.rename(home)
        found.append((run.stdout, contents(home)))
    assert found[0][0] == found[1][0]
    assert found[0][1] == found[1][1]
    assert found[0][0] or found[0][1]
