"""What is allowed up to a limit, and that one more is refused; what the meter counts."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from exactland.checker import check_certificate, check_text, limits, verify
from exactland.checker.fields import read_field
from exactland.checker.limits import Meter
from exactland.checker.numbers import common_denominator, parse_number, size_of
from exactland.checker.outcome import Outcome, Rejected, Unusable
from exactland.checker.reader import Field, JsonNumber, load, normalise
from tests.checker import examples, integral_examples

GOOD = json.dumps(examples.LOSS)


def refusal(call: Callable[..., object], *arguments: Any) -> str:
    with pytest.raises(Unusable) as caught:
        call(*arguments)
    return str(caught.value)


def test_work_is_counted_in_products_of_digits() -> None:
    """3000 for the announcement; 64 + 32 * 4 for a product of 930 by 119 bits, in base 2**30."""
    meter = Meter()
    meter.work(5, 930, 119)
    assert meter.work_done == 3000 + 5 * (64 + 32 * 4)
    meter.work(2, 119, 930)
    assert meter.work_done == 2 * 3000 + 7 * (64 + 32 * 4)
    meter.work(0, 10**9)
    assert meter.work_done == 3 * 3000 + 7 * (64 + 32 * 4)


def test_memory_is_counted_in_bits_and_objects_and_given_back() -> None:
    meter = Meter()
    meter.memory(3, 100, keep=False)
    assert meter.memory_bits == 0
    meter.memory(3, 100)
    meter.memory(2, 7, keep=True)
    assert meter.memory_bits == 3 * (512 + 100) + 2 * (512 + 7)


def test_all_the_work_allowed_may_be_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_WORK", 3000 + 65)
    Meter().work(1, 1)
    monkeypatch.setattr(limits, "MAX_WORK", 3000 + 64)
    assert refusal(Meter().work, 1, 1) == "limits: the arithmetic exceeds MAX_WORK = 3064"


def test_all_the_memory_allowed_may_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_MEMORY_BITS", 2 * 513)
    meter = Meter()
    meter.memory(1, 1)
    meter.memory(1, 1, keep=False)
    meter.memory(1, 1)
    for keep in (False, True):
        assert refusal(meter.memory, 1, 0, keep).endswith("exceed MAX_MEMORY_BITS = 1026")


def test_a_text_may_be_as_long_as_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_FILE_BYTES", 10)
    assert load("[" + 8 * " " + "]") == []
    assert refusal(load, "[" + 9 * " " + "]") == "file: longer than MAX_FILE_BYTES = 10"


def test_bytes_and_a_file_may_be_as_long_as_the_limit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setattr(verify, "MAX_FILE_BYTES", len(GOOD))
    for more, status in (("", "accepted"), (" ", "unusable"), (" " * 9, "unusable")):
        (tmp_path / "file").write_text(GOOD + more)
        for outcome in (
            check_text((GOOD + more).encode()),
            verify.check_file(tmp_path / "file"),
        ):
            assert outcome.status == status
            assert (status == "unusable") == outcome.message.startswith("longer than MAX_FILE")


def test_values_are_counted_by_commas_and_opening_brackets(monkeypatch: pytest.MonkeyPatch) -> None:
    for text in ("[[], {}, []]", '{"a": {}, "b": {}}', "[[[[]]]]", "[0, 1, 2]"):
        count = sum(map(text.count, ",[{"))
        monkeypatch.setattr(limits, "MAX_VALUES", count + 1)
        assert load(text) == json.loads(text, parse_int=JsonNumber)
        monkeypatch.setattr(limits, "MAX_VALUES", count)
        assert refusal(load, text) == f"file: more than MAX_VALUES = {count} values"


def test_a_hundred_brackets_may_be_open_at_once() -> None:
    around = "file: nested deeper than MAX_NESTING = 100"
    for before in ("", "[]," * 200, '{"a": {}},' * 200):
        for opening, closing in ((98 * "[", 98 * "]"), (98 * '{"a":', 98 * "}")):
            for innermost in ("[]", "{}", "[0]", '{"a": 0}'):
                text = f"[{before} {opening} {innermost} {closing}]"
                assert isinstance(load(text), list)
                assert refusal(load, f"[{text}]") == around
                assert isinstance(normalise(json.loads(text)), list)
                assert refusal(normalise, json.loads(f"[{text}]")) == around


def test_an_object_is_within_the_limits_of_a_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nine values, keys among them, and five characters."""
    document = [["ab", True], {"c": "de", "": None}]
    for name, most in (("MAX_VALUES", 9), ("MAX_FILE_BYTES", 5)):
        with monkeypatch.context() as patch:
            patch.setattr(limits, name, most)
            assert normalise(document) == document
            patch.setattr(limits, name, most - 1)
            assert refusal(normalise, document).startswith("certificate: more than MAX_VALUES")


def test_an_object_is_copied_as_it_would_be_parsed() -> None:
    class Text(str):
        __slots__ = ()

    given = {Text("a"): (1, True, None, JsonNumber("1e0"), Text("b")), "c": [], "d": {}}
    found: Any = normalise(given)
    assert found == {"a": ["1", True, None, "1e0", "b"], "c": [], "d": {}}
    assert [type(x) for x in found["a"]] == [JsonNumber, bool, type(None), JsonNumber, str]
    assert [type(key) for key in found] == [str, str, str]
    assert refusal(normalise, [1.0]) == "certificate: contains a float"
    assert refusal(normalise, {1: 2}) == "certificate: a key of type int"


def test_an_integer_of_an_object_has_at_most_14000_bits() -> None:
    for integer in (2**14_000 - 1, 1 - 2**14_000):
        assert normalise(integer) == str(integer)
    for integer in (2**14_000, -(2**14_000)):
        assert "more than 4,000 digits" in refusal(normalise, integer)


def test_a_number_may_be_as_long_as_the_limit() -> None:
    meter = Meter()
    assert parse_number("1" * 100_000, "here", meter) * 9 + 1 == 10**100_000
    assert refusal(parse_number, "1" * 100_001, "here", meter).startswith("here: a number longer")
    assert parse_number("1e+0020000", "here", meter) == 10**20_000
    assert parse_number("1e-20000", "here", meter) * 10**20_000 == 1
    for exponent in ("20001", "-20001", "100000", "1" + "0" * 5000):
        assert "an exponent beyond 20000" in refusal(parse_number, "0e" + exponent, "here", meter)


def test_a_common_denominator_is_the_least_and_may_be_as_long_as_the_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert common_denominator([], Meter()) == 1
    assert common_denominator([3, 9, 3], Meter()) == 9
    monkeypatch.setattr(limits, "MAX_DENOMINATOR_BITS", 10)
    assert common_denominator([2**9, 1], Meter()) == 2**9
    assert common_denominator([31, 33], Meter()) == 1023
    assert "MAX_DENOMINATOR_BITS = 10" in refusal(common_denominator, [2**10], Meter())
    assert "MAX_DENOMINATOR_BITS = 10" in refusal(common_denominator, [32, 33], Meter())


def test_an_index_is_below_its_bound_and_no_bound_is_not_the_bound_0() -> None:
    seven = Field(JsonNumber("7"), "here", Meter())
    assert seven.index() == seven.index(8) == 7
    assert "not an index in range" in refusal(seven.index, 7)
    zero = Field(JsonNumber("0"), "here", Meter())
    assert zero.index() == 0
    assert "not an index in range" in refusal(zero.index, 0)
    for text in ("1.0", "-1", "01", "1234567890"):
        other = Field(JsonNumber(text), "here", Meter())
        assert refusal(other.index) == f"here: {text} is not an index in range"


def test_the_size_of_a_number_below_1_is_itself() -> None:
    field = read_field(Field({"minpoly": ["-1", "1", "1"], "interval": ["0", "1"]}, "", Meter()))
    golden = field.element([Fraction(0), Fraction(1)])  # (sqrt(5) - 1) / 2
    assert (size_of(golden) - golden).is_zero()
    assert (size_of(-golden) - golden).is_zero()


def test_outside_of_a_number_field_an_array_is_no_number() -> None:
    assert refusal(Field(["1"], "here", Meter()).exact) == "here: expected a number, found an array"


def test_without_stack_the_answer_is_that_there_is_none() -> None:
    def below() -> Outcome:
        try:
            return below()
        except RecursionError:
            return check_certificate(examples.LOSS)

    assert below().where == "limits"
    assert check_certificate(examples.LOSS).status == "accepted"


def test_an_outcome_and_a_refusal_say_where_and_why() -> None:
    assert str(Outcome("rejected", "here", "why")) == str(Rejected("here", "why")) == "here: why"
    assert str(Outcome("accepted", "", "the claim")) == "the claim"


def test_a_part_makes_the_expected_claim_about_the_same_kind_of_loss() -> None:
    parts: list[tuple[dict[str, Any], str]] = [
        ({"format": "exactland-certificate/2"}, "format"),
        ({"claim": {"kind": "stationary"}}, "claim.kind"),
        ({"problem": integral_examples.SADDLE}, "problem"),
    ]
    for other, where in parts:
        to = {**examples.LOSS, **other}
        document = examples.changed(examples.SPURIOUS, "witness", "parts", 1, to=to)
        outcome = check_certificate(document)
        assert (outcome.status, outcome.where) == ("unusable", f"witness.parts[1].{where}")


def test_a_byte_order_mark_is_refused_by_name() -> None:
    assert refusal(load, "\ufeff[]") == "file: starts with a byte order mark"
    assert check_text(b"\xef\xbb\xbf[]").message == "starts with a byte order mark"
