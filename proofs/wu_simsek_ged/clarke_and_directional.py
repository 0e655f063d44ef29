"""Clarke and directional stationarity differ; the subdifferential is no sum of segments."""

from __future__ import annotations

from collections.abc import Iterator

from flint import fmpq

from exactland.certificates.produce import certificates
from exactland.derivatives.empirical import one_sided_functionals
from exactland.landscape.analysis import analyze_empirical
from exactland.landscape.stationarity import clarke_stationarity, phi
from exactland.problem.losses import Problem
from exactland.proving.case import Case, Figure
from exactland.proving.figures import Curve, axis
from exactland.proving.ledger import Ledger

from . import PAPER
from ._points import problem, small_points

ONE_POINT = (("0", "1"),)
FACE_4 = (("-143/1330 429/13300", "1"),)
FACE_3 = (("1/10 1/100", "1"),)
TRAP_INPUTS, TRAP_TARGETS = ("1", "1", "-1"), ("-2", "1", "1")


def _check(ledger: Ledger) -> None:
    instances: tuple[tuple[str, Problem, bool, str], ...] = (
        ("one point", problem(ONE_POINT, ("1",), ("1",)), True, r"x=y=h=1,\ w=0"),
        ("five points", problem(FACE_4), True, r"w\perp x_4,\ L=\tfrac{1063}{13300}"),
        ("trap", problem(ONE_POINT, TRAP_INPUTS, TRAP_TARGETS), False, r"w=0,\ h=1"),
    )
    for name, point, clarke, text in instances:
        found = analyze_empirical(point)
        held = found.clarke.holds is clarke and found.directional.holds is False
        word = "Clarke" if clarke else "not Clarke"
        ledger.fact(
            name, rf"{text}:\ \text{{{word}, not directionally stationary}}",
            [("exact arithmetic", held)], found.loss,
        )  # fmt: skip
        for one in certificates(found):
            if "clarke" in one.kind or one.kind == "not_directionally_stationary":
                told = one.kind.replace("_", " ")
                ledger.certificate(f"{name} {told}", rf"\text{{{told}}}", one)
    left = (fmpq(9), fmpq(30)), (fmpq(-1067 * 3), fmpq(-1067 * 10))
    multipliers = fmpq(2134, 3059), fmpq(925, 3059)
    gradients = (
        tuple(fmpq(37, 5320) * x / 3 for x in left[0]),
        tuple(x / 66500 for x in left[1]),
    )
    total = [multipliers[0] * a + multipliers[1] * b for a, b in zip(*gradients, strict=True)]
    ledger.fact(
        "multipliers", r"\tfrac{2134}{3059}\cdot\tfrac{37}{5320}(3,10)"
        r"-\tfrac{925}{3059}\cdot\tfrac{1067}{66500}(3,10)=0",
        [("exact arithmetic", not any(total) and sum(multipliers) == 1)], multipliers,
    )  # fmt: skip
    face = analyze_empirical(problem(FACE_4)).point
    form = phi(face, one_sided_functionals(face)[0], 0)
    values = form((fmpq(3), fmpq(10))), form((fmpq(-3), fmpq(-10)))
    ledger.fact(
        "both ways down", r"\varphi(3,10)=-\tfrac{116303}{66500},\ "
        r"\varphi(-3,-10)=-\tfrac{4033}{5320}",
        [("exact arithmetic", values == (fmpq(-116303, 66500), fmpq(-4033, 5320)))], values,
    )  # fmt: skip
    ledger.fact(
        "sum of segments", r"0\in\sum_k(e_k\cdot h)[\alpha_-,\alpha_+]x_k=[-1,3]\text{, but }"
        r"\partial^CL=\{1\}\text{ in }w",
        [("exact arithmetic", _segments() == (fmpq(-1), fmpq(3)) and _trap_is_linear())],
        _segments(),
    )  # fmt: skip
    ledger.instances(
        "directional implies Clarke", r"\text{every small point}", "exact analysis", 918,
        _implication(),
    )  # fmt: skip


def _segments() -> tuple[fmpq, fmpq]:
    """The ends of sum_k e_k [0, 1] x_k at the trap."""
    point = analyze_empirical(problem(ONE_POINT, TRAP_INPUTS, TRAP_TARGETS)).point
    ends = [
        sorted((fmpq(0), error[0] * row[0]))
        for error, row in zip(point.residuals, point.inputs, strict=True)
    ]
    return sum((low for low, _ in ends), fmpq(0)), sum((high for _, high in ends), fmpq(0))


def _trap_is_linear() -> bool:
    point = analyze_empirical(problem(ONE_POINT, TRAP_INPUTS, TRAP_TARGETS)).point
    form = phi(point, one_sided_functionals(point)[0], 0)
    return form((fmpq(1),)) == 1 and form((fmpq(-1),)) == -1


def _implication() -> Iterator[tuple[str, bool, object]]:
    for width in (1, 2):
        for label, point in small_points(width):
            functionals = one_sided_functionals(point)
            directional = analyze_empirical(point.problem).directional.holds
            clarke = clarke_stationarity(point, functionals).holds
            yield label, clarke is True or directional is not True, (directional, clarke)


def _figure() -> Figure:
    point = analyze_empirical(problem(FACE_4)).point
    form = phi(point, one_sided_functionals(point)[0], 0)
    steps = [fmpq(k, 10) for k in (-1, 0, 1)]
    across = [(t, form((3 * t, 10 * t))) for t in steps]
    gradients = [fmpq(37, 5320), fmpq(-1067, 66500)]
    lines = [
        Curve(tuple((t, slope * 109 * t) for t in (-steps[2], steps[2])), "black!55, dashed", name)
        for slope, name in zip(gradients, ("first cell gradient", "second"), strict=True)
    ]
    return Figure(
        axis(
            [Curve(tuple(across), "black, thick", r"$\varphi(t\,(3,10))$"), *lines],
            "$t$",
            "",
            "scaled ticks=false, xtick={-1/10,-1/20,0,1/20,1/10}, "
            "xticklabel style={/pgf/number format/fixed, /pgf/number format/precision=2}",
        ),
        r"The five-point instance: the one-sided derivative along the kink's normal is concave "
        r"and negative on both sides, so the point is not directionally stationary; the gradients "
        r"of the two cells have slopes of opposite signs, so $0$ is a convex combination of them.",
    )


CASE = Case(
    id="wsg/clarke-and-directional",
    title="Clarke and directional stationarity differ",
    paper=PAPER,
    number="notions of stationarity; restated",
    statement_latex=r"""A directionally stationary point is Clarke stationary; the converse fails.
Clarke's subdifferential is $\partial^CL(P)=\{\nabla_hL\}\times\prod_i\operatorname{conv}
\{\sum_k(e_k\cdot h_i)s^\sigma_kx_k:\sigma\text{ a realisable cell of }\{x_k^\perp\}_{k\in
Z_i}\}$. The sum of segments $\sum_k(e_k\cdot h_i)[\alpha_-,\alpha_+]x_k$ is only an outer bound
of a factor unless the $x_k$, $k\in Z_i$, are independent or all $(e_k\cdot
h_i)(\alpha_+-\alpha_-)$ have one sign.""",
    hypotheses=("squared loss", r"$\rho(t)=\alpha_\pm t$"),
    verified=(
        "three named instances with certificates for each notion; the trap, where the sum of "
        "segments contains $0$ although the loss is linear in $w$ to first order",
        "directional implies Clarke at every network of width 1 and 2 with entries $-1,0,1$ on "
        "four small data sets",
    ),
    prose=(
        "the product formula: the weights of different neurons are separate coordinates, so that "
        "all combinations of cells are realised next to $P$ at points of differentiability, and "
        "the convex hull of a product is the product of the hulls",
    ),
    checks=13,
    function=_check,
    figure=_figure,
)
