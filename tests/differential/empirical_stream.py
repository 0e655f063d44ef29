"""Random small problems of the empirical loss, degenerate on purpose; number `index` is fixed.

Stationary points are hit often: the residuals are chosen in the null space of the conditions
(outputs, biases, open cells), and the targets are made to fit them.  Then neurons are replicated,
dead and zero ones are added, data are repeated, and single parameters become huge or tiny; some
problems are moved to a quadratic field.
"""

from __future__ import annotations

from fractions import Fraction as F
from random import Random
from typing import Any

from tests.differential.empirical import Json, Point, exact, read
from tests.differential.linear import Rows, dot, nullspace, plus, times
from tests.field_points import rescaled

ACTIVATIONS: list[Json] = [
    {"kind": "relu"},
    {"kind": "relu"},
    {"kind": "relu"},
    {"kind": "leaky_relu", "slope": "1/4"},
    {"kind": "abs"},
    {"kind": "relu_like", "alpha_plus": "-1", "alpha_minus": "1/2"},
    {"kind": "identity"},
]
SMALL = [F(a) for a in ("0", "0", "0", "1", "-1", "1", "-1", "1/2", "-1/2", "2", "-2", "1/3")]
EXTREME = [F(10) ** 30, F(1, 10**30), F(10**20 + 1, 10**20), F(-3, 2**90), F(2) ** 70]


def problem(seed: int, index: int) -> Json:
    """Return problem number `index` of the stream."""
    random = Random(f"empirical {seed} {index}")
    wild = random.random() < 0.15
    drawn = _network_and_data(random)
    if not wild:
        _replicate(random, drawn)
        _make_stationary(random, drawn)
    if random.random() < 0.15:
        _make_extreme(random, drawn)
    elif random.random() < 0.06:
        return rescaled(drawn)  # over Q(sqrt 2)
    return drawn


def _vector(random: Random, length: int) -> list[str]:
    return [str(random.choice(SMALL)) for _ in range(length)]


def _network_and_data(random: Random) -> Json:
    bias = random.random() < 0.3
    size = random.choice([1, 2, 2, 2, 3]) - bias  # without the bias
    size, outputs = max(size, 1), random.choice([1, 1, 1, 2])
    width, points = random.choice([1, 1, 2, 2, 3]), random.choice([1, 2, 3, 4, 5, 6, 7])
    x: list[list[str]] = []
    for _ in range(points):
        kind = random.random()
        if x and kind < 0.15:  # repeated
            x.append(list(random.choice(x)))
        elif x and kind < 0.35:  # parallel
            factor = random.choice([F(-1), F(2), F(-1, 3)])
            x.append([str(factor * exact(a)) for a in random.choice(x)])
        elif len(x) > 1 and kind < 0.45:  # collinear
            first, second = random.sample(x, 2)
            pairs = zip(first, second, strict=True)
            x.append([str(2 * exact(a) - exact(b)) for a, b in pairs])
        else:
            x.append(_vector(random, size))
    w, b = [], []
    for _ in range(width):
        row = _vector(random, size + bias)
        boundary = [random.choice(x) for _ in range(random.choice([0, 0, 1, 1, 2]))]
        kernel = nullspace(
            [tuple(map(exact, [*point, "1"] if bias else point)) for point in boundary],
            size + bias,
        )
        if boundary and kernel:
            direction = random.choice(kernel)
            row = [str(random.choice([F(1), F(-1), F(2)]) * a) for a in direction]
        w.append(row[:size])
        b.append(row[-1])
    network: Json = {"activation": random.choice(ACTIVATIONS), "w": w}
    if bias:
        network["b"] = b
    network["v"] = [_vector(random, width) for _ in range(outputs)]
    if random.random() < 0.6:  # nonzero outputs
        network["v"] = [[a if a != "0" else "1" for a in row] for row in network["v"]]
    if random.random() < 0.3:
        network["c"] = _vector(random, outputs)
    loss: Json = {"kind": "empirical", "x": x, "y": [_vector(random, outputs) for _ in x]}
    if random.random() < 0.3:
        loss["scale"] = random.choice(["1", "3/7", "1/100"])
    return {"format": "exactland-problem/1", "network": network, "loss": loss}


def _replicate(random: Random, drawn: Json) -> None:
    """Split a neuron (w, h) into (beta w, gamma h) and the rest, or add an idle neuron."""
    if len(drawn["network"]["w"]) > 3 or random.random() < 0.6:
        return
    network = drawn["network"]
    i = random.randrange(len(network["w"]))
    kind = random.choice(["split", "split", "zero", "silent", "dead"])
    row, height = [exact(a) for a in network["w"][i]], [exact(r[i]) for r in network["v"]]
    bias = exact(network["b"][i]) if "b" in network else F(0)
    if kind == "split":
        beta = random.choice([F(1), F(2), F(1, 3)])
        share = random.choice([F(1, 2), F(0), F(1), F(2), F(-1), F(1, 4)])
        for r, a in zip(network["v"], height, strict=True):
            r[i] = str((1 - share) * a)
        row, bias = [beta * a for a in row], beta * bias
        height = [share * a / beta for a in height]
    elif kind == "zero":
        row, bias = [F(0)] * len(row), F(0)
        height = [random.choice(SMALL) if random.random() < 0.5 else F(0) for _ in height]
    elif kind == "silent":
        height = [F(0)] * len(height)
    else:
        row, bias = [-a for a in row], -bias
    network["w"].append([str(a) for a in row])
    if "b" in network:
        network["b"].append(str(bias))
    for r, a in zip(network["v"], height, strict=True):
        r.append(str(a))


def _make_stationary(random: Random, drawn: Json) -> None:
    """Choose residuals in the null space of conditions of stationarity, and fit the targets."""
    point = read(drawn)
    outputs, count = len(point.y[0]), len(point.x)
    conditions: Rows = []
    if point.c is not None:
        conditions += _for_each_output(outputs, [F(1)] * count)
    for weight, height in zip(point.w, point.h, strict=True):
        values = [point.rho(dot(weight, row)) for row in point.x]
        conditions += _for_each_output(outputs, values)
        if random.random() < 0.15:
            continue
        sides = [dot(weight, row) for row in point.x]
        for axis in range(len(weight)):
            # The kinks enter with the mean slope: then phi is the sum of the kinks alone.
            slopes = [_slope(point, side) * row[axis] for side, row in zip(sides, point.x)]  # noqa: B905
            conditions.append(tuple(a * slope for slope in slopes for a in height))
    kernel = nullspace(conditions, outputs * count)
    error = (F(0),) * (outputs * count)
    for _ in range(random.choice([0, 1, 2, 2, 3, 3])):
        if kernel:
            error = plus(error, times(random.choice([F(1), F(-1), F(1, 2)]), random.choice(kernel)))
    drawn["loss"]["y"] = [
        [str(a - e) for a, e in zip(point.output(row), error[k * outputs :], strict=False)]
        for k, row in enumerate(point.x)
    ]


def _slope(point: Point, side: F) -> F:
    if side == 0:
        return (point.slopes[0] + point.slopes[1]) / 2
    return point.slopes[0] if side > 0 else point.slopes[1]


def _for_each_output(outputs: int, values: list[F]) -> Rows:
    """The conditions sum_k e_kj values_k = 0, on the errors in the order e_00, e_01, ..."""
    return [
        tuple(value if other == j else F(0) for value in values for other in range(outputs))
        for j in range(outputs)
    ]


def _make_extreme(random: Random, drawn: Json) -> None:
    """Rescale neurons by huge or tiny factors (harmless), or move one number by very little."""
    network = drawn["network"]
    if random.random() < 0.6:
        i, factor = random.randrange(len(network["w"])), abs(random.choice(EXTREME))
        network["w"][i] = [str(factor * exact(a)) for a in network["w"][i]]
        if "b" in network:
            network["b"][i] = str(factor * exact(network["b"][i]))
        for row in network["v"]:
            row[i] = str(exact(row[i]) / factor)
        return
    place: Any = random.choice([network["w"], network["v"], drawn["loss"]["x"], drawn["loss"]["y"]])
    row = random.choice(place)
    k = random.randrange(len(row))
    row[k] = str(exact(row[k]) + random.choice([F(1, 10**40), F(-1, 10**40), *EXTREME]))
