"""The integral loss from its definition, with Fractions, slowly: an independent second opinion.

Numbers of a number field are replaced by rationals within 10^-200 of them, and what is then below
10^-80 counts as zero: no certificate of the tests comes near these sizes.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

Json = dict[str, Any]
Poly = list[Fraction]
TINY = Fraction(1, 10**80)
ZERO = Fraction(0)
SLOPES = {"relu": (1, 0), "abs": (1, -1), "identity": (1, 1)}


@dataclass(frozen=True)
class Setting:
    """A problem with rational numbers; `slopes` is None for the quadratic activation."""

    slopes: tuple[Fraction, Fraction] | None
    w: list[Fraction]
    b: list[Fraction] | None
    v: list[Fraction]
    c: Fraction | None
    start: Fraction
    end: Fraction
    target: Poly
    density: Poly
    tolerance: Fraction

    def zero(self, value: Fraction) -> bool:
        return abs(value) <= self.tolerance

    @property
    def biases(self) -> list[Fraction]:
        return self.b if self.b is not None else [ZERO] * len(self.w)

    def coordinates(self) -> list[str]:
        blocks = "wbv" if self.b is not None else "wv"
        names = [f"{block}{j}" for block in blocks for j in range(len(self.w))]
        return names + ["c"] * (self.c is not None)

    def moved(self, direction: dict[str, Fraction], step: Fraction) -> Setting:
        def block(name: str, values: list[Fraction]) -> list[Fraction]:
            return [x + step * direction.get(f"{name}{j}", 0) for j, x in enumerate(values)]

        return replace(
            self,
            w=block("w", self.w),
            b=None if self.b is None else block("b", self.b),
            v=block("v", self.v),
            c=None if self.c is None else self.c + step * direction.get("c", 0),
        )

    def degenerate(self, j: int) -> bool:
        kinked = self.slopes is not None and not self.zero(self.slopes[0] - self.slopes[1])
        return kinked and self.zero(self.w[j]) and self.zero(self.biases[j])


def root(field: Json) -> Fraction:
    """A rational within 10^-200 of the generator, by bisection."""
    low, high = (Fraction(x) for x in field["interval"])
    minpoly = [Fraction(x) for x in field["minpoly"]]
    sign = value(minpoly, low) > 0
    while high - low > Fraction(1, 10**200):
        middle = Fraction(round((low + high) / 2 * 10**220), 10**220)
        low, high = (middle, high) if (value(minpoly, middle) > 0) == sign else (low, middle)
    return low


def reader(problem: Json) -> Callable[[Any], Fraction]:
    theta = root(problem["field"]) if "field" in problem else ZERO

    def read(number: Any) -> Fraction:
        if isinstance(number, list):
            return sum((Fraction(x) * theta**i for i, x in enumerate(number)), ZERO)
        return Fraction(number)

    return read


def setting(problem: Json) -> Setting:
    read, network, loss = reader(problem), problem["network"], problem["loss"]
    activation, slopes = network["activation"], None
    if activation["kind"] in SLOPES:
        plus, minus = SLOPES[activation["kind"]]
        slopes = Fraction(plus), Fraction(minus)
    elif activation["kind"] == "leaky_relu":
        slopes = Fraction(1), read(activation["slope"])
    elif activation["kind"] == "relu_like":
        slopes = read(activation["alpha_plus"]), read(activation["alpha_minus"])
    scale = read(loss.get("scale", "1"))
    start, end = (read(x) for x in loss["interval"])
    return Setting(
        slopes,
        [read(row[0]) for row in network["w"]],
        [read(x) for x in network["b"]] if "b" in network else None,
        [read(x) for x in network["v"][0]],
        read(network["c"][0]) if "c" in network else None,
        start,
        end,
        [read(x) for x in loss["target"]],
        [scale * read(x) for x in loss.get("weight", ["1"])],
        TINY if "field" in problem else ZERO,
    )


# Polynomials.


def value(p: Poly, x: Fraction) -> Fraction:
    return sum((c * x**k for k, c in enumerate(p)), ZERO)


def plus(*polynomials: Poly) -> Poly:
    size = max(map(len, polynomials), default=0)
    return [sum((p[k] for p in polynomials if k < len(p)), ZERO) for k in range(size)]


def times(*polynomials: Poly) -> Poly:
    result = [Fraction(1)]
    for p in polynomials:
        product = [ZERO] * max(0, len(result) + len(p) - 1)
        for i, a in enumerate(result):
            for j, b in enumerate(p):
                product[i + j] += a * b
        result = product
    return result


def integral(p: Poly, low: Fraction, high: Fraction) -> Fraction:
    return sum(
        (c * (high ** (k + 1) - low ** (k + 1)) / (k + 1) for k, c in enumerate(p)), TINY * 0
    )


# The loss.


def cuts(s: Setting, extra: tuple[Fraction, ...] = ()) -> list[tuple[Fraction, Fraction]]:
    points = {s.start, s.end, *(x for x in extra if s.start < x < s.end)}
    for w, b in zip(s.w, s.biases, strict=True):
        if not s.zero(w) and s.start < -b / w < s.end:
            points.add(-b / w)
    return list(pairwise(sorted(points)))


def slope(s: Setting, w: Fraction, b: Fraction, x: Fraction) -> Fraction:
    assert s.slopes is not None
    return s.slopes[0] if w * x + b >= 0 else s.slopes[1]


def activated(s: Setting, w: Fraction, b: Fraction, x: Fraction) -> Poly:
    """rho(w . + b) near x, as a polynomial."""
    return times([b, w], [b, w]) if s.slopes is None else times([slope(s, w, b, x)], [b, w])


def residual(s: Setting, x: Fraction) -> Poly:
    neurons = zip(s.w, s.biases, s.v, strict=True)
    parts = [times([v], activated(s, w, b, x)) for w, b, v in neurons]
    return plus([s.c or ZERO], times([Fraction(-1)], s.target), *parts)


def over_pieces(
    s: Setting, integrand: Callable[[Fraction], Poly], extra: tuple[Fraction, ...] = ()
) -> Fraction:
    """The integral of a function that is the polynomial integrand(x) on the piece around x."""
    return sum(
        (integral(times(integrand((a + b) / 2), s.density), a, b) for a, b in cuts(s, extra)),
        ZERO,
    )


def loss(s: Setting) -> Fraction:
    return over_pieces(s, lambda x: times(residual(s, x), residual(s, x)))


# First order.


def partials(s: Setting, x: Fraction, at_zero: int = 0) -> list[Poly]:
    """The derivatives of f near x; at degenerate neurons with the slope of that index."""
    ws, bs, vs = [], [], []
    for j, (w, b, v) in enumerate(zip(s.w, s.biases, s.v, strict=True)):
        if s.slopes is None:
            bs.append(times([2 * v], [b, w]))
        else:
            bs.append([v * (s.slopes[at_zero] if s.degenerate(j) else slope(s, w, b, x))])
        ws.append(times(bs[-1], [ZERO, Fraction(1)]))
        vs.append(activated(s, w, b, x))
    return [
        *ws,
        *(bs if s.b is not None else []),
        *vs,
        *([[Fraction(1)]] if s.c is not None else []),
    ]


def gradient(s: Setting, at_zero: int = 0) -> list[Fraction]:
    total = [ZERO] * len(s.coordinates())
    for a, b in cuts(s):
        weighted = times(residual(s, (a + b) / 2), s.density)
        for i, partial in enumerate(partials(s, (a + b) / 2, at_zero)):
            total[i] += 2 * integral(times(partial, weighted), a, b)
    return total


def response(s: Setting, dw: Fraction, db: Fraction) -> Fraction:
    """int r rho(dw x + db) p."""
    extra = () if dw == 0 else (-db / dw,)
    return over_pieces(s, lambda x: times(activated(s, dw, db, x), residual(s, x)), extra)


def loose(s: Setting) -> list[int]:
    return [j for j in range(len(s.w)) if s.degenerate(j) and not s.zero(s.v[j])]


def regular(s: Setting) -> bool:
    free = {f"{block}{j}" for j in loose(s) for block in "wb"}
    named = zip(s.coordinates(), gradient(s), strict=True)
    return all(s.zero(entry) for name, entry in named if name not in free)


def directional_derivative(s: Setting, d: dict[str, Fraction]) -> Fraction:
    free = {f"{block}{j}" for j in loose(s) for block in "wb"}
    named = zip(s.coordinates(), gradient(s), strict=True)
    total = sum((entry * d.get(n, 0) for n, entry in named if n not in free), ZERO)
    for j in loose(s):
        dw, db = (Fraction(d.get(f"{block}{j}", 0)) for block in "wb")
        total += 2 * s.v[j] * response(s, dw, db)
    return total


def responses(s: Setting, count: int = 24) -> list[Fraction]:
    """One-sided derivatives at each loose neuron, in many directions."""
    if s.b is None:
        directions = [(Fraction(1), ZERO), (Fraction(-1), ZERO)]
    else:
        at = [s.start + (s.end - s.start) * Fraction(k, count) for k in range(count + 1)]
        directions = [(Fraction(e), -e * t) for t in at for e in (1, -1)]
    return [s.v[j] * response(s, *d) for j in loose(s) for d in directions]


# Second order.


def twice_differentiable(s: Setting, modified: bool) -> bool:
    if s.slopes is None or s.zero(s.slopes[0] - s.slopes[1]):
        return True
    for j, (w, b, v) in enumerate(zip(s.w, s.biases, s.v, strict=True)):
        if s.degenerate(j):
            return False
        for end in (s.start, s.end):
            if s.b is None or s.zero(v) or not s.zero(w * end + b):
                continue
            if modified and is_semi_inactive(s, j):
                continue
            if not s.zero(value(residual(s, inside(s, end)), end)):
                return False
    return True


def inside(s: Setting, end: Fraction) -> Fraction:
    """A point of the piece at an end."""
    first, last = cuts(s)[0], cuts(s)[-1]
    piece = first if end == s.start else last
    return (piece[0] + piece[1]) / 2


def is_semi_inactive(s: Setting, j: int) -> bool:
    assert s.slopes is not None
    w, b, middle = s.w[j], s.biases[j], (s.start + s.end) / 2
    at_end = any(s.zero(w * end + b) for end in (s.start, s.end))
    return at_end and s.zero(s.slopes[1]) and not s.zero(w) and w * middle + b < 0


def hessian(s: Setting, modified: bool = False) -> list[list[Fraction]]:
    names = s.coordinates()
    place = {name: i for i, name in enumerate(names)}
    rows = [[ZERO] * len(names) for _ in names]
    for low, high in cuts(s):
        pieces = partials(s, (low + high) / 2)
        for i, left in enumerate(pieces):
            for k, right in enumerate(pieces):
                rows[i][k] += 2 * integral(times(left, right, s.density), low, high)

    def add(a: str, b: str, amount: Fraction) -> None:
        if a in place and b in place:
            rows[place[a]][place[b]] += amount
            if a != b:
                rows[place[b]][place[a]] += amount

    one, zero = Fraction(1), ZERO
    for j, (w, b, v) in enumerate(zip(s.w, s.biases, s.v, strict=True)):
        wj, bj, vj = f"w{j}", f"b{j}", f"v{j}"

        def weighted(factor: Callable[[Fraction], Poly]) -> Fraction:
            return 2 * over_pieces(s, lambda x: times(factor(x), residual(s, x)))

        if s.slopes is None:
            square = {(wj, wj): [zero, zero, 2 * v], (wj, bj): [zero, 2 * v], (bj, bj): [2 * v]}
            mixed = {(wj, vj): [zero, 2 * b, 2 * w], (bj, vj): [2 * b, 2 * w]}
            for (one_name, other), factor in (square | mixed).items():
                add(one_name, other, weighted(lambda _, f=factor: f))  # type: ignore[misc]
            continue
        add(wj, vj, weighted(lambda x, w=w, b=b: [zero, slope(s, w, b, x)]))  # type: ignore[misc]
        add(bj, vj, weighted(lambda x, w=w, b=b: [slope(s, w, b, x)]))  # type: ignore[misc]
        if s.zero(w) or s.b is None:
            continue
        t = -b / w
        at_end = next((end for end in (s.start, s.end) if s.zero(w * end + b)), None)
        if at_end is not None:
            t = at_end
            if not (modified and is_semi_inactive(s, j)):
                continue
            near = inside(s, at_end)
        elif s.start < t < s.end:
            near = next((low + high) / 2 for low, high in cuts(s) if low <= t <= high)
        else:
            continue
        bend = 2 * v * (s.slopes[0] - s.slopes[1]) / abs(w)
        bend *= value(residual(s, near), t) * value(s.density, t)
        add(wj, wj, bend * t * t)
        add(wj, bj, bend * t)
        add(bj, bj, bend * one)
    return rows


def characteristic_polynomial(rows: list[list[Fraction]]) -> Poly:
    """det(x - H), ascending, by Faddeev and LeVerrier."""
    n = len(rows)
    result = [Fraction(1)]
    current = [[ZERO] * n for _ in range(n)]
    for k in range(1, n + 1):
        for i in range(n):
            current[i][i] += result[-1]
        columns = list(zip(*current, strict=True))
        current = [[sum(map(Fraction.__mul__, row, c), ZERO) for c in columns] for row in rows]
        result.append(-sum((current[i][i] for i in range(n)), ZERO) / k)
    return result[::-1]


def inertia(rows: list[list[Fraction]], tolerance: Fraction) -> tuple[int, int, int]:
    """Descartes' rule of signs, exact for polynomials with real roots only."""
    digits = 10**200  # of numbers that are not exact anyway
    if tolerance:
        rows = [[Fraction(round(x * digits), digits) for x in row] for row in rows]
    p = [c if abs(c) > tolerance else ZERO for c in characteristic_polynomial(rows)]
    zero = next(i for i, c in enumerate(p) if c)
    signs = [c > 0 for c in p if c]
    positive = sum(a != b for a, b in pairwise(signs))
    return len(rows) - zero - positive, zero, positive


# Truth of certificates.


def is_true(certificate: Json) -> bool:
    """Whether the claim of a certificate about an integral loss holds, from the definitions.

    Local minima are only sampled; of a saddle the two directions of the witness are tried.
    """
    s, read = setting(certificate["problem"]), reader(certificate["problem"])
    claim, witness = certificate["claim"], certificate["witness"]
    kind, modified = claim["kind"], claim.get("of") == "modified_hessian"

    def direction(shown: Json) -> dict[str, Fraction]:
        return {name: read(number) for name, number in shown.items()}

    if kind == "loss_value":
        return s.zero(loss(s) - read(claim["loss"]))
    if kind == "global_minimum":
        if not s.w:
            return regular(s)
        return all(s.zero(c) for a, b in cuts(s) for c in residual(s, (a + b) / 2))
    if kind in ("stationary", "not_stationary"):
        holds = is_stationary(s, certificate, direction)
        return bool(holds == (kind == "stationary"))
    if kind in ("inertia", "negative_curvature", "center_stable_dimension"):
        if not twice_differentiable(s, modified):
            return False
        rows = hessian(s, modified)
        if kind == "inertia":
            return inertia(rows, s.tolerance) == tuple(map(int, claim["inertia"]))
        if kind == "negative_curvature":
            d = direction(claim["direction"])
            vector = [d.get(name, ZERO) for name in s.coordinates()]
            curvature = sum(
                (x * y * rows[i][k] for i, x in enumerate(vector) for k, y in enumerate(vector)),
                ZERO,
            )
            return curvature < 0 and s.zero(curvature - read(claim["value"]))
        bound = 2 / Fraction(claim["eta"])
        n = range(len(rows))
        shifted = [[rows[i][k] - bound * (i == k) for k in n] for i in n]
        counts, beyond = inertia(rows, s.tolerance), inertia(shifted, s.tolerance)
        stationary = all(s.zero(entry) for entry in gradient(s))
        return stationary and counts[1] + counts[2] - beyond[2] == int(claim["dimension"])
    if kind == "saddle":
        here = loss(s)
        for name, sign in (("descent", -1), ("ascent", 1)):
            for digits in (9, 12):
                there = s.moved(direction(witness[name]), Fraction(1, 10**digits))
                if sign * (loss(there) - here) <= 0:
                    return False
        return regular(s) and all(x >= -s.tolerance for x in responses(s))
    if kind == "local_minimum":
        return regular(s) and not loose(s) and no_lower_point_near(s)
    if kind == "spurious_local_minimum":
        minimum, value_here, better = witness["parts"]
        same = setting(minimum["problem"]) == setting(value_here["problem"]) == s
        lower = read(claim["better_loss"]) < read(claim["loss"])
        return same and lower and all(map(is_true, (minimum, value_here, better)))
    raise AssertionError(kind)


def is_stationary(
    s: Setting, certificate: Json, direction: Callable[[Json], dict[str, Fraction]]
) -> bool:
    sense, witness = certificate["claim"]["sense"], certificate["witness"]
    if sense.startswith("generalized"):
        return all(s.zero(entry) for entry in gradient(s, int(sense.endswith("gt"))))
    if sense == "clarke":
        return regular(s) and hull_contains_zero(s)
    if "direction" in witness and sense == "directional":
        return directional_derivative(s, direction(witness["direction"])) >= -s.tolerance
    if sense == "directional":
        return regular(s) and all(x >= -s.tolerance for x in responses(s))
    return regular(s) and all(s.zero(x) for x in responses(s))


def hull_contains_zero(s: Setting, count: int = 60) -> bool:
    """Whether many limits of gradients at each loose neuron have 0 in their convex hull."""
    if not loose(s):
        return True
    assert s.slopes is not None
    if s.b is None:
        ends = [response(s, Fraction(1), ZERO), -response(s, Fraction(-1), ZERO)]
        return min(ends) <= s.tolerance and max(ends) >= -s.tolerance
    breaks = [-b / w for w, b in zip(s.w, s.biases, strict=True) if not s.zero(w)]
    at = [s.start + (s.end - s.start) * Fraction(k, count) for k in range(count + 1)]
    limits = []
    for t in [*at, *(t for t in breaks if s.start < t < s.end)]:
        for e in (Fraction(1), Fraction(-1)):
            moments = [
                over_pieces(
                    s,
                    lambda x, k=k: times(  # type: ignore[misc]
                        [ZERO] * k + [slope(s, e, -e * t, x)],  # noqa: B023
                        residual(s, x),
                    ),
                    (t,),
                )
                for k in (0, 1)
            ]
            limits.append((moments[0], moments[1]))
    if any(s.zero(x) and s.zero(y) for x, y in limits):
        return True
    # 0 is outside exactly if some limit has all others on one side of the line through it and 0.
    for x, y in limits:
        for side in (1, -1):
            cross = [side * (x * v - y * u) for u, v in limits]
            if all(z >= 0 for z in cross):
                along = [x * u + y * v for (u, v), z in zip(limits, cross, strict=True) if z == 0]
                if all(z > 0 for z in along):
                    return False
    return True


def no_lower_point_near(s: Setting, count: int = 12) -> bool:
    generator, here = random.Random(0), loss(s)
    for _ in range(count):
        d = {n: Fraction(generator.randint(-9, 9)) for n in s.coordinates()}
        if loss(s.moved(d, Fraction(1, 10**6))) < here - s.tolerance:
            return False
    return True
