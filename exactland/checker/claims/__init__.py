"""The claims: one function each, which returns the claim as a sentence or raises.

A later kind of loss adds an entry to `CLAIMS`; a later kind of claim adds an entry to its table.
"""

from __future__ import annotations

from collections.abc import Callable

from exactland.checker.claims import (
    cells,
    clarke,
    embedding,
    linear_pieces,
    minimality,
    stationarity,
    values,
)
from exactland.checker.claims.case import Case
from exactland.checker.claims.deep_case import DeepCase

Check = Callable[[Case], str]
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
    "cell_global_minimum": cells.cell_global_minimum,
    "cell_valley_dimension": cells.cell_valley_dimension,
    "two_components_in_cell": cells.two_components_in_cell,
}

EMBEDDING: dict[str, Check] = {
    "replication_stationary_set": embedding.replication_stationary_set,
    "replication_minimum_set": embedding.replication_minimum_set,
}

DEEP: dict[str, DeepCheck] = {
    "loss_value": linear_pieces.loss_value,
    "linear_piece_local_minimum": linear_pieces.linear_piece_local_minimum,
    "spurious_local_minimum": linear_pieces.spurious_local_minimum,
    "valley_dimension": linear_pieces.valley_dimension,
    "constant_loss_segment": linear_pieces.constant_loss_segment,
}
"""Claims about networks given by layers."""

CLAIMS: dict[str, dict[str, Check]] = {"empirical": EMPIRICAL | IN_CELLS | EMBEDDING}
