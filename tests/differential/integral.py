"""A slow decider of the integral loss, written from the definitions with fractions.

Over a quadratic field the numbers are those of tests/surds.py instead.  It shares nothing with the
package: own reading, own polynomials, own sign decisions.

Notation as in the spec of the integral loss: r = f - target on pieces between breakpoints, density
= scale * weight, slopes (a+, a-) of the activation, None for the quadratic one.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction as F
from functools import cached_property
from itertools import combinations, pairwise
from typing import Any

from tests.differential.linear import inertia
from tests.differential.polynomials import Poly, add, antiderivative, at, integral, mul, nonnegative
from tests.surds import reader

Json = dict[str, Any]
ONE, ZERO = F(1), F(0)


@dataclass(frozen=True)
class Point:
    """Parameters, interval, target, density; absent biases are zero and are not moved."""

    slopes: tuple[F, F] | None
    w: list[F]
    b: list[F]
    v: list[F]
    c: F
    has_b: bool
    has_c: bool
    low: F
    high: F
    target: Poly
    density: Poly
    weight_degree: int

    @property
    def neurons(self) -> range:
        return range(len(self.w))

    def activated(self, j: int, x: F) -> Poly:
        """rho(w_j . + b_j) near x."""
        line = [self.b[j], self.w[j]]
        return mul(line, line) if self.slopes is None else mul([self.slope(j, x)], line)

    def slope(self, j: int, x: F) -> F:
        """rho' at w_j x + b_j != 0."""
        assert self.slopes is not None
        return self.slopes[self.w[j] * x + self.b[j] < 0]

    @cached_property
    def knots(self) -> list[F]:
        places = {self.low, self.high}
        for w, b in zip(self.w, self.b, strict=True):
            if w and self.low < -b / w < self.high:
                places.add(-b / w)
        return sorted(places)

    @cached_property
    def pieces(self) -> list[tuple[F, F, Poly]]:
        """The intervals with r on them."""
        return [
            (
                a,
                b,
                add(
                    [self.c],
                    [-t for t in self.target],
                    *(mul([self.v[j]], self.activated(j, (a + b) / 2)) for j in self.neurons),
                ),
            )
            for a, b in pairwise(self.knots)
        ]

    @cached_property
    def loss(self) -> F:
        return sum((integral(mul(mul(r, r), self.density), a, b) for a, b, r in self.pieces), ZERO)

    @cached_property
    def vanishes(self) -> bool:
        """r = 0 on the interval."""
        return not any(any(r) for _, _, r in self.pieces)

    def moment(self, factor: Poly, low: F, high: F) -> F:
        """int_low^high factor r density."""
        return sum(
            (
                integral(mul(mul(r, factor), self.density), max(a, low), min(b, high))
                for a, b, r in self.pieces
                if max(a, low) < min(b, high)
            ),
            ZERO,
        )

    def degenerate(self, j: int) -> bool:
        return self.slopes is not None and not self.w[j] and not self.b[j]

    def breakpoint(self, j: int) -> F | None:
        if self.slopes is None or not self.w[j]:
            return None
        return -self.b[j] / self.w[j]

    def interior(self, j: int) -> bool:
        t = self.breakpoint(j)
        return t is not None and self.low < t < self.high

    def end(self, j: int) -> F | None:
        """The end of the interval at which neuron j has its breakpoint."""
        t = self.breakpoint(j)
        return t if t is not None and t in (self.low, self.high) else None

    def residual_at(self, x: F) -> F:
        return next(at(r, x) for a, b, r in self.pieces if a <= x <= b)

    @property
    def loose(self) -> list[int]:
        """The degenerate neurons that are not flat: where L has one-sided derivatives only."""
        return [j for j in self.neurons if self.degenerate(j) and self.v[j]]

    def affine(self) -> bool:
        """Whether the theorems about affine targets apply."""
        plain = self.slopes is None or (self.slopes[0] == 1 and 0 <= self.slopes[1] < 1)
        target = len(self.target) <= 2 or not any(self.target[2:])
        return plain and self.has_b and self.has_c and target and self.weight_degree == 0

    @property
    def alpha(self) -> F:
        return self.target[1] if len(self.target) > 1 else ZERO

    @property
    def kinked(self) -> bool:
        return self.slopes is not None and self.slopes[0] != self.slopes[1]

    def coordinates(self) -> list[str]:
        blocks = ["w", "b", "v"] if self.has_b else ["w", "v"]
        return [f"{block}{j}" for block in blocks for j in self.neurons] + ["c"] * self.has_c

    def moved(self, step: dict[str, F]) -> Point:
        def block(name: str, old: list[F]) -> list[F]:
            return [value + step.get(f"{name}{j}", ZERO) for j, value in enumerate(old)]

        return Point(
            self.slopes,
            block("w", self.w),
            block("b", self.b),
            block("v", self.v),
            self.c + step.get("c", ZERO),
            self.has_b,
            self.has_c,
            self.low,
            self.high,
            self.target,
            self.density,
            self.weight_degree,
        )


def read(problem: Json) -> Point:
    """Read a problem object."""
    network, loss, number = problem["network"], problem["loss"], reader(problem)
    kind = network["activation"]
    slopes: tuple[F, F] | None = None
    if kind["kind"] != "quadratic":
        given = {key: number(a) for key, a in kind.items() if key != "kind"}
        slopes = {
            "relu": (ONE, ZERO),
            "leaky_relu": (ONE, given.get("slope", ZERO)),
            "abs": (ONE, -ONE),
            "identity": (ONE, ONE),
            "relu_like": (given.get("alpha_plus", ZERO), given.get("alpha_minus", ZERO)),
        }[kind["kind"]]
    w = [number(row[0]) for row in network["w"]]
    weight = [number(a) for a in loss.get("weight", ["1"])]
    return Point(
        slopes=slopes,
        w=w,
        b=[number(a) for a in network["b"]] if "b" in network else [ZERO] * len(w),
        v=[number(a) for a in network["v"][0]],
        c=number(network["c"][0]) if "c" in network else ZERO,
        has_b="b" in network,
        has_c="c" in network,
        low=number(loss["interval"][0]),
        high=number(loss["interval"][1]),
        target=[number(a) for a in loss["target"]],
        density=mul([number(loss.get("scale", "1"))], weight),
        weight_degree=max((k for k, a in enumerate(weight) if a), default=0),
    )


def gradient(p: Point, at_zero: int) -> dict[str, F]:
    """The partial derivatives; at degenerate neurons rho'(0) is slopes[at_zero]."""
    result: dict[str, F] = {}
    for j in p.neurons:
        for name, power in (("w", 1), ("b", 0)):
            total = ZERO
            for a, b in pairwise(p.knots):
                factor: Poly = [ZERO] * power + [2 * p.v[j]]
                if p.slopes is None:
                    factor = mul(factor, [2 * p.b[j], 2 * p.w[j]])
                else:
                    x = (a + b) / 2
                    slope = p.slopes[at_zero] if p.degenerate(j) else p.slope(j, x)
                    factor = mul(factor, [slope])
                total += p.moment(factor, a, b)
            result[f"{name}{j}"] = total
        result[f"v{j}"] = sum(
            (p.moment(mul([F(2)], p.activated(j, (a + b) / 2)), a, b) for a, b, _ in p.pieces), ZERO
        )
    result["c"] = p.moment([F(2)], p.low, p.high)
    return {name: result[name] for name in p.coordinates()}


def response(p: Point, j: int, dw: F, db: F) -> F:
    """L'(P; dw, db) at the degenerate neuron j: 2 v_j int r rho(dw x + db)."""
    assert p.slopes is not None
    cuts = [p.low, p.high]
    if dw and p.low < -db / dw < p.high:
        cuts.insert(1, -db / dw)
    total = ZERO
    for a, b in pairwise(cuts):
        slope = p.slopes[dw * (a + b) / 2 + db < 0]
        total += p.moment([slope * db, slope * dw], a, b)
    return 2 * p.v[j] * total


def responds_nonnegatively(p: Point, j: int) -> bool:
    """Whether no direction of the degenerate neuron j has a negative derivative.

    rho(dw x + db) is, up to a positive factor, rho(+-(x - t)) or rho(+-1); for t outside the
    interval it is a nonnegative combination of those at an end and rho(+-1).
    """
    assert p.slopes is not None
    if not p.has_b:
        return min(response(p, j, ONE, ZERO), response(p, j, -ONE, ZERO)) >= 0
    if min(response(p, j, ZERO, ONE), response(p, j, ZERO, -ONE)) < 0:
        return False
    plus, minus = p.slopes
    # rho(x - t) and rho(t - x) are slope * (x - t), one slope on the right and one on the left.
    for right, left in ((plus, minus), (-minus, -plus)):
        for a, b, _ in p.pieces:
            if not nonnegative(_tent(p, p.v[j], right, left, a, b), a, b):
                return False
    return True


def _tent(p: Point, factor: F, right: F, left: F, low: F, high: F) -> Poly:
    """The polynomial t -> factor int r (right if x > t else left) (x - t), t in [low, high]."""
    total: Poly = []
    for a, b, r in p.pieces:
        base = mul(r, p.density)
        zeroth, first = antiderivative(base), antiderivative(mul([ZERO, ONE], base))
        for slope, before in ((left, True), (right, False)):
            if (a, b) != (low, high):
                if b <= low if before else a >= high:
                    moments = (at(zeroth, b) - at(zeroth, a), at(first, b) - at(first, a))
                    total = add(total, mul([slope], [moments[1], -moments[0]]))
                continue
            if before:
                parts = (add(zeroth, [-at(zeroth, a)]), add(first, [-at(first, a)]))
            else:
                parts = (
                    add([at(zeroth, b)], mul([-ONE], zeroth)),
                    add([at(first, b)], mul([-ONE], first)),
                )
            total = add(total, mul([slope], add(parts[1], mul([ZERO, -ONE], parts[0]))))
    return mul([factor], total)


def hull_reached(p: Point, samples: int = 24) -> bool:
    """Whether limits of gradients at the degenerate neurons, sampled, have 0 in their hull.

    True is a proof; False is not.
    """
    assert p.slopes is not None
    places = [p.low + (p.high - p.low) * F(k, samples) for k in range(samples + 1)] + p.knots
    limits = set()
    for t in places if p.has_b else [max(p.low, min(p.high, ZERO))]:
        left = (p.moment([ZERO, ONE], p.low, t), p.moment([ONE], p.low, t))
        right = (p.moment([ZERO, ONE], t, p.high), p.moment([ONE], t, p.high))
        for first, second in ((left, right), (right, left)):
            limits.add(
                tuple(p.slopes[0] * m + p.slopes[1] * n for m, n in zip(first, second, strict=True))
            )
    if not p.has_b:
        limits = {(m[0], ZERO) for m in limits}
    if (ZERO, ZERO) in limits:
        return True
    for (a, b), (c, d) in combinations(limits, 2):  # on a segment through 0
        if a * d == b * c and a * c + b * d < 0:
            return True
    # 0 is strictly inside unless all limits lie in an open half plane, beside an extreme one.
    for a, b in limits:
        sides = [a * d - b * c for c, d in limits]
        if min(sides) >= 0 or max(sides) <= 0:
            return False
    return True


def hessian(p: Point, modified: bool) -> list[list[F]]:
    """Section 4: 2 int grad f grad f^T plus a block for every neuron."""
    names = p.coordinates()
    place = {name: i for i, name in enumerate(names)}
    rows = [[ZERO] * len(names) for _ in names]
    for a, b, r in p.pieces:
        x, parts = (a + b) / 2, {"c": [ONE]}
        for j in p.neurons:
            d = [2 * p.b[j], 2 * p.w[j]] if p.slopes is None else [p.slope(j, x)]
            parts[f"b{j}"] = mul([p.v[j]], d)
            parts[f"w{j}"] = mul([ZERO, p.v[j]], d)
            parts[f"v{j}"] = p.activated(j, x)
        for i, first in enumerate(names):
            for k, second in enumerate(names):
                rows[i][k] += 2 * integral(mul(mul(parts[first], parts[second]), p.density), a, b)
        weighted = mul(mul([F(2)], r), p.density)
        for j in p.neurons:
            d = [2 * p.b[j], 2 * p.w[j]] if p.slopes is None else [p.slope(j, x)]
            block = {("w", "v"): mul([ZERO, ONE], d), ("b", "v"): d}
            if p.slopes is None:
                twice = [2 * p.v[j]]
                block |= {
                    ("w", "w"): mul([ZERO, ZERO, ONE], twice),
                    ("w", "b"): mul([ZERO, ONE], twice),
                    ("b", "b"): twice,
                }
            for (first, second), factor in block.items():
                _add(
                    rows,
                    place,
                    f"{first}{j}",
                    f"{second}{j}",
                    integral(mul(weighted, factor), a, b),
                )
    for j in p.neurons:
        t = p.breakpoint(j)
        if t is None or not p.has_b or p.slopes is None:
            continue
        if not p.interior(j) and not (modified and p.end(j) is not None and idle_at_end(p, j)):
            continue
        bend = 2 * p.v[j] * (p.slopes[0] - p.slopes[1]) / abs(p.w[j])
        bend *= p.residual_at(t) * at(p.density, t)
        for first, second, power in (("w", "w", 2), ("w", "b", 1), ("b", "b", 0)):
            _add(rows, place, f"{first}{j}", f"{second}{j}", bend * t**power)
    return rows


def _add(rows: list[list[F]], place: dict[str, int], first: str, second: str, amount: F) -> None:
    if first in place and second in place:
        rows[place[first]][place[second]] += amount
        if first != second:
            rows[place[second]][place[first]] += amount


def idle_at_end(p: Point, j: int) -> bool:
    """Semi-inactive: zero on the open interval, breakpoint at an end (ReLU only)."""
    middle = p.w[j] * (p.low + p.high) / 2 + p.b[j]
    return p.slopes is not None and not p.slopes[1] and p.end(j) is not None and middle < 0


@dataclass(frozen=True)
class Verdicts:
    """What the definitions say; None where these pages do not decide."""

    loss: F
    gradients: tuple[dict[str, F], dict[str, F]]
    differentiable: bool
    c2_near: bool
    twice: bool
    directional: bool
    classical: bool
    clarke: bool | None
    coordinatewise: bool
    right_partials: bool
    inertia: tuple[int, int, int] | None
    inertia_modified: tuple[int, int, int] | None
    matrix: list[list[F]] | None
    verdict: str | None


def decide(p: Point) -> Verdicts:
    """Decide everything about a point."""
    gradients = (gradient(p, 0), gradient(p, 1))
    free = {f"{block}{j}" for j in p.loose for block in "wb"}
    regular = not any(a for name, a in gradients[0].items() if name not in free)
    directional = regular and all(responds_nonnegatively(p, j) for j in p.loose)
    even = p.kinked and not p.vanishes and (p.has_b or _absolute_moment(p) != 0)
    differentiable = not (p.loose and even)
    steps = [(ONE, ZERO), (-ONE, ZERO)] + ([(ZERO, ONE), (ZERO, -ONE)] if p.has_b else [])
    partials = [[response(p, j, *step) for step in steps] for j in p.loose]
    values = [value for row in partials for value in row]
    breaks = [j for j in p.neurons if p.kinked and p.has_b and p.end(j) is not None]
    rough = [j for j in p.neurons if p.kinked and p.degenerate(j)]
    bent = [j for j in breaks if p.v[j] and p.residual_at(p.end(j) or ZERO)]
    twice = not rough and not bent
    matrix = hessian(p, False) if twice else None
    extended = None
    if not rough and bent and all(idle_at_end(p, j) or not p.v[j] for j in breaks):
        extended = inertia(hessian(p, True))
    return Verdicts(
        loss=p.loss,
        gradients=gradients,
        differentiable=differentiable,
        c2_near=not rough and not breaks,
        twice=twice,
        directional=directional,
        classical=differentiable and regular and not any(values),
        clarke=_clarke(p, regular),
        coordinatewise=regular and min(values, default=ZERO) >= 0,
        right_partials=regular and not any(value for row in partials for value in row[::2]),
        inertia=inertia(matrix) if matrix is not None else None,
        inertia_modified=extended,
        matrix=matrix,
        verdict=_verdict(p, directional),
    )


def _absolute_moment(p: Point) -> F:
    """int |x| r."""
    zero = max(p.low, min(p.high, ZERO))
    return p.moment([ZERO, ONE], zero, p.high) - p.moment([ZERO, ONE], p.low, zero)


def _clarke(p: Point, regular: bool) -> bool | None:
    if not regular or not p.loose:
        return regular
    if hull_reached(p):
        return True
    if not p.has_b:
        return False  # two limits only, and they were tried
    return False if p.affine() else None  # section 2.3: for affine targets the limits at knots do


def _verdict(p: Point, directional: bool) -> str | None:
    """Section 7, for affine targets; for others what needs no theorem."""
    if not directional:
        return "not_stationary"
    if p.vanishes:
        return "global_minimum"
    if not p.affine():
        return None
    if not p.neurons:
        return "global_minimum"
    if p.slopes is None or p.slopes[1]:
        return "saddle"
    for j in p.neurons:
        t, side = p.end(j), p.w[j] * (p.low + p.high) / 2 + p.b[j]
        if t is None and side < 0 and not p.interior(j):
            continue  # inactive
        good = side < 0 and (
            (t == p.low and p.alpha * p.v[j] > 0) or (t == p.high and p.alpha * p.v[j] < 0)
        )
        if not good:
            return "saddle"
    return "local_minimum"
