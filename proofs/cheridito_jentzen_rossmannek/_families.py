"""The critical families of Theorem 1 over either algebra: all of gamma, alpha, T symbolic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SYMBOLS = "x T0 T alpha beta"
"""The symbols a family is written in (the roots of gamma come with the algebra)."""


@dataclass(frozen=True, slots=True)
class Family:
    """One family with one neuron a breakpoint.

    ``lengths`` e_i, ``total`` Lambda, ``knots`` q_0 = T0, ..., q_{n+1} = T1, ``signs`` eps_1.., the
    sums ``kappa``, and the ``pieces`` of the residual r as polynomials in x, made from kappa, the
    q_i and c alone.
    """

    gamma: Any
    signs: tuple[int, ...]
    lengths: tuple[Any, ...]
    total: Any
    knots: tuple[Any, ...]
    kappa: tuple[Any, ...]
    constant: Any
    pieces: tuple[Any, ...]

    def tail(self, A: Any, x: Any, index: int, power: int) -> Any:
        """Return int_{q_index}^{T1} x^power r dx."""
        return sum(
            A.integral(x**power * self.pieces[i], x, self.knots[i], self.knots[i + 1])
            for i in range(index, len(self.pieces))
        )


def leaky_family(A: Any, n: int, sign: int, x: Any, T0: Any, T: Any, alpha: Any, beta: Any) -> Any:
    """Return the leaky family with n >= 1 breakpoints and first sign +1 or -1."""
    p, q = A.slope_roots
    last = sign * (-1) ** (n + 1)
    lengths = (1 + 0 * p if sign > 0 else p, *((q,) * (n - 1)), p if last > 0 else 1 + 0 * p)
    return _family(p * p, n, sign, lengths, x, T0, T, alpha, beta)


def relu_family(A: Any, n: int, x: Any, T0: Any, T: Any, alpha: Any, beta: Any) -> Any:
    """Return the ReLU family with an even number n >= 2 of breakpoints."""
    return _family(0 * T, n, 1, (1 + 0 * T,) * (n + 1), x, T0, T, alpha, beta)


def _family(
    gamma: Any, n: int, sign: int, lengths: tuple[Any, ...],
    x: Any, T0: Any, T: Any, alpha: Any, beta: Any,
) -> Family:  # fmt: skip
    total = sum(lengths[1:], lengths[0])
    signs = tuple(sign * (-1) ** i for i in range(n))
    knots = [T0]
    for length in lengths[:-1]:
        knots.append(knots[-1] + T * length / total)
    knots.append(T0 + T)
    kappa = tuple(alpha / total * (1 / lengths[i] + 1 / lengths[i + 1]) for i in range(n))
    constant = alpha * (T0 + T / 2) + beta
    pieces = []
    for i in range(n + 1):
        value = constant - alpha * x - beta
        for j in range(n):
            active = (signs[j] > 0) == (j < i)
            value = value + kappa[j] * (x - knots[j + 1]) * (1 if active else gamma)
        pieces.append(value)
    return Family(gamma, signs, lengths, total, tuple(knots), kappa, constant, tuple(pieces))
