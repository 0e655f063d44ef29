"""A slow decider of the empirical loss, written from the definitions with fractions.

It shares nothing with the package: own reading, own arithmetic, every fan by brute force.

Mathematics (spec of the empirical loss, sections 0 to 2 and 4), with w, x augmented by the bias:
Psi(w) = 2s sum_k e_k rho(w.x_k), psi_i(v) = Psi'(w_i; v), phi_i = h_i . psi_i.  psi_i is linear on
every cell of the arrangement of the x_k with w_i.x_k = 0; a cell is Lin + cone(rays), so all
statements about all v are statements about the lines of Lin and the rays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction as F
from functools import cached_property
from itertools import combinations
from typing import Any

from tests.differential.linear import Rows, Vector, dot, nullspace, plus, rank, solve, times
from tests.surds import reader

Json = dict[str, Any]


def exact(shown: Any) -> F:
    return F(str(shown))


@dataclass(frozen=True)
class Point:
    """A network on data; all vectors augmented."""

    slopes: tuple[F, F]
    w: Rows
    h: Rows
    c: Vector | None
    x: Rows
    y: Rows
    scale: F

    def rho(self, t: F) -> F:
        return self.slopes[0] * t if t > 0 else self.slopes[1] * t

    def output(self, row: Vector) -> Vector:
        total = self.c if self.c is not None else (F(0),) * len(self.y[0])
        for weight, height in zip(self.w, self.h, strict=True):
            total = plus(total, times(self.rho(dot(weight, row)), height))
        return total

    @cached_property
    def errors(self) -> Rows:
        return [
            plus(self.output(row), times(F(-1), target))
            for row, target in zip(self.x, self.y, strict=True)
        ]

    @cached_property
    def loss(self) -> F:
        return self.scale * sum((dot(e, e) for e in self.errors), F(0))

    def psi(self, i: int, v: Vector) -> Vector:
        """The one-sided derivative of Psi at w_i along v."""
        total = (F(0),) * len(self.y[0])
        for row, error in zip(self.x, self.errors, strict=True):
            at, step = dot(self.w[i], row), dot(v, row)
            slope = self.slopes[0] if at > 0 or (at == 0 and step > 0) else self.slopes[1]
            total = plus(total, times(2 * self.scale * slope * step, error))
        return total

    def phi(self, i: int, v: Vector) -> F:
        return dot(self.h[i], self.psi(i, v))

    def smooth_part_vanishes(self) -> bool:
        """dL/dh = 0 and dL/dc = 0."""
        if self.c is not None and any(sum(column) for column in zip(*self.errors, strict=True)):
            return False
        for weight in self.w:
            total = (F(0),) * len(self.y[0])
            for row, error in zip(self.x, self.errors, strict=True):
                total = plus(total, times(self.rho(dot(weight, row)), error))
            if any(total):
                return False
        return True


def read(problem: Json) -> Point:
    """Read a problem object (rational numbers, or those of a quadratic field)."""
    network, loss = problem["network"], problem["loss"]
    exact, kind = reader(problem), network["activation"]
    slopes: dict[str, Callable[[], tuple[F, F]]] = {
        "relu": lambda: (F(1), F(0)),
        "leaky_relu": lambda: (F(1), exact(kind["slope"])),
        "abs": lambda: (F(1), F(-1)),
        "identity": lambda: (F(1), F(1)),
        "relu_like": lambda: (exact(kind["alpha_plus"]), exact(kind["alpha_minus"])),
    }
    x = [tuple(map(exact, row)) for row in loss["x"]]
    w = [tuple(map(exact, row)) for row in network["w"]]
    if "b" in network:
        x = [(*row, F(1)) for row in x]
        w = [(*row, exact(b)) for row, b in zip(w, network["b"], strict=True)]
    v = [tuple(map(exact, row)) for row in network["v"]]
    return Point(
        slopes=slopes[kind["kind"]](),
        w=w,
        h=[tuple(row[i] for row in v) for i in range(len(w))],
        c=tuple(map(exact, network["c"])) if "c" in network else None,
        x=x,
        y=[tuple(map(exact, row)) for row in loss["y"]],
        scale=exact(loss.get("scale", "1/2")),
    )


@dataclass(frozen=True)
class Fan:
    """The arrangement of the data on the boundary of one neuron."""

    lines: Rows
    rays: Rows
    cells: Rows  # one interior point a cell

    @property
    def generators(self) -> Rows:
        return [*self.lines, *(times(F(-1), v) for v in self.lines), *self.rays]


def fan(weight: Vector, data: Rows) -> Fan:
    """List lines, rays and cells, by trying all sets of data points."""
    size = len(weight)
    boundary: Rows = []
    for row in data:
        if any(row) and dot(weight, row) == 0 and all(rank([row, b], size) == 2 for b in boundary):
            boundary.append(row)
    lines = nullspace(boundary, size)
    r = rank(boundary, size)
    rays: Rows = []
    for chosen in combinations(boundary, r - 1) if r else ():
        kernel = nullspace([*chosen, *lines], size)
        if len(kernel) == 1:
            for ray in (kernel[0], times(F(-1), kernel[0])):
                if ray not in rays:  # a kernel vector is normalised by its free entry
                    rays.append(ray)
    cells: dict[tuple[bool, ...], Vector] = {}
    for chosen in combinations(rays, r):
        # r independent rays of one cell have their sum inside it, and every cell has r of them.
        middle = (F(0),) * size
        for ray in chosen:
            middle = plus(middle, ray)
        values = [dot(middle, row) for row in boundary]
        if all(values):
            cells.setdefault(tuple(t > 0 for t in values), middle)
    return Fan(lines, rays, list(cells.values()) or [(F(0),) * size])


def hull_contains_zero(points: Rows) -> bool:
    """Decide 0 in conv(points) by Caratheodory: some simplex among the points contains it."""
    distinct, size = list(dict.fromkeys(points)), len(points[0])
    if not all(map(any, distinct)):
        return True
    for count in range(2, size + 2):
        for chosen in combinations(distinct, count):
            rows = [*zip(*chosen, strict=True), (F(1),) * count]
            if rank(rows, count) < count:
                continue
            weights = solve(rows, [F(0)] * size + [F(1)], count)
            if weights is not None and min(weights) >= 0:
                return True
    return False


@dataclass(frozen=True)
class Verdicts:
    """What the definitions say; ``minimum`` is None where these pages do not decide it."""

    loss: F
    differentiable: bool
    directional: bool
    clarke: bool
    escape: tuple[int, ...] | None
    global_minimum: bool
    minimum: bool | None
    dimension_of_directions: int


def decide(point: Point) -> Verdicts:
    """Decide everything about a point with few data points on each kink."""
    fans = [fan(weight, point.x) for weight in point.w]
    neurons = range(len(point.w))
    smooth = point.smooth_part_vanishes()
    psi = [[point.psi(i, v) for v in fans[i].generators] for i in neurons]
    phi = [[dot(point.h[i], value) for value in psi[i]] for i in neurons]
    directional = smooth and all(min(values) >= 0 for values in phi)
    escape = None
    if directional:
        escape = tuple(
            i for i in neurons if any(not a and any(b) for a, b in zip(phi[i], psi[i], strict=True))
        )
    return Verdicts(
        loss=point.loss,
        differentiable=all(
            point.phi(i, v) == -point.phi(i, times(F(-1), v)) for i in neurons for v in fans[i].rays
        ),
        directional=directional,
        clarke=smooth and all(_hull(point, i, fans[i]) for i in neurons),
        escape=escape,
        global_minimum=_best_of_all_functions(point),
        minimum=_minimum(point, directional, escape),
        dimension_of_directions=sum(map(len, (f.generators for f in fans))),
    )


def _hull(point: Point, i: int, arrangement: Fan) -> bool:
    gradients = []
    for inside in arrangement.cells:
        total = (F(0),) * len(point.w[i])
        for row, error in zip(point.x, point.errors, strict=True):
            side = dot(point.w[i], row) or dot(inside, row)
            slope = point.slopes[0] if side > 0 else point.slopes[1]
            total = plus(total, times(slope * dot(error, point.h[i]), row))
        gradients.append(total)
    return hull_contains_zero(gradients)


def _best_of_all_functions(point: Point) -> bool:
    groups: dict[Vector, Vector] = {}
    for row, error in zip(point.x, point.errors, strict=True):
        groups[row] = plus(groups.get(row, (F(0),) * len(error)), error)
    return not any(map(any, groups.values()))


def _minimum(point: Point, directional: bool, escape: tuple[int, ...] | None) -> bool | None:
    if not directional:
        return False
    assert escape is not None
    if not escape:
        return True  # type 1
    if len(point.y[0]) == 1 or any(not any(point.h[i]) for i in escape):
        return False
    # Lemma A: outputs that cancel on all data and move an escape neuron.
    rows = [tuple(point.rho(dot(w, row)) for w in point.w) for row in point.x]
    if any(g[i] for g in nullspace(rows, len(point.w)) for i in escape):
        return False
    return None
