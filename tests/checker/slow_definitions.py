"""The loss and its derivatives straight from the text, slowly, with `fractions.Fraction` only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

Row = list[Fraction]


@dataclass(frozen=True)
class Network:
    """f(x) = c + sum_i h_i rho(w_i . x + b_i)."""

    alpha_plus: Fraction
    alpha_minus: Fraction
    w: list[Row]
    b: Row
    h: list[Row]
    c: Row

    def rho(self, t: Fraction) -> Fraction:
        return self.alpha_plus * t if t > 0 else self.alpha_minus * t

    def __call__(self, x: Row) -> Row:
        value = list(self.c)
        for w, b, h in zip(self.w, self.b, self.h, strict=True):
            t = b
            for w_l, x_l in zip(w, x, strict=True):
                t += w_l * x_l
            for j, h_j in enumerate(h):
                value[j] += h_j * self.rho(t)
        return value

    def moved(self, step: Fraction, direction: Network) -> Network:
        """The network at (parameters) + step * (direction's parameters)."""

        def add(old: Row, new: Row) -> Row:
            return [a + step * b for a, b in zip(old, new, strict=True)]

        return Network(
            self.alpha_plus,
            self.alpha_minus,
            [add(a, b) for a, b in zip(self.w, direction.w, strict=True)],
            add(self.b, direction.b),
            [add(a, b) for a, b in zip(self.h, direction.h, strict=True)],
            add(self.c, direction.c),
        )


def loss(network: Network, x: list[Row], y: list[Row], scale: Fraction) -> Fraction:
    total = Fraction(0)
    for x_k, y_k in zip(x, y, strict=True):
        for value, target in zip(network(x_k), y_k, strict=True):
            total += (value - target) ** 2
    return scale * total


def lowest_terms(function: Callable[[Fraction], Fraction], degree: int, reach: Fraction) -> Row:
    """The coefficients of a function that is a polynomial on [0, reach], by interpolation."""
    nodes = [reach * k / degree for k in range(degree + 1)]
    table = [function(node) for node in nodes]
    for order in range(1, degree + 1):  # Newton's divided differences
        for k in range(degree, order - 1, -1):
            table[k] = (table[k] - table[k - 1]) / (nodes[k] - nodes[k - order])
    coefficients = [Fraction(0)] * (degree + 1)
    for k in range(degree, -1, -1):
        for a in range(degree, 0, -1):
            coefficients[a] = coefficients[a - 1] - nodes[k] * coefficients[a]
        coefficients[0] = table[k] - nodes[k] * coefficients[0]
    return coefficients


def reach_of(polynomials: Sequence[Sequence[Fraction]]) -> Fraction:
    """A tau up to which each polynomial keeps the sign of its lowest term."""
    reach = Fraction(1)
    for polynomial in polynomials:
        terms = [abs(c) for c in polynomial if c]
        if len(terms) > 1:
            reach = min(reach, terms[0] / sum(terms[1:]) / 2)
    return reach


def directional_derivative(
    network: Network, direction: Network, x: list[Row], y: list[Row], scale: Fraction
) -> Fraction:
    """The limit of (L(P + tau D) - L(P)) / tau for tau -> 0+, from values of L only."""
    lines = [
        [
            b + sum(a * c for a, c in zip(w, x_k, strict=True)),
            db + sum(a * c for a, c in zip(dw, x_k, strict=True)),
        ]
        for w, b, dw, db in zip(network.w, network.b, direction.w, direction.b, strict=True)
        for x_k in x
    ]

    def along(tau: Fraction) -> Fraction:
        return loss(network.moved(tau, direction), x, y, scale)

    return lowest_terms(along, 4, reach_of(lines))[1]
