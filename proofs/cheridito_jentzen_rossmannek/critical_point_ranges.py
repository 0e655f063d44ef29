"""The families of Theorem 1 over a range of n through the exact analysis, network and all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from exactland.proving.case import Case
from exactland.proving.ledger import Ledger

from . import PAPER
from ._problems import certify_point


def _check(ledger: Ledger) -> None:
    ledger.instances(
        "ReLU", r"n=0,2,\dots,20,\ N=n,n+1", "exact engine", 22,
        _members("relu", range(0, 21, 2), ("0",), ("+",)),
    )  # fmt: skip
    ledger.instances(
        "leaky, rational", r"\gamma=\tfrac9{16},\tfrac{25}{144},\tfrac{64}{225},\ 1\le n\le8,\ "
        r"N=n,n+1,\ \text{both signs}", "exact engine", 96,
        _members("leaky_relu", range(1, 9), ("9/16", "25/144", "64/225"), ("+", "-")),
    )  # fmt: skip
    ledger.instances(
        "leaky, number fields", r"\gamma=\tfrac14,\tfrac13:\ \mathbb Q(\sqrt5),"
        r"\mathbb Q(\sqrt3),\ n\le3,\ \text{both signs}",
        "exact engine", 24, _members("leaky_relu", (1, 2, 3), ("1/4", "1/3"), ("+", "-")),
    )  # fmt: skip
    ledger.instances(
        "leaky, quartic field",
        r"\gamma=\tfrac12:\ \mathbb Q(\sqrt2,\sqrt3),\ n\le2,\ \text{both signs}",
        "exact engine", 8, _members("leaky_relu", (1, 2), ("1/2",), ("+", "-")),
    )  # fmt: skip
    ledger.instances(
        "no family", r"\text{ReLU: no critical points with odd }n\text{ or first sign }-",
        "exact engine", 19, _absent(),
    )  # fmt: skip
    _certify(ledger)


def _certify(ledger: Ledger) -> None:
    from flint import fmpq

    from exactland.landscape.integral.family import critical_family

    kinds = ("stationary", "inertia", "saddle")
    certify_point(ledger, "relu 4", critical_family("relu", 4).problem, kinds)
    leaky = critical_family("leaky_relu", 2, fmpq(1, 4)).problem
    certify_point(ledger, "leaky 2 over a number field", leaky, kinds)


def _members(
    kind: str, sizes: Sequence[int], slopes: Sequence[str], signs: Sequence[str]
) -> Iterator[tuple[str, bool, object]]:
    from flint import fmpq

    from exactland.arithmetic.rationals import parse_rational
    from exactland.landscape.integral.analysis import analyze_integral
    from exactland.landscape.integral.family import critical_family

    for text in slopes:
        for n in sizes:
            for sign in signs:
                for extra in (0, 1):
                    family = critical_family(
                        kind, n, parse_rational(text, "slope"), sign,
                        start=fmpq(-1), end=fmpq(2), alpha=fmpq(-3, 2), beta=fmpq(1, 5),
                        width=n + extra if n + extra else None,
                    )  # fmt: skip
                    found = analyze_integral(family.problem)
                    member = found.member
                    wanted = "local_minimum" if kind == "relu" and n == 0 else "saddle"
                    held = found.verdict == wanted and found.stationarity.classical
                    held = held and found.inertia == family.inertia
                    held = held and member is not None and member.n == n
                    held = held and (family.loss - _lift(found.loss)).sign() == 0
                    held = held and len(found.checks) == 8 and all(found.checks.values())
                    yield f"{kind} gamma={text} n={n} {sign} N={n}+{extra}", held, found


def _lift(value: Any) -> Any:
    """Return a loss as a number that a surd can be compared with."""
    from exactland.arithmetic.ordered import as_rational

    plain = as_rational(value)
    return value if plain is None else plain


def _absent() -> Iterator[tuple[str, bool, object]]:
    from exactland.errors import InputError
    from exactland.landscape.integral.family import critical_family

    for sign, sizes in (("+", range(1, 20, 2)), ("-", range(2, 20, 2))):
        for n in sizes:
            try:
                critical_family("relu", n, first_sign=sign)
            except InputError as error:
                yield f"n = {n}, {sign}", True, error
            else:
                yield f"n = {n}, {sign}", False, "exists"


CASE = Case(
    id="cjr/critical-point-ranges",
    title="The families of critical points, exhaustively for a range",
    paper=PAPER,
    number="Theorems 1 and 3 (simple members); restated",
    statement_latex=r"""For the stated $n$ and slopes the points of Theorem 1 (with one more
inactive,
or flat constant, neuron or none) are classically critical, are saddles (for ReLU and $n=0$ with
inactive
neurons: non-global local minima), and have the stated breakpoints, sums, loss and inertia.""",
    hypotheses=(r"$[T_0,T_1]=[-1,2]$, target $-\frac32x+\frac15$",),
    verified=(
        "gradient, loss, inertia and the identities of Theorem 1 in exact arithmetic over the"
        " rationals or the number field",
    ),
    prose=("ranges, not all $n$; for all $n$ see the symbolic cases",),
    checks=19,
    function=_check,
)
