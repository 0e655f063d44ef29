"""Integral loss: claims about values (the loss, a global minimum, a spurious local minimum)."""

from __future__ import annotations

from exactland.checker.claims.integral_case import IntegralCase, require_regular_stationary
from exactland.checker.integral_functional import loss
from exactland.checker.integral_problem import read_real
from exactland.checker.outcome import Rejected


def loss_value(case: IntegralCase) -> str:
    """L(P) = loss."""
    field = case.read_claim("loss")["loss"]
    claimed = read_real(field, case.problem.field)
    case.witness.members(())
    actual = loss(case.evaluate())
    if not (actual - claimed).is_zero():
        raise Rejected(field.where, f"the loss is {actual.reduced()}, not {claimed}")
    return f"the loss of {case.problem} is {claimed}"


def global_minimum(case: IntegralCase) -> str:
    """The residual vanishes; or there are no neurons and the derivative in c is zero."""
    case.read_claim()
    case.witness.members(())
    point = case.evaluate()
    if case.problem.width == 0:
        require_regular_stationary(case, point)
        return f"{case.problem}: a global minimum of the loss, which is convex in c"
    if not point.residual_vanishes:
        why = "the network differs from the target on the interval"
        raise Rejected(f"{case.given.where}.network", why)
    return f"{case.problem}: a global minimum; the network equals the target"


def spurious_local_minimum(case: IntegralCase) -> str:
    """A local minimum here, and a strictly lower loss of a network of the same shape."""
    claim, field = case.read_claim("loss", "better_loss"), case.problem.field
    here, better = (read_real(claim[key], field) for key in ("loss", "better_loss"))
    fields = case.witness.members(("parts",))["parts"].items(3)
    kinds = ("local_minimum", "loss_value", "loss_value")
    parts = list(map(case.check_part, fields, kinds))
    for part, where in zip(parts[:2], fields, strict=False):
        if part.problem != case.problem:
            raise Rejected(f"{where.where}.problem", "is not the problem of this certificate")
    other = parts[2].problem
    if other.shape() != case.problem.shape():
        why = "is not of the shape of the network of this certificate"
        raise Rejected(f"{fields[2].where}.problem.network", why)
    if other.loss_data() != case.problem.loss_data():
        raise Rejected(f"{fields[2].where}.problem.loss", "is not the loss of this certificate")
    for part, where, claimed in zip(parts[1:], fields[1:], (here, better), strict=True):
        if not (read_real(part.claim.get("loss"), field) - claimed).is_zero():
            raise Rejected(f"{where.where}.claim.loss", f"is not {claimed}")
    if (here - better).sign() <= 0:
        raise Rejected(claim["better_loss"].where, f"is not below {here}")
    return (
        f"{case.problem}: a spurious local minimum, with loss {here}; "
        f"another network of the same shape has loss {better}"
    )
