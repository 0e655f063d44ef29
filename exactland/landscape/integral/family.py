"""The critical families of Theorem 1: their lengths e_i, loss levels, and canonical members."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flint import fmpq, fmpz

from exactland.arithmetic.ordered import as_rational
from exactland.arithmetic.ordered_polynomials import Number
from exactland.errors import InputError, UnsupportedError
from exactland.landscape.integral.surds import Surd, square_part
from exactland.problem.activations import leaky_relu, relu
from exactland.problem.integral import IntegralLoss, IntegralProblem
from exactland.problem.network import Network


@dataclass(frozen=True, slots=True)
class CriticalFamily:
    """One family of critical points with n breakpoints, and its member with |w_j| = 1.

    Attributes
    ----------
    lengths : e_0, ..., e_n; the pieces have lengths T e_i / total
    total : Lambda, their sum
    breakpoints, sums : q_i and kappa_i = sum of v_j w_j over the neurons at q_i
    loss, height : L and rho = |r(q_i)|
    inertia : of the member's Hessian (n, n, n+1) (Theorem 3)
    problem : the member, in the number field that it needs
    """

    activation: str
    n: int
    gamma: fmpq
    first_sign: str
    lengths: tuple[Surd, ...]
    total: Surd
    breakpoints: tuple[Surd, ...]
    sums: tuple[Surd, ...]
    loss: Surd
    height: Surd
    inertia: tuple[int, int, int]
    problem: IntegralProblem


def family_lengths(gamma: Number, n: int, first_sign: int) -> tuple[Surd, ...]:
    """Return e_0, ..., e_n, some of which may be 0 (then there is no such family).

    e_i = sqrt(1 + gamma) inside; e_0 = 1 for sign +, sqrt(gamma) for -; e_n = sqrt(gamma) if the
    last sign is +, 1 if it is -.  For n = 0 the only length is 1.

    References
    ----------
    Cheridito, Jentzen, Rossmannek, arXiv 2103.10922 (ReLU, leaky ReLU, affine target).

    Examples
    --------
    >>> [str(e) for e in family_lengths(fmpq(1, 4), 2, 1)]
    ['1', '1/2*sqrt(5)', '1']
    """
    one, slope = Surd.of(fmpq(1), gamma), Surd.slope_root(gamma)
    if n == 0:
        return (one,)
    last_sign = first_sign * (-1) ** (n + 1)
    inner = (Surd.sum_root(gamma),) * (n - 1)
    return (one if first_sign > 0 else slope, *inner, slope if last_sign > 0 else one)


def family_exists(lengths: tuple[Surd, ...]) -> bool:
    """Return whether all lengths are positive.

    Examples
    --------
    >>> [family_exists(family_lengths(fmpq(0), n, 1)) for n in range(5)]
    [True, False, True, False, True]
    """
    return all(length.sign() > 0 for length in lengths)


def total_length(lengths: tuple[Surd, ...]) -> Surd:
    """Return Lambda = e_0 + ... + e_n.

    Examples
    --------
    >>> print(total_length(family_lengths(fmpq(1, 2), 2, -1)))
    sqrt(2) + 1/2*sqrt(6)
    """
    result = lengths[0]
    for length in lengths[1:]:
        result = result + length
    return result


def largest_total(gamma: Number, width: int) -> Surd:
    """Return the largest Lambda that `width` >= 1 neurons allow (the lowest critical loss level).

    ReLU: 2 floor(width / 2) + 1; leaky: 2 + (width - 1) sqrt(1 + gamma) if the width is even,
    1 + sqrt(gamma) + (width - 1) sqrt(1 + gamma) if it is odd.

    Examples
    --------
    >>> print(largest_total(fmpq(0), 5), largest_total(fmpq(9, 16), 2))
    5 13/4
    """
    n = width - width % 2 if gamma == 0 else width
    return total_length(family_lengths(gamma, n, 1))


def critical_family(
    activation: str,
    n: int,
    gamma: Number = fmpq(0),
    first_sign: str = "+",
    start: Number = fmpq(0),
    end: Number = fmpq(1),
    alpha: Number = fmpq(1),
    beta: Number = fmpq(0),
    width: int | None = None,
) -> CriticalFamily:
    """Return the critical family with n breakpoints for the target alpha x + beta on [start, end].

    Parameters
    ----------
    activation : "relu" or "leaky_relu"
    n : int
        Even for ReLU.
    gamma : rational
        The slope, 0 for ReLU.
    first_sign : "+" or "-"
        The sign of w at the first breakpoint; + for ReLU.
    width : int, optional
        At least n; further neurons are inactive (ReLU) or flat constant (leaky).  n = 0 without
        a width gives one such neuron.

    Raises
    ------
    InputError
        If there is no such family.
    UnsupportedError
        If a number is not rational.

    Examples
    --------
    >>> family = critical_family("leaky_relu", 2, fmpq(1, 4))
    >>> print(family.breakpoints[0], family.total, family.loss)
    8/11 - 2/11*sqrt(5) 2 + 1/2*sqrt(5) 2283/58564 - 252/14641*sqrt(5)
    >>> critical_family("relu", 1)
    Traceback (most recent call last):
    ...
    exactland.errors.InputError: n: 1 breakpoints with first sign +: no such critical family
    """
    slope = _rational(gamma, "gamma")
    start, end = _rational(start, "T0"), _rational(end, "T1")
    alpha, beta = _rational(alpha, "alpha"), _rational(beta, "beta")
    _check(activation, n, slope, first_sign, start, end, alpha, width)
    sign = 1 if first_sign == "+" else -1
    lengths = family_lengths(slope, n, sign)
    if not family_exists(lengths):
        raise InputError(
            "n", f"{n} breakpoints with first sign {first_sign}: no such critical family"
        )
    total = total_length(lengths)
    scale = total.inverse()
    breakpoints, sums = [], []
    position = Surd.of(start, slope)
    for i in range(n):
        position = position + lengths[i] * scale * (end - start)
        breakpoints.append(position)
        sums.append((lengths[i].inverse() + lengths[i + 1].inverse()) * scale * alpha)
    square = scale * scale * (1 if n == 0 else (1 - slope))
    height = (scale * scale) * (abs(alpha) * (end - start) * (1 if n == 0 else 1 - slope) / 2)
    loss = square * square * (alpha * alpha * (end - start) ** 3 / 12)
    members = [] if n else _fillers(activation, 1 if width is None else width)
    signs = [sign * (-1) ** i for i in range(n)]
    rows = [
        (Surd.of(fmpq(s), slope), q * (-s), k * s)
        for s, q, k in zip(signs, breakpoints, sums, strict=True)
    ]
    if n and width is not None:
        members = _fillers(activation, width - n)
    rows += [tuple(Surd.of(entry, slope) for entry in row) for row in members]  # type: ignore[misc]
    extra = len(members)
    problem = _problem(activation, slope, rows, start, end, alpha, beta)
    zero = 3 * extra if activation == "relu" else extra
    hyperbolic = 0 if activation == "relu" else extra
    return CriticalFamily(
        activation, n, slope, first_sign, lengths, total, tuple(breakpoints), tuple(sums), loss,
        height, (n + hyperbolic, n + zero, n + 1 + hyperbolic), problem,
    )  # fmt: skip


def _check(
    activation: str, n: int, gamma: fmpq, first_sign: str, start: fmpq, end: fmpq, alpha: fmpq,
    width: int | None,
) -> None:  # fmt: skip
    if activation not in ("relu", "leaky_relu"):
        raise InputError("family", f"{activation!r} is neither relu nor leaky_relu")
    if n < 0:
        raise InputError("n", f"{n} is negative")
    if activation == "relu" and gamma != 0:
        raise InputError("gamma", "ReLU has slope 0")
    if not 0 <= gamma < 1:
        raise InputError("gamma", f"{gamma} is outside [0, 1)")
    if first_sign not in ("+", "-"):
        raise InputError("first_sign", f"{first_sign!r} is neither + nor -")
    if not start < end:
        raise InputError("interval", f"T0 = {start} is not below T1 = {end}")
    if alpha == 0:
        raise InputError("alpha", "a constant target has no critical points but global minima")
    if width is not None and width < n:
        raise InputError("width", f"{width} neurons cannot have {n} breakpoints")


def _fillers(activation: str, count: int) -> list[tuple[fmpq, fmpq, fmpq]]:
    """Neurons that change nothing: inactive (0, -1, 0), or flat constant (0, 1, 0)."""
    return [(fmpq(0), fmpq(-1 if activation == "relu" else 1), fmpq(0))] * count


def _rational(value: Number, name: str) -> fmpq:
    plain = as_rational(value)
    if plain is None:
        raise UnsupportedError(name, "the critical family is written for rational numbers only")
    return plain


def _problem(
    activation: str, gamma: fmpq, rows: list[Any], start: fmpq, end: fmpq, alpha: fmpq, beta: fmpq
) -> IntegralProblem:
    field, convert = _field_of([entry for row in rows for entry in row])
    w, b, v = ([convert(row[k]) for row in rows] for k in range(3))

    def lift(value: fmpq) -> Any:
        return convert(Surd.of(value, gamma))

    network = Network(
        relu() if activation == "relu" else leaky_relu(lift(gamma)),
        tuple((entry,) for entry in w),
        (tuple(v),),
        tuple(b),
        (lift(alpha * (start + end) / 2 + beta),),
    )
    loss = IntegralLoss(
        (lift(start), lift(end)), (lift(beta), lift(alpha)), (lift(fmpq(1)),), lift(fmpq(1))
    )
    return IntegralProblem(network, loss, field)


def _field_of(numbers: list[Surd]) -> tuple[Any, Any]:
    """Return the least of Q, Q(sqrt d), Q(sqrt d1, sqrt d2) with all numbers, and the map to it."""
    radicands = sorted({core for number in numbers for core in number.reduced()} - {1})
    if not radicands:
        return None, lambda number: number.reduced().get(1, fmpq(0))
    from exactland.arithmetic.number_fields import element_from_json, field_from_json

    first = radicands[0]
    if len(radicands) == 1:
        minpoly, power = [-first, 0, 1], {first: [fmpq(0), fmpq(1)]}
        low = int(fmpz(first).isqrt())
    else:
        # theta = sqrt d1 + sqrt d2; theta^3 and theta^2 give back the three roots.
        second = radicands[1]
        minpoly = [(first - second) ** 2, 0, -2 * (first + second), 0, 1]
        gap = 2 * (second - first)
        product, common = first * second, _square_root_of_common(first, second)
        power = {
            first: [fmpq(0), fmpq(-(3 * first + second), gap), fmpq(0), fmpq(1, gap)],
            second: [fmpq(0), fmpq(first + 3 * second, gap), fmpq(0), fmpq(-1, gap)],
            product // common**2: [
                fmpq(-(first + second), 2 * common),
                fmpq(0),
                fmpq(1, 2 * common),
            ],
        }
        low = int((fmpz(first + second) + 2 * fmpz(product).isqrt()).isqrt())
    field = field_from_json(
        {"minpoly": [str(entry) for entry in minpoly], "interval": [str(low), str(low + 2)]},
        "field",
    )

    def convert(number: Surd) -> Any:
        coefficients = [fmpq(0)] * (len(minpoly) - 1)
        for core, value in number.reduced().items():
            for k, entry in enumerate([fmpq(1)] if core == 1 else power[core]):
                coefficients[k] += value * entry
        return element_from_json([str(entry) for entry in coefficients], field, "family")

    return field, convert


def _square_root_of_common(first: int, second: int) -> int:
    """Return g with first * second = g**2 * (squarefree)."""
    factor, _ = square_part(fmpq(first * second))
    return int(factor.p)
