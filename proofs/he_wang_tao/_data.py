"""The five points on which the constructions are carried out."""

from __future__ import annotations

from flint import fmpq

from exactland.problem.losses import EmpiricalLoss

FIVE_POINTS = EmpiricalLoss(
    tuple((fmpq(k, 10),) for k in (-10, -6, -1, 3, 7)),
    tuple((fmpq(k, 100),) for k in (28, -10, 3, 23, -22)),
)
