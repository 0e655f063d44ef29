"""Problems and certificates about an integral loss, made by hand."""

from __future__ import annotations

import copy
from typing import Any

from exactland.checker import Outcome, check_certificate

Json = dict[str, Any]


def problem(
    w: list[str], v: list[str], b: list[str] | None = None, c: str | None = "1/2", **more: Any
) -> Json:
    """ReLU, target x on [0, 1] unless `more` says otherwise."""
    activation = more.pop("activation", {"kind": "relu"})
    network: Json = {"activation": activation, "w": [[x] for x in w], "v": [v]}
    if b is not None:
        network["b"] = b
    if c is not None:
        network["c"] = [c]
    field = {"field": more.pop("field")} if "field" in more else {}
    loss = {"kind": "integral", "interval": ["0", "1"], "target": ["0", "1"]} | more
    return {"format": "exactland-problem/1", **field, "network": network, "loss": loss}


def outcome(given: Json, kind: str, witness: Json | None = None, **claim: Any) -> Outcome:
    return check_certificate(
        {
            "format": "exactland-certificate/1",
            "problem": given,
            "claim": {"kind": kind, **claim},
            "witness": witness or {},
        }
    )


def status(given: Json, kind: str, witness: Json | None = None, **claim: Any) -> str:
    return outcome(given, kind, witness, **claim).status


def changed(document: Json, *path: Any, to: Any) -> Json:
    result = copy.deepcopy(document)
    place: Any = result
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = to
    return result


SADDLE = problem(["1", "-1"], ["2/3", "-2/3"], ["-1/3", "2/3"])  # R21
DESCENT = {"b0": "-1", "v1": "-1", "c": "2/3"}
DEAD = problem(["1"], ["3"], ["-2"])
SEMI = problem(["-1"], ["1"], ["0"])  # a local minimum; with v = -1 a saddle
DEGENERATE = problem(["0"], ["1"], ["0"])
LEAKY = problem(["0"], ["1"], ["0"], activation={"kind": "leaky_relu", "slope": "1/4"})
QUADRATIC = problem(["0"], ["0"], ["0"], activation={"kind": "quadratic"})
ALMOST = "1/" + "1" + "0" * 40
