"""Integral loss: stationarity in five senses, and the failure of each."""

from __future__ import annotations

from exactland.checker.claims.integral_case import (
    IntegralCase,
    named_gradient,
    require_no_descent,
    require_regular_stationary,
    responses,
)
from exactland.checker.fields import Real
from exactland.checker.integral_degenerate import limit, require_separated
from exactland.checker.integral_functional import Neuron, Point, loose_coordinates
from exactland.checker.integral_problem import read_real, read_reals
from exactland.checker.integral_rays import expand, read_direction
from exactland.checker.outcome import Rejected, Unusable
from exactland.checker.reader import Field

CLASSICAL, DIRECTIONAL, CLARKE = "classical", "directional", "clarke"
GENERALIZED = {"generalized_gradient_ge": 0, "generalized_gradient_gt": 1}
"""Which of the slopes alpha_plus, alpha_minus is the value rho'(0) at degenerate neurons."""


def stationary(case: IntegralCase) -> str:
    """P is stationary in the sense named."""
    sense = case.read_claim("sense")["sense"]
    kind, point = sense.text(), case.evaluate()
    neurons: dict[int, Field] = {}
    if kind == CLARKE:
        neurons = case.witness.members(("neurons",))["neurons"].indexed(case.problem.width)
    else:
        case.witness.members(())
    if kind in GENERALIZED:
        for name, value in _generalized(point, kind).items():
            if not value.is_zero():
                why = f"the generalised derivative in {name} is not zero"
                raise Rejected(f"{case.given.where}.network", why)
        return f"{case.problem}: stationary, in the sense {kind}"
    require_regular_stationary(case, point)
    loose = {j: neuron for j, neuron in enumerate(point.neurons) if neuron.loose}
    if kind == CLARKE:
        if neurons.keys() != loose.keys():
            expected = ", ".join(map(str, loose)) or "none"
            where = f"{case.witness.where}.neurons"
            raise Rejected(where, f"the degenerate neurons with v != 0 are: {expected}")
        for j, item in neurons.items():
            _require_zero_combination(case, point, point.neurons[j], item)
    elif kind == DIRECTIONAL:
        require_no_descent(case, point)
    elif kind == CLASSICAL:
        for j in loose:
            _require_no_response(case, point, j)
    else:
        raise Unusable(sense.where, f"unknown sense {kind[:40]!a}")
    return f"{case.problem}: stationary, in the sense {kind}"


def _generalized(point: Point, kind: str) -> dict[str, Real]:
    slopes = point.problem.slopes
    return named_gradient(point, None if slopes is None else slopes[GENERALIZED[kind]])


def _require_no_response(case: IntegralCase, point: Point, j: int) -> None:
    """Require that all one-sided derivatives in (w_j, b_j) are zero.

    With a bias, the second derivative of int r rho(x - t) p in t is a multiple of r p: so r = 0.
    """
    where = f"{case.given.where}.network.w[{j}]"
    if case.problem.hidden_bias:
        if not point.residual_vanishes:
            raise Rejected(where, "the loss is not differentiable in this neuron")
    elif not all(value.is_zero() for value in responses(point, j)):
        raise Rejected(where, "a one-sided derivative is not zero")


def _require_zero_combination(
    case: IntegralCase, point: Point, neuron: Neuron, item: Field
) -> None:
    """Require that a convex combination of limits of gradients in (w_j, b_j) is zero."""
    field = case.problem.field
    total = [field.zero] * 3
    for term in item.items():
        parts = term.members(("multiplier", "direction"))
        share = read_real(parts["multiplier"], field)
        if share.sign() < 0:
            raise Rejected(parts["multiplier"].where, "is negative")
        dw, db = _read_pair(case, parts["direction"])
        if dw.is_zero() and db.is_zero():
            raise Rejected(parts["direction"].where, "is zero")
        for place, value in enumerate((field.one, *limit(point, dw, db))):
            total[place] = total[place] + share * value
    if not (total[0] - field.one).is_zero():
        raise Rejected(item.where, "the multipliers do not sum to 1")
    last = 3 if case.problem.hidden_bias else 2
    if not all(value.is_zero() for value in total[1:last]):
        raise Rejected(item.where, "the combination of the limits is not zero")


def _read_pair(case: IntegralCase, item: Field) -> tuple[Real, Real]:
    """Read [dw, db], or [dw] where there are no biases."""
    field = case.problem.field
    values = read_reals(item, field, 2 if case.problem.hidden_bias else 1)
    return values[0], values[1] if case.problem.hidden_bias else field.zero


def not_stationary(case: IntegralCase) -> str:
    """P is not stationary in the sense named."""
    sense = case.read_claim("sense")["sense"]
    kind, point = sense.text(), case.evaluate()
    text = f"{case.problem}: not stationary, in the sense {kind}"
    if kind in GENERALIZED:
        name = _coordinate(case, case.witness.members(("coordinate",))["coordinate"])
        if _generalized(point, kind)[name].is_zero():
            raise Rejected(case.witness.where, f"the generalised derivative in {name} is zero")
        return f"{text}: the component {name} is not zero"
    if kind in (CLASSICAL, DIRECTIONAL):
        field = case.witness.members(("direction",))["direction"]
        slope = expand(point, read_direction(field, case.problem)).first
        sign = slope.sign()
        if sign == 0 or (kind == DIRECTIONAL and sign > 0):
            raise Rejected(field.where, f"the one-sided derivative is {slope.reduced()}")
        return f"{text}: a one-sided derivative is {slope.reduced()}"
    if kind != CLARKE:
        raise Unusable(sense.where, f"unknown sense {kind[:40]!a}")
    if case.witness.has("coordinate"):
        name = _coordinate(case, case.witness.members(("coordinate",))["coordinate"])
        if name in loose_coordinates(point) or named_gradient(point)[name].is_zero():
            raise Rejected(case.witness.where, f"{name} does not show it")
        return f"{text}: the component {name} is not zero"
    parts = case.witness.members(("neuron", "separator"))
    j = parts["neuron"].index(case.problem.width)
    _require_separated(case, point, j, parts["separator"])
    return f"{text}: the limits of gradients at neuron {j} lie in an open half plane"


def _coordinate(case: IntegralCase, item: Field) -> str:
    name = item.text()
    if name not in case.problem.coordinates():
        raise Unusable(item.where, "is not a coordinate")
    return name


def _require_separated(case: IntegralCase, point: Point, j: int, item: Field) -> None:
    """Require that the limits of gradients in (w_j, b_j) have positive products with a vector."""
    neuron, field = point.neurons[j], case.problem.field
    u = _read_pair(case, item)
    if not neuron.loose:
        raise Rejected(item.where, f"neuron {j} is not degenerate with v != 0")
    if case.problem.hidden_bias:
        require_separated(point, neuron.output, list(u), item.where)
        return
    for step in (field.one, -field.one):
        if (neuron.output * u[0] * limit(point, step, field.zero)[0]).sign() <= 0:
            raise Rejected(item.where, "a limit of gradients has no positive product with it")
