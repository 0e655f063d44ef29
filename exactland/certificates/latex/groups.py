"""Neurons grouped for print: equal activation patterns share one functional psi."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flint import fmpq

from exactland.arithmetic.matrices import primitive
from exactland.arithmetic.ordered import Scalar
from exactland.cells.patterns import boundary_set
from exactland.certificates.latex.markup import Tex
from exactland.derivatives.empirical import OneSidedFunctional
from exactland.landscape.analysis import Analysis
from exactland.problem.network import Vector

MAX_NEURONS: Final = 60
"""Neurons whose parameters are printed."""
MAX_POINTS: Final = 60
"""Data points that are printed."""
MAX_GROUPS: Final = 20
"""Groups of neurons that are described one by one."""
MAX_LISTED: Final = 24
"""Runs of indices that a list prints."""

KIND_WORDS: Final = {
    "zero": "zero input and output weights",
    "zero_input": "zero input weights",
    "zero_output": "zero output weights",
    "dead": "inactive on all data",
    "boundary": "some data on the boundary",
    "smooth": "no data on the boundary",
}


@dataclass(frozen=True, slots=True)
class Ray:
    """The neurons of a group whose output weights lie on one ray, so that their phi_i agree up to
    positive factors.

    ``output`` stands for the ray: the sign for one output, the first neuron's output weights for
    several; ``factor`` > 0 with h = factor * output for the first neuron.
    """

    neurons: tuple[int, ...]
    output: Vector
    factor: fmpq

    @property
    def is_zero(self) -> bool:
        """Whether these neurons have zero output weights."""
        return not any(self.output)


@dataclass(frozen=True, slots=True)
class Group:
    """The neurons with one activation pattern; they share psi."""

    pattern: str
    boundary: tuple[int, ...]
    functional: OneSidedFunctional
    neurons: tuple[int, ...]
    rays: tuple[Ray, ...]


def group_neurons(analysis: Analysis) -> list[Group]:
    """Return the neurons grouped by activation pattern, the largest groups first."""
    point = analysis.point
    members: dict[str, list[int]] = {}
    for index, pattern in enumerate(point.patterns):
        members.setdefault(pattern, []).append(index)
    # The sort is stable: groups of equal size stay in the order of their first neurons.
    ordered = sorted(members.items(), key=lambda item: -len(item[1]))
    return [
        Group(
            pattern,
            boundary_set(pattern),
            analysis.functionals[neurons[0]],
            tuple(neurons),
            _rays(point.outputs, neurons),
        )
        for pattern, neurons in ordered
    ]


def _rays(outputs: Sequence[Vector], neurons: Sequence[int]) -> tuple[Ray, ...]:
    rays: dict[tuple[Scalar, ...], list[int]] = {}
    for neuron in neurons:
        rays.setdefault(_ray_key(outputs[neuron]), []).append(neuron)
    found = []
    for key, members in rays.items():
        first = outputs[members[0]]
        if len(key) == 1:
            found.append(Ray(tuple(members), (fmpq(key[0]),), abs(first[0]) or fmpq(1)))
        else:
            found.append(Ray(tuple(members), first, fmpq(1)))
    return tuple(found)


def _ray_key(output: Vector) -> tuple[Scalar, ...]:
    """The primitive vector on the ray through `output`; 0 for 0."""
    if len(output) == 1:
        return (int(output[0] > 0) - int(output[0] < 0),)
    return primitive(output)


def index_list(indices: Sequence[int], start: int = 0, limit: int = MAX_LISTED) -> Tex:
    r"""Return a list of indices with runs of three or more shortened, counted from `start`.

    Examples
    --------
    >>> print(index_list([0, 1, 2, 3, 7, 9, 10]), index_list([0, 2], start=1))
    0--3, 7, 9, 10 1, 3
    """
    runs: list[list[int]] = []
    for index in indices:
        if runs and index == runs[-1][1] + 1:
            runs[-1][1] = index
        else:
            runs.append([index, index])
    parts: list[str] = []
    shown = 0
    for first, last in runs[:limit]:
        shown += last - first + 1
        first, last = first + start, last + start
        if last - first >= 2:
            parts.append(f"{first}--{last}")
        else:
            parts += [str(index) for index in range(first, last + 1)]
    left_out = len(indices) - shown
    return Tex(", ".join(parts) + (rf", \ldots\ ({left_out} more)" if left_out else ""))


def pattern_text(pattern: str) -> Tex:
    r"""Return an activation pattern as signs in math mode, cut after :data:`MAX_POINTS` points.

    Examples
    --------
    >>> print(pattern_text("+0-"))
    {+}{0}{-}
    """
    shown = "".join(f"{{{character}}}" for character in pattern[:MAX_POINTS])
    breakable = shown.replace("}{", r"}\exb{}{") if len(pattern) > 12 else shown
    return Tex(breakable + (r"\ldots" if len(pattern) > MAX_POINTS else ""))


def kinds_of(analysis: Analysis, neurons: Sequence[int]) -> Tex:
    """Return the kinds of some neurons in words, with counts where there are several kinds."""
    counts: dict[str, int] = {}
    for index in neurons:
        kind = analysis.neurons[index].kind
        counts[kind] = counts.get(kind, 0) + 1
    if len(counts) == 1:
        return Tex(KIND_WORDS[next(iter(counts))])
    return Tex(", ".join(f"{count} with {KIND_WORDS[kind]}" for kind, count in counts.items()))
