"""The number of cells of data: the kernel accepts it, and agrees with the checker."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings

from exactland.certificates.rocq import export, run_kernel
from exactland.certificates.rocq.kernel import ALLOWED_AXIOMS
from exactland.errors import InputError
from tests.cells.data import HUGE, Rows, data
from tests.checker.examples import changed
from tests.checker.test_cells import OPPOSITE, POINTS, SQUARE, made
from tests.rocq.test_agreement import FACTOR, compare, mutants
from tests.rocq.test_kernel import checked_by_kernel

Json = dict[str, Any]
FORMAT = {"format": "exactland-certificate/1"}


def document(rows: Any, *, points: bool = True) -> Json:
    result: Json = json.loads(json.dumps(FORMAT | made(rows, points=points)))
    return result


@pytest.mark.needs("coq", checks="that the kernel accepts the number of cells of data")
@pytest.mark.parametrize("points", [False, True])
def test_the_kernel_accepts(points: bool, library: Path, tmp_path: Path) -> None:
    text = export(document([[a, b, a * b, 1] for a in range(4) for b in range(3)], points=points))
    (tmp_path / "certificate.v").write_text(text)
    outcome = run_kernel(tmp_path / "certificate.v", library=library)
    assert outcome.accepted, outcome
    assert set(outcome.assumptions) == ALLOWED_AXIOMS
    parts = ["(** The data", "(** Claim:", "(** Witness", "Theorem certified"]
    assert sorted(parts, key=text.index) == parts


@pytest.mark.needs("coq", checks="that the kernel rejects wrong numbers of cells and lists")
@pytest.mark.parametrize(
    ("path", "to"),
    [
        (("claim", "cells"), "12"),
        (("claim", "cells"), "16"),
        (("problem", "x", 0), ["1", "1", "1"]),
        (("witness", "points"), POINTS[1:]),
        (("witness", "points", 1), POINTS[0]),
        (("witness", "points", 1), OPPOSITE),
        (("witness", "points", 2), ["1", "0", "1"]),
        (("witness", "points", 2), ["0", "0", "0"]),
    ],
)
def test_the_kernel_rejects_a_corrupted_number(
    path: tuple[Any, ...], to: Any, library: Path
) -> None:
    outcome = checked_by_kernel(changed(SQUARE, *path, to=to), library)
    assert outcome.status == "rejected"
    assert "Error" in outcome.message


@pytest.mark.parametrize(
    ("path", "to"),
    [
        (("claim", "cells"), "5/2"),
        (("claim", "cells"), None),
        (("problem", "x"), []),
        (("problem", "x"), [[]]),
        (("problem", "x", 0), ["1"]),
        (("witness", "points"), 7),
        (("witness", "points", 0), ["1", "2"]),
    ],
)
def test_malformed_certificates_are_refused_by_the_exporter(path: tuple[Any, ...], to: Any) -> None:
    with pytest.raises(InputError):
        export(changed(SQUARE, *path, to=to))


@pytest.mark.needs("coq", checks="that both checkers say the same of numbers of cells")
def test_both_checkers_agree_on_random_data(library: Path) -> None:
    """Parallel and zero rows, one dimension, and large numbers among them."""
    samples: list[Json] = []
    quiet = settings(
        max_examples=40 * FACTOR,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )

    @seed(0)
    @quiet
    @given(data(max_dimension=5, max_points=8))
    def small_numbers(rows: Rows) -> None:
        samples.extend(document(rows, points=points) for points in (True, False))

    @seed(0)
    @settings(quiet, max_examples=10 * FACTOR)
    @given(data(max_dimension=4, max_points=6, numbers=HUGE))
    def large_numbers(rows: Rows) -> None:
        samples.append(document(rows))

    small_numbers()
    large_numbers()
    for one in list(samples):
        cells = int(one["claim"]["cells"])
        samples += [changed(one, "claim", "cells", to=str(cells + n)) for n in (-2, -1, 1, 2)]
    generator = random.Random(0)
    samples += [mutant for one in samples[:90] for mutant in mutants(one, generator)[:4]]
    counted = compare(samples, library)
    assert counted["accepted"] >= 150
    assert counted["rejected"] >= 300
