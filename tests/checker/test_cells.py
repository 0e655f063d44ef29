"""The claim `cell_count`: true certificates are accepted, altered ones are not."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings

from exactland.cells.counting import count_cells
from exactland.certificates.cells import cell_count_certificate
from exactland.checker import check_certificate
from exactland.checker.claims.cell_count import DataCase, cell_count
from exactland.checker.limits import Meter
from exactland.checker.outcome import Failure, Rejected, Unusable
from exactland.checker.reader import Field, normalise
from tests.cells import slow
from tests.cells.data import HUGE, Rows, data, exact


def check(certificate: dict[str, Any]) -> str:
    meter = Meter()
    field = Field(normalise(certificate), "", meter)
    given, claim, witness = (field.get(name) for name in ("problem", "claim", "witness"))
    return cell_count(DataCase(given, claim, witness, meter))


def made(rows: Any, *, points: bool = True) -> dict[str, Any]:
    return cell_count_certificate(exact(rows), points=points).to_json()


@given(data(max_dimension=4, max_points=7))
def test_certificates_are_accepted_and_true(rows: Rows) -> None:
    certificate = made(rows)
    assert certificate["claim"]["cells"] == str(len(slow.sign_vectors(rows)))
    check(certificate)
    assert check_certificate(certificate).status == "accepted"
    check(made(rows, points=False))


@settings(max_examples=20)
@given(data(max_dimension=6, max_points=9, numbers=HUGE))
def test_certificates_of_huge_rationals(rows: Rows) -> None:
    check(made(rows))


@given(data(max_dimension=5, max_points=8))
def test_no_other_number_is_accepted(rows: Rows) -> None:
    for points in (True, False):
        certificate = made(rows, points=points)
        cells = int(certificate["claim"]["cells"])
        for wrong in (cells - 2, cells - 1, cells + 1, cells + 2, f"{2 * cells + 1}/2"):
            certificate["claim"]["cells"] = str(wrong)
            with pytest.raises(Rejected):
                check(certificate)


SQUARE = made([[a, b, 1] for a in (-1, 1) for b in (-1, 1)])


def altered(*path: Any, to: Any) -> dict[str, Any]:
    result = copy.deepcopy(SQUARE)
    target: Any = result
    for key in path[:-1]:
        target = target[key]
    if to is None:
        del target[path[-1]]
    else:
        target[path[-1]] = to
    return result


def test_what_is_accepted_is_said() -> None:
    assert check(SQUARE) == (
        "the arrangement of these 4 data points has 14 cells; "
        "the listed points and their opposites are one in each"
    )
    assert check(altered("witness", to={})) == "the arrangement of these 4 data points has 14 cells"


POINTS = SQUARE["witness"]["points"]
OPPOSITE = [str(-int(entry)) for entry in POINTS[0]]


@pytest.mark.parametrize(
    ("certificate", "where", "why"),
    [
        (altered("witness", "points", 1, to=POINTS[0]), "witness.points[1]", "earlier point"),
        (altered("witness", "points", 1, to=OPPOSITE), "witness.points[1]", "earlier point"),
        (altered("witness", "points", 2, to=["1", "0", "1"]), "witness.points[2]", "hyperplane"),
        (altered("witness", "points", 2, to=["0", "0", "0"]), "witness.points[2]", "hyperplane"),
        (altered("witness", "points", to=POINTS[1:]), "witness.points", "make 12 cells"),
        (altered("problem", "x", 0, to=["-2", "-2", "2"]), "", ""),
    ],
)
def test_false_witnesses_are_rejected(certificate: Any, where: str, why: str) -> None:
    if not where:  # the same hyperplane: still true
        check(certificate)
        return
    with pytest.raises(Rejected) as caught:
        check(certificate)
    assert caught.value.where == where and why in caught.value.why


@pytest.mark.parametrize(
    "certificate",
    [
        altered("claim", "cells", to=None),
        altered("claim", "cells", to="many"),
        altered("claim", "more", to="1"),
        altered("problem", "y", to=[]),
        altered("problem", "x", to=[]),
        altered("problem", "x", to=[[]]),
        altered("problem", "x", 0, to=["1", "2"]),
        altered("problem", "x", 0, 0, to="1/0"),
        altered("witness", "points", to="all"),
        altered("witness", "points", 0, to=["1", "2"]),
        altered("witness", "table", to=[]),
    ],
)
def test_malformed_certificates_are_unusable(certificate: Any) -> None:
    with pytest.raises(Unusable):
        check(certificate)


def test_a_count_beyond_the_limits_is_unusable_and_not_a_long_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from exactland.checker import limits

    monkeypatch.setattr(limits, "MAX_WORK", 10**8)
    rows = [[t**a for a in range(8)] for t in range(40)]
    certificate = {
        "problem": {"format": "exactland-data/1", "x": [[str(e) for e in row] for row in rows]},
        "claim": {"kind": "cell_count", "cells": str(count_cells(exact(rows[:9])).cells)},
        "witness": {},
    }
    with pytest.raises(Failure) as caught:
        check(certificate)
    assert "MAX_WORK" in caught.value.why
