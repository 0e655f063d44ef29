"""Random points of the integral loss, degenerate on purpose; number `index` is fixed.

Half of them start from a critical point of an affine target: the families of Theorem 1 (slopes for
which they are rational or lie in a quadratic field), neurons split and joined at their breakpoints,
idle, flat, degenerate and semi-inactive neurons added, the interval moved, the target scaled; some
are then spoilt a little, others rescaled by irrational factors.
"""

from __future__ import annotations

from fractions import Fraction as F
from itertools import pairwise
from random import Random
from typing import Any

from tests.field_points import INVERSE, ROOT, ROOT_TWO, UNIT, times
from tests.surds import Surd

Json = dict[str, Any]
SMALL = [F(a) for a in ("0", "0", "1", "-1", "1/2", "-1/2", "2", "-2", "1/3", "3/2")]
# gamma with sqrt(gamma) and sqrt(1 + gamma), where they are rational
RATIONAL_ROOTS = {
    F(9, 16): (F(3, 4), F(5, 4)),
    F(25, 144): (F(5, 12), F(13, 12)),
    F(0): (F(0), F(1)),
}
# The same where the roots are a multiple of the square root of a number.
SURD_ROOTS = {
    F(1, 8): (Surd(F(0), F(1, 4), F(2)), Surd(F(0), F(3, 4), F(2))),
    F(1, 3): (Surd(F(0), F(1, 3), F(3)), Surd(F(0), F(2, 3), F(3))),
    F(7, 9): (Surd(F(0), F(1, 3), F(7)), Surd(F(4, 3), F(0), F(7))),
}
ROOTS: dict[F, tuple[Any, Any]] = RATIONAL_ROOTS | SURD_ROOTS
TINY = F(1, 10**40)


def problem(seed: int, index: int) -> Json:
    """Return problem number `index` of the stream."""
    random = Random(f"integral {seed} {index}")
    drawn = _anything(random) if random.random() < 0.4 else _critical(random)
    if random.random() < 0.12:
        _spoil(random, drawn)
    elif random.random() < 0.04 and "field" not in drawn:
        return _rescaled(drawn)
    return drawn


def _rescaled(drawn: Json) -> Json:
    """The same over Q(sqrt 2): target and network times sqrt 2, every second neuron rescaled."""
    network, loss = drawn["network"], drawn["loss"]
    quadratic = network["activation"]["kind"] == "quadratic"
    for j in range(len(network["w"])):
        network["v"][0][j] = times(ROOT, network["v"][0][j])
        if j % 2 == 0:
            network["w"][j] = [times(UNIT, network["w"][j][0])]
            if "b" in network:
                network["b"][j] = times(UNIT, network["b"][j])
            for _ in range(2 if quadratic else 1):
                network["v"][0][j] = times(INVERSE, network["v"][0][j])
    if "c" in network:
        network["c"] = [times(ROOT, network["c"][0])]
    loss["target"] = [times(ROOT, a) for a in loss["target"]]
    return drawn | {"field": ROOT_TWO}


def _text(value: Any) -> Any:
    """A number as a file has it."""
    return [str(value.a), str(value.b)] if isinstance(value, Surd) else str(value)


def _moved_by(value: Any, change: F) -> Any:
    """A number of a file plus a rational one."""
    if isinstance(value, list):
        return [_moved_by(value[0], change), *value[1:]]
    return str(F(value) + change)


def _pick(random: Random) -> str:
    return str(random.choice(SMALL))


def _anything(random: Random) -> Json:
    width = random.choice([0, 1, 1, 2, 2, 3])
    low = random.choice([F(0), F(-1), F(1, 3), F(-2)])
    high = low + random.choice([F(1), F(2), F(1, 10**12), F(10**9), F(2, 3)])
    w, b, v = [], [], []
    for _ in range(width):
        kind = random.random()
        slope, at = (
            random.choice(SMALL),
            random.choice([low, high, (low + high) / 2, F(0), low - 1]),
        )
        w.append(str(F(0) if kind < 0.2 else slope))
        b.append(_pick(random) if kind > 0.8 else str(-F(w[-1]) * at))
        v.append(_pick(random))
    network: Json = {
        "activation": random.choice(
            [
                {"kind": "relu"},
                {"kind": "relu"},
                {"kind": "leaky_relu", "slope": random.choice(["1/4", "1/3"])},
                {"kind": "quadratic"},
                {"kind": "abs"},
                {"kind": "relu_like", "alpha_plus": "-1", "alpha_minus": "1/2"},
                {"kind": "identity"},
            ]
        ),
        "w": [[a] for a in w],
        "v": [v],
    }
    if random.random() < 0.85:
        network["b"] = b
    if random.random() < 0.85:
        network["c"] = [_pick(random)]
    target = [_pick(random) for _ in range(random.choice([1, 2, 2, 2, 3, 4]))]
    loss: Json = {"kind": "integral", "interval": [str(low), str(high)], "target": target}
    if random.random() < 0.2:
        loss["weight"] = random.choice([["2"], ["1", "0", "1"], ["3", "0", "0", "0", "1/2"]])
    if random.random() < 0.1:
        loss["scale"] = "1/2"
    drawn = {"format": "exactland-problem/1", "network": network, "loss": loss}
    if random.random() < 0.3 and "weight" not in loss:  # centre: often stationary in c
        middle = (low + high) / 2
        if len(target) <= 2 and "c" in network:
            network["c"] = [str(F(target[0]) + (F(target[1]) * middle if len(target) == 2 else 0))]
            network["v"] = [["0"] * width] if random.random() < 0.5 else [v]
    return drawn


def _critical(random: Random) -> Json:
    """A critical point of an affine target, or one with neurons that spoil it."""
    alpha, beta = random.choice([F(1), F(-1), F(2, 3), F(-5)]), random.choice(SMALL)
    low = random.choice([F(0), F(-1), F(1, 3)])
    length = random.choice([F(1), F(1), F(3), F(1, 10**6)])
    high, middle = low + length, low + length / 2
    quadratic = random.random() < 0.12
    gamma = F(0) if quadratic else random.choice([*RATIONAL_ROOTS] * 6 + [*SURD_ROOTS])
    neurons: list[tuple[Any, Any, Any]] = []
    sites: list[tuple[Any, int]] = []
    if quadratic:
        for _ in range(random.randint(1, 3)):
            which, value = random.randrange(4), random.choice(SMALL[2:])
            w = value if which == 0 else F(0)
            centred = value if which == 1 else F(0)
            neurons.append((w, centred - w * middle, value if which == 2 else F(0)))
    else:
        count = random.choice([0, 0, 2, 2]) if gamma == 0 else random.choice([0, 1, 1, 2, 3])
        first = 1 if gamma == 0 else random.choice([1, -1])
        sites, sums = _family(gamma, count, first, alpha, low, length)
        for (at, sign), total in zip(sites, sums, strict=True):
            neurons += _at_site(random, at, sign, total)
    idle = gamma == 0 and not sites and random.random() < 0.5
    for _ in range(random.choice([0, 0, 1, 1, 2])):
        if len(neurons) < 4 and not quadratic:
            extra = (
                _idle(random, alpha, low, high) if idle else _extra(random, gamma, low, high, sites)
            )
            neurons.append(extra)
    random.shuffle(neurons)
    kind: Json = {"kind": "leaky_relu", "slope": str(gamma)} if gamma else {"kind": "relu"}
    network: Json = {
        "activation": {"kind": "quadratic"} if quadratic else kind,
        "w": [[_text(w)] for w, _, _ in neurons],
        "b": [_text(b) for _, b, _ in neurons],
        "v": [[_text(v) for _, _, v in neurons]],
        "c": [str(alpha * middle + beta)],
    }
    loss: Json = {
        "kind": "integral",
        "interval": [str(low), str(high)],
        "target": [str(beta), str(alpha)],
    }
    drawn = {"format": "exactland-problem/1", "network": network, "loss": loss}
    if gamma in SURD_ROOTS and not quadratic:
        radicand = SURD_ROOTS[gamma][0].D
        drawn["field"] = {"minpoly": [str(-radicand), "0", "1"], "interval": ["0", str(radicand)]}
    return drawn


def _family(
    gamma: F, count: int, first: int, alpha: F, low: F, length: F
) -> tuple[list[tuple[Any, int]], list[Any]]:
    """Breakpoints with their signs, and the sums of v w, of Theorem 1."""
    if not count:
        return [], []
    root, step = ROOTS[gamma]
    signs = [first * (-1) ** i for i in range(count)]
    ends = (F(1) if first > 0 else root, root if signs[-1] > 0 else F(1))
    sizes = [ends[0], *[step] * (count - 1), ends[1]]
    if not all(sizes):
        return [], []
    total = sum(sizes, F(0))
    places, at = [], low
    for size, sign in zip(sizes, signs, strict=False):
        at += length * size / total
        places.append((at, sign))
    sums = [alpha / total * (1 / before + 1 / after) for before, after in pairwise(sizes)]
    return places, sums


def _at_site(random: Random, at: Any, sign: int, total: Any) -> list[tuple[Any, Any, Any]]:
    """Neurons with this breakpoint whose v w sum to the total; often only one."""
    shares = random.choice(
        [[F(1)], [F(1)], [F(1)], [F(1, 3), F(2, 3)], [F(2), F(-1)], [F(1), F(0)]]
    )
    found = []
    for share in shares:
        w = sign * random.choice([F(1), F(1), F(2), F(1, 3), F(10) ** 15])
        found.append((w, -w * at, share * total / w))
    return found


def _idle(random: Random, alpha: F, low: F, high: F) -> tuple[F, F, F]:
    """A neuron that a local minimum of the ReLU loss may have."""
    size = random.choice([F(1), F(2), F(1, 3)])
    good = alpha * random.choice([F(1), F(1, 5)])
    kinds = [
        (-size, size * low, good),
        (size, -size * high, -good),
        (F(0), -size, random.choice(SMALL)),
        (size, -size * high - 1, random.choice(SMALL)),
    ]
    return random.choice(kinds)


def _extra(
    random: Random, gamma: F, low: F, high: F, sites: list[tuple[Any, int]]
) -> tuple[F, Any, F]:
    """A neuron that may or may not keep the point critical."""
    size, v = random.choice([F(1), F(2), F(1, 3)]), random.choice(SMALL)
    kinds = [
        (-size, size * low, v),  # semi-inactive at T0
        (size, -size * high, v),  # semi-inactive at T1
        (size, -size * low, v),  # breakpoint at T0, active
        (-size, size * low - size, v),  # inactive
        (F(0), -size, v),  # inactive
        (F(0), size, F(0)),  # flat semi-active or constant
        (F(0), F(0), F(0)),  # flat degenerate
        (F(0), F(0), v),  # degenerate
        (-size, size * low + TINY, v),  # almost semi-inactive
        (size, -size * (low + high) / 2, F(0)),  # a flat kink
    ]
    if sites:
        at, sign = random.choice(sites)
        kinds += [(sign * size, -sign * size * at, F(0)), (-sign * size, sign * size * at, F(0))]
    return random.choice(kinds)


def _spoil(random: Random, drawn: Json) -> None:
    network = drawn["network"]
    change = random.choice([TINY, -TINY, F(1, 7), F(10) ** 20])
    place = random.choice(["w", "v", "c", "b"])
    if place == "c" and "c" in network:
        network["c"][0] = _moved_by(network["c"][0], change)
    elif network["w"] and place in network:
        j = random.randrange(len(network["w"]))
        row: Any = network["w"][j] if place == "w" else network["b" if place == "b" else "v"]
        row, j = (row, 0) if place == "w" else (row, j) if place == "b" else (row[0], j)
        row[j] = _moved_by(row[j], change)
