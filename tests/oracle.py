"""Slow textbook definitions, written straight from the spec with fractions, on JSON problems.

Shares nothing with the package: its own parsing, no merging, no linear algebra.  Stationarity and
minimality are decided for (augmented) input dimension 1 and 2, where the fan can be listed by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction as F
from itertools import product
from typing import Any

from tests.surds import reader


class Oracle:
    def __init__(self, problem: dict[str, Any]) -> None:
        net, loss = problem["network"], problem["loss"]
        kind = net["activation"]
        self.read = read = reader(problem)
        slopes: dict[str, Callable[[], tuple[Any, Any]]] = {
            "relu": lambda: (F(1), F(0)),
            "leaky_relu": lambda: (F(1), read(kind["slope"])),
            "abs": lambda: (F(1), F(-1)),
            "identity": lambda: (F(1), F(1)),
            "relu_like": lambda: (read(kind["alpha_plus"]), read(kind["alpha_minus"])),
        }
        self.plus, self.minus = slopes[kind["kind"]]()
        one = [F(1)] if "b" in net else []
        self.x = [[read(a) for a in row] + one for row in loss["x"]]
        self.y = [[read(a) for a in row] for row in loss["y"]]
        self.scale = read(loss.get("scale", "1/2"))
        biases = [[read(a)] for a in net["b"]] if "b" in net else [[] for _ in net["w"]]
        self.w = [[read(a) for a in row] + b for row, b in zip(net["w"], biases, strict=True)]
        self.h = [[read(row[i]) for row in net["v"]] for i in range(len(net["w"]))]
        self.c = [read(a) for a in net["c"]] if "c" in net else None
        self.outputs = len(net["v"])
        self.dimension = len(self.x[0])

    def rho(self, t: F) -> F:
        return self.plus * t if t > 0 else self.minus * t

    def rho_slope(self, t: F, s: F) -> F:
        """One-sided derivative of rho at t in direction s."""
        if t > 0 or (t == 0 and s > 0):
            return self.plus * s
        return self.minus * s

    def predict(self, row: list[F], w: Any = None, h: Any = None, c: Any = None) -> list[F]:
        w, h = (self.w if w is None else w), (self.h if h is None else h)
        c = self.c if c is None else c
        total = list(c) if c is not None else [F(0)] * self.outputs
        for weight, height in zip(w, h, strict=True):
            value = self.rho(dot(weight, row))
            total = [t + a * value for t, a in zip(total, height, strict=True)]
        return total

    def residuals(self) -> list[list[F]]:
        return [
            [p - t for p, t in zip(self.predict(r), y, strict=True)]
            for r, y in zip(self.x, self.y, strict=True)
        ]

    def loss(self, w: Any = None, h: Any = None, c: Any = None) -> F:
        total = F(0)
        for row, target in zip(self.x, self.y, strict=True):
            total += sum(
                (p - t) ** 2 for p, t in zip(self.predict(row, w, h, c), target, strict=True)
            )
        return self.scale * total

    def psi(self, i: int, v: list[F]) -> list[F]:
        total = [F(0)] * self.outputs
        for row, error in zip(self.x, self.residuals(), strict=True):
            slope = self.rho_slope(dot(self.w[i], row), dot(row, v))
            total = [t + 2 * self.scale * e * slope for t, e in zip(total, error, strict=True)]
        return total

    def phi(self, i: int, v: list[F]) -> F:
        return dot(self.h[i], self.psi(i, v))

    def output_gradient(self, i: int) -> list[F]:
        total = [F(0)] * self.outputs
        for row, error in zip(self.x, self.residuals(), strict=True):
            value = self.rho(dot(self.w[i], row))
            total = [t + 2 * self.scale * e * value for t, e in zip(total, error, strict=True)]
        return total

    def bias_gradient(self) -> list[F]:
        if self.c is None:
            return [F(0)]
        return [2 * self.scale * sum(column) for column in zip(*self.residuals(), strict=True)]

    def smooth_conditions(self) -> bool:
        return not any(self.bias_gradient()) and not any(
            any(self.output_gradient(i)) for i in range(len(self.w))
        )

    def rays(self) -> list[list[F]]:
        """Every ray of every sub-arrangement, and the axes: enough in dimension <= 2."""
        if self.dimension == 1:
            return [[F(1)], [F(-1)]]
        assert self.dimension == 2
        found = [[F(1), F(0)], [F(0), F(1)]]
        for row in self.x:
            if any(row):
                found += [[-row[1], row[0]], row]
        return found + [[-a for a in v] for v in found]

    def directionally_stationary(self) -> bool:
        return self.smooth_conditions() and all(
            self.phi(i, v) >= 0 for i in range(len(self.w)) for v in self.rays()
        )

    def escape_neurons(self) -> list[int]:
        return [
            i
            for i in range(len(self.w))
            if any(not self.phi(i, v) and any(self.psi(i, v)) for v in self.rays())
        ]

    def clarke_stationary(self) -> bool:
        """0 in the convex hull over cells, dimension <= 2: no v with g.v > 0 for all gradients."""
        if not self.smooth_conditions():
            return False
        return all(self.hull_contains_zero(self.cell_gradients(i)) for i in range(len(self.w)))

    def cell_gradients(self, i: int) -> list[list[F]]:
        gradients = []
        for point in self.cell_points(i):
            total = [F(0)] * self.dimension
            for row, error in zip(self.x, self.residuals(), strict=True):
                t = dot(self.w[i], row) or dot(point, row)
                factor = (
                    2 * self.scale * dot(error, self.h[i]) * (self.plus if t > 0 else self.minus)
                )
                total = [a + factor * b for a, b in zip(total, row, strict=True)]
            gradients.append(total)
        return gradients

    def cell_points(self, i: int) -> list[list[F]]:
        zero = [row for row in self.x if dot(self.w[i], row) == 0 and any(row)]
        if self.dimension == 1:
            return [[F(1)], [F(-1)]]
        # A sector between neighbouring rays contains their sum; with one line, its normals serve.
        rays = [[-row[1], row[0]] for row in zero] + list(zero) + [[F(1), F(0)], [F(0), F(1)]]
        rays += [[-a for a in v] for v in rays]
        points = rays + [[a + b for a, b in zip(u, v, strict=True)] for u, v in product(rays, rays)]
        return [p for p in points if all(dot(p, row) for row in zero)]

    @staticmethod
    def hull_contains_zero(gradients: list[list[F]]) -> bool:
        if len(gradients[0]) == 1:
            values = [g[0] for g in gradients]
            return min(values) <= 0 <= max(values)
        if not all(any(g) for g in gradients):
            return True
        return not in_open_half_plane(gradients)

    def local_minimum_one_output(self) -> bool:
        assert self.outputs == 1
        return self.directionally_stationary() and all(
            any(self.h[i]) or not any(any(self.psi(i, v)) for v in self.rays())
            for i in range(len(self.w))
        )


def dot(u: list[F], v: list[F]) -> F:
    return sum((a * b for a, b in zip(u, v, strict=True)), F(0))


def in_open_half_plane(vectors: list[list[F]]) -> bool:
    """Whether some v has g.v > 0 for all g: then a v can be found from an extreme gradient, by
    turning a quarter and back a little.
    """
    for g in vectors:
        for quarter in ([-g[1], g[0]], [g[1], -g[0]]):
            # g is extreme if all others are on the closed side `quarter`, none opposite to g.
            if all(
                dot(quarter, other) > 0 or (dot(quarter, other) == 0 and dot(g, other) > 0)
                for other in vectors
            ):
                return True
    return False
