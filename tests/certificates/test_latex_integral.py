"""The document of an integral loss: every verdict, compiled without a blemish, escaped."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flint import fmpq

from exactland.certificates.latex.integral import polynomial, render_integral_document
from exactland.landscape.integral.analysis import IntegralAnalysis, analyze_integral
from exactland.landscape.integral.family import critical_family
from exactland.problem.integral import integral_problem_from_json
from tests.certificates.test_integral import POINTS, reference_point
from tests.certificates.test_latex import blemishes, run_latex

latex = pytest.mark.needs("latex", checks="that the LaTeX documents compile")

SAMPLES = {
    "R01": "local_minimum",
    "R03": "saddle",
    "R09": "not_stationary",
    "R30": "saddle",
    "K07": "saddle",
    "Q28": "saddle",
    "weighted": "saddle",
    "no neuron": "global_minimum",
    "wide": "saddle",
    "undetermined": "undetermined",
}


@cache
def analysis(name: str) -> IntegralAnalysis:
    if name == "wide":
        return analyze_integral(critical_family("relu", 30, alpha=fmpq(10**30 + 1, 7)).problem)
    if name == "undetermined":
        loss: dict[str, Any] = {"kind": "integral", "interval": ["-1", "1"]}
        loss["target"] = ["-1", "15/4", "3", "-15/2"]
        network = {"activation": {"kind": "relu"}, "w": [["1"]], "b": ["0"], "v": [["0"]]}
        point = {"network": network | {"c": ["0"]}, "loss": loss}
        return analyze_integral(integral_problem_from_json(point))
    point = POINTS[name] if name in POINTS else reference_point(name)
    return analyze_integral(integral_problem_from_json(point))


@latex
@pytest.mark.parametrize("name", SAMPLES)
def test_document_compiles_without_a_blemish(name: str, tmp_path: Path) -> None:
    assert analysis(name).verdict == SAMPLES[name]
    digests = [("stationary_generalized_gradient_ge.json", "0123456789abcdef" * 4)]
    log = run_latex(tmp_path, render_integral_document(analysis(name), digests=digests))
    assert blemishes(log) == []


def test_the_document_states_the_verdict_with_its_numbers() -> None:
    source = render_integral_document(analysis("R03"))
    assert "is a saddle" in source
    assert "semi-{}inactive T0" in source
    assert "modified Hessian" in source
    assert "was not decided" in render_integral_document(analysis("undetermined"))
    assert r"p(x)=$ $3$ $+$ $3$$x$" in render_integral_document(analysis("weighted"))


def test_a_title_runs_no_command() -> None:
    source = render_integral_document(analysis("R01"), title=r"\input{/etc/passwd} $x$ %")
    assert r"\input{" not in source
    assert r"\textbackslash{}input" in source


def test_polynomials_keep_sums_in_brackets() -> None:
    root = critical_family("leaky_relu", 2, fmpq(1, 4)).problem.parameters.b[0]
    shown = str(polynomial((-root, root)))
    assert shown.startswith("($") and shown.endswith(")$x$")
    assert str(polynomial(())) == "$0$"
