"""Making a counterexample short: fewer points and neurons, then fewer digits, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from flint import fmpq

from exactland.arithmetic.rationals import ZERO, format_rational
from exactland.landscape.hunting.instances import Instance
from exactland.problem.activations import ReluLike
from exactland.problem.network import Matrix

MAX_TRIALS: Final = 3000
"""Smaller instances that are tried."""
_PART: Final = 24
"""What a data point or a neuron weighs, in the units of :func:`_length`."""


def shrink(
    instance: Instance, activation: ReluLike, fails: Callable[[Instance], bool]
) -> tuple[Instance, int]:
    """Return a shorter instance with the same property, and the number of trials.

    Parameters
    ----------
    fails : callable
        Whether an instance is (still) a counterexample; it is called on shorter instances only.

    Examples
    --------
    >>> from exactland.problem.activations import relu
    >>> big = Instance(((fmpq(7),), (fmpq(2),)), ((fmpq(5, 3),),), ((fmpq(9),),),
    ...                ((fmpq(1),), (fmpq(1),)))
    >>> small, trials = shrink(big, relu(), lambda one: any(one.outputs[0]))
    >>> print(small.inputs, small.weights, small.outputs)
    ((0,),) ((0,),) ((1,),)
    """
    best, trials = instance, 0
    improved = True
    while improved and trials < MAX_TRIALS:
        improved = False
        for candidate in _simpler(best):
            if trials == MAX_TRIALS:
                break
            if size(candidate, activation) >= size(best, activation):
                continue
            trials += 1
            if fails(candidate):
                best, improved = candidate, True
                break
    return best, trials


def size(instance: Instance, activation: ReluLike) -> int:
    """Return the digits of all numbers that the problem file shows, and a weight for each part."""
    targets = instance.problem(activation).loss.targets
    matrices = (instance.inputs, instance.weights, instance.outputs, targets)
    length = sum(_length(entry) for matrix in matrices for row in matrix for entry in row)
    return length + _PART * (len(instance.inputs) + len(instance.weights))


def _length(value: fmpq) -> int:
    """Characters count twice, bits once: 2 is shorter than 3, and both are shorter than -1/2."""
    if not value:
        return 0
    bits = abs(int(value.p)).bit_length() + int(value.q).bit_length()
    return 2 * len(format_rational(value)) + bits


def _simpler(instance: Instance) -> Iterator[Instance]:
    if len(instance.inputs) > 1:
        for k in range(len(instance.inputs)):
            yield replace(
                instance,
                inputs=_without(instance.inputs, k),
                residuals=_without(instance.residuals, k),
            )
    if len(instance.weights) > 1:
        for i in range(len(instance.weights)):
            yield replace(
                instance,
                weights=_without(instance.weights, i),
                outputs=_without(instance.outputs, i),
            )
    # All residuals by one factor, or turned with all output weights, keep stationarity.
    for factor in dict.fromkeys(abs(e) for errors in instance.residuals for e in errors):
        if factor not in (0, 1):
            scaled = tuple(tuple(e / factor for e in errors) for errors in instance.residuals)
            yield replace(instance, residuals=scaled)
    yield replace(
        instance, outputs=_turned(instance.outputs), residuals=_turned(instance.residuals)
    )
    for name in ("inputs", "weights", "outputs", "residuals"):
        matrix: Matrix = getattr(instance, name)
        for i, row in enumerate(matrix):
            for j, entry in enumerate(row):
                for value in _values(entry):
                    changed = (*row[:j], value, *row[j + 1 :])
                    yield replace(instance, **{name: (*matrix[:i], changed, *matrix[i + 1 :])})


def _values(entry: fmpq) -> Iterator[fmpq]:
    sign = fmpq(-1) if entry < 0 else fmpq(1)
    for value in (ZERO, sign, -sign, fmpq(entry.p // entry.q), 2 * sign):
        if value != entry:
            yield value


def _turned(matrix: Matrix) -> Matrix:
    return tuple(tuple(-entry for entry in row) for row in matrix)


def _without(matrix: Matrix, place: int) -> Matrix:
    return matrix[:place] + matrix[place + 1 :]
