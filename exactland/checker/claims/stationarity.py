"""Claims about one-sided directional derivatives."""

from __future__ import annotations

from fractions import Fraction

from exactland.checker.claims.case import Case, read_trees, require_directionally_stationary
from exactland.checker.fields import Number
from exactland.checker.numbers import clear, show, times, total
from exactland.checker.outcome import Rejected, Unusable
from exactland.checker.reader import Field


def directionally_stationary(case: Case) -> str:
    """No one-sided directional derivative of L at P is negative."""
    case.read_claim()
    trees = read_trees(case, case.witness.members(("neurons",))["neurons"])
    require_directionally_stationary(case, trees, case.derivatives())
    return f"{case.problem}: directionally stationary; no directional derivative is negative"


def not_directionally_stationary(case: Case) -> str:
    """The one-sided directional derivative of L along the given direction is negative."""
    case.read_claim()
    problem, field = case.problem, case.witness.members(("direction",))["direction"]
    parts = field.members((), parameter_groups(case))
    neurons = parts["neurons"].indexed(problem.width) if "neurons" in parts else {}
    moves = {i: _read_neuron_direction(case, neuron) for i, neuron in neurons.items()}
    bias = parts["c"].exacts(problem.output_dimension) if "c" in parts else []

    d = case.derivatives()
    terms = [times(dc, g, case.meter) for dc, g in zip(bias, d.output_bias, strict=False)]
    for i, (dw, dh) in moves.items():
        rows = d.linear_part(i)
        phi = d.along(i, rows, problem.outputs[i])
        terms.append(d.value(phi, clear(dw, case.meter)))
        gradient = d.output_weights(i, rows)
        terms += [times(dh_j, g, case.meter) for dh_j, g in zip(dh, gradient, strict=True)]
    slope = total(terms, case.meter)
    if slope >= 0:
        why = f"the directional derivative is {show(slope)}, not negative"
        raise Rejected(field.where, why)
    return (
        f"{case.problem}: not directionally stationary; "
        f"the loss has directional derivative {show(slope)} in the given direction"
    )


def escape_neuron(case: Case) -> str:
    """P is directionally stationary, and phi_i(v) = 0 while psi_i(v) != 0."""
    i = case.read_claim("neuron")["neuron"].index(case.problem.width)
    members = case.witness.members(("direction", "neurons"))
    field = members["direction"]
    direction = field.exacts(case.problem.dimension)
    trees = read_trees(case, members["neurons"])

    d = case.derivatives()
    require_directionally_stationary(case, trees, d)
    v, rows = clear(direction, case.meter), d.linear_part(i)
    if d.value(d.along(i, rows, case.problem.outputs[i]), v) != 0:
        raise Rejected(field.where, f"phi_{i} is not zero in this direction")
    outputs = range(case.problem.output_dimension)
    if not any(d.value(d.component(i, rows, j), v) for j in outputs):
        raise Rejected(field.where, f"psi_{i} is zero in this direction")
    return f"{case.problem}: directionally stationary, and neuron {i} is an escape neuron"


def parameter_groups(case: Case) -> tuple[str, ...]:
    """Return the keys of a sparse direction or curve."""
    return ("neurons", "c") if case.problem.output_bias is not None else ("neurons",)


def neuron_groups(case: Case) -> tuple[str, ...]:
    """Return the keys of one neuron in a sparse direction or curve."""
    return ("w", "b", "v") if case.problem.hidden_bias else ("w", "v")


def _read_neuron_direction(case: Case, field: Field) -> tuple[list[Number], list[Number]]:
    """Read the change of (w~_i, h_i)."""
    problem, parts = case.problem, field.members((), neuron_groups(case))
    inputs = problem.dimension - problem.hidden_bias
    dw = parts["w"].exacts(inputs) if "w" in parts else _zeros(inputs)
    if problem.hidden_bias:
        dw.append(parts["b"].exact() if "b" in parts else Fraction(0))
    outputs = problem.output_dimension
    dh = parts["v"].exacts(outputs) if "v" in parts else _zeros(outputs)
    if not parts:
        raise Unusable(field.where, "is empty")
    return dw, dh


def _zeros(count: int) -> list[Number]:
    return [Fraction(0)] * count
