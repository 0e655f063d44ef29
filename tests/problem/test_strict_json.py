"""JSON: numbers are text, surprises are errors; a message is one line."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exactland.errors import InputError
from exactland.problem.strict_json import (
    MAX_DEPTH,
    Numeral,
    describe,
    dump_json,
    expect_matrix,
    expect_number,
    expect_object,
    expect_string,
    expect_vector,
    parse_json,
    quoted,
)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def message(text: bytes | str) -> str:
    with pytest.raises(InputError) as caught:
        parse_json(text)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def as_text(value: Any) -> Any:
    """Return the value with its integers as text: what the strict reader gives."""
    if isinstance(value, dict):
        return {key: as_text(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [as_text(entry) for entry in value]
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if is_number else value


@given(VALUES)
def test_it_reads_what_the_standard_library_writes(value: Any) -> None:
    assert parse_json(json.dumps(value)) == as_text(value)


@given(VALUES)
def test_it_writes_what_the_standard_library_reads(value: Any) -> None:
    assert json.loads(dump_json(value)) == value


@given(st.text(alphabet='[]{}",:\\ 1aeNfI\n', max_size=60) | st.text() | st.binary())
def test_any_text_is_a_value_or_one_line(text: bytes | str) -> None:
    try:
        parse_json(text)
    except InputError as error:
        assert str(error).isprintable()


def test_a_number_is_its_text() -> None:
    digits = "3" * 5000
    for text in ("0.1", "-1.50e-3", "1E400", digits, "-0"):
        value = parse_json(f"[{text}]")[0]
        assert isinstance(value, Numeral)
        assert value == text
    assert expect_number(parse_json(digits), "x") == int("3" * 4000) * 10**1000 + int("3" * 1000)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "is empty"),
        (" \n", "is empty"),
        ("{", "line 1, column 2: is not JSON: Expecting property name enclosed in double quotes"),
        ('{"a": 1,\n "b" 2}', "line 2, column 6: is not JSON: Expecting ':' delimiter"),
        ("[1] 2", "line 1, column 5: is not JSON: Extra data"),
        ("[01]", "line 1, column 3: is not JSON: Expecting ',' delimiter"),
        (b"\xff\xfe[\x00]\x00", "is not UTF-8 text (byte 0)"),
        (b'["\xe4"]', "is not UTF-8 text (byte 2)"),
        (b"\xef\xbb\xbf{}", "starts with a byte order mark; JSON is UTF-8 without one"),
        ('{"w": [], "v": [], "w": []}', 'the key "w" occurs twice in one object'),
        ('[{"a": {"\\u0061": 1, "a": 2}}]', 'the key "a" occurs twice in one object'),
        ("[" * 100_000, f"is nested more than {MAX_DEPTH} levels deep"),
        ('{"a":' * 100_000, f"is nested more than {MAX_DEPTH} levels deep"),
    ],
)
def test_what_is_not_strict_json_is_refused(text: bytes | str, expected: str) -> None:
    assert message(text) == expected


def test_brackets_in_strings_do_not_nest() -> None:
    assert parse_json(json.dumps(["[" * 100, '\\"[' * 100])) == ["[" * 100, '\\"[' * 100]
    deepest = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert dump_json(parse_json(deepest)).count("[") == MAX_DEPTH


def test_the_depth_scan_is_linear_on_unterminated_strings() -> None:
    assert "is not JSON" in message('"' + '\\"' * 500_000)
    assert "is not JSON" in message('"' + "\\" * 500_001)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
def test_not_a_number_is_refused_where_it_stands(text: str) -> None:
    with pytest.raises(InputError) as caught:
        expect_vector(parse_json(f"[1, {text}]"), "network.b")
    assert str(caught.value) == f'network.b[1]: "{text}" is not a rational number'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("true", "a truth value is not a rational number"),
        ("null", "expected a number, found null"),
        ("[1]", "expected a number, found a list"),
        ("{}", "expected a number, found an object"),
        ('""', '"" is not a rational number'),
        ('" 1"', '" 1" is not a rational number'),
        ('"1/0"', '"1/0" is not a rational number'),
        ('"1\\n2"', '"1\\n2" is not a rational number'),
        ('"\\ud800"', '"\\ud800" is not a rational number'),
        ('"٣"', '"\\u0663" is not a rational number'),
        ('"0x10"', '"0x10" is not a rational number'),
        ('"1_000"', '"1_000" is not a rational number'),
    ],
)
def test_what_is_no_number_is_named(text: str, expected: str) -> None:
    with pytest.raises(InputError) as caught:
        expect_number(parse_json(text), "loss.scale")
    assert str(caught.value) == f"loss.scale: {expected}"


def test_a_float_from_python_is_refused() -> None:
    with pytest.raises(InputError, match="a binary float is not an exact number"):
        expect_number(0.5, "loss.scale")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{}", "w: expected a list of rows, found an object"),
        ('["12"]', "w[0]: expected a list of numbers, found a string"),
        ("[[1, 2], 3]", "w[1]: expected a list of numbers, found a number"),
        ("[[1, 2], [3]]", "w[1]: has 1 entry, but w[0] has 2"),
        ("[[1], [3], []]", "w[2]: has 0 entries, but w[0] has 1"),
        ('[[1, 2], [3, "x"]]', 'w[1][1]: "x" is not a rational number'),
    ],
)
def test_a_malformed_matrix_is_named_to_the_row(text: str, expected: str) -> None:
    with pytest.raises(InputError) as caught:
        expect_matrix(parse_json(text), "w")
    assert str(caught.value) == expected


def test_unknown_and_missing_keys_are_named() -> None:
    for value, expected in (
        ({"a": 1, "z\n": 2, "y": 3}, 'o: unknown keys "z\\n", "y"; expected a, b'),
        ({"b": 1}, "o.a: is missing"),
        ([], "o: expected an object, found a list"),
        (dict.fromkeys("cdefghi"), 'o: unknown keys "c", "d", "e", "f", "g", ...; expected a, b'),
    ):
        with pytest.raises(InputError) as caught:
            expect_object(value, "o", ["a"], ["b"])
        assert str(caught.value) == expected


def test_a_json_number_is_no_string() -> None:
    assert expect_string("relu", "kind") == "relu"
    with pytest.raises(InputError, match="kind: expected a string, found a number"):
        expect_string(parse_json("1"), "kind")


def test_values_are_described_in_words() -> None:
    described = [describe(parse_json(text)) for text in ("true", "1", '"1"', "{}", "[]", "null")]
    words = ["a truth value", "a number", "a string", "an object", "a list", "null"]
    assert described == words
    assert describe(b"") == "bytes"


@given(st.text())
def test_quoted_text_stands_on_one_line(text: str) -> None:
    assert quoted(text).isascii()
    assert quoted(text).isprintable()
