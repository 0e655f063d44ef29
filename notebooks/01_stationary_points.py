"""Seminar notebook 1: what is a stationary point when the loss has kinks?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="1. Stationary points")


@app.cell
def _():
    import marimo as mo
    import teaching
    from flint import fmpq

    from exactland import analyze
    from exactland.arithmetic.rationals import format_rational
    from exactland.derivatives.empirical import evaluate, one_sided_functionals
    from exactland.plots.generators import generator_scene
    from exactland.plots.losses import line_scene, plane_scene
    from exactland.plots.scene import Scene

    return (
        Scene,
        analyze,
        evaluate,
        fmpq,
        format_rational,
        generator_scene,
        line_scene,
        mo,
        one_sided_functionals,
        plane_scene,
        teaching,
    )


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    # 1. What is a stationary point when the loss has kinks?

    A ReLU network is not differentiable in its parameters everywhere, and neither is its loss. Where
    it is not, "the gradient is zero" has no meaning, and there are several things one may say instead.
    They disagree, and the points on which they disagree are exactly where training stops or does not.

    Let $L$ be locally Lipschitz with one-sided derivatives
    $L'(P;V)=\lim_{t\downarrow 0}\frac{L(P+tV)-L(P)}{t}$. A point $P$ is

    * **differentiably stationary** if $L$ is differentiable at $P$ and $\nabla L(P)=0$;
    * **directionally stationary** if $L'(P;V)\ge 0$ for every direction $V$;
    * **Clarke stationary** if $0\in\partial^C L(P)$, the convex hull of all limits of gradients nearby.

    The first implies the second, and the second implies the third. Every local minimum is directionally
    stationary. Nothing in this notebook is approximate: sliders hold integers, and every number you see is
    a quotient of them.
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## One neuron, one data point

    Take $f(x)=h\,\rho(wx)$ with $\rho(t)=\max(t,0)$, one data point $x=1$, one target $y=1$:
    $$L(w,h)=\tfrac12\bigl(h\,\rho(w)-1\bigr)^2 .$$
    For $w>0$ this is a polynomial, for $w<0$ it is the constant $\frac12$: the line $w=0$ is the boundary
    between two *cells*. Move the point. The sliders count quarters.
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    w_quarters = mo.ui.slider(-8, 8, 1, value=2, label="4 w", show_value=True)
    h_quarters = mo.ui.slider(-8, 8, 1, value=4, label="4 h", show_value=True)
    mo.hstack([w_quarters, h_quarters], justify="start", gap=3)
    return h_quarters, w_quarters


@app.cell
def _(evaluate, fmpq, h_quarters, one_sided_functionals, teaching, w_quarters):
    w, h = fmpq(w_quarters.value, 4), fmpq(h_quarters.value, 4)
    point = teaching.empirical([["1"]], ["1"], [[w]], [h])
    (psi,) = one_sided_functionals(evaluate(point))
    right = h * psi((fmpq(1),))[0]  # L'(P; V) for V = (1, 0): the weight moves to the right
    left = h * psi((fmpq(-1),))[0]
    return h, left, point, right, w


@app.cell(hide_code=True)
def _(Scene, fmpq, h, line_scene, plane_scene, point, teaching, w):
    _square = (fmpq(-2), fmpq(2))
    _origin = teaching.empirical([["1"]], ["1"], [["0"]], ["0"])
    _plane = plane_scene(
        _origin,
        ({"w[0][0]": fmpq(1)}, {"v[0][0]": fmpq(1)}),
        (_square, _square),
        (w, h),
        labels=("w", "h"),
    )
    _line = line_scene(point, {"w[0][0]": fmpq(1)}, (fmpq(-2) - w, fmpq(2) - w))
    teaching.figure(
        Scene(
            (_plane.panels[0], _line.panels[0]),
            f"{_plane.description} {_line.description}",
        )
    )
    return


@app.cell(hide_code=True)
def _(analyze, format_rational, h, left, mo, point, right, teaching, w):
    _a = analyze(point)
    _gradients = sorted({format_rational(right), format_rational(-left)})
    mo.vstack(
        [
            mo.md(rf"At $w={teaching.tex(w)}$, $h={teaching.tex(h)}$:"),
            teaching.verdict(
                _a.verdict,
                [f"Because: {_a.reason}."],
                [
                    ("loss", format_rational(_a.loss)),
                    ("one-sided derivative, w to the right", format_rational(right)),
                    ("one-sided derivative, w to the left", format_rational(left)),
                    ("limits of dL/dw nearby", " and ".join(_gradients)),
                    ("loss differentiable here", teaching.yes(_a.differentiable)),
                    ("directionally stationary", teaching.yes(_a.directional.holds)),
                    ("Clarke stationary", teaching.yes(_a.clarke.holds)),
                ],
            ),
        ]
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    Things to try.

    * $w=0$, $h=1$. The limits of $\partial L/\partial w$ are $0$ (from the left) and $-1$ (from the right);
      $0$ is among them, so the point *is* Clarke stationary. But the loss falls at rate 1 to the right, so
      it is *not* directionally stationary, and gradient descent that comes near from the right leaves.
    * $w=0$, $h=-1$. Now the one-sided derivatives are $1$ and $0$: directionally stationary, and even a local
      minimum, with loss $\frac12$ while $0$ is possible.
    * $w<0$, any $h$: the neuron is dead, the loss constant nearby. A local minimum, differentiably stationary.
    * $w=0$, $h=0$: all first derivatives vanish, and yet the loss falls — to second order, along $(1,1)$.
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    e1_w = mo.ui.text(label="w =", placeholder="p/q")
    e1_h = mo.ui.text(label="h =", placeholder="p/q")
    mo.vstack(
        [
            mo.md(
                "**Exercise 1.** Find a point that is Clarke stationary but not directionally stationary, "
                "with $h$ different from 1."
            ),
            mo.hstack([e1_w, e1_h], justify="start"),
        ]
    )
    return e1_h, e1_w


@app.cell(hide_code=True)
def _(analyze, e1_h, e1_w, teaching):
    def _judge(w, h):
        found = analyze(teaching.empirical([["1"]], ["1"], [[w]], [h]))
        senses = f"Clarke: {teaching.yes(found.clarke.holds)}, "
        senses += f"directional: {teaching.yes(found.directional.holds)}."
        if h == 1:
            return False, f"That was the example. {senses}"
        return found.clarke.holds is True and found.directional.holds is False, senses

    teaching.judged([e1_w.value, e1_h.value], _judge)
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Two weights: the fan of generators

    With several data points the derivative in one weight vector,
    $$\varphi(V)=L'(P;V)=h\sum_k e_k\,s_k(V)\,(x_k\cdot V),\qquad e_k=f(x_k)-y_k,$$
    is linear on each cone of the *fan* cut out by the hyperplanes $x_k\cdot V=0$ of the data on the kink
    ($w\cdot x_k=0$). A function that is linear on cones is nonnegative exactly if it is nonnegative on the
    **generators** of the cones: finitely many exact numbers decide.

    The example: five data points $(x_k,1)$ (so that $w=(a,b)$ holds slope and bias), one neuron with $h=1$ and
    $$w=\Bigl(-\tfrac{143}{1330},\tfrac{429}{13300}\Bigr)\perp x_4=\bigl(\tfrac3{10},1\bigr).$$
    The slider moves the weight along the generator $(3,10)$, in steps of $\frac1{400}$ of it.
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    along = mo.ui.slider(-8, 8, 1, value=0, label="400 t", show_value=True)
    along
    return (along,)


@app.cell
def _(along, fmpq, teaching):
    t = fmpq(along.value, 400)
    start = (fmpq(-143, 1330), fmpq(429, 13300))
    moved = teaching.five_points([(start[0] + 3 * t, start[1] + 10 * t)], [1])
    return moved, start, t


@app.cell(hide_code=True)
def _(
    Scene,
    analyze,
    fmpq,
    format_rational,
    generator_scene,
    line_scene,
    mo,
    moved,
    start,
    t,
    teaching,
):
    _base = teaching.five_points([start], [1])
    _way = {"w[0][0]": fmpq(3), "w[0][1]": fmpq(10)}
    _line = line_scene(_base, _way, (fmpq(-1, 50), fmpq(1, 50)), t)
    _fan = generator_scene(moved, 0)
    _a = analyze(moved)
    mo.vstack(
        [
            teaching.figure(
                Scene((_line.panels[0], _fan.panels[0]), f"{_line.description} {_fan.description}")
            ),
            teaching.verdict(
                _a.verdict,
                [_fan.description],
                [
                    ("t", format_rational(t)),
                    ("loss", format_rational(_a.loss)),
                    ("directionally stationary", teaching.yes(_a.directional.holds)),
                    ("Clarke stationary", teaching.yes(_a.clarke.holds)),
                ],
            ),
        ]
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    At $t=0$ the loss has a *concave* kink: it falls on both sides, so the point is a ridge. Yet the two
    gradients point in opposite directions, $0$ lies between them, and the point is Clarke stationary. "Converged
    to a Clarke stationary point" therefore says less than it seems to: a ridge is Clarke stationary.
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    e2 = mo.ui.text(label="φ(3, 10) =", placeholder="p/q")
    mo.vstack(
        [
            mo.md(
                r"""**Exercise 2.** Compute $\varphi(3,10)$ at $t=0$ by hand from the formula. (On this side the
                active points are $x_1,\dots,x_4$; their residuals are $e_k=w\cdot x_k-y_k$.)"""
            ),
            e2,
        ]
    )
    return (e2,)


@app.cell(hide_code=True)
def _(e2, evaluate, fmpq, format_rational, one_sided_functionals, start, teaching):
    def _judge(answer):
        (psi,) = one_sided_functionals(evaluate(teaching.five_points([start], [1])))
        (value,) = psi((fmpq(3), fmpq(10)))
        if answer == value:
            return True, f"$\\varphi(3,10)={teaching.tex(value)}<0$: a direction of descent."
        return False, f"{format_rational(answer)} is too {'small' if answer < value else 'large'}."

    teaching.judged([e2.value], _judge)
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## A trap

    It is tempting to let every data point on the kink choose its own slope in $[0,1]$ and to call the point
    stationary if *some* choice gives zero. That set, a sum of segments, contains Clarke's, but can be larger:
    signs that no single direction $V$ realises do not count. Take inputs $1,1,-1$, targets $-2,1,1$, and the
    neuron $w=0$, $h=1$.
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    e3 = mo.ui.radio(
        ["not Clarke stationary", "Clarke stationary only", "directionally stationary"],
        label="**Exercise 3.** The sum of segments is $[-1,3]$. What is the point?",
    )
    e3
    return (e3,)


@app.cell(hide_code=True)
def _(analyze, e3, teaching):
    _a = analyze(teaching.empirical([["1"], ["1"], ["-1"]], ["-2", "1", "1"], [["0"]], ["1"]))
    if _a.directional.holds:
        _truth = "directionally stationary"
    else:
        _truth = "Clarke stationary only" if _a.clarke.holds else "not Clarke stationary"
    teaching.chosen(
        e3.value,
        _truth,
        r"$V>0$ activates both points at $1$ and $V<0$ the point at $-1$: $\varphi(V)=V$ for both signs, so the "
        r"kinks cancel and the loss is differentiable with derivative $1$.",
    )
    return


if __name__ == "__main__":
    app.run()
