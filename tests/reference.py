"""The reference instances of the empirical loss, as problem objects (tests/data/empirical.json)."""

from __future__ import annotations

import json
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from exactland.problem.files import problem_from_json
from exactland.problem.losses import Problem

DATA = Path(__file__).parent / "data" / "empirical.json"


@cache
def reference() -> dict[str, Any]:
    """Return the whole reference file."""
    return json.loads(DATA.read_text())


def instance_names() -> list[str]:
    """Return the names of all instances."""
    return [entry["name"] for entry in reference()["instances"]]


def instance(name: str) -> dict[str, Any]:
    """Return one instance of the reference file."""
    return next(entry for entry in reference()["instances"] if entry["name"] == name)


def problem_object(name: str) -> dict[str, Any]:
    """Return one instance as an exactland-problem/1 object."""
    entry = deepcopy(instance(name))
    data = deepcopy(reference()["datasets"][entry["dataset"]])
    outputs = [list(row) for row in zip(*entry["H"], strict=True)]
    return {
        "format": "exactland-problem/1",
        "network": {"activation": {"kind": "relu"}, "w": entry["W"], "v": outputs},
        "loss": {"kind": "empirical", "x": data["X"], "y": data["Y"], "scale": "1/2"},
    }


def empirical_problem(value: dict[str, Any]) -> Problem:
    """Return the problem that an object with an empirical loss describes."""
    problem = problem_from_json(value)
    assert isinstance(problem, Problem)
    return problem
