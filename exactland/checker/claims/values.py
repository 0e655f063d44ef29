"""Claims about values: the loss, a global minimum, a spurious local minimum."""

from __future__ import annotations

from exactland.checker.claims.case import Case
from exactland.checker.fields import Whole
from exactland.checker.functional import evaluate, loss
from exactland.checker.numbers import show
from exactland.checker.outcome import Rejected


def loss_value(case: Case) -> str:
    """L(P) = loss."""
    field = case.read_claim("loss")["loss"]
    claimed = field.exact()
    case.witness.members(())
    actual = loss(case.problem, evaluate(case.problem, case.meter), case.meter)
    if actual != claimed:
        raise Rejected(field.where, f"the loss is {show(actual)}, not {show(claimed)}")
    return f"the loss of {case.problem} is {show(claimed)}"


def global_minimum(case: Case) -> str:
    """Within every group of equal inputs the residuals sum to zero.

    Then f(x_k) is the mean of the targets of the group, the best value any function can take.
    """
    case.read_claim()
    case.witness.members(())
    forward = evaluate(case.problem, case.meter)
    groups: dict[tuple[Whole, ...], list[int]] = {}
    for k, point in enumerate(forward.points):
        groups.setdefault((*point.numerators, point.denominator), []).append(k)
    for group in groups.values():
        for residuals in forward.residuals:
            if sum(residuals[k] for k in group) != 0:
                why = "the residuals at this input (and its repetitions) do not sum to zero"
                raise Rejected(f"{case.given.where}.loss.x[{group[0]}]", why)
    return f"{case.problem}: a global minimum; no function of the input has a lower loss"


def spurious_local_minimum(case: Case) -> str:
    """A local minimum here, and a strictly lower loss of a network of the same shape."""
    claim = case.read_claim("loss", "better_loss")
    here, better = claim["loss"].exact(), claim["better_loss"].exact()
    fields = case.witness.members(("parts",))["parts"].items(3)
    kinds = ("local_minimum", "loss_value", "loss_value")
    minimum, value, other = map(case.check_part, fields, kinds)
    for part, field in ((minimum, fields[0]), (value, fields[1])):
        if part.problem != case.problem:
            raise Rejected(f"{field.where}.problem", "is not the problem of this certificate")
    if other.problem.shape() != case.problem.shape():
        why = "is not of the shape of the network of this certificate"
        raise Rejected(f"{fields[2].where}.problem.network", why)
    if other.problem.loss_data() != case.problem.loss_data():
        raise Rejected(f"{fields[2].where}.problem.loss", "is not the loss of this certificate")
    for field, part, claimed in ((fields[1], value, here), (fields[2], other, better)):
        if part.claim.get("loss").exact() != claimed:
            raise Rejected(f"{field.where}.claim.loss", f"is not {show(claimed)}")
    if not better < here:
        raise Rejected(claim["better_loss"].where, f"is not below {show(here)}")
    return (
        f"{case.problem}: a spurious local minimum, with loss {show(here)}; "
        f"another network of the same shape has loss {show(better)}"
    )
