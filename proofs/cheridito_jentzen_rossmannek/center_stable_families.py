"""Signs of the Hessian and center-stable dimensions along whole families of saddles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from exactland.proving.case import Case, Figure
from exactland.proving.ledger import Ledger

from . import PAPER
from ._problems import problem

RELU = (("1", "-1/3", "2/3"), ("-1", "2/3", "-2/3"))
LEAKY = "9/16"
STRETCHES = ("1/4", "1/2", "1", "2", "5")


def _check(ledger: Ledger) -> None:
    ledger.identity(
        "curvature block", r"K_j(sw,sb,\tfrac vs)=D\,K_j(w,b,v)\,D,\ D=\operatorname{diag}"
        r"(\tfrac1s,\tfrac1s,s)", "s v w g r t X R dw db dv",
        lambda A, s, v, w, g, r, t, X, R, dw, db, dv: (
            _block(v / s, s * w, g, r, t, X, R, dw, db, dv),
            _block(v, w, g, r, t, X, R, dw / s, db / s, s * dv),
        ),
    )  # fmt: skip
    ledger.identity(
        "Gram part", r"\nabla f(sw,sb,\tfrac vs)=D\,\nabla f(w,b,v)", "s v d x w b dw db dv",
        lambda A, s, v, d, x, w, b, dw, db, dv: (
            v / s * d * x * dw + v / s * d * db + d * (s * w * x + s * b) * dv,
            v * d * x * (dw / s) + v * d * (db / s) + d * (w * x + b) * (s * dv),
        ),
    )  # fmt: skip
    ledger.instances(
        "congruent", r"H(s)=D\,H\,D,\ \text{inertia }(2,2,3),\ \dim E^{cs}=5\text{ for small }\eta"
        r"\ \text{(ReLU, }n=N=2)", "exact Hessians and congruences",
        len(STRETCHES) ** 2, _relu_members(),
    )  # fmt: skip
    ledger.instances(
        "leaky", r"\text{inertia }(n,n,n+1),\ \dim E^{cs}=3N+1-n,\ n=N=1,2,3,\ \gamma=\tfrac9{16}",
        "exact Hessians and congruences", 12, _leaky_members(),
    )  # fmt: skip
    ledger.instances(
        "unbounded", r"\lambda_{\max}(s)\ge H_{w_1w_1}/s^2\to\infty", "exact arithmetic", 4,
        _unbounded(),
    )  # fmt: skip
    ledger.instances(
        "a singular member", r"\eta:\ \lambda_{\max}<\tfrac1\eta\text{ at }s=1,\ >\tfrac1\eta"
        r"\text{ at small }s\Rightarrow\det(I-\eta H(s))=0\text{ in between}",
        "exact inertia of H - 1/eta", 4, _singular_members(),
    )  # fmt: skip


def _block(
    v: Any, w: Any, g: Any, r: Any, t: Any, X: Any, R: Any, dw: Any, db: Any, dv: Any
) -> Any:
    mu = 2 * v * (1 - g) * r / w
    return mu * (t * dw + db) ** 2 + 4 * X * dw * dv + 4 * R * db * dv


def _stretched(rows: Sequence[tuple[str, str, str]], factors: Sequence[Any]) -> Any:
    from exactland.arithmetic.rationals import format_rational, parse_rational

    result = []
    for row, s in zip(rows, factors, strict=True):
        w, b, v = (parse_rational(entry, "entry") for entry in row)
        result.append(tuple(format_rational(value) for value in (s * w, s * b, v / s)))
    return result


def _analysis(factors: Sequence[Any]) -> Any:
    from exactland.landscape.integral.analysis import analyze_integral

    return analyze_integral(problem(_stretched(RELU, factors), "1/2"))


def _full(analysis: Any) -> list[list[Any]]:
    rows = analysis.second_order.rows
    size = len(rows)
    return [[rows[max(i, j)][min(i, j)] for j in range(size)] for i in range(size)]


def _relu_members() -> Iterator[tuple[str, bool, object]]:
    from exactland.arithmetic.rationals import parse_rational

    one = parse_rational("1", "s")
    base = _full(_analysis((one, one)))
    for texts in product(STRETCHES, repeat=2):
        factors = [parse_rational(text, "s") for text in texts]
        found = _analysis(factors)
        scale = [*(1 / s for s in factors), *(1 / s for s in factors), *factors, one]
        matrix = _full(found)
        held = all(
            matrix[i][j] == scale[i] * base[i][j] * scale[j] for i, j in product(range(7), repeat=2)
        )
        descent = found.gradient_descent
        held = held and found.inertia == (2, 2, 3) and descent.small_step_dimension == 5
        yield f"{texts}", held and descent.dimensions[0] == 5, descent.dimensions


def _leaky_members() -> Iterator[tuple[str, bool, object]]:
    from exactland.arithmetic.rationals import parse_rational
    from exactland.landscape.integral.analysis import analyze_integral
    from exactland.landscape.integral.family import critical_family
    from exactland.problem.files import problem_to_json
    from exactland.problem.integral import integral_problem_from_json

    gamma = parse_rational(LEAKY, "gamma")
    for n, sign, stretch in product((1, 2, 3), "+-", (1, 3)):
        member = problem_to_json(critical_family("leaky_relu", n, gamma, sign).problem)
        network = member["network"]
        for j in range(n):
            value = parse_rational(network["w"][j][0], "w") * stretch
            network["w"][j] = [str(value)]
            network["b"][j] = str(parse_rational(network["b"][j], "b") * stretch)
            network["v"][0][j] = str(parse_rational(network["v"][0][j], "v") / stretch)
        found = analyze_integral(integral_problem_from_json(member))
        descent = found.gradient_descent
        assert descent is not None
        held = found.inertia == (n, n, n + 1) and descent.small_step_dimension == 3 * n + 1 - n
        yield f"{n}, {sign}, {stretch}", held, descent.dimensions


def _unbounded() -> Iterator[tuple[str, bool, object]]:
    from exactland.arithmetic.rationals import parse_rational

    one = parse_rational("1", "s")
    entry = _full(_analysis((one, one)))[0][0]
    for k in range(1, 5):
        s = one / 10**k
        stretched = _full(_analysis((s, one)))[0][0]
        yield f"s = 10^-{k}", stretched == entry / s**2 and entry > 0, stretched


def _singular_members() -> Iterator[tuple[str, bool, object]]:
    from exactland.arithmetic.inertia import inertia
    from exactland.arithmetic.rationals import parse_rational

    one = parse_rational("1", "s")
    for k in (1, 2, 3, 4):
        bound = one * 10**k  # 1/eta
        counts = []
        for s in (one, one / 10 ** (k + 1)):
            matrix = _full(_analysis((s, one)))
            shifted = [
                [x - bound * (i == j) for j, x in enumerate(row)] for i, row in enumerate(matrix)
            ]
            counts.append(inertia(shifted).counts[2])
        yield f"eta = 10^-{k}", counts[0] == 0 < counts[1], counts


def _figure() -> Figure:
    from flint import fmpq

    from exactland.arithmetic.rationals import parse_rational
    from exactland.proving.figures import Curve, axis

    descent = _analysis((fmpq(1), fmpq(1))).gradient_descent
    steps = [parse_rational(step.decimal, "step") for step in descent.breakpoints]
    ends = [fmpq(0), *steps, fmpq(45)]
    points: list[tuple[Any, Any]] = []
    for place, dimension in enumerate(descent.dimensions):
        points += [(ends[place], fmpq(dimension)), (ends[place + 1], fmpq(dimension))]
    curve = Curve(tuple(points), "black, thick", "")
    return Figure(
        axis([curve], r"$\eta$", r"$\dim E^{cs}(\eta)$", "ytick={2,3,4,5}, ymin=1, ymax=6"),
        r"The canonical ReLU saddle with $n=N=2$: the dimension of the center-stable subspace of "
        r"gradient descent falls by one at each step size $2/\lambda$.",
    )


CASE = Case(
    id="cjr/center-stable-families",
    title="Hessian signs and center-stable dimensions along whole families of saddles",
    paper=PAPER,
    number="Theorem 3, gradient descent; restated",
    statement_latex=r"""Rescaling $(w_j,b_j,v_j)\to(s_jw_j,s_jb_j,v_j/s_j)$ changes the Hessian
into $D H D$ with $D=\operatorname{diag}(\frac1{s_j},\frac1{s_j},s_j;1)$. Along the whole family
of saddles the inertia is therefore constant, and the center-stable dimension for small $\eta$ is
$3N+1-n_-$; but $\lambda_{\max}$ is unbounded, so that every small $\eta$ is a singular step size
of some member.""",
    hypotheses=(r"$\alpha\ne0$", r"$s_j>0$"),
    verified=(
        "both parts of the Hessian under rescaling, for all values of the symbols",
        r"ReLU $n=N=2$: $25$ members, all $49$ entries; leaky $n=1,2,3$, both first signs",
        r"$\eta=10^{-1},\dots,10^{-4}$: a member on each side of a singular one",
    ),
    prose=(
        "eigenvalues are continuous in $s$; members with several neurons at a breakpoint: the case "
        "\\texttt{saddle-inertia}",
    ),
    checks=6,
    function=_check,
    figure=_figure,
)
