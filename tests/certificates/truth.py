"""Is a claim true?  Recomputed from the definitions, without the package and without its witness.

For (augmented) input dimension 1 and 2, where the oracle can list every ray.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from tests.oracle import Oracle, dot


def is_true(certificate: dict[str, Any]) -> bool:
    """Return whether the claim of a (well-formed) certificate is true."""
    claim, oracle = certificate["claim"], Oracle(certificate["problem"])
    return _DECIDERS[claim["kind"]](oracle, claim, certificate)


def _loss_value(oracle: Oracle, claim: dict[str, Any], _: Any) -> bool:
    return oracle.loss() == Fraction(claim["loss"])


def _local_minimum(oracle: Oracle, claim: dict[str, Any], _: Any) -> bool:
    """The stated region is one on which the theorem gives L(Q) >= L(P), and holds the ball."""
    radius = Fraction(claim["radius"])
    if radius <= 0 or not oracle.smooth_conditions():
        return False
    for i, neuron in enumerate(claim["region"]["neurons"]):
        signs = [(t > 0) - (t < 0) for t in (dot(oracle.w[i], row) for row in oracle.x)]
        if [{"+": 1, "0": 0, "-": -1}[c] for c in neuron["signs"]] != signs:
            return False
        for sign, row in zip(signs, oracle.x, strict=True):
            if sign and radius * sum(map(abs, row)) > abs(dot(oracle.w[i], row)):
                return False
        psi = [oracle.psi(i, v) for v in oracle.rays()]
        if neuron["output"] == "all":
            if any(any(value) for value in psi):
                return False
            continue
        spread = Fraction(neuron["output"]["spread"])
        if spread <= 0 or radius > spread / oracle.outputs:
            return False
        for axis in range(oracle.outputs):
            for side in (spread, -spread):
                corner = [h + side * (j == axis) for j, h in enumerate(oracle.h[i])]
                if any(dot(corner, value) < 0 for value in psi):
                    return False
    return True


def _not_local_minimum(oracle: Oracle, _: dict[str, Any], certificate: dict[str, Any]) -> bool:
    """One output: the theorem decides.  Several: the loss is lower at two tiny parameter values of
    the witness's curve (which then leads down from the point).
    """
    if oracle.outputs == 1:
        return not oracle.local_minimum_one_output()
    curve = certificate["witness"]["curve"]

    def at(start: Fraction, coefficients: list[Any], tau: Fraction) -> Fraction:
        return start + sum(Fraction(str(c)) * tau ** (a + 1) for a, c in enumerate(coefficients))

    for tau in (Fraction(1, 10**12), Fraction(1, 10**15)):
        w, h = [list(row) for row in oracle.w], [list(row) for row in oracle.h]
        for index, part in curve.get("neurons", {}).items():
            moves = list(part.get("w", [])) + ([part["b"]] if "b" in part else [])
            if moves:
                w[int(index)] = [at(a, c, tau) for a, c in zip(w[int(index)], moves, strict=True)]
            if "v" in part:
                h[int(index)] = [
                    at(a, c, tau) for a, c in zip(h[int(index)], part["v"], strict=True)
                ]
        c = oracle.c
        if "c" in curve and c is not None:
            c = [at(a, b, tau) for a, b in zip(c, curve["c"], strict=True)]
        if oracle.loss(w, h, c) >= oracle.loss():
            return False
    return True


def _escape_neuron(oracle: Oracle, claim: dict[str, Any], _: Any) -> bool:
    return oracle.directionally_stationary() and claim["neuron"] in oracle.escape_neurons()


def _global_minimum(oracle: Oracle, _: dict[str, Any], __: Any) -> bool:
    sums: dict[tuple[Fraction, ...], list[Fraction]] = {}
    for row, errors in zip(oracle.x, oracle.residuals(), strict=True):
        group = sums.setdefault(tuple(row), [Fraction(0)] * oracle.outputs)
        group[:] = [a + b for a, b in zip(group, errors, strict=True)]
    return not any(any(group) for group in sums.values())


def _spurious(oracle: Oracle, claim: dict[str, Any], certificate: dict[str, Any]) -> bool:
    minimum, _, better = certificate["witness"]["parts"]
    other = Oracle(better["problem"])
    return (
        is_true(minimum)
        and Oracle(minimum["problem"]).__dict__ == oracle.__dict__
        and oracle.loss() == Fraction(claim["loss"])
        and other.loss() == Fraction(claim["better_loss"]) < oracle.loss()
        and (other.x, other.y, other.scale) == (oracle.x, oracle.y, oracle.scale)
        and len(other.w) == len(oracle.w)
    )


_DECIDERS = {
    "loss_value": _loss_value,
    "directionally_stationary": lambda oracle, *_: oracle.directionally_stationary(),
    "not_directionally_stationary": lambda oracle, *_: not oracle.directionally_stationary(),
    "clarke_stationary": lambda oracle, *_: oracle.clarke_stationary(),
    "not_clarke_stationary": lambda oracle, *_: not oracle.clarke_stationary(),
    "local_minimum": _local_minimum,
    "not_local_minimum": _not_local_minimum,
    "escape_neuron": _escape_neuron,
    "global_minimum": _global_minimum,
    "spurious_local_minimum": _spurious,
}
