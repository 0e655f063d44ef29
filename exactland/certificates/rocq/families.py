"""Claims about families of networks as Rocq text: those of a width, replications of a neuron."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flint import fmpq

from exactland.certificates.rocq import terms
from exactland.certificates.rocq.cells import cell_valley_dimension, two_components_in_cell
from exactland.certificates.rocq.empirical import (
    POINT,
    WITNESSED,
    Builder,
    PointClaim,
    escape_neuron,
    local_minimum,
    point_statement,
    tree_list,
)
from exactland.certificates.rocq.instance import Instance, instance
from exactland.certificates.rocq.statement import Statement
from exactland.certificates.rocq.width import global_minimum_of_width
from exactland.derivatives.empirical import evaluate, one_sided_functionals
from exactland.errors import InputError, UnsupportedError
from exactland.landscape.escape import Escapes, decide_escape
from exactland.problem.files import problem_from_json
from exactland.problem.losses import Problem
from exactland.problem.network import Vector

_SETS = {
    "all": ("every_gamma", "for every gamma"),
    "nonnegative": ("nonnegative_gammas", "exactly for the gamma without a negative entry"),
    "positive": ("positive_gammas", "exactly for the gamma with positive entries"),
    "none": ("no_gamma", "for no gamma"),
}
REPLICATING = "replicating\n    neuron {} (counted from 0), into two copies or more, {}"


def chosen_set(claim: Any, *names: str) -> tuple[int, str, str]:
    """Return the neuron, the set as a term, and the set in words."""
    if claim["gamma"] not in names:
        raise InputError("claim.gamma", f"must be one of {', '.join(names)}")
    return terms.index(claim["neuron"], "claim.neuron"), *_SETS[claim["gamma"]]


def _replication_stationary_set(point: Instance, claim: Any, witness: Any, _: Any) -> PointClaim:
    i, chosen, words = chosen_set(claim, "all", "nonnegative")
    trees = tree_list(witness["neurons"], point.width)
    direction: list[int] = []
    if claim["gamma"] == "nonnegative":
        values = terms.numbers(witness["direction"], point.dimension, "witness.direction")
        direction = terms.cleared(values)
    return PointClaim(
        "the network is directionally stationary, and "
        + REPLICATING.format(i, f"keeps this {words}."),
        f"is_replication_stationary_set {POINT} {i}%nat {chosen}",
        f"check_replication_stationary_set {WITNESSED} {i}%nat {chosen} "
        f"{terms.integers(direction)} the_trees",
        point,
        witness_definitions=(f"Definition the_trees : list tree :=\n    {trees}.",),
    )


def _replication_minimum_set(
    point: Instance, claim: Any, witness: Any, certificate: Mapping[str, Any]
) -> PointClaim:
    i, chosen, words = chosen_set(claim, "all", "positive", "none")
    part = witness["part"]
    kind = "escape_neuron" if claim["gamma"] == "none" else "local_minimum"
    if part["claim"]["kind"] != kind or instance(part["problem"]) != point:
        raise InputError("witness.part", f"is no {kind} of this network")
    statement = f"is_replication_minimum_set {POINT} {i}%nat {chosen}"
    if claim["gamma"] == "none":
        escape = escape_neuron(point, part["claim"], part["witness"], part)
        if terms.index(part["claim"]["neuron"]) != i:
            raise InputError("witness.part.claim.neuron", "is not the neuron of this claim")
        return PointClaim(
            "no network that results from "
            + REPLICATING.format(i, "is a local minimum of the loss."),
            statement,
            escape.check.replace("check_escape_neuron", "check_replication_no_minimum", 1),
            point,
            witness_definitions=escape.witness_definitions,
        )
    if "type" in part["claim"]:
        message = "the formal development needs a minimum with a region here, not one by blocks"
        raise UnsupportedError("witness.part.claim", message)
    minimum = local_minimum(point, part["claim"], part["witness"], part)
    direction = []
    if claim["gamma"] == "positive":
        found = responding_direction(certificate["problem"], i, point.dimension)
        direction = terms.cleared([terms.rational_entry(entry) for entry in found])
    return PointClaim(
        "the network is a local minimum of the loss, and "
        + REPLICATING.format(i, f"keeps this {words}."),
        statement,
        f"check_replication_minimum_set {WITNESSED} {i}%nat {chosen} {terms.integers(direction)} "
        "the_radius the_region the_trees",
        point,
        # The region is not part of this claim.
        witness_definitions=(*minimum.claim_definitions, *minimum.witness_definitions),
    )


def responding_direction(given: Any, i: int, dimension: int) -> Vector:
    """Return a direction in which psi_i is not zero, or zero if there is none."""
    problem = problem_from_json(given)
    assert isinstance(problem, Problem)
    functionals = one_sided_functionals(evaluate(problem))
    if i < len(functionals):
        # Output weight zero: then an escape direction is one in which psi does not vanish.
        zero = (fmpq(0),) * len(functionals[i].linear)
        found = decide_escape(functionals[i], zero, None)
        if isinstance(found, Escapes):
            return found.direction
    return (fmpq(0),) * dimension


_CLAIMS: dict[str, Builder] = {
    "cell_valley_dimension": cell_valley_dimension,
    "two_components_in_cell": two_components_in_cell,
    "global_minimum_of_width": global_minimum_of_width,
    "replication_stationary_set": _replication_stationary_set,
    "replication_minimum_set": _replication_minimum_set,
}

FAMILY_CLAIMS = frozenset(_CLAIMS)
"""The kinds of claims about families of networks that the formal development covers."""


def family_statement(certificate: Mapping[str, Any]) -> Statement:
    """Return the statement of a certificate whose claim is in `FAMILY_CLAIMS`."""
    return point_statement(certificate, _CLAIMS[certificate["claim"]["kind"]])
