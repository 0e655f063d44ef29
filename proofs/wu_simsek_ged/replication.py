"""Replicating a neuron: which factors keep stationarity, and which keep a local minimum."""

from __future__ import annotations

from collections.abc import Iterator

from flint import fmpq

from exactland.certificates.embedding import replication_certificates
from exactland.landscape.analysis import analyze_empirical
from exactland.landscape.embedding import Replication, embed, gamma_sets
from exactland.landscape.stationarity import phi
from exactland.proving.case import Case
from exactland.proving.ledger import Ledger

from . import PAPER
from ._points import END, PLATEAU, problem

BETAS = ((fmpq(1), fmpq(1)), (fmpq(2), fmpq(1, 3)), (fmpq(1, 5), fmpq(7)))
NEURONS = (
    ("kink neuron", END, 0, "nonnegative", "positive"),
    ("smooth neuron", END, 1, "all", "all"),
    ("escape neuron", PLATEAU, 1, "all", "none"),
)


def _check(ledger: Ledger) -> None:
    ledger.identity(
        "same function", r"\sum_l\gamma_lh\,\rho(\beta_lw\cdot x)=h\,\rho(w\cdot x)\ "
        r"\text{if}\ \beta_l>0,\ \sum\beta_l\gamma_l=1", "h s a b1 b2 b3 g2 g3",
        lambda A, h, s, a, b1, b2, b3, g2, g3: (
            (1 - b2 * g2 - b3 * g3) / b1 * h * (s * b1 * a) + g2 * h * (s * b2 * a)
            + g3 * h * (s * b3 * a),
            h * s * a,
        ),
    )  # fmt: skip
    ledger.identity(
        "copies", r"\varphi_l=\gamma_l\varphi", "e h g s t",
        lambda A, e, h, g, s, t: ((g * h) * (e * s * t), g * (h * (e * s * t))),
    )  # fmt: skip
    for name, neurons, index, stationary, minimum in NEURONS:
        found = gamma_sets(problem(neurons), index, BETAS[0])
        sets = found.sets
        ledger.fact(
            f"{name}: sets", rf"\gamma\text{{ for stationarity: {stationary}; for a minimum: "
            rf"{minimum}}}",
            [("proof by cases", (sets.directional.kind, sets.local_minimum.kind)
              == (stationary, minimum))],
            f"{sets.directional.kind}, {sets.local_minimum.kind}",
        )  # fmt: skip
        ledger.instances(
            f"{name}: grid", r"\text{the wider point is in the set iff it has the property}",
            "exact analysis of the wider point", 63, _grid(neurons, index),
        )  # fmt: skip
        for one in replication_certificates(found.narrow, sets):
            told = one.kind.removeprefix("replication_").replace("_", " ")
            ledger.certificate(f"{name} {told}", rf"\gamma\text{{: {one.claim['gamma']}}}", one)
    wide = analyze_empirical(embed(problem(END), Replication(0, BETAS[0], (fmpq(2), fmpq(-1)))))
    form = phi(wide.point, wide.functionals[1], 1)
    value = form((fmpq(-7), fmpq(-10)))
    ledger.fact(
        "a negative factor", r"\gamma=(2,-1):\ \varphi_1(-7,-10)=-\tfrac{476949}{926000}",
        [("exact arithmetic", value == fmpq(-476949, 926000))], value,
    )  # fmt: skip


def _grid(neurons: tuple[tuple[str, str], ...], index: int) -> Iterator[tuple[str, bool, object]]:
    narrow = problem(neurons)
    for betas in BETAS:
        sets = gamma_sets(narrow, index, betas).sets
        for k in range(-8, 13):
            first = fmpq(k, 4)
            gammas = first, (1 - betas[0] * first) / betas[1]
            wide = analyze_empirical(embed(narrow, Replication(index, betas, gammas)))
            held = wide.loss == analyze_empirical(narrow).loss
            held = held and wide.directional.holds is sets.directional.contains(gammas)
            held = held and (wide.verdict == "local_minimum") is sets.local_minimum.contains(gammas)
            yield f"{betas}, {gammas}", held, wide.verdict


CASE = Case(
    id="wsg/replication",
    title="Network embedding: replicating a neuron",
    paper=PAPER,
    number="network embedding, replication; restated with the exact sets",
    statement_latex=r"""Replace a neuron $(w,h)$ of a directionally stationary point by copies
$(\beta_lw,\gamma_lh)$, $\beta_l>0$, $\sum_l\beta_l\gamma_l=1$. The wider point is directionally
stationary iff all $\gamma_l\ge0$ or $\varphi\equiv0$. If $P$ has no escape neuron and there are
two or more copies, the wider point has none iff all $\gamma_l>0$ or $\psi\equiv0$. Replicating an
escape neuron never gives a local minimum.""",
    hypotheses=("$P$ is directionally stationary", r"squared loss, $\rho(t)=\alpha_\pm t$"),
    verified=(
        "the function and the one-sided derivative of the copies, for all values",
        r"three neurons of the five-point run (on a kink, smooth, escaping): the exact sets, with "
        r"certificates for all $\beta$, $\gamma$; and $63$ wider points each, analysed from "
        r"scratch",
    ),
    prose=(
        r"an escape neuron with copies: $\sum_lg_l\rho(\beta_lw\cdot x_k)=0$ with some $g_l\ne0$ "
        "frees an output weight, and the loss falls to third order",
    ),
    checks=15,
    function=_check,
)
