"""The claims: one function each, which returns the claim as a sentence or raises.

What can be claimed depends on what the problem is about, its `Setting`.  A later setting adds an
entry to `SETTINGS`; a later kind of claim adds an entry to the table of its setting.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from exactland.checker.claims import (
    atlas,
    cell_count,
    clarke,
    embedding,
    in_cells,
    integral_minimality,
    integral_stationarity,
    integral_values,
    linear_pieces,
    logistic,
    minimality,
    stationarity,
    values,
)
from exactland.checker.claims.case import Case
from exactland.checker.claims.deep_case import DeepCase
from exactland.checker.claims.integral_case import IntegralCase
from exactland.checker.deep_problem import read_deep_problem
from exactland.checker.integral_problem import read_integral_problem
from exactland.checker.outcome import Unusable
from exactland.checker.problem import PROBLEM_FORMAT, read_empirical_problem
from exactland.checker.reader import Field

CheckPart = Callable[[Field, str], Any]
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
    "global_minimum_of_width": atlas.global_minimum_of_width,
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

LOGISTIC: dict[str, DeepCheck] = {
    "loss_enclosure": logistic.loss_enclosure,
    "spurious_local_minimum_near": logistic.spurious_local_minimum_near,
}

DATA: dict[str, Callable[[cell_count.DataCase], str]] = {"cell_count": cell_count.cell_count}


@dataclass(frozen=True, slots=True)
class Setting:
    """How to read a certificate about this kind of problem, and the claims there are about it.

    ``read(problem, claim, witness, check_part)`` returns what the functions in `claims` take.
    """

    read: Callable[[Field, Field, Field, CheckPart], Any]
    claims: Mapping[str, Callable[[Any], str]]


def _empirical(given: Field, claim: Field, witness: Field, check_part: CheckPart) -> Case:
    problem = read_empirical_problem(given)
    claim, witness = claim.within(problem.reals), witness.within(problem.reals)
    return Case(problem, given, claim, witness, given.meter, check_part)


def _integral(given: Field, claim: Field, witness: Field, check_part: CheckPart) -> IntegralCase:
    problem = read_integral_problem(given)
    return IntegralCase(problem, given, claim, witness, given.meter, check_part)


def _layers(given: Field, claim: Field, witness: Field, check_part: CheckPart) -> DeepCase:
    problem = read_deep_problem(given)
    return DeepCase(problem, given, claim, witness, given.meter, check_part)


def _data(given: Field, claim: Field, witness: Field, _: CheckPart) -> cell_count.DataCase:
    return cell_count.DataCase(given, claim, witness, given.meter)


SETTINGS: dict[str, Setting] = {
    "empirical": Setting(_empirical, EMPIRICAL | IN_CELLS | EMBEDDING),
    "layers": Setting(_layers, DEEP),
    "logistic": Setting(_layers, LOGISTIC),
    "integral": Setting(_integral, INTEGRAL),
    "data": Setting(_data, DATA),
}


def setting_of(problem: Field) -> Setting:
    """Return the setting of a problem: data alone, or a network with a loss."""
    found = problem.get("format")
    if found.text() == cell_count.DATA_FORMAT:
        return SETTINGS["data"]
    if found.text() != PROBLEM_FORMAT:
        raise Unusable(found.where, f'must be "{PROBLEM_FORMAT}" or "{cell_count.DATA_FORMAT}"')
    kind = problem.get("loss").get("kind")
    if problem.get("network").has("layers"):
        return SETTINGS["logistic" if kind.text() == "logistic" else "layers"]
    if kind.text() not in ("empirical", "integral"):
        raise Unusable(kind.where, f"unknown loss {kind.text()[:40]!a}")
    return SETTINGS[kind.text()]
