"""Claims with free gamma about replicating a neuron: exact sets, for any number of copies.

Neuron i, (w, h), becomes n >= 2 copies (beta_l w, gamma_l h) with beta_l > 0 and
sum_l beta_l gamma_l = 1.  The residuals stay, and copy l has psi_l = psi_i, phi_l = gamma_l phi_i.
"""

from __future__ import annotations

from exactland.checker.claims.case import (
    Case,
    read_trees,
    require_directionally_stationary,
    vanishes,
)
from exactland.checker.numbers import clear
from exactland.checker.outcome import Rejected, Unusable


def replication_stationary_set(case: Case) -> str:
    """The wider network is directionally stationary exactly for all gamma, or for gamma >= 0.

    All gamma: phi_i = 0.  Only gamma >= 0: phi_i(v) > 0 for some v, so that gamma_l < 0 makes
    phi_l(v) negative.
    """
    claim = case.read_claim("neuron", "gamma")
    i, expected = claim["neuron"].index(case.problem.width), claim["gamma"].text()
    if expected not in ("all", "nonnegative"):
        raise Unusable(claim["gamma"].where, 'must be "all" or "nonnegative"')
    keys = ("neurons",) if expected == "all" else ("neurons", "direction")
    members = case.witness.members(keys)
    trees = read_trees(case, members["neurons"])
    direction = None
    if expected == "nonnegative":
        direction = members["direction"].exacts(case.problem.dimension)

    d = case.derivatives()
    require_directionally_stationary(case, trees, d)
    phi = d.along(i, d.linear_part(i), case.problem.outputs[i])
    if direction is None:
        if any(phi.linear) or any(phi.kinks.values()):
            raise Rejected(claim["gamma"].where, f"phi_{i} is not identically zero")
        names = "every gamma"
    else:
        if not d.value(phi, clear(direction, case.meter)) > 0:
            raise Rejected(members["direction"].where, f"phi_{i} is not positive in this direction")
        names = "exactly those gamma without a negative entry"
    return (
        f"{case.problem}: directionally stationary, and replicating neuron {i} with factors beta "
        f"and gamma keeps this for {names}"
    )


def replication_minimum_set(case: Case) -> str:
    """The wider network is a local minimum exactly for all gamma, for gamma > 0, or for none.

    With a certified region: if psi_i = 0, the region of the copies allows any output weight.
    Otherwise the neuron has a spread delta, and (gamma_l h +- gamma_l delta e_j) . psi_i >= 0 for
    gamma_l > 0; a copy with gamma_l = 0 is an escape neuron with output weight 0; and since
    phi_i(v) >= delta |psi_ij(v)| > 0 for some v and j, gamma_l < 0 loses stationarity.
    None: the neuron is an escape neuron, hence so is every copy, and the outputs of two copies can
    be moved against each other at no cost.
    """
    claim = case.read_claim("neuron", "gamma")
    i, expected = claim["neuron"].index(case.problem.width), claim["gamma"].text()
    if expected not in ("all", "positive", "none"):
        raise Unusable(claim["gamma"].where, 'must be "all", "positive" or "none"')
    kind = "escape_neuron" if expected == "none" else "local_minimum"
    field = case.witness.members(("part",))["part"]
    part = case.check_part(field, kind)
    if part.problem != case.problem:
        raise Rejected(f"{field.where}.problem", "is not the problem of this certificate")
    if expected == "none":
        if part.claim.get("neuron").index() != i:
            raise Rejected(f"{field.where}.claim.neuron", "is not the neuron of this claim")
        return (
            f"{case.problem}: no replication of neuron {i} (two copies or more) is a local minimum"
        )
    if part.claim.has("type"):
        raise Rejected(f"{field.where}.claim", "is a minimum by blocks, without a region")
    d = case.derivatives()
    if vanishes(d.linear_part(i), i, d) != (expected == "all"):
        word = "not " if expected == "all" else ""
        raise Rejected(claim["gamma"].where, f"psi_{i} is {word}identically zero")
    names = "every gamma" if expected == "all" else "exactly those gamma with positive entries"
    return (
        f"{case.problem}: a local minimum, and replicating neuron {i} with factors beta and gamma "
        f"keeps this for {names}"
    )
