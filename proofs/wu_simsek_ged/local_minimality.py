"""Local minimality: no escape neuron suffices; with one output the exact criterion."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from random import Random

from flint import fmpq

from exactland.arithmetic.rationals import dot
from exactland.certificates.produce import certificates
from exactland.derivatives.empirical import EmpiricalPoint
from exactland.landscape.analysis import analyze_empirical
from exactland.landscape.outcomes import LocalMinimum, NotLocalMinimum
from exactland.proving.case import Case, Figure
from exactland.proving.figures import Curve, axis
from exactland.proving.ledger import Ledger

from . import PAPER
from ._points import END, PLATEAU, loss_of, predictions, problem, small_points


def _check(ledger: Ledger) -> None:
    # P has predictions f_1, f_2 and residuals e_1, e_2 with e_1 f_1 + e_2 f_2 = 0, that is
    # f = u (-e_2, e_1); Q has predictions g_1, g_2.
    ledger.identity(
        "global identity", r"L(Q)-L(P)=\sum_ke_kf_Q(x_k)+\tfrac12\sum_k|f_Q(x_k)-f_P(x_k)|^2"
        r"\ \text{if}\ \sum_ke_kf_P(x_k)=0", "e1 e2 u g1 g2",
        lambda A, e1, e2, u, g1, g2: (
            (g1 + u * e2 + e1) ** 2 / 2 + (g2 - u * e1 + e2) ** 2 / 2 - e1**2 / 2 - e2**2 / 2,
            e1 * g1 + e2 * g2 + ((g1 + u * e2) ** 2 + (g2 - u * e1) ** 2) / 2,
        ),
    )  # fmt: skip
    ledger.identity(
        "dual on a cell", r"\Psi(w')=\psi_i(w'-w_i)\ \text{if }\Psi(w_i)=0\text{ and no sign is "
        r"reversed}", "e1 e2 s1 s2 a x1 x2",
        lambda A, e1, e2, s1, s2, a, x1, x2: (
            # e1 s1 a1 + e2 s2 a2 = 0 with a1 = a, a2 = -e1 s1 a / (e2 s2)
            e1 * s1 * (a + x1) + e2 * s2 * (-e1 * s1 * a / (e2 * s2) + x2),
            e1 * s1 * x1 + e2 * s2 * x2,
        ),
    )  # fmt: skip
    ledger.instances(
        "identity on networks", r"L(Q)-L(P)=\sum_ih'_i\Psi(w'_i)+\tfrac12\sum_k|f_Q-f_P|^2,\ "
        r"\text{widths }1,\dots,5", "loss from the definition", 200, _random_networks(),
    )  # fmt: skip
    ledger.instances(
        "if and only if", r"\text{local minimum}\iff h_i=0\Rightarrow\psi_i\equiv0",
        "curve down; loss from the definition on a grid in the region", 241, _every_small_point(),
    )  # fmt: skip
    found = analyze_empirical(problem(END))
    minimum = found.minimality
    assert isinstance(minimum, LocalMinimum)
    ledger.fact(
        "end of the run", r"L=\tfrac{16139}{231500},\ \text{no escape neuron}",
        [("exact arithmetic", found.loss == fmpq(16139, 231500) and found.escape_neurons == ())],
        found.loss,
    )  # fmt: skip
    for name, neurons in (("end", END), ("single neuron plateau", PLATEAU[:1])):
        for one in certificates(analyze_empirical(problem(neurons))):
            if one.kind == "local_minimum":
                radius = one.claim["radius"]
                ledger.certificate(f"minimum {name}", rf"r={_fraction(radius)}", one)
    for one in certificates(analyze_empirical(problem(PLATEAU))):
        if one.kind == "not_local_minimum":
            ledger.certificate("curve down", r"L(P(\tau))<L(P)", one)


def _random_networks() -> Iterator[tuple[str, bool, object]]:
    point = analyze_empirical(problem(END)).point
    data, old = point.problem.loss, predictions(point)
    source = Random("global identity")

    def entry() -> fmpq:
        return fmpq(source.randint(-9, 9), source.randint(1, 9))

    for trial in range(200):
        width = source.randint(1, 5)
        weights = tuple((entry(), entry()) for _ in range(width))
        outputs = tuple((entry(),) for _ in range(width))
        change = fmpq(0)
        for row, (error,), (before,) in zip(data.inputs, point.residuals, old, strict=True):
            value = sum(
                (h * max(dot(w, row), fmpq(0)) for w, (h,) in zip(weights, outputs, strict=True)),
                fmpq(0),
            )
            change += error * value + (value - before) ** 2 / 2
        yield f"{trial}", loss_of(weights, outputs, data) - point.loss == change, change


def _every_small_point() -> Iterator[tuple[str, bool, object]]:
    for width in (1, 2):
        for label, point in small_points(width):
            found = analyze_empirical(point.problem)
            if not found.directional.holds:
                continue
            criterion = all(
                functional.is_zero()
                for functional, output in zip(found.functionals, point.outputs, strict=True)
                if not any(output)
            )
            down = found.minimality
            if isinstance(down, NotLocalMinimum):
                held = not criterion and down.along.leading < 0
            else:
                assert isinstance(down, LocalMinimum)
                held = criterion and _none_lower(point, down.region.radius)
            yield label, held, found.verdict


def _none_lower(point: EmpiricalPoint, radius: fmpq) -> bool:
    """Whether no point of a grid around P has a lower loss: {-r, -r/3, r/3, r}^n, or {-r, r}^6."""
    size = point.dimension + 1
    many = size * point.width > 4
    steps = [-radius, radius] if many else [-radius, -radius / 3, radius / 3, radius]
    for step in product(steps, repeat=size * point.width):
        moves = [step[i : i + size] for i in range(0, len(step), size)]
        weights = tuple(
            tuple(w + v for w, v in zip(weight, move, strict=False))
            for weight, move in zip(point.weights, moves, strict=True)
        )
        outputs = tuple((h[0] + m[-1],) for h, m in zip(point.outputs, moves, strict=True))
        if loss_of(weights, outputs, point.problem.loss) < point.loss:
            return False
    return True


def _fraction(text: str) -> str:
    numerator, _, denominator = text.partition("/")
    return rf"\tfrac{{{numerator}}}{{{denominator}}}" if denominator else numerator


def _figure() -> Figure:
    end, plateau = problem(END), problem(PLATEAU)
    data = [
        (row[0], target[0]) for row, target in zip(end.loss.inputs, end.loss.targets, strict=True)
    ]
    better = problem((("0 1", "11/100"), ("1 -3/10", "-33/40")))
    curves = [
        Curve.of_network(end, fmpq(-11, 10), fmpq(4, 5), "black, thick", "local minimum"),
        Curve.of_network(plateau, fmpq(-11, 10), fmpq(4, 5), "black, densely dashed", "saddle"),
        Curve.of_network(better, fmpq(-11, 10), fmpq(4, 5), "black!55, thick", "a better network"),
        Curve(tuple(data), "only marks, mark=o, mark size=2.2pt, black", "data"),
    ]
    return Figure(
        axis(curves, "$x$", "$f(x)$"),
        r"The five data points, the saddle of the second plateau (loss $\frac{50749}{672500}$), "
        r"the spurious local minimum at the end of the run ($\frac{16139}{231500}$, the affine "
        r"least squares fit) and a network of the same width with loss $\frac{469}{10000}$.",
    )


CASE = Case(
    id="wsg/local-minimality",
    title="Local minima: no escape neuron, and the exact criterion for one output",
    paper=PAPER,
    number="Theorem 4.2; restated with an explicit region",
    statement_latex=r"""Let $P$ be directionally stationary. If $P$ has no escape neuron and
$\psi_i=0$ on $\mathrm{Lin}_i$ for every $i$, then $L(Q)\ge L(P)$ for every $Q$ in
$R(P)=\prod_i\{w':(w'\cdot x_k)(w_i\cdot x_k)\ge0\ \forall k\notin Z_i\}\times
\{h':h'\cdot\psi_i(r)\ge0\text{ for all rays }r\}$, a neighbourhood of $P$. With one output, $P$
is a local minimum if and only if every neuron with $h_i=0$ has $\psi_i\equiv0$; in particular
every directionally stationary point with all $h_i\ne0$ is a local minimum.""",
    hypotheses=("squared loss", r"$\rho(t)=\alpha_\pm t$", "no biases (or constant inputs)"),
    verified=(
        "the global identity and the form of the dual function on a cell, for all values",
        "200 random networks of other widths against the end point of the run",
        r"every stationary network with entries $-1,0,1$ on four small data sets, "
        r"width 1 and 2: a curve down, or no lower point on a grid in the certified ball",
        "the end point and the single-neuron plateau, with certificates",
    ),
    prose=(
        r"in $R(P)$ every $h'_i\cdot\Psi(w'_i)=h'_i\cdot\psi_i(w'_i-w_i)$ is a nonnegative "
        r"combination of $h'_i\cdot\psi_i(r)\ge0$, so that the identity gives $L(Q)\ge L(P)$",
        r"one output: $\varphi_i=h_i\psi_i$, so that an escape neuron has $h_i=0$; the curve of "
        r"\texttt{wsg/escape-neurons} then goes down",
    ),
    checks=8,
    function=_check,
    figure=_figure,
)
