"""The Huber loss: quadratic near zero, linear beyond, with exact value and derivative."""

from __future__ import annotations

from dataclasses import dataclass

from flint import fmpq

from exactland.arithmetic.rationals import ZERO
from exactland.errors import InputError
from exactland.problem.losses import EmpiricalLoss
from exactland.problem.network import Matrix


@dataclass(frozen=True, slots=True)
class HuberLoss:
    """L = scale * sum_k sum_j H(f_j(x_k) - y_kj), H(t) = t^2 up to |t| = delta, then linear.

    H(t) = 2 delta |t| - delta^2 for |t| > delta: convex and differentiable, with
    H'(t) = 2 min(max(t, -delta), delta).  Only networks given by layers take it.

    Raises
    ------
    InputError
        As :class:`EmpiricalLoss`, and if delta is not positive.

    Examples
    --------
    >>> one = ((fmpq(1),),)
    >>> loss_value(HuberLoss(one, one, fmpq(2)), ((fmpq(3),),))
    4
    """

    inputs: Matrix
    targets: Matrix
    delta: fmpq
    scale: fmpq = fmpq(1, 2)

    def __post_init__(self) -> None:
        EmpiricalLoss(self.inputs, self.targets, self.scale)
        if self.delta <= 0:
            raise InputError("loss.delta", f"{self.delta} is not positive")

    @property
    def points(self) -> int:
        """The number N of data points."""
        return len(self.inputs)


DeepLoss = EmpiricalLoss | HuberLoss


def loss_value(loss: DeepLoss, residuals: Matrix) -> fmpq:
    """Return the loss at given residuals e_k = f(x_k) - y_k."""
    total = ZERO
    for row in residuals:
        for error in row:
            size = abs(error)
            if isinstance(loss, HuberLoss) and size > loss.delta:
                total += 2 * loss.delta * size - loss.delta**2
            else:
                total += error * error
    return loss.scale * total


def slopes(loss: DeepLoss, residuals: Matrix) -> Matrix:
    """Return g_k with dL/df(x_k) = 2 scale g_k: the residuals, clipped at delta for Huber's loss.

    Examples
    --------
    >>> one = ((fmpq(1),),)
    >>> slopes(HuberLoss(one, one, fmpq(2)), ((fmpq(-3),),))
    ((-2,),)
    """
    if not isinstance(loss, HuberLoss):
        return residuals
    return tuple(
        tuple(max(min(error, loss.delta), -loss.delta) for error in row) for row in residuals
    )
