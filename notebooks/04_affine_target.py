"""Seminar notebook 4: critical points for an affine target, and what gradient descent avoids."""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="4. Affine target")


@app.cell
def _():
    from dataclasses import replace

    import marimo as mo
    import teaching
    from flint import fmpq

    from exactland import analyze
    from exactland.arithmetic.rationals import format_decimal, format_rational, round_relative
    from exactland.derivatives.integral import gradient, integral_state
    from exactland.errors import ExactlandError
    from exactland.landscape.integral.family import critical_family
    from exactland.landscape.integral.gradient_descent import center_stable_dimension
    from exactland.landscape.integral.summary import shown
    from exactland.plots.functions import function_scene
    from exactland.plots.losses import path_layers, plane_scene
    from exactland.plots.scene import Curve, Panel, Scene, Segments, drawn, drawn_points
    from exactland.plots.spectra import spectrum_scene
    from exactland.problem.integral import Parameters

    return (
        Curve,
        ExactlandError,
        Panel,
        Parameters,
        Scene,
        Segments,
        analyze,
        center_stable_dimension,
        critical_family,
        drawn,
        drawn_points,
        fmpq,
        format_decimal,
        format_rational,
        function_scene,
        gradient,
        integral_state,
        mo,
        path_layers,
        plane_scene,
        replace,
        round_relative,
        shown,
        spectrum_scene,
        teaching,
    )


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    # 4. Critical points for an affine target, and what gradient descent avoids

    Let a network $f(x)=c+\sum_j v_j\,\rho(w_jx+b_j)$ with one input learn an *affine* target $\alpha x+\beta$ under the loss
    $$L=\int_{T_0}^{T_1}\bigl(f(x)-\alpha x-\beta\bigr)^2\,dx .$$
    Nothing could be easier to fit, and for this target Cheridito, Jentzen and Rossmannek found *every* critical point. Those that
    are not global minima have a realisation that zigzags about the target: with $n$ breakpoints, the residual
    alternates in sign, and the loss takes one of countably many levels. For ReLU $n$ is even, and the level is
    $$L_n=\frac{\alpha^2(T_1-T_0)^3}{12\,(n+1)^4}.$$
    For leaky ReLU with slope $\gamma$, $n+1$ becomes $\Lambda$, a sum of square roots, and the loss gets a factor $(1-\gamma)^2$: the exact
    numbers live in a number field.
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## The families

    Choose the number $n$ of breakpoints and the slope γ (in eighths; 0 is ReLU).
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    n_slider = mo.ui.slider(0, 5, 1, value=2, label="n", show_value=True)
    gamma_slider = mo.ui.slider(0, 6, 1, value=0, label="8 gamma", show_value=True)
    mo.hstack([n_slider, gamma_slider], justify="start", gap=3)
    return gamma_slider, n_slider


@app.cell
def _(ExactlandError, analyze, critical_family, fmpq, gamma_slider, n_slider):
    gamma = fmpq(gamma_slider.value, 8)
    try:
        family = critical_family("relu" if gamma == 0 else "leaky_relu", n_slider.value, gamma)
        found = analyze(family.problem)
        refusal = ""
    except ExactlandError as error:
        family = found = None
        refusal = str(error)
    return family, found, refusal


@app.cell(hide_code=True)
def _(Scene, family, found, function_scene, mo, refusal, shown, spectrum_scene, teaching):
    def _show():
        if family is None:
            return teaching.verdict("no such family", [refusal])
        function = function_scene(family.problem)
        curvature = spectrum_scene(family.problem)
        steps = found.gradient_descent
        return mo.vstack(
            [
                teaching.figure(
                    Scene(
                        (function.panels[0], curvature.panels[0]),
                        f"{function.description} {curvature.description}",
                    )
                ),
                teaching.verdict(
                    found.verdict,
                    [f"Because: {found.classification.clause}."],
                    [
                        ("breakpoints", ", ".join(map(str, family.breakpoints)) or "none"),
                        ("Lambda", str(family.total)),
                        ("loss", shown(found.loss)),
                        ("inertia of the Hessian (negative, zero, positive)", str(found.inertia)),
                        (
                            "gradient descent with a small step avoids it",
                            teaching.yes(steps.covered) + f" ({steps.clause})" if steps else "-",
                        ),
                    ],
                ),
            ]
        )

    _show()
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    Two things to notice. The realisation is **not** a good fit made worse: each breakpoint sits where the residual changes
    from falling to rising, so that no small move of one breakpoint helps to first order. And the Hessian has **exactly $n$
    negative eigenvalues**: along the directions that shift breakpoint $i$ and adjust its neighbours,
    $$H\Bigl[\sum_i\tau_iD_i\Bigr]=-\tfrac43\varrho^2\sum_{i=0}^{n}\frac{(\tau_{i+1}-\tau_i)^2}{h_i},\qquad \tau_0=\tau_{n+1}=0,$$
    minus the Laplacian of a path, where $h_i$ are the lengths of the pieces and $\varrho$ is the height of the zigzag.
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    e1 = mo.ui.text(label="level =", placeholder="p/q")
    mo.vstack(
        [
            mo.md(
                r"""**Exercise 1.** ReLU, target $x$ on $[0,1]$, five neurons. Below which loss is a limit of gradient
                descent certainly a *global* minimum? (The lowest critical level that five neurons can reach.)"""
            ),
            e1,
        ]
    )
    return (e1,)


@app.cell(hide_code=True)
def _(critical_family, e1, teaching):
    def _judge(answer):
        losses = {n: critical_family("relu", n, width=5).loss.rational() for n in (0, 2, 4)}
        level = min(losses.values())
        near = [n for n, loss in losses.items() if loss == answer]
        if answer == level:
            return (
                True,
                "Four of the five neurons make the zigzag with $n=4$; five cannot make $n=5$ with ReLU.",
            )
        if near:
            return False, f"That is the level of $n={near[0]}$."
        return False, "Use the formula for $L_n$ with the largest even $n\\le5$."

    teaching.judged([e1.value], _judge)
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## What gradient descent does near such a saddle

    One step is the map $g(\phi)=\phi-\eta\nabla L(\phi)$. At a saddle its linearisation $I-\eta H$ stretches the eigenvectors with
    $\lambda<0$, and those with $\lambda>2/\eta$. The others, $0\le\lambda\le2/\eta$, span the **center-stable space**: orbits that
    converge to the saddle lie on a manifold tangent to it. Its codimension is at least $n\ge1$, so such starting points
    have measure zero.

    To see it, take target $x$ on $[-1,1]$ and $n=2$, where the saddle is symmetric: neurons $(w,b,v)$ and $(-w,b,-v)$, $c=0$.
    Gradient descent keeps the symmetry, so we may look at $(w,b,v)$ alone. There the center-stable space is a plane, and in the
    picture, with $w=1$ at the start, it is a **line** (green, dashed). The start is $r$ along this line and $d$ across it.
    """)
    return


@app.cell
def _(critical_family, fmpq):
    saddle = critical_family("relu", 2, start=fmpq(-1), end=fmpq(1))
    return (saddle,)


@app.cell
def _(analyze, fmpq, saddle):
    # The Hessian on the symmetric networks: columns move (w, b, v) and (-w, b, -v) together.
    analysis = analyze(saddle.problem)
    hessian = analysis.second_order.rows  # order w0 w1 b0 b1 v0 v1 c
    moves = ({0: 1, 1: -1}, {2: 1, 3: 1}, {4: 1, 5: -1})
    reduced = [
        [
            sum(
                (fmpq(p * q) * hessian[i][j] for i, p in one.items() for j, q in two.items()),
                fmpq(0),
            )
            / 2
            for two in moves
        ]
        for one in moves
    ]
    return analysis, reduced


@app.cell
def _(fmpq, reduced):
    # Only for drawing: its negative eigenvector u, by inverse iteration, rounded to thousandths.
    from exactland.arithmetic.matrices import solve_linear

    shifted = [
        [entry + (fmpq(1, 8) if i == j else 0) for j, entry in enumerate(row)]
        for i, row in enumerate(reduced)
    ]
    vector = (fmpq(0), fmpq(1), fmpq(-1))
    for _ in range(12):
        vector = solve_linear(shifted, vector)
        size = max(abs(entry) for entry in vector)
        vector = tuple(
            fmpq(int((1000 * entry / size + fmpq(1, 2)).floor()), 1000) for entry in vector
        )
    across = vector[1], vector[2]  # the components in b and v
    along = -vector[2], vector[1]  # orthogonal to u: the center-stable line
    return across, along


@app.cell
def _(fmpq, plane_scene, saddle):
    # The loss in the plane: it does not depend on the sliders and is computed once.
    half = fmpq(1, 2)
    plane = plane_scene(
        saddle.problem,
        ({"b[0]": fmpq(1), "b[1]": fmpq(1)}, {"v[0][0]": fmpq(1), "v[0][1]": fmpq(-1)}),
        ((-half, half), (-half, half)),
        samples=41,
        labels=("change of b", "change of v"),
    )
    return (plane,)


@app.cell(hide_code=True)
def _(mo):
    r_slider = mo.ui.slider(-10, 10, 1, value=6, label="40 r (along)", show_value=True)
    d_slider = mo.ui.slider(-10, 10, 1, value=1, label="160 d (across)", show_value=True)
    eta_slider = mo.ui.slider(1, 16, 1, value=8, label="40 eta", show_value=True)
    steps_slider = mo.ui.slider(0, 300, 10, value=160, label="steps", show_value=True)
    mo.vstack(
        [
            mo.hstack([r_slider, d_slider], justify="start", gap=3),
            mo.hstack([eta_slider, steps_slider], justify="start", gap=3),
        ]
    )
    return d_slider, eta_slider, r_slider, steps_slider


@app.cell
def _(
    Parameters,
    across,
    along,
    d_slider,
    eta_slider,
    fmpq,
    gradient,
    integral_state,
    r_slider,
    round_relative,
    saddle,
    steps_slider,
):
    r, d, eta = fmpq(r_slider.value, 40), fmpq(d_slider.value, 160), fmpq(eta_slider.value, 40)

    def symmetric(w, b, v):
        return saddle.problem.at(Parameters((w, -w), (b, b), (v, -v), fmpq(0)))

    def descent(w, b, v, count):
        """Gradient descent; each iterate is rounded to 40 bits, and is then an exact number."""
        orbit = [(w, b, v)]
        for _ in range(count):
            slopes = gradient(integral_state(symmetric(*orbit[-1])))  # order w0 w1 b0 b1 v0 v1 c
            orbit.append(
                tuple(
                    round_relative(entry - eta * slopes[place], 40)
                    for entry, place in zip(orbit[-1], (0, 2, 4), strict=True)
                )
            )
            if max(abs(entry) for entry in orbit[-1]) > 100:
                break  # the step size is too large: the orbit flies off
        return orbit

    start = (
        fmpq(1),
        fmpq(1, 3) + r * along[0] + d * across[0],
        fmpq(2, 3) + r * along[1] + d * across[1],
    )
    orbit = descent(*start, steps_slider.value)
    return eta, orbit, symmetric


@app.cell(hide_code=True)
def _(
    Curve,
    Panel,
    Scene,
    Segments,
    along,
    drawn,
    drawn_points,
    fmpq,
    integral_state,
    orbit,
    path_layers,
    plane,
    replace,
    symmetric,
    teaching,
):
    _plane_path = [
        (b - fmpq(1, 3), v - fmpq(2, 3))
        for _, b, v in orbit
        if abs(b - fmpq(1, 3)) < 1 and abs(v - fmpq(2, 3)) < 1
    ]
    _x, _y = drawn(along[0]), drawn(along[1])
    _line = Segments((((-_x, -_y), (_x, _y)),), "guide", "center-stable line")
    _every = max(1, len(orbit) // 50)
    _losses = [
        (fmpq(k), integral_state(symmetric(*orbit[k])).loss) for k in range(0, len(orbit), _every)
    ]
    _level = drawn(fmpq(2, 243))
    _panel = Panel(
        "the loss along the orbit",
        "step",
        "loss",
        (
            Curve(((0.0, _level), (float(len(orbit)), _level)), "target", "level of the saddle"),
            Curve(drawn_points(_losses), "path", "gradient descent"),
        ),
        y_range=(0.0, 2.5 * _level),
    )
    _loss, *_walls, _here = plane.panels[0].layers
    _layers = (_loss, *_walls, _line, *path_layers(_plane_path, "gradient descent"), _here)
    _shown = replace(plane.panels[0], layers=_layers)
    teaching.figure(Scene((_shown, _panel), plane.description))
    return


@app.cell(hide_code=True)
def _(
    analysis,
    center_stable_dimension,
    eta,
    format_decimal,
    format_rational,
    integral_state,
    orbit,
    symmetric,
    teaching,
):
    _loss = integral_state(symmetric(*orbit[-1])).loss
    _level = analysis.loss
    _gone = _loss < _level
    _dimension = center_stable_dimension(analysis.gradient_descent, eta)
    teaching.verdict(
        "below the level of the saddle" if _gone else "not below the level of the saddle",
        [f"After {len(orbit) - 1} steps; the level is $\\frac2{{243}}$."],
        [
            ("step size eta", format_rational(eta)),
            ("center-stable dimension at this step size (of 7)", str(_dimension)),
            ("loss", format_decimal(_loss, 8)),
            ("loss minus level", format_decimal(_loss - _level, 4)),
            ("w, b, v", ", ".join(format_decimal(entry, 6) for entry in orbit[-1])),
        ],
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    With $d=0$ the orbit runs along the line to the saddle (to one nearby in the same family: $w$ has changed a little) and stays
    there for a hundred steps and more, the loss less than $2\cdot10^{-5}$ below the level. The line is only the *tangent* of the manifold, so
    in the end the orbit leaves. The sign of $d$ decides on which side: the two breakpoints move towards each other and merge in the
    middle, or they move out to the ends of the interval. Both ways lead to a global minimum, $f(x)=x$.
    A step size with $\eta>2/\lambda_{\max}$ does not help to converge: it makes the center-stable space *smaller*.
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    e2 = mo.ui.number(start=0, stop=7, step=1, value=0, label="dimension")
    mo.vstack(
        [
            mo.md(
                r"**Exercise 2.** What is the dimension of the center-stable space of this saddle at step size $\eta=1$? "
                r"(The eigenvalues are in the first picture of this notebook for $[0,1]$; here, ask how many satisfy "
                r"$0\le\lambda\le2$: the changes are at $\eta=2/\lambda$, listed by `exactland analyze`.)"
            ),
            e2,
        ]
    )
    return (e2,)


@app.cell(hide_code=True)
def _(analysis, center_stable_dimension, e2, fmpq, teaching):
    _truth = center_stable_dimension(analysis.gradient_descent, fmpq(1))
    _places = ", ".join(place.decimal[:8] for place in analysis.gradient_descent.breakpoints)
    teaching.chosen(
        None if e2.value == 0 else str(int(e2.value)),
        str(_truth),
        f"The dimension is 5 for small steps and falls by one at each of {_places}.",
    )
    return


@app.cell(hide_code=True)
def _(mo):
    e3 = mo.ui.radio(
        ["2", "3", "4", "5", "6"],
        label="**Exercise 3.** The family with $n=4$ (ReLU, width 4) has 13 parameters. How many negative eigenvalues has "
        "its Hessian?",
    )
    e3
    return (e3,)


@app.cell(hide_code=True)
def _(analyze, critical_family, e3, teaching):
    _a = analyze(critical_family("relu", 4).problem)
    teaching.chosen(
        e3.value,
        str(_a.inertia[0]),
        f"The exact inertia is {_a.inertia}: one negative direction for each breakpoint.",
    )
    return


if __name__ == "__main__":
    app.run()
