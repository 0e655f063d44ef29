"""Seminar notebook 6: reading and checking a certificate."""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="6. Certificates")


@app.cell
def _():
    import json

    import marimo as mo
    import teaching
    from flint import fmpq

    from exactland import analyze, certify
    from exactland.arithmetic.rationals import format_decimal, format_rational
    from exactland.checker import check_text
    from exactland.landscape.directions import Curve, NeuronCurve, loss_along
    from exactland.landscape.reports import polynomial_text
    from exactland.plots.generators import generator_scene
    from exactland.plots.scene import Curve as DrawnCurve
    from exactland.plots.scene import Marks, Panel, Scene, drawn_points, spread

    return (
        Curve,
        DrawnCurve,
        Marks,
        NeuronCurve,
        Panel,
        Scene,
        analyze,
        certify,
        check_text,
        drawn_points,
        fmpq,
        format_decimal,
        format_rational,
        generator_scene,
        json,
        loss_along,
        mo,
        polynomial_text,
        spread,
        teaching,
    )


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    # 6. Reading and checking a certificate

    An answer computed by a large program is only as good as the program. exactland therefore hands out, with every
    answer, a **certificate**: a text that states a claim completely and carries a *witness*, the few numbers that make the
    claim easy to check. A separate program, the **checker**, reads it. The checker searches nothing, uses no floating point and only
    the standard library of Python, and is written to be read. You do not have to trust the code that found the answer.

    A certificate has four parts.

    | part | what it is |
    | --- | --- |
    | `problem` | the network (the point) and the loss: all numbers exact |
    | `claim` | what is asserted about it |
    | `witness` | what helps to check it; for some claims nothing is needed |
    | `notes` | for readers; the checker never looks at them |
    """)
    return


@app.cell
def _(analyze, certify, teaching):
    point = teaching.five_points([("-231/2690", "1617/26900"), ("0", "0")], ["1", "0"])
    analysis = analyze(point)
    certificates = {one.kind: one for one in certify(point)}
    return analysis, certificates, point


@app.cell(hide_code=True)
def _(certificates, mo):
    kind = mo.ui.dropdown(
        list(certificates),
        value="not_local_minimum",
        label="A certificate of the plateau 50749/672500:",
    )
    kind
    return (kind,)


@app.cell(hide_code=True)
def _(certificates, check_text, json, kind, mo, teaching):
    _object = certificates[kind.value].to_json()
    _text = json.dumps(_object, indent=1)
    _outcome = check_text(certificates[kind.value].to_text())
    _why = {
        "loss_value": "The checker recomputes the loss.",
        "directionally_stationary": "For each neuron, multipliers $\\lambda_k$ of the data on the kink show that its derivative $\\varphi_i$ is nonnegative everywhere (Farkas).",
        "clarke_stationary": "Each cell is given by a vector in it; the checker takes the gradient there, and verifies that the convex combination is zero.",
        "escape_neuron": "The checker evaluates $\\varphi$ and $\\psi$ in one direction.",
        "not_local_minimum": "Polynomial coefficients of a curve $P(\\tau)$. The checker expands $L(P(\\tau))-L(P)$ and looks at the lowest coefficient that is not zero.",
    }
    mo.vstack(
        [
            teaching.verdict(_outcome.status, [str(_outcome) + ".", _why.get(kind.value, "")]),
            mo.accordion({"the certificate": mo.md(f"```json\n{_text}\n```")}),
        ]
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## A curve as a witness

    The claim "this is not a local minimum" needs one curve along which the loss falls. At the plateau neuron 1 is idle; the
    curve in the certificate is $w_1=\tau(1,1)$, $h_1=-\tau^2$. Turn the witness: replace it by
    $$w_1(\tau)=\tau\,(p,q),\qquad h_1(\tau)=s\,\tau^2,$$
    and let the checker judge. It accepts a curve exactly if the lowest coefficient of the polynomial is negative. All
    coefficients are halves.
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    p_slider = mo.ui.slider(-4, 4, 1, value=2, label="2 p", show_value=True)
    q_slider = mo.ui.slider(-4, 4, 1, value=2, label="2 q", show_value=True)
    s_slider = mo.ui.slider(-4, 4, 1, value=-2, label="2 s", show_value=True)
    mo.hstack([p_slider, q_slider, s_slider], justify="start", gap=3)
    return p_slider, q_slider, s_slider


@app.cell
def _(
    Curve,
    NeuronCurve,
    analysis,
    certificates,
    check_text,
    fmpq,
    json,
    loss_along,
    p_slider,
    q_slider,
    s_slider,
):
    p, q, s = (fmpq(one.value, 2) for one in (p_slider, q_slider, s_slider))
    turned = certificates["not_local_minimum"].to_json()
    turned["witness"] = {
        "curve": {"neurons": {"1": {"w": [[str(p)], [str(q)]], "v": [["0", str(s)]]}}}
    }
    outcome = check_text(json.dumps(turned))
    along = loss_along(analysis.point, Curve((NeuronCurve(1, ((p,), (q,)), ((fmpq(0), s),)),)))
    return along, outcome, p, q, s, turned


@app.cell(hide_code=True)
def _(
    DrawnCurve,
    Marks,
    Panel,
    Scene,
    along,
    drawn_points,
    fmpq,
    generator_scene,
    p,
    point,
    q,
    spread,
    teaching,
):
    _end = min(along.valid_until, fmpq(3, 5))
    _values = [
        (t, sum((c * t**k for k, c in enumerate(along.coefficients)), fmpq(0)))
        for t in spread(fmpq(0), _end, 61)
    ]
    _loss = Panel(
        "L(P(tau)) - L(P) along the witness",
        "tau",
        "change of the loss",
        (
            DrawnCurve(
                ((0.0, 0.0), (float(int(_end.p)) / int(_end.q), 0.0)), "target", "level of P"
            ),
            DrawnCurve(drawn_points(_values), "function", "loss"),
            Marks(((0.0, 0.0),), "here", "the plateau P"),
        ),
    )
    _fan = generator_scene(point, 1)
    _arrow = [*_fan.panels[0].layers]
    if p or q:
        _arrow.append(
            DrawnCurve(drawn_points([(fmpq(0), fmpq(0)), (p / 2, q / 2)]), "function", "(p, q) / 2")
        )
    from dataclasses import replace as _replace

    _panel = _replace(_fan.panels[0], layers=tuple(_arrow))
    teaching.figure(
        Scene((_loss, _panel), f"The change of the loss along the curve. {_fan.description}")
    )
    return


@app.cell(hide_code=True)
def _(along, format_rational, mo, outcome, polynomial_text, teaching, turned):
    _curve = turned["witness"]["curve"]["neurons"]["1"]
    mo.vstack(
        [
            mo.md(f"The polynomial: `{polynomial_text(along.coefficients)}`"),
            teaching.verdict(
                outcome.status,
                [f"The checker says: {outcome}."],
                [
                    ("witness", str(_curve).replace("'", "")),
                    ("lowest coefficient", format_rational(along.leading)),
                ],
            ),
        ]
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    Note what rejection means: *this witness does not prove the claim*. The claim is as true as before.

    ## One digit

    What if the file is damaged, or somebody improves it? Choose a digit of the certificate of the loss and add something to it
    (modulo ten). A different digit in the *problem* may give another true claim about another point, or none. The
    checker does not know what was meant; it decides whether what is written is true.
    """)
    return


@app.cell
def _(certificates, json):
    import re

    clean = json.dumps(
        {k: v for k, v in certificates["loss_value"].to_json().items() if k != "notes"}
    )
    digits = [m.start() for m in re.finditer(r"(?<![a-z/])\d|(?<=\d/)\d", clean) if m.start() > 50]
    return clean, digits


@app.cell(hide_code=True)
def _(digits, mo):
    which = mo.ui.slider(0, len(digits) - 1, 1, value=0, label="digit", show_value=True)
    added = mo.ui.slider(0, 9, 1, value=0, label="add", show_value=True)
    mo.hstack([which, added], justify="start", gap=3)
    return added, which


@app.cell(hide_code=True)
def _(added, check_text, clean, digits, mo, teaching, which):
    from html import escape

    _at = digits[which.value]
    _changed = str((int(clean[_at]) + added.value) % 10)
    _text = clean[:_at] + _changed + clean[_at + 1 :]
    _outcome = check_text(_text)
    _before, _after = escape(_text[max(0, _at - 60) : _at]), escape(_text[_at + 1 : _at + 61])
    mo.vstack(
        [
            mo.Html(
                f"<pre style='white-space:pre-wrap'>... {_before}<b style='background:#F0E442;color:black'>{_changed}</b>"
                f"{_after} ...</pre>"
            ),
            teaching.verdict(_outcome.status, [f"The checker says: {_outcome}."]),
        ]
    )
    return


@app.cell(hide_code=True)
def _(mo):
    e1_p = mo.ui.text(label="p =", placeholder="p/q")
    e1_q = mo.ui.text(label="q =", placeholder="p/q")
    mo.vstack(
        [
            mo.md(
                r"**Exercise 1.** With $s=+1$, find $(p,q)$ for which the checker accepts the curve. (Which sign must "
                r"$\psi_1(p,q)$ have? Look at the fan in notebook 2.)"
            ),
            mo.hstack([e1_p, e1_q], justify="start"),
        ]
    )
    return e1_p, e1_q


@app.cell(hide_code=True)
def _(certificates, check_text, e1_p, e1_q, json, teaching):
    def _judge(p, q):
        obj = certificates["not_local_minimum"].to_json()
        obj["witness"] = {
            "curve": {"neurons": {"1": {"w": [[str(p)], [str(q)]], "v": [["0", "1"]]}}}
        }
        found = check_text(json.dumps(obj))
        return found.status == "accepted", f"The checker says: {found}."

    teaching.judged([e1_p.value, e1_q.value], _judge)
    return


@app.cell(hide_code=True)
def _(mo):
    e2 = mo.ui.text(label="λ =", placeholder="p/q")
    mo.vstack(
        [
            mo.md(
                r"""**Exercise 2.** For neuron 0, on the kink at $x_5=(\frac7{10},1)$, the derivative is
                $\varphi_0(V)=a\cdot V+c\,|x_5\cdot V|$ with $a=(\frac{231}{10760},\frac{33}{1076})$ and $c=\frac{11}{100}$. The witness is a
                number $\lambda$ with $a=\lambda x_5$ and $|\lambda|\le c$: then $\varphi_0\ge0$ everywhere. Which $\lambda$ does the
                checker accept?"""
            ),
            e2,
        ]
    )
    return (e2,)


@app.cell(hide_code=True)
def _(certificates, check_text, e2, json, teaching):
    def _judge(multiplier):
        obj = certificates["directionally_stationary"].to_json()
        obj["witness"]["neurons"][0]["multipliers"] = {"4": str(multiplier)}
        found = check_text(json.dumps(obj))
        return found.status == "accepted", f"The checker says: {found}."

    teaching.judged([e2.value], _judge)
    return


@app.cell(hide_code=True)
def _(mo):
    e3 = mo.ui.radio(
        ["accepted", "rejected", "unusable"],
        label="**Exercise 3.** Take the certificate of `not_local_minimum` and change a number in its `notes`. What does the checker "
        "say?",
    )
    e3
    return (e3,)


@app.cell(hide_code=True)
def _(certificates, check_text, e3, json, teaching):
    _object = certificates["not_local_minimum"].to_json()
    _object["notes"] = {"reason": "2 + 2 = 5"}
    teaching.chosen(
        e3.value,
        check_text(json.dumps(_object)).status,
        "Notes are for readers. The checker never reads them.",
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## On your own machine

        exactland certify PROBLEM -o DIR        # certificates and a LaTeX document with the proof
        exactland check DIR/*.json              # the checker
        python -m exactland.checker DIR/*.json  # the same, without the rest of the package

    The format, and for every claim the proof that the verified conditions imply it, are in `proofs/CERTIFICATES.md`.
    """)
    return


if __name__ == "__main__":
    app.run()
