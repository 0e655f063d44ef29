"""Data sets: inputs and, where something is fitted, targets, from JSON or CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flint import fmpq

from exactland.errors import InputError
from exactland.problem.network import Matrix
from exactland.problem.storage import StrPath, printable_name, read_bytes
from exactland.problem.strict_json import (
    decode_utf8,
    expect_matrix,
    expect_number,
    expect_object,
    parse_json,
    quoted,
)


@dataclass(frozen=True, slots=True)
class Dataset:
    """Exact data: row k of `inputs` (N x d) is x_k, row k of `targets` (N x J, or None) is y_k.

    Raises
    ------
    InputError
        If there is no point, rows are empty or ragged, or the numbers of rows differ.

    Examples
    --------
    >>> str(Dataset(((fmpq(1), fmpq(2)),), ((fmpq(3),),)))
    '1 point in dimension 2 with 1 target each'
    """

    inputs: Matrix
    targets: Matrix | None = None

    def __post_init__(self) -> None:
        if not self.inputs:
            raise InputError("x", "needs at least one data point")
        tables = {"x": self.inputs} | ({} if self.targets is None else {"y": self.targets})
        for name, rows in tables.items():
            if len(rows) != len(self.inputs):
                raise InputError(name, f"has {len(rows)} rows, but x has {len(self.inputs)}")
            if not rows[0]:
                raise InputError(f"{name}[0]", "is empty")
            for index, row in enumerate(rows):
                if len(row) != len(rows[0]):
                    message = f"has length {len(row)}, but {name}[0] has length {len(rows[0])}"
                    raise InputError(f"{name}[{index}]", message)

    @property
    def points(self) -> int:
        """The number N of data points."""
        return len(self.inputs)

    def __str__(self) -> str:
        points = f"{self.points} point{'s' if self.points > 1 else ''}"
        text = f"{points} in dimension {len(self.inputs[0])}"
        if self.targets is None:
            return f"{text} without targets"
        outputs = len(self.targets[0])
        return f"{text} with {outputs} target{'s' if outputs > 1 else ''} each"


def read_dataset(path: StrPath, bias: bool = False, *, targets_required: bool = False) -> Dataset:
    """Read data from a .json or .csv file.

    Parameters
    ----------
    path : path
        JSON is ``{"x": [[...]], "y": [[...]]}``; CSV has the header x1,...,xd,y1,...,yJ and in
        each field an exact decimal or fraction.  The targets may be absent in both.
    bias : bool
        Append the constant input 1 to every data point.
    targets_required : bool
        Refuse a file without targets.

    Raises
    ------
    InputError
        If the file is missing or malformed; the message is one line, file name first.
    """
    name = printable_name(path)
    readers = {".json": _from_json, ".csv": _from_csv}
    suffix = Path(path).suffix.lower()
    if suffix not in readers:
        raise InputError(name, f"data must be a .json or .csv file, not {quoted(suffix)}")
    data = read_bytes(path)
    try:
        dataset = readers[suffix](data)
        if targets_required and dataset.targets is None:
            raise InputError("", "has no targets (y)")
    except InputError as error:
        raise error.within(name) from None
    return with_bias(dataset) if bias else dataset


def with_bias(dataset: Dataset) -> Dataset:
    """Return the data with the constant input 1 appended to every point.

    Examples
    --------
    >>> with_bias(Dataset(((fmpq(1, 2),), (fmpq(3),)))).inputs
    ((1/2, 1), (3, 1))
    """
    return Dataset(tuple((*row, fmpq(1)) for row in dataset.inputs), dataset.targets)


def dataset_from_json(obj: Any) -> Dataset:
    """Return the data set that a decoded JSON value describes.

    Examples
    --------
    >>> dataset_from_json({"x": [["0.5"], ["1"]], "y": [["1/3"], ["x"]]})
    Traceback (most recent call last):
    ...
    exactland.errors.InputError: y[1][0]: "x" is not a rational number
    """
    fields = expect_object(obj, "", ["x"], ["y"])
    targets = expect_matrix(fields["y"], "y") if "y" in fields else None
    return Dataset(expect_matrix(fields["x"], "x"), targets)


def dataset_from_csv(text: str) -> Dataset:
    r"""Return the data set that CSV text describes.

    Examples
    --------
    >>> dataset_from_csv("x1,x2,y1\n-1,1,0.28\n").targets
    ((7/25,),)
    >>> dataset_from_csv("x1,y1\n1,=1+1\n")
    Traceback (most recent call last):
    ...
    exactland.errors.InputError: line 2, y1: "=1+1" is not a rational number
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] | None = None
    rows = []
    try:
        for cells in reader:
            cells = [cell.strip() for cell in cells]
            if cells in ([], [""]):
                continue
            where = f"line {reader.line_num}"
            if header is None:
                header, dimension = cells, _input_columns(cells, where)
                continue
            if len(cells) != len(header):
                fields = "1 field" if len(cells) == 1 else f"{len(cells)} fields"
                raise InputError(where, f"has {fields}, but the header has {len(header)}")
            rows.append(
                tuple(
                    expect_number(cell, f"{where}, {column}")
                    for cell, column in zip(cells, header, strict=True)
                )
            )
    except csv.Error as error:
        raise InputError(f"line {reader.line_num}", f"is not CSV: {error}") from None
    if header is None:
        raise InputError("", "is empty")
    if not rows:
        raise InputError("", "has a header but no data")
    inputs = tuple(row[:dimension] for row in rows)
    targets = tuple(row[dimension:] for row in rows)
    return Dataset(inputs, targets if dimension < len(header) else None)


def _from_json(data: bytes) -> Dataset:
    return dataset_from_json(parse_json(data))


def _from_csv(data: bytes) -> Dataset:
    # Spreadsheets put a byte order mark before the header.
    return dataset_from_csv(decode_utf8(data).removeprefix("\ufeff"))


def _input_columns(header: list[str], where: str) -> int:
    """Return d if the header is x1,...,xd,y1,...,yJ with d >= 1 and J >= 0."""
    dimension = sum(name.startswith("x") for name in header)
    outputs = len(header) - dimension
    expected = [f"x{i + 1}" for i in range(dimension)] + [f"y{i + 1}" for i in range(outputs)]
    if dimension == 0 or header != expected:
        shown = quoted(",".join(header), 60)
        message = f"expected the header x1,...,xd,y1,...,yJ (comma-separated), found {shown}"
        raise InputError(where, message)
    return dimension
