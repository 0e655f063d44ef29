"""The LaTeX document: says the verdict, compiles without a blemish, runs no user's command."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from flint import fmpq
from hypothesis import given
from hypothesis import strategies as st

from exactland.arithmetic.rationals import parse_rational
from exactland.cells.function_graph import function_graph
from exactland.certificates.latex.compile import compile_pdf, latex_available
from exactland.certificates.latex.derivatives import slope_multipliers
from exactland.certificates.latex.document import render_document
from exactland.certificates.latex.groups import group_neurons, index_list
from exactland.certificates.latex.markup import Tex, escape, finalize
from exactland.certificates.latex.numbers import digits, number, polynomial, vector
from exactland.errors import ExactlandError, InputError
from exactland.landscape.analysis import Analysis, analyze_empirical
from exactland.landscape.positivity import Leaf
from exactland.problem.activations import leaky_relu, relu
from exactland.problem.losses import EmpiricalLoss, Problem
from exactland.problem.network import Matrix, Network
from tests.field_points import RANK_ONE, rescaled, with_passengers
from tests.reference import empirical_problem, problem_object
from tests.stationary_points import stationary_point

DATA = Path(__file__).parent.parent / "data" / "empirical.json"
latex = pytest.mark.needs("latex", checks="that the LaTeX documents compile")


def matrix(rows: list[list[str]]) -> Matrix:
    return tuple(tuple(parse_rational(entry) for entry in row) for row in rows)


@cache
def reference() -> tuple[dict[str, dict[str, list[list[str]]]], dict[str, dict[str, object]]]:
    tables = json.loads(DATA.read_text("utf-8"))
    return tables["datasets"], {entry["name"]: entry for entry in tables["instances"]}


def instance(name: str) -> Problem:
    datasets, instances = reference()
    entry = instances[name]
    data = datasets[str(entry["dataset"])]
    outputs = matrix(entry["H"])  # type: ignore[arg-type]  # checked by use
    network = Network(relu(), matrix(entry["W"]), tuple(zip(*outputs, strict=True)))  # type: ignore[arg-type]  # as above
    return Problem(network, EmpiricalLoss(matrix(data["X"]), matrix(data["Y"])))


def with_biases() -> Problem:
    """The end point of the five-point experiment with biases as parameters, mean squared error."""
    plain = instance("exp1_END")
    weights = plain.network.input_weights
    network = Network(
        relu(),
        tuple((row[0],) for row in weights),
        plain.network.output_weights,
        hidden_biases=tuple(row[1] for row in weights),
        output_bias=(fmpq(0),),
    )
    inputs = tuple((row[0],) for row in plain.loss.inputs)
    return Problem(network, EmpiricalLoss(inputs, plain.loss.targets, fmpq(1, 5)))


def long_numbers(width: int = 30) -> Problem:
    """The plateau with its neuron split into many by long fractions, and dead neurons."""
    plain = instance("exp1_P1_plus_zero_plus_dead")
    total, share = plain.network.output_weights[0][0], fmpq(1, width)
    weights: list[tuple[fmpq, ...]] = []
    heights: list[fmpq] = []
    for index in range(width):
        height = fmpq(3 * index + 1, 2**60) + fmpq(1, 7)
        stretch = total * share / height
        weights.append((-stretch, fmpq(7, 10) * stretch))
        heights.append(height)
        weights.append((fmpq(index, 10**20 + 39), fmpq(-1)))
        heights.append(fmpq(index - 3, 10**20 + 39))
    weights.append((fmpq(0), fmpq(0)))
    heights.append(fmpq(0))
    return Problem(Network(relu(), tuple(weights), (tuple(heights),)), plain.loss)


def two_outputs_minimum() -> Problem:
    """Data on two axes, a neuron with two outputs fits its point, the other point is dead."""
    network = Network(relu(), ((fmpq(1), fmpq(0)),), ((fmpq(1),), (fmpq(2),)))
    inputs = ((fmpq(1), fmpq(0)), (fmpq(0), fmpq(1)))
    targets = ((fmpq(1), fmpq(2)), (fmpq(-1), fmpq(-1, 2)))
    return Problem(network, EmpiricalLoss(inputs, targets))


def many_kinks(points: int) -> Problem:
    """A zero neuron with positive output weight and nearly balanced data with negative targets:
    stationary, with more rays than are enumerated.
    """
    network = Network(leaky_relu(fmpq(1, 3)), ((fmpq(0),) * 4,), ((fmpq(1),),))
    inputs = [
        tuple(fmpq((k + 1) ** p % 31 - 11, 7 + p) for p in range(1, 5)) for k in range(points - 1)
    ]
    total = tuple(sum(column, fmpq(0)) for column in zip(*inputs, strict=True))
    inputs.append(tuple(fmpq(-9, 10) * entry for entry in total))
    targets = tuple((fmpq(-1),) for _ in range(points))
    return Problem(network, EmpiricalLoss(tuple(inputs), targets))


def branching() -> Problem:
    """A concave kink beside convex ones: phi >= 0 needs a proof by cases."""
    network = Network(relu(), ((fmpq(0), fmpq(0)),), ((fmpq(1),),))
    rows = ((1, 0, -3), (-1, 0, -3), (0, 1, -3), (0, -1, -3), (1, 1, 1))
    inputs = tuple((fmpq(a), fmpq(b)) for a, b, _ in rows)
    return Problem(network, EmpiricalLoss(inputs, tuple((fmpq(y),) for _, _, y in rows)))


def no_neurons() -> Problem:
    network = Network(relu(), (), ((),), output_bias=(fmpq(2),))
    return Problem(network, EmpiricalLoss(((fmpq(1),), (fmpq(2),)), ((fmpq(1),), (fmpq(3),))))


def interpolating() -> Problem:
    network = Network(relu(), ((fmpq(1),),), ((fmpq(2),),))
    return Problem(network, EmpiricalLoss(((fmpq(1),), (fmpq(1),)), ((fmpq(1),), (fmpq(3),))))


def wide(width: int, points: int) -> Problem:
    """More neurons and data than are printed."""
    weights = tuple((fmpq(i - 9, 7), fmpq(i * i % 13 - 5, i + 1)) for i in range(width))
    heights = tuple(fmpq(i % 5 - 2, 3) for i in range(width))
    inputs = tuple((fmpq(k, points), fmpq(1)) for k in range(points))
    targets = tuple((fmpq(k % 7, 3),) for k in range(points))
    return Problem(Network(relu(), weights, (heights,)), EmpiricalLoss(inputs, targets))


UNDETERMINED = (23, 2, 4, 2, True)


def seeded(arguments: tuple[int, int, int, int, bool]) -> Problem:
    """A random stationary point."""
    found = stationary_point(*arguments)
    assert found is not None
    return empirical_problem(found)


PROBLEMS: dict[str, Callable[[], Problem]] = {
    "end": lambda: instance("exp1_END"),
    "plateau": lambda: instance("exp1_P1_plus_zero_plus_dead"),
    "violated": lambda: instance("embed_replicate_kink_g_2_-1"),
    "clarke": lambda: instance("clarke_not_d_2"),
    "not_clarke": lambda: instance("zonotope_trap"),
    "two_outputs_saddle": lambda: instance("type2_saddle"),
    "two_outputs_undetermined": lambda: seeded(UNDETERMINED),
    "type_2": lambda: instance("type2_min"),
    "reduced_rank": lambda: instance("type2_degenerate"),
    "cells": lambda: seeded((3, 4, 2, 2, True)),
    "two_outputs_minimum": two_outputs_minimum,
    "number_field_minimum": lambda: empirical_problem(RANK_ONE),
    "number_field_saddle": lambda: empirical_problem(with_passengers()),
    "number_field_kinks": lambda: empirical_problem(rescaled(problem_object("exp1_P1_single"))),
    "biases": with_biases,
    "long_numbers": long_numbers,
    "many_kinks": lambda: many_kinks(24),
    "branching": branching,
    "no_neurons": no_neurons,
    "global": interpolating,
    "wide": lambda: wide(90, 80),
}
VERDICTS = {
    "end": "local_minimum",
    "plateau": "saddle",
    "violated": "not_stationary",
    "clarke": "not_stationary",
    "not_clarke": "not_stationary",
    "two_outputs_saddle": "saddle",
    "two_outputs_undetermined": "undetermined",
    "type_2": "local_minimum",
    "reduced_rank": "local_minimum",
    "cells": "local_minimum",
    "two_outputs_minimum": "local_minimum",
    "number_field_minimum": "local_minimum",
    "number_field_saddle": "saddle",
    "number_field_kinks": "local_minimum",
    "biases": "local_minimum",
    "long_numbers": "saddle",
    "many_kinks": "local_minimum",
    "branching": "local_minimum",
    "no_neurons": "local_minimum",
    "global": "global_minimum",
    "wide": "not_stationary",
}


@cache
def analysis(name: str) -> Analysis:
    return analyze_empirical(PROBLEMS[name]())


def blemishes(log: str) -> list[str]:
    """What a careful author would mend: overfull boxes over 1pt, undefined references, gaps."""
    found = []
    for line in log.splitlines():
        overfull = re.match(r"Overfull \\[hv]box \(([\d.]+)pt", line)
        if overfull and float(overfull.group(1)) > 1:
            found.append(line)
        if re.search(
            r"undefined|Missing character|multiply|Float too large|Package .* Warning", line
        ):
            found.append(line)
    return found


def run_latex(folder: Path, source: str) -> str:
    """Return the log of the second run."""
    (folder / "document.tex").write_text(source, "utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "document.tex"]
    for _ in range(2):
        run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout[-2000:]
    return (folder / "document.log").read_text("utf-8", errors="replace")


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_samples_have_the_verdicts_they_stand_for(name: str) -> None:
    assert analysis(name).verdict == VERDICTS[name]


@latex
@pytest.mark.parametrize("name", PROBLEMS)
def test_document_compiles_without_a_blemish(name: str, tmp_path: Path) -> None:
    source = render_document(
        analysis(name), title=f"A verdict: {name}", digests=[(f"{name}_1.json", "0f" * 32)]
    )
    assert len(source) < 200_000
    log = run_latex(tmp_path, source)
    assert blemishes(log) == []
    assert (tmp_path / "document.pdf").stat().st_size < 1_000_000


@latex
def test_fragments_enter_a_paper_twice_without_a_clash(tmp_path: Path) -> None:
    packages = ["[T1]{fontenc}"]
    packages += ["{amsmath,amssymb,amsthm,array,booktabs,longtable,pgfplots}"]
    load = "".join(rf"\usepackage{name}" for name in packages)
    parts = [
        render_document(analysis(name), title=name, fragment=True) for name in ("end", "plateau")
    ]
    paper = (
        rf"\documentclass{{article}}{load}\pgfplotsset{{compat=1.16}}\newtheorem{{theorem}}{{Satz}}"
        rf"\begin{{document}}\section{{Own text}}{parts[0]}{parts[1]}\end{{document}}"
    )
    log = run_latex(tmp_path, paper)
    assert not [line for line in blemishes(log) if "Overfull" not in line]
    assert r"\documentclass" not in parts[0]


HOSTILE = [
    r"\input{/etc/passwd}",
    r"\write18{touch owned}",
    r"}\end{document}\immediate\write18{id}",
    "^^5cinput{x}",
    r"\VAR{analysis} \BLOCK{ include 'x' }",
    "$ & # % _ { } ~ ^ \\ < > | \" ' ` -- --- ?` !` ,, << >>",
    "tab\tnew\nline\rnull\0bell\a",
    "ä ß Ł ő Ħ ſ Ω 漢 🙂 \u202e \u00ad",
    "%\\",
    "\\" * 50 + "{" * 50,
]


@latex
def test_no_string_from_outside_runs_a_command(tmp_path: Path) -> None:
    """All at once: as titles, as file names, and as they come."""
    source = render_document(
        analysis("clarke"),
        title=" ".join(HOSTILE),
        digests=[(text, text) for text in HOSTILE],
    )
    log = run_latex(tmp_path, source)
    assert "passwd" not in log
    assert not (tmp_path / "owned").exists()
    assert blemishes(log) == []


@given(st.text(max_size=60))
def test_escaped_text_has_no_command_but_those_of_the_table(text: str) -> None:
    shown = str(escape(text))
    known = (
        r"\\text(backslash|asciicircum|asciitilde|less|greater|bar|quotedbl|quotesingle){}"
        r"|\\(textasciigrave){}|\\[{}$&#%_]|[-,?!]{}"
    )
    rest = re.sub(known, "", shown)
    assert not set(rest) & set("\\{}$&#%_^~<>|\"'`")
    assert all(character.isprintable() for character in rest)


def test_only_our_own_source_goes_into_a_document_as_it_is() -> None:
    assert finalize(Tex(r"\alpha")) == r"\alpha"
    assert finalize(r"\alpha") == r"\textbackslash{}alpha"
    with pytest.raises(TypeError):
        finalize(fmpq(1))
    with pytest.raises(TypeError):
        finalize(0.5)


@latex
def test_compile_moves_only_the_finished_pdf(tmp_path: Path) -> None:
    assert latex_available()
    path = tmp_path / "my verdict $1.tex"
    path.write_text(render_document(analysis("clarke")), "utf-8")
    pdf = compile_pdf(path)
    assert pdf == tmp_path / "my verdict $1.pdf"
    first = pdf.read_bytes()
    assert first.startswith(b"%PDF")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [pdf.name, path.name]
    assert compile_pdf(path).read_bytes() == first, "the same source gives the same file"


@latex
@pytest.mark.parametrize(
    ("body", "message"),
    [
        (r"\nosuchcommand", "Undefined control sequence"),
        (r"\begin{nosuch}", "Environment nosuch undefined"),
        (r"\input{/etc/passwd}", "not found"),
        (r"\newwrite\w\immediate\openout\w=/etc/owned.txt\undefined", "write|Undefined"),
        ("", "no PDF"),
    ],
)
def test_a_failure_names_the_error_and_leaves_nothing(
    body: str, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "bad.tex"
    path.write_text(rf"\documentclass{{article}}\begin{{document}}{body}\end{{document}}")
    with pytest.raises(ExactlandError, match=message) as caught:
        compile_pdf(path)
    assert "\n" not in str(caught.value)
    assert "bad.tex" in str(caught.value)
    assert [entry.name for entry in tmp_path.iterdir()] == ["bad.tex"]


@latex
def test_a_document_without_end_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exactland.certificates.latex.compile.TIME_LIMIT", 1)
    path = tmp_path / "endless.tex"
    path.write_text(r"\documentclass{article}\begin{document}\loop\iftrue\repeat\end{document}")
    with pytest.raises(ExactlandError, match="more than 1 seconds"):
        compile_pdf(path)


def test_compile_without_latex_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.tex"
    path.write_text("text")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not latex_available()
    with pytest.raises(ExactlandError, match="not installed"):
        compile_pdf(path)
    with pytest.raises(InputError, match="no such file"):
        compile_pdf(tmp_path / "b.tex")


def test_the_end_point_is_stated_with_its_numbers() -> None:
    source = render_document(analysis("end"))
    for text in (
        r"\frac{16139}{231500}",
        "spurious local minimum",
        r"\lambda_{5}=$ $-3201/46300$",
        "$16139/578750$",
        r"$w'_i\cdot x_k\ge0$ for $k=$ 1--4;",
        "x=$ $7/10$",
    ):
        assert text in source, text


def test_the_plateau_is_a_saddle_with_escape_neuron_and_curve() -> None:
    source = render_document(analysis("plateau"))
    assert r"\frac{50749}{672500}" in source
    assert "Neuron 1 is its only escape neuron" in source
    assert "it is a saddle" in source
    assert r"\mu_{5}=$ $97/269$" in source, "the multiplier of the published plateau"


def test_the_document_says_what_it_leaves_out() -> None:
    source = render_document(analysis("wide"))
    assert "20 more data points are left out" in source
    assert "30 more neurons are left out" in source


def test_an_undetermined_point_gets_no_theorem() -> None:
    source = render_document(analysis("two_outputs_undetermined"))
    assert r"\begin{theorem}" not in source
    assert "was not decided" in source


@pytest.mark.parametrize("name", ["end", "plateau", "biases", "many_kinks"])
def test_slopes_between_the_two_make_the_neuron_stationary(name: str) -> None:
    """The restatement by slopes, from the definition: a weighted sum of data points is zero."""
    result = analysis(name)
    point, activation = result.point, result.point.problem.network.activation
    checked = 0
    for group in group_neurons(result):
        for ray in group.rays:
            tree = result.directional.trees[ray.neurons[0]]
            if not isinstance(tree, Leaf) or ray.is_zero:
                continue
            slopes = dict(slope_multipliers(point, group, ray, tree))
            total = [fmpq(0)] * point.dimension
            for k, (row, errors) in enumerate(zip(point.inputs, point.residuals, strict=True)):
                sign = {"+": 1, "-": -1, "0": 0}[group.pattern[k]]
                slope = activation.slope(sign) if sign else slopes.get(k, fmpq(0))
                assert activation.alpha_minus <= slope <= activation.alpha_plus
                weight = sum((e * h for e, h in zip(errors, ray.output, strict=True)), fmpq(0))
                total = [t + slope * weight * x for t, x in zip(total, row, strict=True)]
            assert not any(total)
            checked += 1
    assert checked


def test_graph_agrees_with_the_network_between_its_vertices() -> None:
    problem = with_biases()
    network = problem.network
    assert network.hidden_biases is not None
    graph = function_graph(problem, fmpq(-3), fmpq(3))
    assert fmpq(7, 10) in graph.kinks
    for (x0, y0), (x1, y1) in zip(graph.vertices, graph.vertices[1:], strict=False):
        for part in range(5):
            t = fmpq(part, 4)
            x = x0 + t * (x1 - x0)
            direct = sum(
                (
                    h * max(w[0] * x + b, fmpq(0))
                    for w, b, h in zip(
                        network.input_weights,
                        network.hidden_biases,
                        network.output_weights[0],
                        strict=True,
                    )
                ),
                fmpq(0),
            )
            assert direct == y0[0] + t * (y1[0] - y0[0])


@given(st.integers(), st.integers(min_value=1))
def test_printed_digits_are_the_number(numerator: int, denominator: int) -> None:
    value = fmpq(numerator, denominator)
    text = digits(str(value)).removeprefix(r"{\exdigits").removesuffix("}")
    plain = text.replace(r"\exb ", "").replace("$-$", "-").strip()
    assert parse_rational(plain) == value


def test_numbers_beyond_measure_are_rounded_and_say_so() -> None:
    huge = fmpq(10) ** 5000 + 1
    assert "in the certificate" in number(huge).tex
    assert len(number(huge).full) < 300
    assert len(vector((huge,) * 100).tex) < 2000
    assert polynomial((huge,))[0] is None


def test_index_lists_are_cut() -> None:
    text = index_list(range(0, 1000, 2))
    assert "more" in text
    assert len(text) < 300
