"""Certificates about the cells of a data set: their number, and that a list of them is complete."""

from __future__ import annotations

from collections.abc import Sequence

from flint import fmpq

from exactland.arithmetic.rationals import format_rational
from exactland.cells.arrangement import enumerate_cells
from exactland.cells.counting import count_cells
from exactland.certificates.claims import Certificate

DATA_FORMAT = "exactland-data/1"


def cell_count_certificate(inputs: Sequence[Sequence[fmpq]], *, points: bool = True) -> Certificate:
    """Return the certificate of the number of cells, and of the completeness of their list.

    Parameters
    ----------
    inputs : N x D
        The data, with the constant 1 appended where there are hidden biases.
    points : bool
        Whether to list one interior point in each pair of opposite cells.

    Examples
    --------
    >>> made = cell_count_certificate([[fmpq(1, 2), fmpq(0)], [fmpq(0), fmpq(0)]])
    >>> made.claim, made.witness
    ({'kind': 'cell_count', 'cells': '2'}, {'points': [['1', '0']]})
    """
    counted = count_cells(inputs)
    witness = {}
    if points and counted.cells > 1:
        witness["points"] = [
            [str(entry) for entry in point]
            for batch in enumerate_cells(inputs)
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
