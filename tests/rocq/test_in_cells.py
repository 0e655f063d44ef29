"""Networks of least loss in a cell: the kernel accepts the claims, and agrees with the checker."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from flint import fmpq

from exactland.arithmetic.echelon import nullspace
from exactland.certificates.in_cell import cell_certificates
from exactland.certificates.rocq import export, run_kernel
from exactland.certificates.rocq.kernel import ALLOWED_AXIOMS
from exactland.derivatives.empirical import evaluate
from exactland.errors import InputError
from tests.checker.examples import changed
from tests.checker.test_deep_claims import TWO_COMPONENTS
from tests.reference import empirical_problem
from tests.rocq.test_agreement import FACTOR, compare, mutants
from tests.rocq.test_kernel import checked_by_kernel

Json = dict[str, Any]
KINDS = ["cell_valley_dimension", "two_components_in_cell"]


def certificates(problem: Json) -> dict[str, Json]:
    found = cell_certificates(evaluate(empirical_problem(problem)))
    return {one.kind: json.loads(json.dumps(one.to_json())) for one in found}


EXAMPLE = certificates(TWO_COMPONENTS)


def point(generator: random.Random, shared: bool) -> Json:
    """A network inside a cell whose residuals satisfy the in-cell equations; with one cell for both
    of two neurons where it is shared.
    """
    dimension, points = generator.randint(1, 3), generator.randint(3, 6)
    width = 2 if shared else generator.randint(1, 4)
    hidden, bias = (not shared and generator.random() < 0.4 for _ in range(2))
    x = [[generator.randint(-4, 4) for _ in range(dimension)] for _ in range(points)]
    x[0] = x[0] if generator.random() < 0.8 else [0] * dimension
    rows = [[*row, 1] if hidden else row for row in x]
    plus, minus = generator.choice([("1", "0"), ("1", "1/3"), ("2", "-1")])
    slopes = Fraction(plus), Fraction(minus)

    def heights(w: list[int]) -> list[int]:
        return [sum(a * b for a, b in zip(w, row, strict=True)) for row in rows]

    def weight() -> list[int]:
        while True:
            w = [generator.randint(-9, 9) for _ in rows[0]]
            if all(value or not any(row) for value, row in zip(heights(w), rows, strict=True)):
                return w

    weights = [weight() for _ in range(width)]
    while shared and any(a * b < 0 for a, b in zip(*map(heights, weights), strict=True)):
        weights[1] = weight()
    outputs = [generator.choice([-3, -2, -1, 1, 2, 3]) for _ in range(width)]
    outputs = [abs(outputs[0]), -abs(outputs[1])] if shared else outputs
    columns = [[1] * points] if bias else []
    predictions = [Fraction(2) if bias else Fraction(0)] * points
    for w, h in zip(weights, outputs, strict=True):
        sides = [slopes[0] if value > 0 else slopes[1] for value in heights(w)]
        columns += [
            [s * v for s, v in zip(sides, col, strict=True)] for col in zip(*rows, strict=True)
        ]
        predictions = [
            f + h * s * value for f, s, value in zip(predictions, sides, heights(w), strict=True)
        ]
    kernel = nullspace([[fmpq(str(v)) for v in column] for column in columns], points)
    factors = [generator.randint(-2, 2) for _ in kernel]
    errors = [
        sum((f * Fraction(str(v[k])) for f, v in zip(factors, kernel, strict=True)), Fraction(0))
        for k in range(points)
    ]
    network: Json = {
        "activation": {
            "kind": "relu_like",
            "alpha_plus": str(slopes[0]),
            "alpha_minus": str(slopes[1]),
        },
        "w": [[str(a) for a in (w[:-1] if hidden else w)] for w in weights],
        "v": [[str(h) for h in outputs]],
    }
    network |= {"b": [str(w[-1]) for w in weights]} if hidden else {}
    network |= {"c": ["2"]} if bias else {}
    y = [[str(f - e)] for f, e in zip(predictions, errors, strict=True)]
    loss = {"kind": "empirical", "x": [[str(a) for a in row] for row in x], "y": y}
    return {"format": "exactland-problem/1", "network": network, "loss": loss}


@pytest.mark.needs("coq", checks="that the kernel accepts claims about the minima in a cell")
@pytest.mark.parametrize("kind", KINDS)
def test_the_kernel_accepts(kind: str, library: Path, tmp_path: Path) -> None:
    (tmp_path / "certificate.v").write_text(export(EXAMPLE[kind]))
    outcome = run_kernel(tmp_path / "certificate.v", library=library)
    assert outcome.accepted, outcome
    assert set(outcome.assumptions) == ALLOWED_AXIOMS


NETWORK = ("problem", "network")
CORRUPTIONS = [
    ("two_components_in_cell", (*NETWORK, "v", 0, 1), "-2"),  # not of least loss
    ("two_components_in_cell", (*NETWORK, "w", 1), ["0", "-1"]),  # another cell
    ("two_components_in_cell", (*NETWORK, "v", 0, 1), "1"),  # beta is in the cell
    ("two_components_in_cell", ("problem", "loss", "y", 0, 0), "1"),
    ("cell_valley_dimension", ("claim", "dimension"), 3),
    ("cell_valley_dimension", ("claim", "dimension"), 5),
    ("cell_valley_dimension", (*NETWORK, "v", 0, 1), "0"),
    ("cell_valley_dimension", (*NETWORK, "w", 1), ["1", "1"]),  # on the boundary
]


@pytest.mark.needs("coq", checks="that the kernel rejects corrupted claims about a cell")
@pytest.mark.parametrize(("kind", "path", "to"), CORRUPTIONS)
def test_the_kernel_rejects_a_corrupted_number(
    kind: str, path: tuple[Any, ...], to: Any, library: Path
) -> None:
    outcome = checked_by_kernel(changed(EXAMPLE[kind], *path, to=to), library)
    assert outcome.status == "rejected"
    assert "Error" in outcome.message


def test_components_need_two_neurons_without_biases() -> None:
    document = EXAMPLE["two_components_in_cell"]
    for path, to in (("b", ["0", "0"]), ("c", ["0"]), ("w", [["0", "1"]])):
        with pytest.raises(InputError):
            export(changed(document, *NETWORK, path, to=to))


@pytest.mark.needs("coq", checks="that both checkers say the same of the minima in a cell")
@pytest.mark.parametrize("kind", KINDS)
def test_both_checkers_agree_on_random_cells(kind: str, library: Path) -> None:
    generator = random.Random(kind)
    shared = kind == "two_components_in_cell"
    true = [EXAMPLE[kind]]
    for _ in range(100 * FACTOR):
        problem = point(generator, shared)
        found = certificates(problem)
        if kind in found:
            true.append(found[kind])
        elif shared:  # beta is zero or in the cell
            true.append(EXAMPLE[kind] | {"problem": problem})
    samples = true + [mutant for one in true for mutant in mutants(one, generator)[:3]]
    samples += mutants(EXAMPLE[kind], generator)
    counted = compare(samples, library)
    assert counted["accepted"] >= 30
    assert counted["rejected"] >= 100
