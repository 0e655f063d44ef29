"""The spectrum of a Hessian: every sign exact, every height the decimal of an algebraic number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import asinh
from typing import Final

from flint import fmpq, fmpq_mat

from exactland.arithmetic.field_matrices import characteristic_polynomial
from exactland.arithmetic.field_polynomials import field_real_roots
from exactland.arithmetic.matrices import inertia
from exactland.arithmetic.ordered import Scalar, as_rational
from exactland.arithmetic.polynomials import compare, decimal, real_roots
from exactland.derivatives.empirical import evaluate
from exactland.derivatives.hessian import (
    hessian,
    is_smooth,
    is_within_limits,
    parameter_limit,
)
from exactland.errors import UnsupportedError
from exactland.landscape.integral.analysis import analyze_integral
from exactland.plots.scene import Curve, Layer, Marks, Panel, Scene, Segments, drawn
from exactland.problem.deep import DeepProblem
from exactland.problem.integral import IntegralProblem
from exactland.problem.losses import Problem

EXACT_SIZE: Final = 46
"""Size up to which every eigenvalue is isolated; beyond, heights are floats, signs stay exact."""

LABELLED: Final = 12
"""Eigenvalues up to which each has its decimal beside it."""


@dataclass(frozen=True, slots=True)
class Eigenvalue:
    """An eigenvalue: its exact sign, a decimal (right to the last digit), its multiplicity."""

    sign: int
    decimal: str
    multiplicity: int


def spectrum(rows: Sequence[Sequence[Scalar]]) -> tuple[Eigenvalue, ...]:
    """Return the eigenvalues of a symmetric matrix, increasing.

    They are the real roots of the characteristic polynomial, isolated exactly; for a rational
    matrix beyond :data:`EXACT_SIZE` the decimals are floating point, and the exact inertia gives
    the signs.

    Examples
    --------
    >>> one, two = fmpq(1), fmpq(2)
    >>> spectrum([[one, two], [two, one]])
    (Eigenvalue(sign=-1, decimal='-1', multiplicity=1), Eigenvalue(sign=1, decimal='3', multiplicity=1))
    """  # noqa: E501  (a doctest's output is one line)
    plain = [[as_rational(entry) for entry in row] for row in rows]
    rational = all(entry is not None for row in plain for entry in row)
    if not rows:
        return ()
    if len(rows) > EXACT_SIZE and rational:
        return _rounded(plain)
    if rational:
        roots = real_roots(fmpq_mat(plain).charpoly())
    else:
        roots = field_real_roots(characteristic_polynomial(rows))
    return tuple(
        Eigenvalue(compare(root, fmpq(0)), decimal(root, 6), root.multiplicity) for root in roots
    )


def spectrum_scene(problem: Problem | DeepProblem | IntegralProblem) -> Scene:
    """Return the spectrum of the Hessian at a point where it exists.

    Raises
    ------
    UnsupportedError
        Where the loss is not twice differentiable, or has too many parameters.

    Examples
    --------
    >>> from exactland.landscape.integral.family import critical_family
    >>> print(spectrum_scene(critical_family("relu", 2).problem).description)
    The Hessian has 2 negative, 2 zero and 3 positive eigenvalues (signs exact).
    """
    rows, name = _hessian_rows(problem)
    found = spectrum(rows)
    nonzero = [abs(float(value.decimal)) for value in found if value.sign]
    unit = min(nonzero, default=1.0)
    signs = {"negative": -1, "zero": 0, "positive": 1}
    places: dict[str, list[tuple[float, float]]] = {role: [] for role in signs}
    texts: dict[str, list[str]] = {role: [] for role in signs}
    index = 0
    size = sum(value.multiplicity for value in found)
    for value in found:
        role = next(role for role, sign in signs.items() if sign == value.sign)
        for _ in range(value.multiplicity):
            places[role].append((float(index), asinh(float(value.decimal) / unit)))
            texts[role].append(value.decimal)
            index += 1
    layers: list[Layer] = [Curve(((-0.5, 0.0), (size - 0.5, 0.0)), "axis")]
    for role in signs:
        if not places[role]:
            continue
        stems = tuple(((x, 0.0), (x, y)) for x, y in places[role] if y)
        layers.append(Segments(stems, role))
        shown = tuple(texts[role]) if size <= LABELLED else ()
        layers.append(Marks(tuple(places[role]), role, f"{role}: {len(places[role])}", shown))
    counts = tuple(len(places[role]) for role in signs)
    panel = Panel(
        f"{name}: {counts[0]} negative, {counts[1]} zero, {counts[2]} positive",
        "eigenvalue, increasing",
        f"eigenvalue (asinh scale, unit {unit:.3g})",
        tuple(layers),
        x_ticks=tuple((float(k), str(k + 1)) for k in range(0, size, max(1, size // 12))),
        y_ticks=_scale_ticks(found, unit),
        x_range=(-0.7, size - 0.1),
    )
    return Scene(
        (panel,),
        f"The {name} has {counts[0]} negative, {counts[1]} zero and {counts[2]} positive "
        "eigenvalues (signs exact).",
    )


def _hessian_rows(
    problem: Problem | DeepProblem | IntegralProblem,
) -> tuple[Sequence[Sequence[Scalar]], str]:
    if isinstance(problem, DeepProblem):
        raise UnsupportedError("network.layers", "no Hessian is formed of deep networks")
    if isinstance(problem, IntegralProblem):
        second = analyze_integral(problem).second_order
        if second.rows is not None:
            return second.rows, "Hessian"
        if second.rows_modified is not None:
            return second.rows_modified, "modified Hessian"
        raise UnsupportedError("network", "the loss is not twice differentiable at this point")
    point = evaluate(problem)
    if not is_smooth(point):
        message = "a data point lies on a neuron's boundary: there is no Hessian"
        raise UnsupportedError("network.w", message)
    if not is_within_limits(point):
        message = f"more than {parameter_limit(point)} parameters: the Hessian is not formed"
        raise UnsupportedError("network", message)
    return hessian(point).matrix, "Hessian"


def _rounded(plain: Sequence[Sequence[fmpq | None]]) -> tuple[Eigenvalue, ...]:
    """Floating-point heights; the exact inertia says how many of them are negative and zero."""
    import numpy as np

    rows = [[entry for entry in row if entry is not None] for row in plain]
    negative, zero, positive = inertia(rows).counts
    heights = np.linalg.eigvalsh(np.array([[drawn(entry) for entry in row] for row in rows]))
    signs = [-1] * negative + [0] * zero + [1] * positive
    return tuple(
        Eigenvalue(sign, "0" if sign == 0 else f"{height:.6g}", 1)
        for sign, height in zip(signs, heights.tolist(), strict=True)
    )


def _scale_ticks(found: Sequence[Eigenvalue], unit: float) -> tuple[tuple[float, str], ...]:
    """Ticks at zero and at powers of ten within the spectrum."""
    most = max((abs(float(value.decimal)) for value in found), default=1.0)
    ticks = [(0.0, "0")]
    power = 10.0 ** (int(f"{unit:e}".partition("e")[2]) + 1)
    while power <= most * 3:
        for sign in (1, -1):
            if any(
                value.sign == sign and abs(float(value.decimal)) >= power / 3 for value in found
            ):
                ticks.append((asinh(sign * power / unit), f"{sign * power:g}"))
        power *= 10.0
    return tuple(sorted(ticks))
