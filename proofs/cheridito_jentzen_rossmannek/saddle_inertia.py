"""Theorem 3 for every composition of sites in a range, by exact inertia two ways."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from exactland.proving.case import Case
from exactland.proving.ledger import Ledger

from . import PAPER
from ._problems import problem

# A site carries neurons with alpha kappa_j > 0 (p), < 0 (m) or flat (f), at least one with p.
SITES = ("p", "pf", "pp", "pm", "ppm", "pmf")
SMALL_SITES = ("p", "pf", "pm")


def _check(ledger: Ledger) -> None:
    from flint import fmpq

    zero, leaky = fmpq(0), fmpq(9, 16)
    ranges = (
        ("ReLU, n = 0", zero, 0, 1, ((),), ((0, 1), (0, 2), (1, 0), (1, 1), (2, 1), (3, 2)), 6),
        ("ReLU, n = 2", zero, 2, 1, product(SITES, repeat=2), ((0, 0), (1, 1)), 72),
        ("ReLU, n = 4", zero, 4, 1, product(SMALL_SITES[:2], repeat=4), ((0, 0),), 16),
        ("leaky, n = 1, +", leaky, 1, 1, product(SITES, repeat=1), ((0, 0), (1, 0), (2, 0)), 18),
        ("leaky, n = 1, -", leaky, 1, -1, product(SITES, repeat=1), ((0, 0), (1, 0)), 12),
        ("leaky, n = 2, +", leaky, 2, 1, product(SITES, repeat=2), ((0, 0), (1, 0)), 72),
        ("leaky, n = 2, -", leaky, 2, -1, product(SMALL_SITES, repeat=2), ((0, 0),), 9),
        ("leaky, n = 3, +", leaky, 3, 1, product(SMALL_SITES, repeat=3), ((0, 0),), 27),
    )
    for name, gamma, n, sign, sites, fillers, count in ranges:
        ledger.instances(
            name, r"(n_-,n_0,n_+)=\bigl(n+\sum(p_i-1)+k,\ \sum(2m_i-1+f_i)+k+3N_0,\ "
            r"n+1+\sum m_i^-+k\bigr)", "exact congruence and exact characteristic polynomial",
            count, _instances(gamma, n, sign, list(sites), fillers),
        )  # fmt: skip


def _instances(
    gamma: object, n: int, sign: int, sites: list[tuple[str, ...]], fillers: object
) -> Iterator[tuple[str, bool, object]]:
    from flint import fmpq, fmpq_mat

    from exactland.arithmetic.inertia import inertia
    from exactland.arithmetic.polynomials import inertia_from_charpoly
    from exactland.derivatives.integral import gradient, integral_state
    from exactland.derivatives.integral_hessian import hessian
    from exactland.landscape.integral.family import critical_family

    kind = "relu" if gamma == 0 else "leaky_relu"
    family = critical_family(kind, n, gamma, "+" if sign > 0 else "-")
    for compositions in sites:
        for constant, idle in fillers:  # type: ignore[attr-defined]  # pairs (k, N_0)
            rows: list[tuple[fmpq, fmpq, fmpq]] = []
            for i, site in enumerate(compositions):
                direction = sign * (-1) ** i
                kappa, at = family.sums[i].rational(), family.breakpoints[i].rational()
                assert kappa is not None and at is not None
                # Each m takes -1/3 of kappa, the p share what is then missing in unequal parts.
                count, minus = site.count("p"), site.count("m")
                share = (1 + fmpq(minus, 3)) / (count * (count + 1) // 2)
                parts = [share * (j + 1) for j in range(count)] + [fmpq(-1, 3)] * minus
                parts += [fmpq(0)] * site.count("f")
                for j, part in enumerate(parts):
                    weight = direction * fmpq(j + 2, 2)
                    rows.append((weight, -weight * at, part * kappa / weight))
            rows += [(fmpq(0), fmpq(1, 2), fmpq(0))] * constant
            rows += [(fmpq(1), fmpq(-3), fmpq(2))] * idle
            neurons = [(str(row[0]), str(row[1]), str(row[2])) for row in rows]
            slope = "" if gamma == 0 else str(gamma)
            state = integral_state(problem(neurons, "1/2", slope=slope))
            matrix = hessian(state)
            wanted = _predicted(n, compositions, constant, idle)
            first = inertia(matrix).counts
            second = inertia_from_charpoly(fmpq_mat(matrix).charpoly().coeffs())
            critical = all(entry == 0 for entry in gradient(state))
            held = critical and state.residual_vanishes is False
            held = held and first == wanted and tuple(second) == wanted
            label = f"{','.join(compositions) or '-'}; k = {constant}, N_0 = {idle}"
            yield label, held, first


def _predicted(n: int, sites: tuple[str, ...], k: int, idle: int) -> tuple[int, int, int]:
    negative = n + k + sum(site.count("p") - 1 for site in sites)
    zero = k + 3 * idle + sum(2 * len(site) - 1 + site.count("f") for site in sites)
    positive = n + 1 + k + sum(site.count("m") for site in sites)
    return negative, zero, positive


CASE = Case(
    id="cjr/saddle-inertia",
    title="The inertia of the Hessian at every critical point",
    paper=PAPER,
    number="Theorem 3; restated",
    statement_latex=r"""At a $C^2$ critical point with $r\not\equiv0$, with $m_i$ neurons at $q_i$,
$p_i$
of them with $\alpha\kappa_j>0$, $m_i^-$ with $\alpha\kappa_j<0$, $f_i$ flat, $k$ flat semi-active
(constant) and $N_0$ inactive neurons, the Hessian has inertia
\[n_-=n+\sum(p_i-1)+k,\quad n_0=\sum(2m_i-1+f_i)+k+3N_0,\quad n_+=n+1+\sum m_i^-+k.\]""",
    hypotheses=(r"$\alpha\ne0$", r"$0\le\gamma<1$"),
    verified=(
        r"every composition of sites from $p,pf,pp,pm,ppm,pmf$ for $n=2$ (ReLU), $n=1,2$ (leaky,"
        r" $\gamma=\frac9{16}$), from smaller sets for $n=3,4$, with and without fillers:"
        r" $232$ points,"
        r" each critical, its inertia by an exact congruence and by the signs of the characteristic"
        r" polynomial",
    ),
    prose=(
        r"all $n$, $m_i$: the block argument on the cases \texttt{saddle-hessian},"
        r" \texttt{descent-directions}, \texttt{basis-and-dimensions}",
    ),
    checks=8,
    function=_check,
)
