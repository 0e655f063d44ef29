"""Seminar notebook 3: the cells of a loss surface."""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="3. Cells")


@app.cell
def _():
    import marimo as mo
    import teaching
    from flint import fmpq

    from exactland import analyze
    from exactland.arithmetic.rationals import format_decimal, format_rational
    from exactland.cells.counting import count_cells, general_position
    from exactland.derivatives.empirical import evaluate
    from exactland.landscape.cell_minima import cell_minima
    from exactland.landscape.in_cell import cell_minimum
    from exactland.plots.cell_graphs import cell_scene
    from exactland.plots.losses import line_scene, plane_scene
    from exactland.plots.scene import Scene

    return (
        Scene,
        analyze,
        cell_minima,
        cell_minimum,
        cell_scene,
        count_cells,
        evaluate,
        fmpq,
        format_decimal,
        format_rational,
        general_position,
        line_scene,
        mo,
        plane_scene,
        teaching,
    )


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    # 3. The cells of a loss surface

    Which data points activate a neuron? The answer is a sign vector, and it changes only where the weight $w$
    crosses a hyperplane $\{w: w\cdot x_k=0\}$. These hyperplanes cut weight space into **cells**: open cones on which
    the neuron is *linear* in $w$ on all data. Inside one cell of every neuron the network's output is a polynomial of
    degree two in the parameters, and the loss is smooth; kinks are only on the walls.

    So a loss surface is a finite number of smooth pieces. How many? What is the best loss in each? And is the set of
    best points in one cell connected?
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Cells in the plane

    One ReLU neuron $f(x)=h\,\rho(ax+b)$ and the five data points, so $w=(a,b)$ and the walls are the lines
    $a x_k+b=0$. Move the third data point (in tenths), and the weight. The left picture is the loss for fixed $h=1$ with its
    exact walls. In the right one each cell is a circle, joined to its neighbours, shaded by **the least loss that it holds**: the
    minimum over all $(w,h)$ with $w$ in the closed cell.
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    x3 = mo.ui.slider(-12, 9, 1, value=-1, label="10 x_3", show_value=True)
    a = mo.ui.slider(-8, 8, 1, value=-3, label="8 a", show_value=True)
    b = mo.ui.slider(-8, 8, 1, value=2, label="8 b", show_value=True)
    mo.hstack([x3, a, b], justify="start", gap=2)
    return a, b, x3


@app.cell
def _(a, b, cell_minima, count_cells, evaluate, fmpq, teaching, x3):
    w = fmpq(a.value, 8), fmpq(b.value, 8)
    xs = (teaching.X[0], teaching.X[1], fmpq(x3.value, 10), teaching.X[3], teaching.X[4])
    point = teaching.empirical([(x, 1) for x in xs], teaching.Y, [w], [1])
    count = count_cells(point.loss.inputs)
    best = cell_minima(evaluate(point), 0)
    return best, count, point, w


@app.cell(hide_code=True)
def _(Scene, cell_scene, fmpq, plane_scene, point, teaching, w):
    _origin = teaching.empirical(point.loss.inputs, teaching.Y, [(0, 0)], [1])
    _one = (fmpq(-1), fmpq(1))
    _plane = plane_scene(
        _origin,
        ({"w[0][0]": fmpq(1)}, {"w[0][1]": fmpq(1)}),
        (_one, _one),
        w,
        samples=45,
        labels=("a (slope)", "b (bias)"),
    )
    _graph = cell_scene(point, 0)
    teaching.figure(
        Scene((_plane.panels[0], _graph.panels[0]), f"{_plane.description} {_graph.description}")
    )
    return


@app.cell(hide_code=True)
def _(best, count, format_decimal, format_rational, general_position, teaching):
    _least = min(best, key=lambda cell: cell.loss)
    _expected = sum(general_position(5, 2))
    _general = count.cells == _expected
    _inside = "inside the open cell" if _least.inside else "on a wall of the cell"
    teaching.verdict(
        "general position" if _general else "degenerate",
        [
            f"Five points, {count.cells} cells."
            if _general
            else f"Only {count.cells} cells instead of {_expected}: two walls coincide."
        ],
        [
            ("cells", str(count.cells)),
            (
                "least loss of all cells",
                f"{format_rational(_least.loss)}  ({format_decimal(_least.loss, 6)})",
            ),
            ("in the cell", f"{teaching.signs(_least.signs)}, {_inside}"),
            (
                "attained at",
                f"h = {format_rational(_least.output)}, (a, b) = "
                f"({', '.join(map(format_rational, _least.weight))})",
            ),
        ],
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    For one neuron *the least loss over all cells is the global minimum*: a nonconvex problem has become ten convex ones, each
    a least-squares problem with nonnegative coefficients on the rays of a cone, solved in rational numbers.

    ## How many cells?

    For $N$ points in general position in $\mathbb R^d$ (every $d$ of them independent) Cover's formula says
    $$2\sum_{i=0}^{d-1}\binom{N-1}{i}.$$
    Below: points in $\mathbb R^2$ and a bias, so $d=3$. The cells are patches on a sphere, drawn by a map that keeps areas (the outer
    rim is one point). Move the last point: when it falls on the line through two others, or on a parallel to a line through
    others, nothing or something happens. Which is it?
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    px = mo.ui.slider(-4, 8, 1, value=6, label="4 x", show_value=True)
    py = mo.ui.slider(-4, 8, 1, value=5, label="4 y", show_value=True)
    mo.hstack([px, py], justify="start", gap=3)
    return px, py


@app.cell
def _(fmpq, px, py, teaching):
    square = [("0", "0"), ("1", "0"), ("0", "1"), ("-1", "1/2")]
    moving = (fmpq(px.value, 4), fmpq(py.value, 4))
    spatial = teaching.empirical(
        [(*row, 1) for row in [*square, moving]],
        ["1", "0", "-1", "1/2", "1"],
        [("1", "1", "-1/2")],
        [1],
    )
    return moving, spatial


@app.cell(hide_code=True)
def _(Scene, cell_scene, count_cells, fmpq, general_position, mo, moving, spatial, teaching):
    from exactland.plots.scene import Marks, Panel, drawn_points

    _count = count_cells(spatial.loss.inputs)
    _rows = [row[:2] for row in spatial.loss.inputs]
    _data = Panel(
        "the data",
        "x",
        "y",
        (
            Marks(drawn_points(_rows[:4]), "data", "data"),
            Marks(drawn_points([moving]), "here", "the last point"),
        ),
        x_range=(-1.3, 2.3),
        y_range=(-1.3, 2.3),
        equal=True,
    )
    _graph = cell_scene(spatial, 0)
    _cover = sum(general_position(5, 3))
    mo.vstack(
        [
            teaching.figure(Scene((_data, _graph.panels[0]), _graph.description)),
            teaching.verdict(
                "general position" if _count.cells == _cover else "degenerate",
                [f"Cover's formula gives {_cover}; there are {_count.cells}."],
                [
                    ("method", _count.method.replace("_", " ")),
                    ("Whitney numbers", str(_count.whitney)),
                ],
            ),
        ]
    )
    return


@app.cell(hide_code=True)
def _(mo):
    e1_x = mo.ui.text(label="x =", placeholder="p/q")
    e1_y = mo.ui.text(label="y =", placeholder="p/q")
    mo.vstack(
        [
            mo.md(
                "**Exercise 1.** Place the last point so that there are as few cells as possible, different from all "
                "four others."
            ),
            mo.hstack([e1_x, e1_y], justify="start"),
        ]
    )
    return e1_x, e1_y


@app.cell(hide_code=True)
def _(count_cells, e1_x, e1_y, fmpq, teaching):
    def _judge(x, y):
        from exactland.arithmetic.rationals import parse_rational

        others = [(0, 0), (1, 0), (0, 1), (-1, fmpq(1, 2))]
        rows = [tuple(map(parse_rational, (*row, 1))) for row in others]
        if (x, y) in [row[:2] for row in rows]:
            return False, "That is one of the four points."

        def cells(place):
            return count_cells([*rows, (*place, fmpq(1))]).cells

        # With four of the five in general position the least is reached where most lines meet:
        # try every intersection of two lines through pairs of points.
        lines = [(p, q) for i, p in enumerate(rows) for q in rows[i + 1 :]]
        places = {
            meeting
            for i, one in enumerate(lines)
            for two in lines[i + 1 :]
            if (meeting := _meet(one, two)) is not None and meeting not in [r[:2] for r in rows]
        }
        least = min(map(cells, places))
        found = cells((x, y))
        return found == least, f"There are {found} cells."

    def _meet(one, two):
        ((a, b, _), (c, d, _)), ((e, f, _), (g, h, _)) = one, two
        det = (c - a) * (h - f) - (d - b) * (g - e)
        if det == 0:
            return None
        t = ((e - a) * (h - f) - (f - b) * (g - e)) / det
        return a + t * (c - a), b + t * (d - b)

    teaching.judged([e1_x.value, e1_y.value], _judge)
    return


@app.cell(hide_code=True)
def _(mo):
    e2 = mo.ui.text(label="cells =", placeholder="an integer")
    mo.vstack(
        [
            mo.md(
                "**Exercise 2.** How many cells have 12 points in general position in $\\mathbb R^4$?"
            ),
            e2,
        ]
    )
    return (e2,)


@app.cell(hide_code=True)
def _(count_cells, e2, fmpq, teaching):
    def _judge(answer):
        # Points on the moment curve (1, t, t^2, t^3) are in general position; the library counts.
        rows = [tuple(fmpq(t) ** k for k in range(4)) for t in range(12)]
        found = count_cells(rows).cells
        if answer == found:
            return True, "Counted on twelve points of the moment curve."
        return (
            False,
            "Sum binomials of 11 from 0 to 3, and double." if answer != found / 2 else "Double it.",
        )

    teaching.judged([e2.value], _judge)
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Two components

    With one output, a local minimum in an open cell is a *global* minimum of that cell: within the cell the loss is a convex
    function of $\beta=\sum_i h_iw_i$. He, Wang and Tao (2020) ask whether the best points of a cell are *connected*. Not
    always. Take two neurons, both active on all five points, no biases beyond the constant input. The best affine
    fit $\beta^*=(-\frac{693}{4630},\frac{1067}{46300})$ is not itself in the cell (it is negative at $x_5$), so it must be
    a difference of two neurons: $h_1>0>h_2$ or $h_1<0<h_2$, and one cannot pass from one to the other.

    Below, the straight line from a best point ($t=0$) to its mirror image, the neurons exchanged ($t=1$). Both ends are
    global minima of the cell, and the whole segment stays in it.
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    eighths = mo.ui.slider(0, 8, 1, value=0, label="8 t", show_value=True)
    eighths
    return (eighths,)


@app.cell
def _(fmpq, teaching):
    one_way = teaching.five_points([("-693/4630", "47367/46300"), ("0", "1")], ["1", "-1"])
    rows = one_way.network.input_weights
    swap = {
        "w[0][0]": rows[1][0] - rows[0][0],
        "w[0][1]": rows[1][1] - rows[0][1],
        "w[1][0]": rows[0][0] - rows[1][0],
        "w[1][1]": rows[0][1] - rows[1][1],
        "v[0][0]": fmpq(-2),
        "v[0][1]": fmpq(2),
    }
    return one_way, swap


@app.cell(hide_code=True)
def _(
    analyze,
    cell_minimum,
    eighths,
    evaluate,
    fmpq,
    format_decimal,
    format_rational,
    line_scene,
    mo,
    one_way,
    swap,
    teaching,
):
    from exactland.derivatives.slices import empirical_slice

    _t = fmpq(eighths.value, 8)
    _line = line_scene(one_way, swap, (fmpq(-1, 8), fmpq(9, 8)), _t)
    _problem = empirical_slice(one_way, [swap]).problem([_t])
    _a = analyze(_problem)
    _least = cell_minimum(evaluate(_problem))
    _told = "least in its cell" if _least is not None else "not least in its cell"
    _rows = [
        ("t", format_rational(_t)),
        ("loss", f"{format_rational(_a.loss)}  ({format_decimal(_a.loss, 6)})"),
        ("patterns", ", ".join(map(teaching.signs, _a.point.patterns))),
    ]
    if _least is not None:
        _rows.append(("two components in this cell", teaching.yes(_least.two_components)))
        _rows.append(("dimension of the set of best points", str(_least.dimension)))
    mo.vstack(
        [
            teaching.figure(_line),
            teaching.verdict(_told, [f"As a point: {_a.verdict.replace('_', ' ')}."], _rows),
        ]
    )
    return


@app.cell(hide_code=True)
def _(mo):
    e3 = mo.ui.radio(
        ["yes", "no"],
        label="**Exercise 3.** With *three* neurons in this cell, can one go from $(h_1,h_2,h_3)$ of signs $(+,-,+)$ to "
        "signs $(-,+,+)$ through best points of the cell? (Think of a network on the way with $h_1=0$.)",
    )
    e3
    return (e3,)


@app.cell(hide_code=True)
def _(e3, evaluate, cell_minimum, fmpq, teaching):
    # A witness: best points of the cell with signs (+,-,+), (0,-,+), (-,-,+), (-,0,+), (-,+,+).
    # beta = u - w with u and w in the cell; a neuron with h = 0 may have any weight in it, and
    # between two networks of the list either only h = 0 neurons move, or only the h.
    _u, _w = ("-693/4630", "47367/46300"), ("0", "1")
    _chain = [
        ([_u, _w, _u], ["1/2", "-1", "1/2"]),
        ([_u, _w, _u], ["0", "-1", "1"]),
        ([_w, _w, _u], ["0", "-1", "1"]),
        ([_w, _w, _u], ["-1/2", "-1/2", "1"]),
        ([_w, _w, _u], ["-1", "0", "1"]),
        ([_w, _u, _u], ["-1", "0", "1"]),
        ([_w, _u, _u], ["-1", "1/2", "1/2"]),
    ]
    _points = [evaluate(teaching.five_points(*_one)) for _one in _chain]
    _all_best = all(cell_minimum(_p) is not None for _p in _points)
    teaching.chosen(
        e3.value,
        "yes" if _all_best else "no",
        "While $h_1=0$ its weight is free to move anywhere in the cell, because the other two carry the fit: the third neuron "
        "makes room. The library checked that the seven networks of such a path are least in their cell.",
    )
    return


if __name__ == "__main__":
    app.run()
