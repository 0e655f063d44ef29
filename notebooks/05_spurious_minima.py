"""Seminar notebook 5: spurious minima everywhere."""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="5. Spurious minima")


@app.cell
def _():
    import marimo as mo
    import teaching
    from flint import fmpq

    from exactland import analyze
    from exactland.arithmetic.rationals import format_decimal, format_rational
    from exactland.certificates.deep import spurious_certificates
    from exactland.checker import check_text
    from exactland.errors import ExactlandError
    from exactland.landscape.embedding import Replication, embedding, gamma_sets
    from exactland.landscape.linear_pieces import spurious_minimum
    from exactland.plots.functions import function_scene
    from exactland.plots.scene import Curve, Marks, Panel, Scene, drawn_points
    from exactland.problem import piecewise_linear as activations
    from exactland.problem.losses import EmpiricalLoss

    return (
        Curve,
        EmpiricalLoss,
        ExactlandError,
        Marks,
        Panel,
        Replication,
        Scene,
        activations,
        analyze,
        check_text,
        drawn_points,
        embedding,
        fmpq,
        format_decimal,
        format_rational,
        function_scene,
        gamma_sets,
        mo,
        spurious_certificates,
        spurious_minimum,
        teaching,
    )


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    # 5. Spurious minima everywhere

    A local minimum is **spurious** if some network of the same shape has a lower loss. How often does that happen? For
    piecewise-linear activations: essentially always. The construction is short.

    1. Take the best *affine* fit $f^*(x)=Ax+c$. Choose weights such that every pre-activation, of every neuron, in every layer, at
       every data point, lies strictly inside **one** linear piece of the activation, and the network computes $f^*$.
    2. Near these weights the network is affine in $x$ *for each choice of weights*, so no network nearby beats $f^*$: a local minimum.
    3. If no affine function fits the data, one kink, put in the right place, does better: spurious.

    The theorem is that of He, Wang and Tao (2020), here with hypotheses a little weaker and a proof of its own; the library checks each
    hypothesis and every network.
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Build one

    Four data points $(0,0)$, $(1,\frac12)$, $(2,1)$, $(3,y)$. Choose $y$ (in quarters), the activation and the hidden layers.
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    quarters = mo.ui.slider(-4, 12, 1, value=0, label="4 y", show_value=True)
    kind = mo.ui.dropdown(
        ["ReLU", "leaky ReLU 1/4", "absolute value", "hard tanh"], value="ReLU", label="activation"
    )
    shape = mo.ui.dropdown(
        {"2": [2], "3": [3], "2, 2": [2, 2], "3, 2, 2": [3, 2, 2]}, value="2", label="widths"
    )
    mo.hstack([quarters, kind, shape], justify="start", gap=3)
    return kind, quarters, shape


@app.cell
def _(EmpiricalLoss, ExactlandError, activations, fmpq, kind, quarters, shape, spurious_minimum):
    y = fmpq(quarters.value, 4)
    rho = {
        "ReLU": activations.relu(),
        "leaky ReLU 1/4": activations.leaky_relu(fmpq(1, 4)),
        "absolute value": activations.absolute_value(),
        "hard tanh": activations.hard_tanh(),
    }[kind.value]
    loss = EmpiricalLoss(
        tuple((fmpq(k),) for k in range(4)),
        tuple((value,) for value in (fmpq(0), fmpq(1, 2), fmpq(1), y)),
    )
    try:
        found, refusal = spurious_minimum(loss, rho, shape.value), ""
    except ExactlandError as error:
        found, refusal = None, str(error)
    return found, loss, refusal


@app.cell
def _(fmpq, found):
    # The segment from the local minimum (t = 0) to the better network (t = 1), 81 exact losses.
    from dataclasses import replace

    from exactland.problem.deep import evaluate_deep

    def between(t):
        def mix(a, b):
            return a + t * (b - a)

        here, there = found.minimum.problem, found.better.problem
        layers = tuple(
            replace(
                one,
                weights=tuple(
                    tuple(map(mix, r, s)) for r, s in zip(one.weights, two.weights, strict=True)
                ),
                biases=tuple(map(mix, one.biases, two.biases)),
            )
            for one, two in zip(here.network.layers, there.network.layers, strict=True)
        )
        return evaluate_deep(replace(here, network=replace(here.network, layers=layers))).loss

    profile = [] if found is None else [(fmpq(k, 80), between(fmpq(k, 80))) for k in range(81)]
    return (profile,)


@app.cell(hide_code=True)
def _(
    Curve,
    Marks,
    Panel,
    Scene,
    drawn_points,
    found,
    function_scene,
    mo,
    profile,
    refusal,
    teaching,
):
    def _picture():
        if found is None:
            return mo.callout(mo.md(f"Nothing to draw: {refusal}"), kind="neutral")
        functions = function_scene(
            found.minimum.problem, (("a better network", found.better.problem),)
        )
        panel = Panel(
            "loss on the segment from one to the other",
            "t",
            "loss",
            (
                Curve(drawn_points(profile), "function", "loss"),
                Marks(drawn_points(profile[:1]), "here", "the local minimum"),
                Marks(drawn_points(profile[-1:]), "guide", "a better network"),
            ),
        )
        return teaching.figure(Scene((functions.panels[0], panel), functions.description))

    _picture()
    return


@app.cell(hide_code=True)
def _(check_text, format_decimal, format_rational, found, refusal, spurious_certificates, teaching):
    def _told():
        if found is None:
            return teaching.verdict(
                "no spurious minimum by this construction", [f"Because: {refusal}."]
            )
        outcomes = [check_text(one.to_text()) for one in spurious_certificates(found)]
        accepted = sum(1 for outcome in outcomes if outcome.status == "accepted")
        return teaching.verdict(
            "spurious local minimum",
            ["One of infinitely many: it lies in a valley of such minima."],
            [
                (
                    "loss of the local minimum",
                    f"{format_rational(found.loss)}  ({format_decimal(found.loss, 6)})",
                ),
                ("loss of the better network", format_rational(found.better.loss)),
                ("parameters", str(found.valley.parameters)),
                ("dimension of the valley", str(found.valley.dimension)),
                (
                    "certificates accepted by the independent checker",
                    f"{accepted} of {len(outcomes)}",
                ),
            ],
        )

    _told()
    return


@app.cell(hide_code=True)
def _(mo):
    e1 = mo.ui.text(label="y =", placeholder="p/q")
    mo.vstack(
        [
            mo.md(
                "**Exercise 1.** For which $y$ does the construction fail, and why? Find it and let the library confirm."
            ),
            e1,
        ]
    )
    return (e1,)


@app.cell(hide_code=True)
def _(EmpiricalLoss, ExactlandError, activations, e1, fmpq, spurious_minimum, teaching):
    def _judge(y):
        targets = tuple((value,) for value in (fmpq(0), fmpq(1, 2), fmpq(1), y))
        data = EmpiricalLoss(tuple((fmpq(k),) for k in range(4)), targets)
        try:
            least = spurious_minimum(data, activations.relu(), [2]).loss
        except ExactlandError as error:
            return True, f"The library refuses: {error}."
        return (
            False,
            f"Here the affine fit has the loss ${teaching.tex(least)}>0$, and a kink helps.",
        )

    teaching.judged([e1.value], _judge)
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Wider networks inherit them

    Split a neuron $(w,h)$ in two: $(w,\gamma h)$ and $(w,(1-\gamma)h)$. The function does not change, for any $\gamma$. But is a local minimum
    still one? Take the last plateau of the five-point experiment: neuron 0 sits on the kink at $x_5$, neuron 1 is active on all
    data. Replicate neuron 0 and move $\gamma$ (in quarters).
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    gamma_quarters = mo.ui.slider(-4, 8, 1, value=2, label="4 gamma", show_value=True)
    which = mo.ui.dropdown(
        {"0 (on the kink)": 0, "1 (smooth)": 1}, value="0 (on the kink)", label="neuron"
    )
    mo.hstack([gamma_quarters, which], justify="start", gap=3)
    return gamma_quarters, which


@app.cell
def _(analyze, fmpq, teaching):
    # f = rho(w_0 . x) - rho(w_1 . x) with w_0 orthogonal to x_5 and w_0 - w_1 the best affine fit.
    on_kink = (fmpq(-1, 5), fmpq(7, 50))
    active = (on_kink[0] + fmpq(693, 4630), on_kink[1] - fmpq(1067, 46300))
    narrow = teaching.five_points([on_kink, active], [1, -1])
    narrow_analysis = analyze(narrow)
    return narrow, narrow_analysis


@app.cell
def _(Replication, embedding, fmpq, gamma_quarters, gamma_sets, narrow, which):
    gamma = fmpq(gamma_quarters.value, 4)
    ones = (fmpq(1), fmpq(1))
    wider = embedding(narrow, Replication(which.value, ones, (gamma, 1 - gamma)))
    sets = gamma_sets(narrow, which.value, ones).sets
    return gamma, ones, sets, wider


@app.cell(hide_code=True)
def _(
    Scene,
    fmpq,
    format_rational,
    function_scene,
    gamma,
    mo,
    narrow,
    narrow_analysis,
    ones,
    sets,
    teaching,
    which,
    wider,
):
    from exactland.landscape.analyze import analyze as _analyze
    from exactland.plots.generators import generator_scene as _generator_scene

    _a = _analyze(wider.problem)
    _fan = _generator_scene(wider.problem, which.value)
    _agree = sets.local_minimum.contains((gamma, 1 - gamma)) == (_a.verdict == "local_minimum")
    mo.vstack(
        [
            teaching.figure(Scene(_fan.panels, _fan.description)),
            teaching.verdict(
                _a.verdict,
                [f"Because: {_a.reason}."],
                [
                    ("gamma", format_rational(gamma)),
                    (
                        "loss, of the narrow and of the wide network",
                        f"{format_rational(narrow_analysis.loss)}, {format_rational(_a.loss)}",
                    ),
                    ("stationary exactly for", sets.directional.formula(ones)),
                    ("a local minimum exactly for", sets.local_minimum.formula(ones)),
                    ("the formula and the analysis agree", teaching.yes(_agree)),
                ],
            ),
        ]
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    At $\gamma=0$ or $1$ one copy has output weight zero and becomes an escape neuron: the point is still stationary, but a saddle.
    Beyond, one copy has the wrong sign, its $\varphi$ is negative somewhere, and the point is not even stationary. For a *smooth*
    neuron $\psi\equiv0$, and nothing of this happens: every $\gamma$ gives a local minimum.
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    e2_1 = mo.ui.text(label="γ₁ =", placeholder="p/q")
    e2_2 = mo.ui.text(label="γ₂ =", placeholder="p/q")
    e2_3 = mo.ui.text(label="γ₃ =", placeholder="p/q")
    mo.vstack(
        [
            mo.md(
                r"**Exercise 2.** Replicate neuron 0 into *three* copies with $\beta=(1,2,\frac12)$, that is "
                r"$(\beta_lw,\gamma_lh)$. The function is kept if $\sum_l\beta_l\gamma_l=1$. Find $\gamma$ that keeps the local minimum."
            ),
            mo.hstack([e2_1, e2_2, e2_3], justify="start"),
        ]
    )
    return e2_1, e2_2, e2_3


@app.cell(hide_code=True)
def _(Replication, analyze, e2_1, e2_2, e2_3, embedding, fmpq, narrow, teaching):
    def _judge(*gammas):
        betas = (fmpq(1), fmpq(2), fmpq(1, 2))
        found = embedding(narrow, Replication(0, betas, gammas))
        verdict = analyze(found.problem).verdict
        return verdict == "local_minimum", f"The verdict is: {verdict.replace('_', ' ')}."

    teaching.judged([e2_1.value, e2_2.value, e2_3.value], _judge)
    return


@app.cell(hide_code=True)
def _(mo):
    e3 = mo.ui.radio(
        ["0", "1", "4", "5", "6"],
        label="**Exercise 3.** ReLU, one hidden layer of width 2, one input: 7 parameters. What is the dimension of the valley of "
        "spurious minima through the first network above? (The function on the data has two degrees of freedom there.)",
    )
    e3
    return (e3,)


@app.cell(hide_code=True)
def _(activations, e3, loss, spurious_minimum, teaching, ExactlandError):
    try:
        _valley = spurious_minimum(loss, activations.relu(), [2]).valley
        _shown = teaching.chosen(
            e3.value,
            str(_valley.dimension),
            f"The Jacobian of the predictions has rank {_valley.rank}, and the valley is where they do not change.",
        )
    except ExactlandError:
        _shown = teaching.verdict("no such network", ["Choose another $y$ above."])
    _shown
    return


if __name__ == "__main__":
    app.run()
