"""Integral-loss problems written as rows of text, for the cases on instances."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from exactland.problem.integral import IntegralProblem, integral_problem_from_json
from exactland.proving.ledger import Ledger


def problem(
    rows: Sequence[tuple[str, str, str]],
    constant: str,
    activation: str = "relu",
    slope: str = "",
    interval: tuple[str, str] = ("0", "1"),
    alpha: str = "1",
) -> IntegralProblem:
    """Return the problem with neurons (w, b, v), output bias `constant`, target alpha x."""
    return integral_problem_from_json(
        problem_object(rows, constant, activation, slope, interval, alpha)
    )


def problem_object(
    rows: Sequence[tuple[str, str, str]],
    constant: str,
    activation: str = "relu",
    slope: str = "",
    interval: tuple[str, str] = ("0", "1"),
    alpha: str = "1",
) -> dict[str, Any]:
    """Return the same as a JSON object."""
    kind = {"kind": "leaky_relu", "slope": slope} if slope else {"kind": activation}
    return {
        "network": {
            "activation": kind,
            "w": [[row[0]] for row in rows],
            "b": [row[1] for row in rows],
            "v": [[row[2] for row in rows]],
            "c": [constant],
        },
        "loss": {"kind": "integral", "interval": list(interval), "target": ["0", alpha]},
    }


def certify_point(
    ledger: Ledger, name: str, point: IntegralProblem, kinds: Sequence[str] = ()
) -> None:
    """Add the certificates of a point, of the given kinds or all, to the ledger."""
    from exactland.certificates.produce import certificates
    from exactland.landscape.integral.analysis import analyze_integral

    for one in certificates(analyze_integral(point)):
        if not kinds or one.kind in kinds:
            told = one.name.removesuffix(".json").replace("_", " ")
            ledger.certificate(f"{name} {told}", rf"\text{{{told}}}", one)
