"""Certificates about the cells of a data set: their number, and that a list of them is complete."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flint import fmpq

from exactland.arithmetic.rationals import format_rational
from exactland.cells.arrangement import LimitReached, enumerate_cells
from exactland.cells.counting import count_cells
from exactland.cells.splitting import Check
from exactland.certificates.claims import Certificate
from exactland.certificates.produce import checked
from exactland.problem.storage import StrPath, require_writable, write_text_atomically

DATA_FORMAT = "exactland-data/1"


def write_cell_count(
    inputs: Sequence[Sequence[fmpq]], path: StrPath, check: Check | None = None
) -> dict[str, Any]:
    """Write the certificate of the cells of the data, accepted by the checker; return a report.

    Where `check` (see :func:`cell_count_certificate`) stops the work nothing is written.

    Raises
    ------
    InputError
        If the file cannot be written.
    LimitReached
        If `check` stopped the work.
    SelfCheckError
        If the checker rejects the certificate (a defect of exactland).
    """
    require_writable(path)
    try:
        certificate = cell_count_certificate(inputs, check=check)
    except (TimeoutError, OverflowError):
        raise LimitReached("a limit was reached before all cells were found") from None
    certificate = checked(certificate)
    write_text_atomically(path, certificate.to_text())
    return {"cells": int(certificate.claim["cells"]), "points": len(inputs), "file": str(path)}


def cell_count_certificate(
    inputs: Sequence[Sequence[fmpq]], *, points: bool = True, check: Check | None = None
) -> Certificate:
    """Return the certificate of the number of cells, and of the completeness of their list.

    Parameters
    ----------
    inputs : N x D
        The data, with the constant 1 appended where there are hidden biases.
    points : bool
        Whether to list one interior point in each pair of opposite cells.
    check : callable, optional
        Called with the number of cells found so far; it may raise to stop.

    Examples
    --------
    >>> made = cell_count_certificate([[fmpq(1, 2), fmpq(0)], [fmpq(0), fmpq(0)]])
    >>> made.claim, made.witness
    ({'kind': 'cell_count', 'cells': '2'}, {'points': [['1', '0']]})
    """
    counted = count_cells(inputs, check=None if check is None else lambda _: check(0))
    witness = {}
    if points and counted.cells > 1:
        witness["points"] = [
            [str(entry) for entry in point]
            for batch in enumerate_cells(inputs, check=check)
            # A batch is a list of cells followed by their opposites.
            for point in batch.points[: len(batch) // 2].tolist()
        ]
    return Certificate(
        {
            "format": DATA_FORMAT,
            "x": [[format_rational(fmpq(entry)) for entry in row] for row in inputs],
        },
        {"kind": "cell_count", "cells": str(counted.cells)},
        witness,
    )
