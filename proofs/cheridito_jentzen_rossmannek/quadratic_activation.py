"""Quadratic activation: the critical points, their inertia, and an infimum not attained."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations_with_replacement
from typing import Any

from exactland.proving.case import Case
from exactland.proving.ledger import Ledger

from . import PAPER
from ._problems import certify_point, problem


def _check(ledger: Ledger) -> None:
    ledger.fact(
        "ideal",
        r"\langle\nabla L\rangle=\langle wb,wv,bv,c\rangle,\ N=1,\ [-1,1],\ \text{target }x",
        [("sympy, Groebner basis", _sympy_ideal()), ("flint, Buchberger", _flint_ideal())],
        "b*v, b*w, c, v*w",
    )  # fmt: skip
    pairs = {
        "w": (
            r"8wM\,\dot v\dot b+\tfrac{16}{45}h^5w^4\dot v^2,\ h=\tfrac T2",
            lambda e, f, s: (s, e, f),
        ),
        "b": (r"8bM\,\dot v\dot w", lambda e, f, s: (e, s, f)),
        "v": (r"8vM\,\dot w\dot b", lambda e, f, s: (e, f, s)),
    }
    for name, (expression, place) in pairs.items():
        # In the centred coordinate x - m on [-h, h]; c compensates the mean of the change.
        ledger.identity(
            f"hyperbolic pair, {name} only", rf"H[\cdot]={expression}\ (\dot c\text{{ optimal}})",
            "x h alpha s E F e",
            lambda A, x, h, alpha, s, E, F, e, place=place, name=name: (
                _second_order(A, x, h, alpha, place, s, E, F, e),
                8 * s * (-alpha * (2 * h) ** 3 / 12) * E * F
                + (A.rational(16, 45) * h**5 * s**4 * F**2 if name == "w" else 0),
            ),
        )  # fmt: skip
    ledger.identity(
        "origin", r"\text{cubic term at the origin: }4M\,v\,w\,\tilde b", "x h alpha w b v",
        lambda A, x, h, alpha, w, b, v: (
            A.integral(2 * (-alpha * x) * v * (w * x + b) ** 2, x, -h, h),
            4 * (-alpha * (2 * h) ** 3 / 12) * v * w * b,
        ),
    )  # fmt: skip
    ledger.identity(
        "infimum", r"w=\epsilon,\ \tilde b=\tfrac\alpha2,\ v=\tfrac1\epsilon,\ "
        r"c=-\tfrac{\alpha^2}{4\epsilon}\ \text{(centred)}:\ L=\tfrac25\epsilon^2h^5",
        "x h alpha e",
        lambda A, x, h, alpha, e: (
            A.integral(
                ((e * x + alpha / 2) ** 2 / e - alpha**2 / (4 * e) - alpha * x) ** 2, x, -h, h
            ),
            2 * e**2 * h**5 / 5,
        ),
    )  # fmt: skip
    ledger.identity(
        "attained for N = 2", r"\tfrac14(x+1)^2\cdot\alpha-\tfrac14(x-1)^2\cdot\alpha=\alpha x",
        "x alpha",
        lambda A, x, alpha: (
            alpha / 4 * (x + 1) ** 2 - alpha / 4 * (x - 1) ** 2, alpha * x,
        ),
    )  # fmt: skip
    ledger.instances(
        "inertia", r"(k,\,k+3(N-k),\,k+1),\ N\le4,\ \text{every combination of axes}",
        "exact engine", 206, _inertias(),
    )  # fmt: skip
    for name, row in (("axis w", ("1", "-1/2", "0")), ("origin", ("0", "0", "0"))):
        point = problem([row], "1/2", "quadratic")
        certify_point(ledger, name, point, ("saddle", "inertia"))


def _second_order(
    A: Any, x: Any, h: Any, alpha: Any, place: Any, s: Any, E: Any, F: Any, e: Any
) -> Any:
    """d^2/de^2 of the loss along (E, F) at e = 0, with c moved by minus the mean of the change."""
    w, b, v = place(e * E, e * F, s)
    change = v * (w * x + b) ** 2
    mean = A.integral(change, x, -h, h) / (2 * h)
    loss = A.integral((-alpha * x + change - mean) ** 2, x, -h, h)
    return A.at(A.derivative(A.derivative(loss, e), e), {e: 0 * e})


def _gradient_polynomials(w: Any, b: Any, v: Any, c: Any) -> list[Any]:
    """The derivatives of int_{-1}^{1} (c + v (w x + b)^2 - x)^2 dx, up to factors."""
    # r = r0 + r1 x + r2 x^2; int x^k over [-1, 1] is 2/(k+1) for even k: times 15/2.
    r0, r1, r2 = c + v * b**2, 2 * v * w * b - 1, v * w**2

    def moment(k: int) -> Any:
        terms = {0: (15, 0, 5), 1: (0, 5, 0), 2: (5, 0, 3)}[k]
        return terms[0] * r0 + terms[1] * r1 + terms[2] * r2

    m0, m1, m2 = moment(0), moment(1), moment(2)
    return [
        v * (w * m2 + b * m1),
        v * (w * m1 + b * m0),
        w**2 * m2 + 2 * w * b * m1 + b**2 * m0,
        m0,
    ]


def _sympy_ideal() -> bool:
    import sympy

    w, b, v, c = generators = sympy.symbols("w b v c")
    found = sympy.groebner(_gradient_polynomials(w, b, v, c), *generators, order="grevlex")
    wanted = sympy.groebner([w * b, w * v, b * v, c], *generators, order="grevlex")
    return bool(found == wanted)


def _flint_ideal() -> bool:
    from flint import Ordering, fmpz_mpoly_ctx, fmpz_mpoly_vec

    context = fmpz_mpoly_ctx.get(["w", "b", "v", "c"], Ordering.degrevlex)
    w, b, v, c = context.gens()

    def basis(polynomials: list[Any]) -> set[str]:
        found = fmpz_mpoly_vec(polynomials, context).buchberger_naive().autoreduction()
        # Up to units of Q: a reduced basis is unique once it is made primitive, leading sign +.
        return {str(p // p.term_content()) for p in found}

    gradient = basis(_gradient_polynomials(w, b, v, c))
    wanted = basis([w * b, w * v, b * v, c])
    return {text.lstrip("-") for text in gradient} == wanted


AXES = (("3", "0", "0"), ("0", "2", "0"), ("0", "0", "-5"), ("0", "0", "0"))


def _inertias() -> Iterator[tuple[str, bool, object]]:
    from exactland.landscape.integral.analysis import analyze_integral

    for interval, center in ((("-1", "1"), "0"), (("1", "3"), "2")):
        for width in (1, 2, 3, 4):
            for axes in combinations_with_replacement(range(4), width):
                for sign in ("", "-"):
                    if width == 4 and sign:
                        continue
                    rows = [AXES[a] for a in axes]
                    # b~ = b + w m: with m = 2 the first axis is w = 3, b = -6.
                    biases = ["-6" if center == "2" and row[0] != "0" else row[1] for row in rows]
                    outputs = [sign + row[2] if row[2] != "0" else "0" for row in rows]
                    outputs = [text.replace("--", "") for text in outputs]
                    neurons = list(zip((row[0] for row in rows), biases, outputs, strict=True))
                    found = analyze_integral(problem(neurons, center, "quadratic", "", interval))
                    k = sum(a != 3 for a in axes)
                    wanted = (k, k + 3 * (width - k), k + 1)
                    held = found.inertia == wanted and found.verdict == "saddle"
                    held = held and found.strict == (k >= 1) and found.morse_bott == (k == width)
                    yield f"{interval} {axes} {sign}", held, found


CASE = Case(
    id="cjr/quadratic-activation",
    title="Quadratic activation",
    paper=PAPER,
    number="quadratic activation; restated",
    statement_latex=r"""$\sigma(x)=x^2$, $\alpha\ne0$, $\tilde b_j=b_j+w_jm$: a point with
$r\not\equiv0$
is critical iff $c=\alpha m+\beta$ and for each $j$ at most one of $w_j,\tilde b_j,v_j$ is nonzero.
All these points are saddles; with $k$ neurons away from their origin the inertia is
$(k,k+3(N-k),k+1)$. For $N=1$ the infimum $0$ is not attained.""",
    hypotheses=(r"$\alpha\ne0$",),
    verified=(
        r"$N=1$, $[-1,1]$, $\alpha=1$: the gradient's ideal by two Gr\"obner basis computations",
        r"hyperbolic pairs, the cubic term at the origin, the minimizing sequence, for all values",
        r"inertia, strictness, Morse--Bott for every combination of axes with $N\le4$ on two"
        r" intervals, by exact inertia of the Hessian",
    ),
    prose=(
        r"the first pair is hyperbolic although the Gram part adds a term in $\dot v^2$: the"
        r" diagonal entry of $\dot b$ is zero and the mixed one is not",
        r"general $N$: if some $v_jw_j\ne0$ then $r\perp1,x,x^2$, hence $r\equiv0$; else $f$ is"
        r" constant and the equations reduce to $w\tilde b=v\tilde b=vw=0$",
        r"$N=1$: no critical point has $L=0$, as $v(w(x-m)+\tilde b)^2$ is not affine with slope"
        r" $\alpha\ne0$",
    ),
    checks=12,
    function=_check,
)
