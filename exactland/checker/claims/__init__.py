"""The claims: one function each, which returns the claim as a sentence or raises.

A later kind of loss adds an entry to `CLAIMS`; a later kind of claim adds an entry to its table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from exactland.checker.claims import (
    clarke,
    embedding,
    in_cells,
    integral_minimality,
    integral_stationarity,
    integral_values,
    linear_pieces,
    minimality,
    stationarity,
    values,
)
from exactland.checker.claims.case import Case
from exactland.checker.claims.deep_case import DeepCase
from exactland.checker.claims.integral_case import IntegralCase
from exactland.checker.deep_problem import read_deep_problem
from exactland.checker.integral_problem import read_integral_problem
from exactland.checker.problem import read_empirical_problem
from exactland.checker.reader import Field

Check = Callable[[Case], str]
IntegralCheck = Callable[[IntegralCase], str]
DeepCheck = Callable[[DeepCase], str]

EMPIRICAL: dict[str, Check] = {
    "loss_value": values.loss_value,
    "directionally_stationary": stationarity.directionally_stationary,
    "not_directionally_stationary": stationarity.not_directionally_stationary,
    "clarke_stationary": clarke.clarke_stationary,
    "not_clarke_stationary": clarke.not_clarke_stationary,
    "local_minimum": minimality.local_minimum,
    "not_local_minimum": minimality.not_local_minimum,
    "escape_neuron": stationarity.escape_neuron,
    "global_minimum": values.global_minimum,
    "spurious_local_minimum": values.spurious_local_minimum,
}

IN_CELLS: dict[str, Check] = {
    "cell_global_minimum": in_cells.cell_global_minimum,
    "cell_valley_dimension": in_cells.cell_valley_dimension,
    "two_components_in_cell": in_cells.two_components_in_cell,
}

EMBEDDING: dict[str, Check] = {
    "replication_stationary_set": embedding.replication_stationary_set,
    "replication_minimum_set": embedding.replication_minimum_set,
}

INTEGRAL: dict[str, IntegralCheck] = {
    "loss_value": integral_values.loss_value,
    "stationary": integral_stationarity.stationary,
    "not_stationary": integral_stationarity.not_stationary,
    "inertia": integral_minimality.inertia,
    "negative_curvature": integral_minimality.negative_curvature,
    "saddle": integral_minimality.saddle,
    "local_minimum": integral_minimality.local_minimum,
    "spurious_local_minimum": integral_values.spurious_local_minimum,
    "global_minimum": integral_values.global_minimum,
    "center_stable_dimension": integral_minimality.center_stable_dimension,
}

DEEP: dict[str, DeepCheck] = {
    "loss_value": linear_pieces.loss_value,
    "linear_piece_local_minimum": linear_pieces.linear_piece_local_minimum,
    "spurious_local_minimum": linear_pieces.spurious_local_minimum,
    "valley_dimension": linear_pieces.valley_dimension,
    "constant_loss_segment": linear_pieces.constant_loss_segment,
}

CLAIMS: dict[str, Mapping[str, Callable[[Any], str]]] = {
    "empirical": EMPIRICAL | IN_CELLS | EMBEDDING,
    "integral": INTEGRAL,
}


def read_case(
    loss_kind: str, given: Field, claim: Field, witness: Field, check_part: Callable[..., Any]
) -> Case | DeepCase | IntegralCase:
    """Read the problem of a certificate, by the form of its network and the kind of its loss."""
    if given.get("network").has("layers"):
        deep = read_deep_problem(given)
        return DeepCase(deep, given, claim, witness, given.meter, check_part)
    if loss_kind == "integral":
        integral = read_integral_problem(given)
        return IntegralCase(integral, given, claim, witness, given.meter, check_part)
    empirical = read_empirical_problem(given)
    return Case(empirical, given, claim, witness, given.meter, check_part)
