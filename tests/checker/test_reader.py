"""Whatever the input, the answer is an outcome: the checker never crashes and never guesses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exactland.checker import check_certificate, check_file, check_text, limits
from exactland.checker.limits import Meter
from exactland.checker.numbers import parse_number
from exactland.checker.outcome import Unusable
from tests.checker import examples
from tests.checker.examples import Json, changed

GOOD = json.dumps(examples.LOSS)


def unusable(document: Any) -> str:
    outcome = check_certificate(document)
    assert outcome.status == "unusable", outcome
    return outcome.where


def test_text_bytes_object_and_file_get_the_same_answer(tmp_path: Path) -> None:
    for document in examples.TRUE.values():
        text = json.dumps(document)
        (tmp_path / "c.json").write_text(text)
        expected = check_certificate(document)
        assert check_text(text) == check_text(text.encode()) == expected
        assert check_file(tmp_path / "c.json") == check_file(str(tmp_path / "c.json")) == expected


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b" ",
        b"\x00",
        b"\xff\xfe",
        b"\xef\xbb\xbf" + GOOD.encode(),
        "\ufeff" + GOOD,
        GOOD.encode("utf-16"),
        GOOD + "x",
        GOOD + GOOD,
        GOOD[:-1],
        GOOD.replace('"witness": {}', '"witness": {},'),
        GOOD.replace('"witness": {}', '"witness": {}, "witness": {}'),
        GOOD.replace('"witness": {}', '"witness": {}, "notes": NaN'),
        GOOD.replace('"witness": {}', '"witness": {}, "notes": -Infinity'),
        GOOD.replace('"witness": {}', '"witness": {}, "notes": 01'),
        GOOD.replace('"witness": {}', '"witness": {}, "notes": +1'),
        GOOD.replace('"witness": {}', '"witness": {}, "notes": "\n"'),
        GOOD.replace('"witness": {}', '"witness": {}, "notes": \uff11'),
        GOOD.replace('"witness": {}', "'witness': {}"),
        GOOD.replace('"witness": {}', '"witness": {} /* */'),
        "null",
        "[]",
        "1",
        '"x"',
        "{}",
        "[" * 10**6,
        '{"a":' * 10**5,
        '[["' + "]" * 10**5 + '"' + "[" * 10**5,
        "[" * 101 + "]" * 101,
        '"' * 10**5,
        '"' + '\\"' * 10**5 + "\\",
    ],
)
def test_what_is_not_a_certificate_is_unusable(text: str | bytes) -> None:
    assert check_text(text).status == "unusable"


def test_nesting_is_counted_outside_strings_only() -> None:
    for notes in ("[" * 99 + "]" * 99, '"' + "[" * 500 + '\\""', '"\\\\"', '"\\"[{"'):
        text = GOOD.replace('"witness": {}', f'"witness": {{}}, "notes": {notes}')
        assert check_text(text).status == "accepted", notes
    text = GOOD.replace('"witness": {}', '"witness": {}, "notes": ' + "[" * 100 + "]" * 100)
    assert "MAX_NESTING" in check_text(text).message


def test_notes_are_never_read() -> None:
    anything: list[Any] = [None, 1, "p/q", {"claim": "false"}, [[[]]], {"": "1e999999999"}]
    for notes in anything:
        assert check_certificate({**examples.LOSS, "notes": notes}).status == "accepted"


def paths(value: Any, prefix: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path into a document."""
    result = [prefix] if prefix else []
    keys = value if isinstance(value, dict) else range(len(value) if isinstance(value, list) else 0)
    for key in keys:
        result += paths(value[key], (*prefix, key))
    return result


STRANGE: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    2,
    10**30,
    "",
    "1/0",
    "nan",
    "1e99999",
    "x" * 50,
    "\ud800",
    [],
    [[]],
    [True],
    {},
    {"": 1},
    {"kind": "relu"},
    {"multipliers": {"01": "1"}},
    {"multipliers": {"999999999": "1"}},
    {"class": 4, "plus": {"multipliers": {}}, "minus": {"multipliers": {}}},
]


@pytest.mark.parametrize("name", sorted(examples.TRUE))
def test_any_part_may_be_anything(name: str) -> None:
    """A strange value anywhere gives an outcome, and never makes a different claim pass quietly."""
    document = examples.TRUE[name]
    every = paths(document)
    for path in every[:: 1 + len(every) // 80]:
        for strange in STRANGE:
            outcome = check_certificate(changed_by_hand(document, path, strange))
            assert outcome.status in ("accepted", "rejected", "unusable")
            assert outcome.where.isascii() and (outcome.where or outcome.status == "accepted")


def changed_by_hand(document: Json, path: tuple[Any, ...], value: Any) -> Any:
    """Like `examples.changed`, without copying what is not changed."""
    if not path:
        return value
    result: Any = dict(document) if isinstance(document, dict) else list(document)
    result[path[0]] = changed_by_hand(document[path[0]], path[1:], value)
    return result


@pytest.mark.parametrize("name", sorted(examples.TRUE))
def test_every_key_is_required_and_no_other_is_allowed(name: str) -> None:
    document = examples.TRUE[name]
    for path in paths(document):
        place: Any = document
        for key in path:
            place = place[key]
        if isinstance(place, dict) and path[-1] not in ("multipliers", "empty"):
            more = changed_by_hand(document, path, {**place, "more": "1"})
            assert unusable(more)
    for key in ("format", "problem", "claim", "witness"):
        assert unusable({k: v for k, v in document.items() if k != key}) == "certificate"


MALFORMED: list[tuple[str, tuple[Any, ...], Any, str]] = [
    ("LOSS", ("format",), "exactland-certificate/2", "format"),
    ("LOSS", ("problem", "format"), "exactland-problem/2", "problem.format"),
    ("LOSS", ("claim", "kind"), "saddle", "claim.kind"),
    ("LOSS", ("problem", "loss", "kind"), "regression", "problem.loss.kind"),
    ("LOSS", ("problem", "loss", "x", 2), ["1"], "problem.loss.x[2]"),
    ("LOSS", ("problem", "loss", "x"), [], "problem.loss.x"),
    ("LOSS", ("problem", "loss", "y", 2), [], "problem.loss.y[2]"),
    ("LOSS", ("problem", "loss", "y", 2, 0), "1/0", "problem.loss.y[2][0]"),
    ("LOSS", ("problem", "loss", "y", 2, 0), True, "problem.loss.y[2][0]"),
    ("LOSS", ("problem", "loss", "y", 2, 0), 0.5, "certificate"),
    ("LOSS", ("problem", "loss", "scale"), "0", "problem.loss.scale"),
    ("LOSS", ("problem", "loss", "scale"), "-1/2", "problem.loss.scale"),
    ("LOSS", ("problem", "network", "w", 0), ["1"], "problem.network.w[0]"),
    ("LOSS", ("problem", "network", "v", 0), [], "problem.network.v[0]"),
    ("LOSS", ("problem", "network", "v"), [["1"], ["1"]], "problem.network.v"),
    ("LOSS", ("problem", "network", "b"), [], "problem.network.b"),
    ("LOSS", ("problem", "network", "c"), "1", "problem.network.c"),
    ("LOSS", ("problem", "network", "activation"), "relu", "problem.network.activation"),
    ("LOSS", ("problem", "network", "activation"), {"kind": "gelu"}, "problem.network.activation"),
    (
        "LOSS",
        ("problem", "network", "activation"),
        {"kind": "leaky_relu", "slope": "1"},
        "problem.network.activation.slope",
    ),
    (
        "LOSS",
        ("problem", "network", "activation"),
        {"kind": "relu_like", "alpha_plus": "0.5", "alpha_minus": "1/2"},
        "problem.network.activation",
    ),
    ("LOSS", ("witness",), [], "witness"),
    ("DIRECTIONAL", ("witness", "neurons"), [], "witness.neurons"),
    (
        "DIRECTIONAL",
        ("witness", "neurons", 0, "multipliers"),
        {"04": "1"},
        "witness.neurons[0].multipliers",
    ),
    ("BRANCHED", ("witness", "neurons", 0, "class"), "2", "witness.neurons[0].class"),
    ("BRANCHED", ("witness", "neurons", 0, "class"), True, "witness.neurons[0].class"),
    ("NOT_DIRECTIONAL", ("witness", "direction", "c"), ["1"], "witness.direction"),
    (
        "NOT_DIRECTIONAL",
        ("witness", "direction", "neurons"),
        {"3": {"w": ["1", "0"]}},
        "witness.direction.neurons",
    ),
    (
        "NOT_DIRECTIONAL",
        ("witness", "direction", "neurons", "1", "b"),
        "1",
        "witness.direction.neurons.1",
    ),
    ("ESCAPE", ("claim", "neuron"), 3, "claim.neuron"),
    ("ESCAPE", ("claim", "neuron"), -1, "claim.neuron"),
    ("ESCAPE", ("claim", "neuron"), "1", "claim.neuron"),
    ("ESCAPE", ("claim", "neuron"), True, "claim.neuron"),
    ("ZONOTOPE", ("witness", "tree"), {"separated": False}, "witness.tree.separated"),
    ("ZONOTOPE", ("witness", "tree"), {"separated": 1}, "witness.tree.separated"),
    ("MINIMUM", ("witness", "neurons"), [None], "witness.neurons[0]"),
    ("BIASED_MINIMUM", ("witness", "neurons", 0), {}, "witness.neurons[0]"),
    (
        "CURVE",
        ("witness", "curve", "neurons", "1", "w", 0),
        ["1"] * 33,
        "witness.curve.neurons.1.w[0]",
    ),
    ("SPURIOUS", ("witness", "parts", 1, "claim", "kind"), "x", "witness.parts[1].claim.kind"),
    ("SPURIOUS", ("witness", "parts", 0), examples.SPURIOUS, "witness.parts[0].claim.kind"),
]


@pytest.mark.parametrize(("name", "path", "to", "where"), MALFORMED)
def test_a_malformed_certificate_is_unusable_where_it_is_malformed(
    name: str, path: tuple[Any, ...], to: Any, where: str
) -> None:
    assert unusable(changed(examples.TRUE[name], *path, to=to)) == where


@pytest.mark.parametrize("text", ["1.0", "1e0", "-0", "01", "1 "])
def test_an_index_is_a_json_integer(text: str) -> None:
    document = json.dumps(examples.ESCAPE).replace('"neuron": 1', f'"neuron": {text}')
    expected = "accepted" if text == "1 " else "unusable"
    assert check_text(document).status == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7/25", "7/25"),
        ("-14/50", "-7/25"),
        ("0.28", "7/25"),
        ("+0.28", "7/25"),
        ("28e-2", "7/25"),
        ("2.8E-1", "7/25"),
        (".28", "7/25"),
        ("3.", "3"),
        ("007", "7"),
        ("-0", "0"),
        ("0/5", "0"),
        ("1e3", "1000"),
    ],
)
def test_a_number_means_what_its_text_shows(text: str, value: str) -> None:
    assert str(parse_number(text, "here", Meter())) == value


NO_NUMBER = ["", ".", "e1", "1/", "/1", "1/-2", "1/2.5", "1//2", "1e", "1e1.5", " 1", "1 ", "1\n"]
NO_NUMBER += [
    "--1",
    "0x1",
    "1_000",
    "inf",
    "NaN",
    "\u0661",
    "\uff11",
    "1\u00b2",
    "1/2/3",
    "\u22121",
]
NO_NUMBER += ["1e999999", "1e20001", "1e-20001", "1e" + "9" * 19_000, "9" * 20_001, "1e+-1", "1/0"]


@pytest.mark.parametrize("text", NO_NUMBER)
def test_other_text_is_no_number(text: str) -> None:
    with pytest.raises(Unusable):
        parse_number(text, "here", Meter())


def test_long_numbers_are_read_in_full() -> None:
    for text in ("7" * 20_000, "1/" + "3" * 19_000, "0." + "12" * 5_000, "1e20000", "1e-20000"):
        value = parse_number(text, "here", Meter())
        document = changed(examples.LOSS, "claim", "loss", to=text)
        assert check_certificate(document).status == "rejected"
        assert value > 0
    assert parse_number("1" * 5000, "here", Meter()) * 9 + 1 == 10**5000


def test_an_integer_that_python_will_not_print_is_unusable() -> None:
    assert unusable(changed_by_hand(examples.LOSS, ("claim", "loss"), 10**5000)) == "certificate"


def test_an_object_that_contains_itself_is_unusable() -> None:
    circle: list[Any] = []
    circle.append(circle)
    assert "MAX_NESTING" in check_certificate({**examples.LOSS, "notes": circle}).message
    assert unusable({**examples.LOSS, "notes": {1: 2}}) == "certificate"
    assert unusable({**examples.LOSS, "notes": {"a": object()}}) == "certificate"


@pytest.mark.parametrize(
    ("name", "value"),
    [("MAX_FILE_BYTES", 100), ("MAX_VALUES", 20), ("MAX_WORK", 5_000), ("MAX_MEMORY_BITS", 9_000)],
)
def test_beyond_a_limit_the_answer_names_it(
    monkeypatch: pytest.MonkeyPatch, name: str, value: int
) -> None:
    monkeypatch.setattr(limits, name, value)
    outcome = check_text(GOOD)
    assert outcome.status == "unusable"
    assert name in outcome.message


def test_a_common_denominator_is_bounded() -> None:
    """Forty nearly coprime denominators of 10,000 bits each: their product is never formed."""
    y = [[f"1/{2**10_000 // (2 * k + 1) | 1}"] for k in range(40)]
    given = examples.problem([["1"]], [["1"]], [["1"]] * 40, y)
    outcome = check_certificate(examples.certificate(given, "loss_value", {"loss": "1"}))
    assert outcome.where == "limits"
    assert "MAX_DENOMINATOR_BITS" in outcome.message


@settings(max_examples=200)
@given(st.text(alphabet='{}[]",:\\-+.eE0123456789/ \ud800\U0001f600truefalsn', max_size=60))
def test_random_text_gets_an_outcome(text: str) -> None:
    assert check_text(text).status == "unusable"


@settings(max_examples=200)
@given(st.data())
def test_a_damaged_certificate_gets_an_outcome(data: st.DataObject) -> None:
    text = json.dumps(examples.TRUE[data.draw(st.sampled_from(sorted(examples.TRUE)))])
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(start + 10, len(text))))
    damaged = text[:start] + data.draw(st.text(max_size=3)) + text[end:]
    assert check_text(damaged).status in ("accepted", "rejected", "unusable")
