"""Claims about replications of a neuron over a number field as Rocq text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exactland.certificates.rocq.families import REPLICATING, chosen_set, responding_direction
from exactland.certificates.rocq.field_instance import FieldPoint, field_point, vector_term
from exactland.certificates.rocq.fields import (
    POINT,
    WITNESSED,
    Builder,
    escape_neuron,
    field_of,
    field_point_statement,
    local_minimum,
    trees_definition,
)
from exactland.certificates.rocq.statement import Claim, Statement
from exactland.errors import InputError


def _replication_stationary_set(point: FieldPoint, claim: Any, witness: Any, _: Any) -> Claim:
    i, gammas, words = chosen_set(claim, "all", "nonnegative")
    direction = "[]"
    if claim["gamma"] == "nonnegative":
        direction = point.vector(witness["direction"], point.dimension, "witness.direction")
    return Claim(
        "the network is directionally stationary, and "
        + REPLICATING.format(i, f"keeps this {words}."),
        f"is_replication_stationary_set {POINT} {i} {gammas}",
        f"field_replication_stationary_set {WITNESSED} the_classes {i} {gammas} {direction} "
        "the_trees",
        witness_definitions=(trees_definition(witness["neurons"], point),),
    )


def _replication_minimum_set(
    point: FieldPoint, claim: Any, witness: Any, certificate: Mapping[str, Any]
) -> Claim:
    i, gammas, words = chosen_set(claim, "all", "positive", "none")
    part, field = witness["part"], field_of(certificate)
    kind = "escape_neuron" if claim["gamma"] == "none" else "local_minimum"
    if part["claim"]["kind"] != kind or field_point(part["problem"], field) != point:
        raise InputError("witness.part", f"is no {kind} of this network")
    statement = f"is_replication_minimum_set {POINT} {i} {gammas}"
    if claim["gamma"] == "none":
        escape = escape_neuron(point, part["claim"], part["witness"], part)
        if part["claim"]["neuron"] != claim["neuron"]:
            raise InputError("witness.part.claim.neuron", "is not the neuron of this claim")
        return Claim(
            "no network that results from "
            + REPLICATING.format(i, "is a local minimum of the loss."),
            statement,
            escape.check.replace("field_escape_neuron", "field_replication_no_minimum", 1),
            witness_definitions=escape.witness_definitions,
        )
    if "type" in part["claim"]:
        raise InputError("witness.part.claim", "is a minimum by blocks, without a region")
    minimum = local_minimum(point, part["claim"], part["witness"], part)
    direction = "[]"
    if claim["gamma"] == "positive":
        direction = vector_term(responding_direction(certificate["problem"], i, point.dimension))
    return Claim(
        "the network is a local minimum of the loss, and "
        + REPLICATING.format(i, f"keeps this {words}."),
        statement,
        f"field_replication_minimum_set {WITNESSED} the_classes {i} {gammas} {direction} "
        "the_radius the_region the_trees",
        # The region is not part of this claim.
        witness_definitions=(*minimum.claim_definitions, *minimum.witness_definitions),
    )


_CLAIMS: dict[str, Builder] = {
    "replication_stationary_set": _replication_stationary_set,
    "replication_minimum_set": _replication_minimum_set,
}

FIELD_FAMILY_CLAIMS = frozenset(_CLAIMS)
"""The kinds of claims about families of networks over a number field that are covered."""


def field_family_statement(certificate: Mapping[str, Any]) -> Statement:
    """Return the statement of a certificate whose claim is in `FIELD_FAMILY_CLAIMS`."""
    return field_point_statement(certificate, _CLAIMS[certificate["claim"]["kind"]])
