"""Data: JSON and CSV give the same exact numbers; what is wrong is named to the line."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from flint import fmpq
from hypothesis import given
from hypothesis import strategies as st

from exactland.arithmetic.rationals import format_rational
from exactland.errors import InputError
from exactland.problem.datasets import (
    Dataset,
    dataset_from_csv,
    dataset_from_json,
    read_dataset,
    with_bias,
)

rationals = st.fractions().map(lambda q: fmpq(q.numerator, q.denominator))


@st.composite
def datasets(draw: st.DrawFn) -> Dataset:
    points, dimension, outputs = (draw(st.integers(*r)) for r in ((1, 4), (1, 3), (0, 2)))
    rows = [draw(st.tuples(*[rationals] * (dimension + outputs))) for _ in range(points)]
    targets = tuple(row[dimension:] for row in rows) if outputs else None
    return Dataset(tuple(row[:dimension] for row in rows), targets)


def csv_text(data: Dataset) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream)
    targets = data.targets or ((),) * data.points
    writer.writerow(
        [f"x{i + 1}" for i in range(len(data.inputs[0]))]
        + [f"y{i + 1}" for i in range(len(targets[0]))]
    )
    for x, y in zip(data.inputs, targets, strict=True):
        writer.writerow([format_rational(entry) for entry in (*x, *y)])
    return stream.getvalue()


@given(datasets())
def test_csv_and_json_give_the_same_numbers(data: Dataset) -> None:
    value = {"x": [[format_rational(entry) for entry in row] for row in data.inputs]}
    if data.targets is not None:
        value["y"] = [[format_rational(entry) for entry in row] for row in data.targets]
    assert dataset_from_json(value) == data
    assert dataset_from_csv(csv_text(data)) == data


@given(st.text(alphabet='x1y2,;\n\r"\0 =/.-', max_size=40) | st.text())
def test_any_text_is_data_or_one_line(text: str) -> None:
    try:
        dataset_from_csv(text)
    except InputError as error:
        assert str(error).isprintable()


def test_a_constant_input_is_appended_for_biases(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("x1,y1\n-1,0.28\n0.7,-0.22\n")
    data = read_dataset(path, bias=True)
    assert data.inputs == ((fmpq(-1), fmpq(1)), (fmpq(7, 10), fmpq(1)))
    assert data.targets == ((fmpq(7, 25),), (fmpq(-11, 50),))
    assert data == with_bias(read_dataset(path))
    assert str(data) == "2 points in dimension 2 with 1 target each"


@pytest.mark.parametrize(
    "text",
    [
        "x1,x2,y1\n1,1/2,-0.5\n",
        "\ufeffx1,x2,y1\r\n1,1/2,-0.5\r\n",
        "x1,x2,y1\r1,1/2,-0.5",
        "\n\nx1, x2 ,y1\n\n   \n 1,0.5 ,-5e-1\n\n",
        '"x1","x2","y1"\n"1","0.50","-1/2"\n',
    ],
)
def test_what_spreadsheets_write_is_read(tmp_path: Path, text: str) -> None:
    path = tmp_path / "data.CSV"
    path.write_bytes(text.encode("utf-8"))
    expected = Dataset(((fmpq(1), fmpq(1, 2)),), ((fmpq(-1, 2),),))
    assert read_dataset(path) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "is empty"),
        ("\n \n", "is empty"),
        ("x1,y1\n\n", "has a header but no data"),
        ("1,2\n3,4\n", "line 1: expected the header x1,...,xd,y1,...,yJ (comma-separated), found"),
        ("x1;y1\n1;2\n", "line 1: expected the header x1,...,xd,y1,...,yJ (comma-separated), foun"),
        ("x2,x1\n1,2\n", "line 1: expected the header"),
        ("y1,x1\n1,2\n", "line 1: expected the header"),
        ("x1,x2,y2\n1,2,3\n", "line 1: expected the header"),
        ("x0,y0\n1,2\n", "line 1: expected the header"),
        ("x1,x1\n1,2\n", "line 1: expected the header"),
        ("y1\n1\n", "line 1: expected the header"),
        ("x1,y1\n1,2\n\n1\n", "line 4: has 1 field, but the header has 2"),
        ("x1,y1\n1,2,\n", "line 2: has 3 fields, but the header has 2"),
        ("x1,y1\n1,=1+1\n", 'line 2, y1: "=1+1" is not a rational number'),
        ("x1,y1\n1,\n", 'line 2, y1: "" is not a rational number'),
        ("x1,y1\nnan,2\n", 'line 2, x1: "nan" is not a rational number'),
        ('x1,y1\n"1,5",2\n', 'line 2, x1: "1,5" is not a rational number'),
        ('x1,y1\n"1\n",2\n', "line 3"),
        ('x1,y1\n"1"5,2\n', "line 2: is not CSV: "),
        ('x1,y1\n"1,2\n', "line 2: is not CSV: unexpected end of data"),
        ("x1\n" + "1" * 200_000, "line 2: is not CSV: field larger than field limit"),
        ("x1\n" + "1" * 30_000, "line 2, x1: a number of 30000 characters"),
    ],
)
def test_what_is_wrong_in_csv_is_named(tmp_path: Path, text: str, expected: str) -> None:
    if expected == "line 3":  # a line break inside quotes is white space around the number
        assert dataset_from_csv(text).inputs == ((fmpq(1),),)
        return
    path = tmp_path / "data.csv"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_dataset(path)
    assert str(caught.value).startswith(f"{path}: {expected}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([], "expected an object, found a list"),
        ({}, "x: is missing"),
        ({"x": []}, "x: needs at least one data point"),
        ({"x": [[]]}, "x[0]: is empty"),
        ({"x": [[1, 2], [3]]}, "x[1]: has 1 entry, but x[0] has 2"),
        ({"x": [[1], [2]], "y": [[1]]}, "y: has 1 rows, but x has 2"),
        ({"x": [[1]], "y": [[]]}, "y[0]: is empty"),
        ({"x": [[1]], "y": [1]}, "y[0]: expected a list of numbers, found a number"),
        ({"x": [[1]], "z": 1}, 'unknown key "z"; expected x, y'),
        ({"x": [[None]]}, "x[0][0]: expected a number, found null"),
    ],
)
def test_what_is_wrong_in_json_is_named(tmp_path: Path, value: object, expected: str) -> None:
    path = tmp_path / "data.json"
    path.write_text(json.dumps(value))
    with pytest.raises(InputError) as caught:
        read_dataset(path)
    assert str(caught.value) == f"{path}: {expected}"


def test_ragged_data_from_python_is_refused() -> None:
    one = fmpq(1)
    with pytest.raises(InputError, match=r"x\[1\]: has length 2, but x\[0\] has length 1"):
        Dataset(((one,), (one, one)))


def test_targets_may_be_absent_where_nothing_is_fitted(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x1\n0.1\n")
    (tmp_path / "a.json").write_text('{"x": [[0.1]]}')
    for name in ("a.csv", "a.json"):
        data = read_dataset(tmp_path / name)
        assert data.inputs == ((fmpq(1, 10),),)
        assert data.targets is None
        assert str(data) == "1 point in dimension 1 without targets"
        with pytest.raises(InputError) as caught:
            read_dataset(tmp_path / name, targets_required=True)
        assert str(caught.value) == f"{tmp_path / name}: has no targets (y)"


def test_the_file_name_says_what_the_file_is(tmp_path: Path) -> None:
    for name, suffix in (("data.xlsx", ".xlsx"), ("data", "")):
        with pytest.raises(InputError) as caught:
            read_dataset(tmp_path / name)
        expected = f'{tmp_path / name}: data must be a .json or .csv file, not "{suffix}"'
        assert str(caught.value) == expected
    with pytest.raises(InputError, match="no such file"):
        read_dataset(tmp_path / "data.csv")
