"""Claims about the logistic loss of networks given by layers as Rocq text."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import ceil, floor
from typing import Any

from flint import arb, fmpq

from exactland.arithmetic.balls import endpoints, working_precision
from exactland.certificates.rocq import terms
from exactland.certificates.rocq.layers import assembled
from exactland.certificates.rocq.statement import Claim, Statement
from exactland.errors import InputError
from exactland.problem.deep import DeepProblem
from exactland.problem.files import problem_from_json
from exactland.problem.logistic import LogisticLoss, loss_enclosure
from exactland.problem.network import Matrix

HEADER = "From Exactland Require Import LogisticCertificates.\nLocal Open Scope Q_scope.\n"
LOGISTIC_CLAIMS = frozenset({"loss_enclosure"})
"""The kinds of claims about the logistic loss that the formal development covers."""
_FINEST = 320
"""Most squarings of an exponential: the enclosures are then about 2^-310 wide."""
_SLACK = 1 << 11
"""What the logarithms are wider than the enclosures of the checker, in units of 2^-halvings."""
_SPARE = 14
"""Bits of precision beyond what the claim leaves."""


def logistic_statement(certificate: Mapping[str, Any]) -> Statement:
    """Return the statement of a certificate whose claim is in `LOGISTIC_CLAIMS`."""
    problem, claim = problem_from_json(certificate["problem"]), certificate["claim"]
    if not isinstance(problem, DeepProblem) or not isinstance(problem.loss, LogisticLoss):
        raise InputError("problem.loss", "must be the logistic loss of a network with layers")
    bounds = [terms.number(claim[key], f"claim.{key}") for key in ("lower", "upper")]
    outputs = tuple(problem.network(row) for row in problem.loss.inputs)
    halvings = _halvings(problem.loss, outputs, bounds)
    point, shown = "the_data the_network", " ".join(map(terms.rational, bounds))
    made = Claim(
        f"the loss at the network is at least {terms.shown(claim['lower'])} and"
        f"\n    at most {terms.shown(claim['upper'])}.",
        f"logistic_loss_between {point} {shown}",
        f"check_logistic_loss {point} the_denominators {halvings} the_logarithms {shown}",
        witness_definitions=(_logarithms(outputs, halvings, "the_logarithms"),),
    )
    return assembled(HEADER, "(log(1 + exp(f_j(x_k))) - y_kj f_j(x_k))", problem, made)


def _halvings(loss: LogisticLoss, outputs: Matrix, bounds: list[Fraction]) -> int:
    """Return how often exponents are halved: as precisely as the claimed bounds need."""
    low, high = map(terms.rational_entry, loss_enclosure(loss, outputs))
    room = min(low - bounds[0], bounds[1] - high)
    room /= terms.rational_entry(loss.scale) * len(outputs) * len(outputs[0])
    if room <= 0:
        return _SPARE  # the claim is false, or too narrow to be shown
    exact = room.denominator.bit_length() - room.numerator.bit_length()
    return min(max(exact, 0) + _SPARE, _FINEST)


def _logarithms(outputs: Matrix, halvings: int, name: str) -> str:
    """Define bounds of log(1 + exp(-|f_j(x_k)|)), in units of 2^-halvings."""
    rows = ["[" + "; ".join(_bounds(value, halvings) for value in row) + "]%Z" for row in outputs]
    return (
        "(** Bounds of log(1 + exp(-|f_j(x_k)|)) over a power of 2. *)\n"
        f"Definition {name} : list (list (Z * Z)) :=\n    {terms.items(rows)}."
    )


def _bounds(value: fmpq, halvings: int) -> str:
    with working_precision(2 * _FINEST):
        low, high = endpoints(arb(-abs(value)).exp().log1p())
    unit = 1 << halvings
    slack = Fraction(_SLACK, unit)
    lower = max(0, floor((terms.rational_entry(low) - slack) * unit))
    return f"({lower}, {ceil((terms.rational_entry(high) + slack) * unit)})"
