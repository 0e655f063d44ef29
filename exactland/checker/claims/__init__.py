"""The claims: one function each, which returns the claim as a sentence or raises.

A later kind of loss adds an entry to `CLAIMS`; a later kind of claim adds an entry to its table.
"""

from __future__ import annotations

from collections.abc import Callable

from exactland.checker.claims import atlas, clarke, minimality, stationarity, values
from exactland.checker.claims.case import Case

Check = Callable[[Case], str]

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

CLAIMS: dict[str, dict[str, Check]] = {"empirical": EMPIRICAL}
