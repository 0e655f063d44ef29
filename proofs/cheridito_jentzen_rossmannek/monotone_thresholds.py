"""More neurons allow a lower critical level: the convergence threshold of a width."""

from __future__ import annotations

from exactland.proving.case import Case
from exactland.proving.ledger import Ledger

from . import PAPER

# p = sqrt(gamma), q = sqrt(1 + gamma), 0 < p < 1 < q.


def _check(ledger: Ledger) -> None:
    ledger.identity(
        "even to odd",
        r"\Lambda_{n+1}-\Lambda_n=\sqrt\gamma+\sqrt{1+\gamma}-1"
        r"=\tfrac{2\sqrt\gamma\,(\sqrt\gamma+\sqrt{1+\gamma})}{\sqrt\gamma+\sqrt{1+\gamma}+1}>0",
        "n",
        lambda A, n: (
            (1 + A.slope_roots[0] + n * A.slope_roots[1]) - (2 + (n - 1) * A.slope_roots[1]),
            2 * A.slope_roots[0] * (A.slope_roots[0] + A.slope_roots[1])
            / (A.slope_roots[0] + A.slope_roots[1] + 1),
        ),
    )  # fmt: skip
    ledger.identity(
        "odd to even",
        r"\Lambda_{n+1}-\Lambda_n=1+\sqrt{1+\gamma}-\sqrt\gamma"
        r"=1+\tfrac1{\sqrt{1+\gamma}+\sqrt\gamma}>0", "n",
        lambda A, n: (
            (2 + n * A.slope_roots[1])
            - (1 + A.slope_roots[0] + (n - 1) * A.slope_roots[1]),
            1 + 1 / (A.slope_roots[0] + A.slope_roots[1]),
        ),
    )  # fmt: skip
    ledger.identity(
        "family - below family +", r"\Lambda_n^+-\Lambda_n^-=2(1-\sqrt\gamma)>0\ (n\ \text{even})",
        "n",
        lambda A, n: (
            (2 + (n - 1) * A.slope_roots[1])
            - (2 * A.slope_roots[0] + (n - 1) * A.slope_roots[1]),
            2 * (1 - A.slope_roots[0]),
        ),
    )  # fmt: skip
    ledger.identity(
        "n = 0 is the highest", r"\Lambda_1-(1-\gamma)^{1/2}>0:\ (1+\sqrt\gamma)^2-(1-\gamma)="
        r"2\sqrt\gamma(1+\sqrt\gamma)", "n",
        lambda A, n: (
            (1 + A.slope_roots[0]) ** 2 - (1 - A.slope_roots[0] ** 2) + 0 * n,
            2 * A.slope_roots[0] * (1 + A.slope_roots[0]),
        ),
    )  # fmt: skip
    ledger.instances(
        "ReLU", r"\max\{n+1:n\ \text{even},n\le N\}=2\lfloor N/2\rfloor+1", "exhaustive", 200,
        (
            (f"N = {width}", max(n + 1 for n in range(0, width + 1, 2)) == 2 * (width // 2) + 1,
             2 * (width // 2) + 1)
            for width in range(1, 201)
        ),
    )  # fmt: skip
    ledger.instances(
        "the library's Lambda_N", r"\Lambda_N=2+(N-1)\sqrt{1+\gamma}\ (N\ \text{even}),\ "
        r"1+\sqrt\gamma+(N-1)\sqrt{1+\gamma}\ (\text{odd})\ \text{is the largest of all families}",
        "exact engine", 60, _widths(),
    )  # fmt: skip


def _widths() -> list[tuple[str, bool, object]]:
    from flint import fmpq

    from exactland.landscape.integral.family import family_lengths, largest_total, total_length

    rows: list[tuple[str, bool, object]] = []
    for gamma in (fmpq(1, 4), fmpq(9, 16), fmpq(1, 2), fmpq(1, 100), fmpq(99, 100)):
        for width in range(1, 13):
            best = largest_total(gamma, width)
            totals = [
                total_length(family_lengths(gamma, n, sign))
                for n in range(1, width + 1)
                for sign in (1, -1)
            ]
            gaps = [(best - total).sign() for total in totals]
            rows.append((f"gamma = {gamma}, N = {width}", min(gaps) == 0, best))
    return rows


CASE = Case(
    id="cjr/monotone-thresholds",
    title="The convergence threshold of a width",
    paper=PAPER,
    number="Theorem 2, corollary; restated",
    statement_latex=r"""A critical limit with
$L<\frac{\alpha^2T^3}{12(2\lfloor N/2\rfloor+1)^4}$ (ReLU), or
$L<\frac{\alpha^2(1-\gamma)^2T^3}{12\Lambda_N^4}$ (leaky ReLU), is a global minimum, where
$\Lambda_N=2+(N-1)\sqrt{1+\gamma}$ for even and $1+\sqrt\gamma+(N-1)\sqrt{1+\gamma}$ for odd $N$:
the
levels of Theorem 1 decrease in $n$ because $1<\sqrt\gamma+\sqrt{1+\gamma}$.""",
    hypotheses=(r"$\alpha\ne0$", r"$N\ge1$", r"$0<\gamma<1$ (leaky)"),
    verified=(
        r"the differences of neighbouring $\Lambda_n$ as manifestly positive expressions, for"
        r" symbolic $n$ and all $\gamma$",
        r"exhaustively against all families for $N\le12$ and five slopes; ReLU for $N\le200$",
    ),
    prose=(
        r"$L$ decreases in $\Lambda$; the loss levels are those of Theorem 1 (completeness:"
        r" Lemma A)",
    ),
    checks=6,
    function=_check,
)
