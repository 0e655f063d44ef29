"""The reference instances of the integral loss, as problems (tests/data/integral.json)."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from flint import fmpq

from exactland.arithmetic.number_fields import element_to_json, field_from_json
from exactland.problem.integral import IntegralProblem, integral_problem_from_json

DATA = Path(__file__).parent / "data" / "integral.json"


@cache
def instances() -> dict[str, dict[str, Any]]:
    """Return the instances by their ids."""
    return {entry["id"]: entry for entry in json.loads(DATA.read_text())["instances"]}


def field_of(entry: dict[str, Any]) -> Any:
    """Return Q(sqrt d) for the square root in the parameters, None if they are rational."""
    roots = set(re.findall(r"sqrt\((\d+)\)", json.dumps([entry[k] for k in "wbvc"])))
    if not roots:
        return None
    (radicand,) = roots
    minpoly = [f"-{radicand}", "0", "1"]
    return field_from_json({"minpoly": minpoly, "interval": ["0", radicand]})


def number(text: str, field: Any = None) -> Any:
    """Return the exact value of a reference string such as (6*sqrt(5) + 20)/55."""
    names = {"fmpq": fmpq, "sqrt": lambda _: field.generator, "__builtins__": {}}
    return eval(re.sub(r"\d+", r"fmpq(\g<0>)", text), names)  # our own reference file


def problem_object(entry: dict[str, Any]) -> dict[str, Any]:
    """Return one instance as an exactland-problem/1 object."""
    field = field_of(entry)

    def shown(text: str) -> Any:
        value = number(text, field)
        return element_to_json(value)

    kinds: dict[str, dict[str, Any]] = {
        "relu": {"kind": "relu"},
        "leaky": {"kind": "leaky_relu", "slope": entry["gamma"]},
        "quadratic": {"kind": "quadratic"},
    }
    result: dict[str, Any] = {"format": "exactland-problem/1"}
    if field is not None:
        result["field"] = {
            "minpoly": [str(entry) for entry in field.minpoly.coeffs()],
            "interval": [str(end) for end in field.interval],
        }
    return result | {
        "network": {
            "activation": kinds[entry["activation"]],
            "w": [[shown(text)] for text in entry["w"]],
            "b": [shown(text) for text in entry["b"]],
            "v": [[shown(text) for text in entry["v"]]],
            "c": [shown(entry["c"])],
        },
        "loss": {
            "kind": "integral",
            "interval": [entry["T0"], entry["T1"]],
            "target": [entry["beta"], entry["alpha"]],
        },
    }


def problem(entry: dict[str, Any]) -> IntegralProblem:
    """Return one instance as a problem."""
    return integral_problem_from_json(problem_object(entry))
