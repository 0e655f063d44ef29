"""The logistic loss: labels in [0, 1], values and slopes enclosed in balls."""

from __future__ import annotations

from dataclasses import dataclass

from flint import arb, fmpq

from exactland.arithmetic.balls import endpoints, working_precision
from exactland.arithmetic.rationals import ZERO
from exactland.errors import InputError
from exactland.problem.losses import EmpiricalLoss
from exactland.problem.network import Matrix

PRECISION = 320
"""Bits of the balls in which values and slopes are enclosed."""


@dataclass(frozen=True, slots=True)
class LogisticLoss:
    """L = scale * sum_k sum_j [log(1 + exp f_j(x_k)) - y_kj f_j(x_k)], with y_kj in [0, 1].

    The cross entropy of the labels and the probabilities 1 / (1 + exp(-f_j(x_k))), an output at a
    time; the scale is 1 unless given.  Only networks given by layers take it.

    Raises
    ------
    InputError
        As :class:`EmpiricalLoss`, and if a label is not between 0 and 1.

    Examples
    --------
    >>> one = ((fmpq(1),),)
    >>> low, high = loss_enclosure(LogisticLoss(one, one), ((fmpq(0),),))  # log 2
    >>> low < fmpq(6931471806, 10**10), high > fmpq(6931471805, 10**10)
    (True, True)
    """

    inputs: Matrix
    targets: Matrix
    scale: fmpq = fmpq(1)

    def __post_init__(self) -> None:
        EmpiricalLoss(self.inputs, self.targets, self.scale)
        for k, row in enumerate(self.targets):
            for j, label in enumerate(row):
                if not 0 <= label <= 1:
                    raise InputError(f"loss.y[{k}][{j}]", f"{label} is not between 0 and 1")

    @property
    def points(self) -> int:
        """The number N of data points."""
        return len(self.inputs)


def loss_enclosure(loss: LogisticLoss, predictions: Matrix) -> tuple[fmpq, fmpq]:
    """Return rational bounds of the loss at the given predictions, about 300 bits apart."""
    exact = ZERO
    with working_precision(PRECISION):
        total = arb(0)
        for row, labels in zip(predictions, loss.targets, strict=True):
            for value, label in zip(row, labels, strict=True):
                total += arb(-abs(value)).exp().log1p()
                exact += max(value, ZERO) - label * value
    low, high = endpoints(total)
    return loss.scale * (exact + low), loss.scale * (exact + high)


def slope_balls(loss: LogisticLoss, predictions: Matrix) -> list[list[arb]]:
    """Return balls around 1 / (1 + exp(-f_j(x_k))) - y_kj, the slope of each summand.

    Examples
    --------
    >>> one = ((fmpq(1),),)
    >>> slope_balls(LogisticLoss(one, one), ((fmpq(0),),))[0][0].contains(arb(-0.5))
    True
    """
    with working_precision(PRECISION):
        return [
            [1 / (1 + arb(-value).exp()) - arb(label) for value, label in zip(*pair, strict=True)]
            for pair in zip(predictions, loss.targets, strict=True)
        ]
