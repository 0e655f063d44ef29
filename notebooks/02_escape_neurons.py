"""Seminar notebook 2: escape neurons and the saddle-to-saddle run."""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="2. Escape neurons")


@app.cell
def _():
    import marimo as mo
    import teaching
    from flint import fmpq

    from exactland import analyze
    from exactland.arithmetic.rationals import format_decimal, format_rational
    from exactland.landscape.descent.run import descend
    from exactland.landscape.reports import polynomial_text
    from exactland.plots.functions import function_scene
    from exactland.plots.generators import generator_scene
    from exactland.plots.losses import plane_scene
    from exactland.plots.scene import Curve, Marks, Panel, Scene, drawn_points

    return (
        Curve,
        Marks,
        Panel,
        Scene,
        analyze,
        descend,
        drawn_points,
        fmpq,
        format_decimal,
        format_rational,
        function_scene,
        generator_scene,
        mo,
        plane_scene,
        polynomial_text,
        teaching,
    )


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    # 2. Escape neurons and the saddle-to-saddle run

    Train a ReLU network from a tiny start and its loss goes down a staircase: long plateaus, sudden drops. On a
    plateau the network is near a stationary point that is not a local minimum. Wu, Simsek and Ged (ICLR 2025)
    ask: *through which neurons does training leave it?* For the squared loss with one output there is a complete
    answer, and this notebook computes it exactly.

    Freeze the residuals $e_k=f(x_k)-y_k$ at a point $P$. For a neuron with weight $w_i$ and output weight $h_i$ let
    $$\psi_i(V)=\sum_k e_k\,s_k(V)\,(x_k\cdot V),\qquad \varphi_i(V)=h_i\,\psi_i(V).$$
    $\varphi_i(V)$ is the one-sided derivative of $L$ when $w_i$ moves along $V$, and $\psi_i$ is the derivative of
    $\partial L/\partial h_i$. The neuron is an **escape neuron** if some $V$ has $\varphi_i(V)=0$ but
    $\psi_i(V)\neq0$: moving along $V$ costs nothing at first, and afterwards the output weight has a slope to go down.
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## The run, exactly

    Five data points, three ReLU neurons, start at the origin. The run below is not gradient descent: at a saddle it goes
    along the escape curve, otherwise towards the minimiser within the cell or face it is in. Each step is an exact network
    with an exactly lower loss. It visits the plateaus that training sees in the limit of a tiny start. Move through the run.
    """)
    return


@app.cell
def _(descend, teaching):
    origin = teaching.five_points([("0", "0")] * 3, ["0"] * 3)
    whole = descend(origin, leave_saddles=True)
    return origin, whole


@app.cell(hide_code=True)
def _(mo, whole):
    _first = next(_k for _k, _s in enumerate(whole.steps) if _s.kind == "minimiser")
    step = mo.ui.slider(0, len(whole.steps) - 1, 1, value=_first, label="step", show_value=True)
    step
    return (step,)


@app.cell
def _(analyze, descend, origin, step):
    stop = descend(origin, leave_saddles=True, max_steps=step.value).problem
    here = analyze(stop)
    return here, stop


@app.cell(hide_code=True)
def _(
    Curve,
    Marks,
    Panel,
    Scene,
    drawn_points,
    fmpq,
    format_rational,
    function_scene,
    here,
    step,
    stop,
    teaching,
    whole,
):
    _stairs = [(fmpq(0), whole.steps[0].loss)]
    for _k, _s in enumerate(whole.steps[1:], 1):
        _stairs += [(fmpq(_k), _stairs[-1][1]), (fmpq(_k), _s.loss)]
    _plateaus = [
        (fmpq(_k), _s.loss)
        for _k, _s in enumerate(whole.steps)
        if _s.kind in ("start", "minimiser")
    ]
    _panel = Panel(
        "the loss along the run",
        "step",
        "loss",
        (
            Curve(
                drawn_points([*_stairs, (fmpq(len(whole.steps)), whole.loss)]), "function", "loss"
            ),
            Marks(drawn_points(_plateaus), "guide", "minimiser on a face"),
            Marks(drawn_points([(fmpq(step.value), here.loss)]), "here", "here"),
        ),
    )
    _function = function_scene(stop)
    teaching.figure(
        Scene(
            (_function.panels[0], _panel),
            f"{_function.description} The run has {len(whole.steps) - 1} steps and ends at "
            f"{format_rational(whole.loss)}.",
        )
    )
    return


@app.cell(hide_code=True)
def _(format_decimal, format_rational, here, step, teaching, whole):
    _names = ", ".join(map(str, here.escape_neurons or ())) or "none"
    teaching.verdict(
        here.verdict,
        [f"Because: {here.reason}."],
        [
            ("step", f"{step.value} ({whole.steps[step.value].kind})"),
            ("loss", f"{format_rational(here.loss)}  ({format_decimal(here.loss, 8)})"),
            ("directionally stationary", teaching.yes(here.directional.holds)),
            ("escape neurons", _names if here.directional.holds else "(not stationary)"),
        ],
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    The losses $\frac{953}{10000}$, $\frac{50749}{672500}$ and $\frac{16139}{231500}$ are the plateaus of the experiment
    in the paper (halves of sums of squares; the paper plots the mean squared error, $\frac25$ of it). At width 50
    training ends at the third. At width 3 a neuron is still free there, so the run goes on.
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## How an escape neuron escapes

    Take the plateau $\frac{50749}{672500}$: neuron 0 fits what it can, neuron 1 is $(w,h)=(0,0)$. Its fan has ten
    generators. Because $h_1=0$, $\varphi_1=0$ on all of them; wherever $\psi_1(V)\ne0$ the neuron can escape, along
    the curve
    $$w_1(\tau)=\tau V,\qquad h_1(\tau)=-\operatorname{sign}\psi_1(V)\,\tau^2 .$$
    Why $\tau^2$ and not $\tau$? Then the gain $-|\psi_1(V)|\tau^3$ is of lower order than the damage, the square of the
    change of $f$, which is $O(\tau^6)$ here. Choose a generator and move along its curve.
    """)
    return


@app.cell
def _(analyze, teaching):
    plateau = teaching.five_points([("-231/2690", "1617/26900"), ("0", "0")], ["1", "0"])
    analysis = analyze(plateau)
    generators = analysis.neurons[1].generators
    return analysis, generators, plateau


@app.cell(hide_code=True)
def _(format_rational, generators, mo):
    _options = {
        f"({', '.join(map(format_rational, g.direction))}), psi = {format_rational(g.psi[0])}": k
        for k, g in enumerate(generators)
    }
    way = mo.ui.dropdown(_options, value=next(iter(_options)), label="generator V")
    twentieths = mo.ui.slider(0, 24, 1, value=8, label="40 tau", show_value=True)
    mo.hstack([way, twentieths], justify="start", gap=3)
    return twentieths, way


@app.cell
def _(analysis, fmpq, generators, plateau, teaching, twentieths, way):
    from exactland.landscape.directions import Curve as ParameterCurve
    from exactland.landscape.directions import NeuronCurve, loss_along

    chosen = generators[way.value]
    size = max(abs(entry) for entry in chosen.direction)
    v = tuple(entry / size for entry in chosen.direction)  # largest entry 1
    sign = fmpq(-1) if chosen.psi[0] > 0 else fmpq(1)
    curve = ParameterCurve((NeuronCurve(1, tuple((entry,) for entry in v), ((fmpq(0), sign),)),))
    along = loss_along(analysis.point, curve)
    tau = fmpq(twentieths.value, 40)
    w0 = plateau.network.input_weights[0]
    on_curve = teaching.five_points([w0, tuple(tau * entry for entry in v)], [1, sign * tau**2])
    return along, on_curve, sign, tau, v


@app.cell(hide_code=True)
def _(
    Curve,
    Scene,
    drawn_points,
    fmpq,
    function_scene,
    on_curve,
    plane_scene,
    plateau,
    sign,
    tau,
    teaching,
    v,
):
    _range = fmpq(-1, 5), fmpq(4, 5)
    _path = [(fmpq(_k, 40), fmpq(_k, 40) ** 2) for _k in range(29)]
    _plane = plane_scene(
        plateau,
        ({"w[1][0]": v[0], "w[1][1]": v[1]}, {"v[0][1]": sign}),
        (_range, (fmpq(-2, 5), fmpq(3, 5))),
        (tau, tau**2),
        extra=[
            Curve(drawn_points([_p for _p in _path if _p[1] <= fmpq(3, 5)]), "path", "escape curve")
        ],
        samples=41,
        labels=("s: w = s V", "t: h = t (downhill)"),
    )
    _function = function_scene(on_curve, (("the plateau", plateau),))
    teaching.figure(
        Scene(
            (_plane.panels[0], _function.panels[0]),
            f"{_plane.description} {_function.description}",
        )
    )
    return


@app.cell(hide_code=True)
def _(
    along,
    analyze,
    analysis,
    format_decimal,
    format_rational,
    mo,
    on_curve,
    polynomial_text,
    tau,
    teaching,
):
    _moved = analyze(on_curve)
    _change = _moved.loss - analysis.loss
    _lower = _change < 0
    mo.vstack(
        [
            mo.md(
                f"Along this curve, exactly: $L(P(\\tau))-L(P)=$ `{polynomial_text(along.coefficients)}` "
                f"for $0\\le\\tau\\le{teaching.tex(along.valid_until)}$."
            ),
            teaching.verdict(
                "lower" if _lower else "not lower",
                ["The loss has fallen below the plateau." if _lower else "No gain here."],
                [
                    ("tau", format_rational(tau)),
                    ("loss", format_rational(_moved.loss)),
                    ("change", f"{format_rational(_change)}  ({format_decimal(_change, 6)})"),
                ],
            ),
        ]
    )
    return


@app.cell(hide_code=True)
def _(mo):
    e1 = mo.ui.text(label="change =", placeholder="p/q")
    mo.vstack(
        [
            mo.md(
                r"**Exercise 1.** Along $V=(1,1)$ the polynomial is $-\frac{8041}{33625}\tau^3+\frac{111}{40}\tau^6$. What "
                r"is the lowest value it takes on $\tau\in\{\frac1{10},\frac2{10},\dots,1\}$?"
            ),
            e1,
        ]
    )
    return (e1,)


@app.cell(hide_code=True)
def _(analysis, e1, fmpq, format_rational, teaching):
    from exactland.landscape.directions import loss_along as _loss_along

    def _judge(answer):
        along = _loss_along(analysis.point, analysis.minimality.curve)
        values = {
            k: sum(c * fmpq(k, 10) ** power for power, c in enumerate(along.coefficients))
            for k in range(1, 11)
        }
        best = min(values, key=values.get)
        if answer == values[best]:
            return True, f"It is attained at $\\tau=\\frac{{{best}}}{{10}}$."
        close = [k for k, value in values.items() if value == answer]
        if close:
            return False, f"That is the value at $\\tau=\\frac{{{close[0]}}}{{10}}$."
        return False, f"{format_rational(answer)} is not a value of the polynomial at these places."

    teaching.judged([e1.value], _judge)
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Only neurons with zero output weight escape

    With one output, $\varphi_i=h_i\psi_i$. If $h_i\neq0$, then $\varphi_i(V)=0$ forces $\psi_i(V)=0$: such a neuron never
    escapes. So at a directionally stationary point only neurons with $h_i=0$ can, and the point is a local minimum
    **if and only if** $\psi_i\equiv0$ for all of them. Change the output weight of the idle neuron at the plateau.
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    tenths = mo.ui.slider(-10, 10, 1, value=0, label="10 h", show_value=True)
    tenths
    return (tenths,)


@app.cell(hide_code=True)
def _(Scene, analyze, fmpq, format_rational, generator_scene, mo, plateau, teaching, tenths):
    _h = fmpq(tenths.value, 10)
    _w0 = plateau.network.input_weights[0]
    _point = teaching.five_points([_w0, (0, 0)], [1, _h])
    _a = analyze(_point)
    _fan = generator_scene(_point, 1)
    mo.vstack(
        [
            teaching.figure(Scene(_fan.panels, _fan.description)),
            teaching.verdict(
                _a.verdict,
                [f"Because: {_a.reason}."],
                [("h", format_rational(_h)), ("loss", format_rational(_a.loss))],
            ),
        ]
    )
    return


@app.cell(hide_code=True)
def _(mo):
    e2_a = mo.ui.text(label="w =", placeholder="p/q")
    e2_b = mo.ui.text(label="b =", placeholder="p/q")
    mo.vstack(
        [
            mo.md(
                r"**Exercise 2.** Give the idle neuron ($h=0$) a weight $(w,b)$ so that the plateau becomes a *local "
                r"minimum*. (The loss stays $\frac{50749}{672500}$: only the possibility to escape goes away.)"
            ),
            mo.hstack([e2_a, e2_b], justify="start"),
        ]
    )
    return e2_a, e2_b


@app.cell(hide_code=True)
def _(analyze, e2_a, e2_b, plateau, teaching):
    def _judge(w, b):
        w0 = plateau.network.input_weights[0]
        found = analyze(teaching.five_points([w0, (w, b)], [1, 0]))
        return (
            found.verdict == "local_minimum",
            f"The verdict is: {found.verdict.replace('_', ' ')}.",
        )

    teaching.judged([e2_a.value, e2_b.value], _judge)
    return


if __name__ == "__main__":
    app.run()
