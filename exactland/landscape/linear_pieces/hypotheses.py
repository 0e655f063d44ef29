"""The hypotheses of the construction, each checked and each refused in one line that names it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from flint import fmpq

from exactland.arithmetic.matrices import multiply
from exactland.arithmetic.rationals import format_rational
from exactland.errors import InputError
from exactland.landscape.linear_pieces.regression import best_fit
from exactland.problem.deep import AnyDeepLoss
from exactland.problem.huber import DeepLoss
from exactland.problem.network import Matrix, Vector
from exactland.problem.piecewise_linear import PiecewiseLinear
from exactland.problem.strict_json import quoted

MAX_WIDTH: Final = 2000
MAX_LAYERS: Final = 30
"""So that the degree of a curve in the parameters stays within what the checker follows."""


class HypothesisError(InputError):
    """A hypothesis of the theorem fails, so nothing is constructed; the field names it."""


def check_hypotheses(
    loss: DeepLoss, activation: PiecewiseLinear, widths: Sequence[int]
) -> tuple[str, ...]:
    """Check every hypothesis; return them in words.

    Raises
    ------
    HypothesisError
        Naming the first one that fails.

    References
    ----------
    Spec, section 7 (He, Wang, Tao, arXiv 2003.12236; own version and proof).

    Examples
    --------
    >>> from exactland.problem.losses import EmpiricalLoss
    >>> from exactland.problem.piecewise_linear import identity
    >>> check_hypotheses(EmpiricalLoss(((fmpq(0),),), ((fmpq(1),),)), identity(), [2])
    Traceback (most recent call last):
    ...
    exactland.landscape.linear_pieces.hypotheses.HypothesisError: hypothesis "the activation is \
not affine" fails: all slopes of the identity are 1
    """
    found = check_shape(loss, activation, widths)
    _, _, residuals = affine_fit(loss)
    if not any(entry for row in residuals for entry in row):
        text = "the best affine fit has loss 0"
        raise failed("no affine function fits the data", text)
    return (*found, "no affine function fits the data")


def check_shape(
    loss: AnyDeepLoss, activation: PiecewiseLinear, widths: Sequence[int]
) -> tuple[str, ...]:
    """Check the hypotheses that do not depend on the loss: activation, inputs, widths.

    Raises
    ------
    HypothesisError
        Naming the first one that fails.
    """
    outputs = len(loss.targets[0])
    if activation.is_affine:
        name = "the identity" if activation.kind == "identity" else "the activation"
        slope = format_rational(activation.slopes[0])
        raise failed("the activation is not affine", f"all slopes of {name} are {slope}")
    seen: dict[Vector, int] = {}
    for index, row in enumerate(loss.inputs):
        if seen.setdefault(row, index) != index:
            text = f"data points {seen[row]} and {index} have the same input"
            raise failed("the inputs are distinct", text)
    if not widths:
        raise InputError("--widths", "needs at least one hidden layer")
    for index, width in enumerate(widths):
        needed = outputs + 1 if index == 0 else outputs
        if width < needed:
            text = f"layer {index + 1} has width {width}, below {needed} ({outputs} outputs)"
            raise failed(
                "the first hidden layer is wider than the output, the others as wide", text
            )
    return (
        "the activation is piecewise linear and not affine",
        "the inputs are distinct",
        "the first hidden layer is wider than the output, the others at least as wide",
    )


def parse_widths(text: str) -> tuple[int, ...]:
    """Return the widths of hidden layers from a comma-separated list.

    Raises
    ------
    InputError
        If an entry is not a positive integer of at most :data:`MAX_WIDTH`.

    Examples
    --------
    >>> parse_widths("2, 3")
    (2, 3)
    >>> parse_widths("2,x")
    Traceback (most recent call last):
    ...
    exactland.errors.InputError: --widths: "x" is not a positive integer
    """
    widths = []
    for entry in (part.strip() for part in text.split(",")):
        if not (entry.isascii() and entry.isdigit()) or not int(entry[:9]):
            raise InputError("--widths", f"{quoted(entry)} is not a positive integer")
        if len(entry.lstrip("0")) > 8 or int(entry) > MAX_WIDTH:
            raise InputError("--widths", f"{quoted(entry)} is above the limit {MAX_WIDTH}")
        widths.append(int(entry))
    if len(widths) > MAX_LAYERS:
        raise InputError("--widths", f"{len(widths)} hidden layers (limit {MAX_LAYERS})")
    return tuple(widths)


def failed(hypothesis: str, why: str) -> HypothesisError:
    """Return the error for a hypothesis that fails, and why it does."""
    error = HypothesisError("", f'hypothesis "{hypothesis}" fails: {why}')
    error.field = hypothesis
    return error


def affine_fit(loss: DeepLoss) -> tuple[Matrix, Vector, Matrix]:
    """Return A (J x d), c and the residuals of the best affine fit A x + c.

    Where there are several, one of them; for the squared loss the residuals are unique.

    Examples
    --------
    >>> from exactland.problem.losses import EmpiricalLoss
    >>> xs, ys = ((fmpq(0),), (fmpq(1),)), ((fmpq(1),), (fmpq(3),))
    >>> affine_fit(EmpiricalLoss(xs, ys))
    (((2,),), (1,), ((0,), (0,)))
    """
    design = [(*row, fmpq(1)) for row in loss.inputs]
    solution = best_fit(design, loss)
    columns = tuple(zip(*solution, strict=True))
    residuals = tuple(
        tuple(value - target for value, target in zip(row, wanted, strict=True))
        for row, wanted in zip(multiply(design, solution), loss.targets, strict=True)
    )
    return tuple(column[:-1] for column in columns), tuple(c[-1] for c in columns), residuals
