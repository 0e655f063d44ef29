"""The document about a network given by layers compiles without a blemish and tells the numbers."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from flint import fmpq

from exactland.certificates.latex.layers import render_layers_document
from exactland.landscape.linear_pieces import (
    DeepAnalysis,
    LogisticMinimum,
    SpuriousMinimum,
    analyze_deep,
    logistic_spurious_minimum,
    spurious_minimum,
)
from exactland.problem import piecewise_linear as activations
from exactland.problem.deep import DeepProblem
from exactland.problem.huber import HuberLoss
from exactland.problem.logistic import LogisticLoss
from exactland.problem.losses import EmpiricalLoss
from tests.certificates.test_latex import blemishes, run_latex
from tests.landscape.test_linear_pieces import five_points

latex = pytest.mark.needs("latex", checks="that the documents about deep networks compile")
NAMES = (
    "squared", "two outputs", "huber", "logistic", "one point", "not decided", "best", "wide",
)  # fmt: skip


@cache
def found(name: str) -> DeepAnalysis | SpuriousMinimum | LogisticMinimum:
    loss = five_points()
    squared = spurious_minimum(loss, activations.relu(), [2])
    if name == "squared":
        return squared
    if name == "two outputs":
        rows = tuple(
            (y, x * x - 2 * y) for (x,), (y,) in zip(loss.inputs, loss.targets, strict=True)
        )
        return spurious_minimum(EmpiricalLoss(loss.inputs, rows), activations.hard_tanh(), [3, 2])
    if name == "huber":
        shape = HuberLoss(loss.inputs, loss.targets, fmpq(1, 10))
        return spurious_minimum(shape, activations.absolute_value(), [2, 2])
    if name == "logistic":
        labels = tuple((fmpq(k),) for k in (1, 0, 1, 0, 1))
        return logistic_spurious_minimum(LogisticLoss(loss.inputs, labels), activations.relu(), [2])
    if name == "one point":
        return analyze_deep(squared.minimum.problem)
    if name == "not decided":
        return analyze_deep(squared.better.problem)
    if name == "best":
        network = squared.better.problem.network
        outputs = tuple(network(row) for row in loss.inputs)
        return analyze_deep(DeepProblem(network, EmpiricalLoss(loss.inputs, outputs)))
    inputs = tuple(
        tuple(fmpq((7 * i + 3) * j % 53, 10**12 + 1) for i in range(12)) for j in range(50)
    )
    targets = tuple((fmpq(j * j % 17, 10**20 + 3),) for j in range(50))
    return spurious_minimum(EmpiricalLoss(inputs, targets), activations.relu(), [60, 3])


@latex
@pytest.mark.parametrize("name", NAMES)
def test_document_compiles_without_a_blemish(name: str, tmp_path: Path) -> None:
    source = render_layers_document(
        found(name), title=r"100% \input{x}", digests=[("a_b.json", "0f" * 32)]
    )
    assert r"100\% \textbackslash{}input" in source
    assert blemishes(run_latex(tmp_path, source)) == []


def test_the_document_tells_the_numbers_of_the_proof() -> None:
    source = re.sub(r"\s+", " ", render_layers_document(found("squared")))
    for text in ("16139/231500", "469/10000", "-693/4630", "manifold of dimension $5$", r"\qed"):
        assert text in source
    assert "was not decided" in render_layers_document(found("not decided"))
    assert "is a global minimum" in render_layers_document(found("best"))
    assert "Within" in render_layers_document(found("logistic"))
