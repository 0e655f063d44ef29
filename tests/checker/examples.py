"""Certificates made by hand, of every claim, on instances with known answers."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

REFERENCE = json.loads((Path(__file__).parent.parent / "data" / "empirical.json").read_text())
INSTANCES = {instance["name"]: instance for instance in REFERENCE["instances"]}

Json = dict[str, Any]


def problem(
    w: list[list[str]],
    h: list[list[str]],
    x: list[list[str]],
    y: list[list[str]],
    activation: Json | None = None,
    **more: list[str],
) -> Json:
    """A problem from rows w_i, h_i, x_k, y_k; `more` are b and c."""
    v = [[row[j] for row in h] for j in range(len(y[0]))]
    network = {"activation": activation or {"kind": "relu"}, "w": w, "v": v, **more}
    loss = {"kind": "empirical", "x": x, "y": y}
    return _unshared({"format": "exactland-problem/1", "network": network, "loss": loss})


def instance_problem(name: str) -> Json:
    """An instance of the reference answers."""
    instance = INSTANCES[name]
    data = REFERENCE["datasets"][instance["dataset"]]
    return problem(instance["W"], instance["H"], data["X"], data["Y"])


def hwt_problem(name: str) -> Json:
    """A network with hidden and output biases, on scalar data."""
    hidden, output = REFERENCE["hwt"]["nets"][name]["layers"]
    x, y = ([[value] for value in REFERENCE["hwt"][key]] for key in ("xs", "ys"))
    h = [list(column) for column in zip(*output["W"], strict=True)]
    return problem(hidden["W"], h, x, y, b=hidden["b"], c=output["b"])


def certificate(given: Json, kind: str, claim: Json | None = None, **witness: Any) -> Json:
    document: Json = {
        "format": "exactland-certificate/1",
        "problem": given,
        "claim": {"kind": kind, **(claim or {})},
        "witness": witness,
    }
    return _unshared(document)


def _unshared(document: Json) -> Json:
    """A copy whose parts can be changed one by one."""
    result: Json = json.loads(json.dumps(document))
    return result


def changed(document: Json, *path: Any, to: Any) -> Json:
    """A copy of the document with the value at the path replaced."""
    result = _unshared(document)
    place: Any = result
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return result


def leaf(**multipliers: str) -> Json:
    """A leaf; the class 4 is written k4."""
    return {"multipliers": {name[1:]: value for name, value in multipliers.items()}}


def branch(q: int, plus: Json, minus: Json) -> Json:
    return {"class": q, "plus": plus, "minus": minus}


# The five-point experiment.  On the face of x_5 (index 4) the merged kink is h e_5 / 2, and the
# linear part is a multiple of x_5 = (7/10, 1).
P1 = instance_problem("exp1_P1_single")
END = instance_problem("exp1_END")
PLATEAU = instance_problem("exp1_P1_plus_zero_plus_dead")


def _p1_multiplier(h: Fraction) -> str:
    """The multiplier of h . psi at P1: linear in h."""
    e = [Fraction(row[0]) for row in INSTANCES["exp1_P1_single"]["residual"]]
    second = [Fraction(row[1]) for row in REFERENCE["datasets"]["exp1"]["X"]]
    return str(h * sum(a * b * s for a, b, s in zip(e, second, FACE, strict=True)))


def _end_multiplier(h: Fraction) -> str:
    e = [Fraction(row[0]) for row in INSTANCES["exp1_END"]["residual"]]
    return str(h * sum(a * s for a, s in zip(e, FACE, strict=True)))


FACE = [Fraction(1)] * 4 + [Fraction(1, 2)]  # slopes on the face of x_5
P1_H, END_H = Fraction(231, 2690), Fraction(1, 4)
P1_TREE = leaf(k4=_p1_multiplier(P1_H))
END_TREE = leaf(k4=_end_multiplier(END_H))
DEAD: Json = leaf()

LOSS = certificate(P1, "loss_value", {"loss": "50749/672500"})
DIRECTIONAL = certificate(END, "directionally_stationary", neurons=[END_TREE, DEAD, DEAD])
NOT_DIRECTIONAL = certificate(
    instance_problem("embed_replicate_kink_g_2_-1"),
    "not_directionally_stationary",
    direction={"neurons": {"1": {"w": ["-7", "-10"]}}},
)
CLARKE = certificate(
    instance_problem("clarke_not_d_2"),
    "clarke_stationary",
    neurons=[
        [
            {"multiplier": "2134/3059", "cell": ["-3", "-10"]},
            {"multiplier": "925/3059", "cell": ["3", "10"]},
        ]
    ],
)
ZONOTOPE = certificate(
    instance_problem("zonotope_trap"),
    "not_clarke_stationary",
    neuron=0,
    direction=["1"],
    tree={"separated": True},
)
# phi(v) = sum_k e_k rho(x_k . v) with x_1 + x_2 + x_3 = 0 and e = (1, 1, -1): the gradient would be
# zero where no point is active, but there is no such cell.
EMPTY_CELL = certificate(
    problem(
        [["0", "0"]],
        [["1"]],
        [["1", "0"], ["0", "1"], ["-1", "-1"]],
        [["-1"], ["-1"], ["1"]],
    ),
    "not_clarke_stationary",
    neuron=0,
    direction=["1", "1"],
    tree=branch(
        0,
        {"separated": True},
        branch(
            1,
            {"separated": True},
            branch(2, {"separated": True}, {"empty": {"0": "1", "1": "1", "2": "1"}}),
        ),
    ),
)
OUTPUT_COMPONENT = certificate(
    changed(P1, "network", "v", 0, 0, to="1"),
    "not_clarke_stationary",
    component={"neuron": 0, "output": 0},
)
BIAS_COMPONENT = certificate(
    changed(hwt_problem("Q"), "network", "c", 0, to="-2"),
    "not_clarke_stationary",
    component={"output_bias": 0},
)
MINIMUM = certificate(
    P1,
    "local_minimum",
    {
        "radius": str(P1_H),
        "region": {"neurons": [{"signs": "++++0", "output": {"spread": str(P1_H)}}]},
    },
    neurons=[{"plus": [leaf(k4=_p1_multiplier(2 * P1_H))], "minus": [leaf()]}],
)
END_MINIMUM = certificate(
    END,
    "local_minimum",
    {
        "radius": "1/100",
        "region": {
            "neurons": [
                {"signs": "++++0", "output": {"spread": "1/4"}},
                {"signs": "+++++", "output": "all"},
                {"signs": "-----", "output": "all"},
            ]
        },
    },
    neurons=[
        {"plus": [leaf(k4=_end_multiplier(2 * END_H))], "minus": [leaf()]},
        None,
        None,
    ],
)
# Two outputs: e_1 = 0, e_2 = (1, 1), psi(v) = e_2 rho(v_2), so (h + g) . psi >= 0 while
# g_1 + g_2 >= -3.
TWO_OUTPUTS = certificate(
    problem(
        [["4", "0"]],
        [["2", "1"]],
        [["1", "0"], ["0", "1"]],
        [["8", "4"], ["-1", "-1"]],
    ),
    "local_minimum",
    {
        "radius": "3/2",
        "region": {"neurons": [{"signs": "+0", "output": {"spread": "3"}}]},
    },
    neurons=[{"plus": [leaf(k1="3"), leaf(k1="3")], "minus": [leaf(), leaf()]}],
)
BIASED_MINIMUM = certificate(
    hwt_problem("P"),
    "local_minimum",
    {
        "radius": "1/4",
        "region": {"neurons": [{"signs": "+++++", "output": "all"}] * 2},
    },
    neurons=[None, None],
)
CURVE = certificate(
    PLATEAU,
    "not_local_minimum",
    curve={"neurons": {"1": {"w": [["-10"], ["-1"]], "v": [["0", "1"]]}}},
)
ESCAPE = certificate(
    PLATEAU,
    "escape_neuron",
    {"neuron": 1},
    direction=["-10", "-1"],
    neurons=[P1_TREE, leaf(), DEAD],
)
# The first input occurs twice, with targets 1 and 3; the network gives their mean.
GLOBAL = certificate(
    problem([["1"]], [["2"]], [["1"], ["1"], ["2"]], [["1"], ["3"], ["4"]]), "global_minimum"
)
# One neuron sees one of the two inputs: the larger target is fitted, the other one lost.
LEAST = certificate(
    problem([["-3"]], [["1"]], [["1"], ["-1"]], [["1"], ["3"]]),
    "global_minimum_of_width",
    {"loss": "1/2"},
    rays=[["1"], ["-1"]],
    cones=[[0], [1]],
    tree={"vectors": [["-1", "0"], ["0", "-1"]]},
)
LEAST["claim"]["width"] = 1
SPURIOUS = certificate(
    hwt_problem("P"),
    "spurious_local_minimum",
    {"loss": "16139/231500", "better_loss": "469/10000"},
    parts=[
        BIASED_MINIMUM,
        certificate(hwt_problem("P"), "loss_value", {"loss": "16139/231500"}),
        certificate(hwt_problem("Q"), "loss_value", {"loss": "0.0469"}),
    ],
)
# A negative kink: rho(t) = |t|, g(v) = |v_1 + v_2| + |v_1 - v_2| - |v_1| - |v_2| >= 0 needs cases.
BRANCHED = certificate(
    problem(
        [["0", "0"]],
        [["1"]],
        [["1", "1"], ["1", "-1"], ["1", "0"], ["0", "1"]],
        [["-1"], ["-1"], ["1"], ["1"]],
        {"kind": "abs"},
    ),
    "directionally_stationary",
    neurons=[
        branch(
            2,
            branch(3, leaf(k0="-1", k2="1", k3="1"), leaf(k1="-1", k2="1", k3="-1")),
            branch(3, leaf(k1="1", k2="-1", k3="1"), leaf(k0="1", k2="-1", k3="-1")),
        )
    ],
)

TRUE = {
    name: value
    for name, value in list(globals().items())
    if isinstance(value, dict) and value.get("format") == "exactland-certificate/1"
}
