"""The conjecture lab: the language means what it says, and what is found is a counterexample."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner
from flint import fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactland.checker import check_file
from exactland.cli import cli, main
from exactland.errors import InputError
from exactland.landscape.analysis import analyze_empirical
from exactland.landscape.hunting.facts import FACTS, TYPES, facts_of
from exactland.landscape.hunting.instances import Shape, random_instance
from exactland.landscape.hunting.language import (
    MAX_CHARACTERS,
    NUMBER,
    TEXT,
    TRUTH,
    Value,
    parse_predicate,
)
from exactland.landscape.hunting.search import Hunt, hunt
from exactland.landscape.hunting.shrinking import shrink, size
from exactland.problem.activations import leaky_relu, relu
from exactland.problem.files import read_problem

NAMES = {"p": TRUTH, "q": TRUTH, "r": TRUTH, "x": NUMBER, "y": NUMBER, "s": TEXT}
FACT_VALUES: dict[str, Value] = {
    "p": True, "q": False, "r": None, "x": fmpq(3, 2), "y": fmpq(-2), "s": "saddle",
}  # fmt: skip

# A term is its text and its value by Python's own operations; None is undecided.
Term = tuple[str, Any]


def numbers() -> st.SearchStrategy[Term]:
    leaves: st.SearchStrategy[Term] = st.sampled_from(
        [("0", fmpq(0)), ("2", fmpq(2)), ("0.25", fmpq(1, 4)), ("x", fmpq(3, 2)), ("y", fmpq(-2))]
    )

    def grow(inner: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
        return st.one_of(
            st.tuples(inner, st.sampled_from("+-*/"), inner).map(_arithmetic),
            inner.map(lambda t: (f"(-{t[0]})", None if t[1] is None else -t[1])),
        )

    return st.recursive(leaves, grow, max_leaves=5)


def _arithmetic(parts: tuple[Term, str, Term]) -> Term:
    (left, a), sign, (right, b) = parts
    if a is None or b is None or (sign == "/" and b == 0):
        value = None
    else:
        value = {"+": lambda: a + b, "-": lambda: a - b, "*": lambda: a * b, "/": lambda: a / b}[
            sign
        ]()
    return f"({left} {sign} {right})", value


COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda a, b: bool(a == b), "!=": lambda a, b: bool(a != b),
    "<": lambda a, b: bool(a < b), "<=": lambda a, b: bool(a <= b),
    ">": lambda a, b: bool(a > b), ">=": lambda a, b: bool(a >= b),
}  # fmt: skip


def _comparison(parts: tuple[Term, str, Term]) -> Term:
    (left, a), sign, (right, b) = parts
    value = None if a is None or b is None else COMPARE[sign](a, b)
    return f"({left} {sign} {right})", value


def _connective(parts: tuple[Term, str, Term]) -> Term:
    """Kleene's logic: the value that every completion of the undecided parts agrees on."""
    (left, a), word, (right, b) = parts
    results = set()
    for one in (True, False) if a is None else (a,):
        for two in (True, False) if b is None else (b,):
            results.add({"and": one and two, "or": one or two, "implies": (not one) or two}[word])
    return f"({left} {word} {right})", results.pop() if len(results) == 1 else None


def statements() -> st.SearchStrategy[Term]:
    leaves: st.SearchStrategy[Term] = st.one_of(
        st.sampled_from(
            [
                ("p", True), ("q", False), ("r", None), ("true", True), ("false", False),
                ("s == 'saddle'", True), ('s != "saddle"', False), ("p == q", False),
            ]
        ),
        st.tuples(numbers(), st.sampled_from(list(COMPARE)), numbers()).map(_comparison),
    )  # fmt: skip

    def grow(inner: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
        return st.one_of(
            st.tuples(inner, st.sampled_from(["and", "or", "implies"]), inner).map(_connective),
            inner.map(lambda t: (f"not ({t[0]})", None if t[1] is None else not t[1])),
        )

    return st.recursive(leaves, grow, max_leaves=6)


@given(statements())
def test_a_predicate_has_the_value_of_its_parts(term: Term) -> None:
    text, value = term
    if len(text) <= MAX_CHARACTERS:
        assert parse_predicate(text, NAMES)(FACT_VALUES) is value


@pytest.mark.parametrize(
    ("text", "bracketed"),
    [
        ("p or q and q", "p or (q and q)"),
        ("not q or p", "(not q) or p"),
        ("p implies q implies q", "p implies (q implies q)"),
        ("q implies p or q", "q implies (p or q)"),
        ("x - y - 1 == 2.5", "((x - y) - 1) == 2.5"),
        ("x / 2 * 4 == 3", "((x / 2) * 4) == 3"),
        ("1 + x * 2 == 4", "(1 + (x * 2)) == 4"),
        ("-x * 2 == -3", "((-x) * 2) == (-3)"),
    ],
)
def test_operators_bind_as_in_mathematics(text: str, bracketed: str) -> None:
    left, right = (parse_predicate(one, NAMES)(FACT_VALUES) for one in (text, bracketed))
    assert left is right is not None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "column 1: ends where an expression is expected"),
        ("__import__('os').system('id')", "column 17: '.' is not understood"),
        ("__import__('os')", "no fact is called '__import__'"),
        ("p; q", "column 2: ';' is not understood"),
        ("p.__class__", "column 2: '.' is not understood"),
        ("p[0]", "column 2: '[' is not understood"),
        ("lambda: p", "column 7: ':' is not understood"),
        ("p q", "'q' is left over"),
        ("x + p > 0", "a truth value stands where a number is needed"),
        ("x == p", "a truth value stands where a number is needed"),
        ("s < s", "a text stands where a number is needed"),
        ("x and p", "a number stands where a truth value is needed"),
        ("x", "is a number, not a statement"),
        ("(p", "a closing bracket is missing"),
        ("x ** 2 > 1", "'*' where an expression is expected"),
        ("x > 1e9", "'e9' is left over"),
        ("x > " + "9" * 41, "the number is too long"),
        ("not " * 200 + "p", "is nested too deeply"),
        ("(" * 200 + "p" + ")" * 200, "is nested too deeply"),
        ("p or " * 300 + "p", "characters, more than"),
        ("x > 1/3 < 2", "'<' is left over"),
        ('s == "open', "is not understood"),
    ],
)
def test_what_is_no_predicate_is_refused_with_its_column(text: str, message: str) -> None:
    with pytest.raises(InputError, match="PREDICATE") as caught:
        parse_predicate(text, NAMES)
    assert message in str(caught.value) and "\n" not in str(caught.value)


@given(st.text(alphabet="pqrxys()+-*/<>=!'\"0123456789. \n_andort", max_size=80))
@settings(max_examples=200)
def test_any_text_is_a_predicate_or_an_input_error(text: str) -> None:
    try:
        value = parse_predicate(text, NAMES)(FACT_VALUES)
    except InputError:
        return
    assert value in (True, False, None)


def test_every_fact_has_a_meaning_and_its_type() -> None:
    source = Random("facts")
    for shape in (Shape(2, 3, 2, 1, relu()), Shape(2, 2, 1, 2, leaky_relu(fmpq(1, 3)))):
        for _ in range(40):
            problem = random_instance(source, shape).problem(shape.activation)
            facts = facts_of(analyze_empirical(problem))
            assert set(facts) == set(FACTS)
            for name, value in facts.items():
                kind = {TRUTH: bool, NUMBER: fmpq, TEXT: str}[TYPES[name]]
                assert value is None or isinstance(value, kind), name


def test_many_instances_are_stationary() -> None:
    source = Random("stationary")
    shape = Shape(2, 4, 2, 1, relu())
    problems = [random_instance(source, shape).problem(relu()) for _ in range(200)]
    verdicts = [analyze_empirical(problem).verdict for problem in problems]
    assert verdicts.count("not_stationary") < 120
    assert {"saddle", "local_minimum", "global_minimum", "not_stationary"} <= set(verdicts)


def search(text: str, shape: Shape, **options: Any) -> Hunt:
    return hunt(parse_predicate(text, TYPES), shape, **options)


CONJECTURES = [
    ("clarke implies stationary", Shape(1, 3, 1, 1, relu())),
    ("stationary implies local_minimum", Shape(2, 3, 2, 1, relu())),
    ("local_minimum implies not spurious", Shape(2, 3, 2, 1, relu())),
    ("escape_neurons > 0 implies zero_outputs > 0", Shape(1, 3, 2, 2, relu())),
    ("smooth implies hessian_negative == 0", Shape(2, 3, 2, 1, leaky_relu(fmpq(1, 2)))),
]


@pytest.mark.parametrize(("text", "shape"), CONJECTURES)
def test_a_false_conjecture_is_refuted_by_a_short_instance(text: str, shape: Shape) -> None:
    found = search(text, shape)
    assert found.found is not None, "none found"
    facts = facts_of(analyze_empirical(found.found.problem))
    assert parse_predicate(text, TYPES)(facts) is False
    assert {name: facts[name] for name in found.predicate.names} == found.found.facts
    problem = found.found.problem
    entries = [e for rows in (problem.loss.inputs, problem.network.input_weights) for r in rows
               for e in r]  # fmt: skip
    assert all(abs(entry) <= 3 and entry.q <= 2 for entry in entries)
    assert search(text, shape).to_json() == found.to_json(), "the same seed, the same answer"


def test_another_seed_is_another_search() -> None:
    first, second = (
        search("points < 3", Shape(2, 3, 2, 1, relu()), seed=seed).to_json() for seed in (0, 1)
    )
    assert first["counterexample"] and second["counterexample"]
    assert first["examined"] != second["examined"] or first != second


@pytest.mark.parametrize(
    "text",
    [
        "stationary implies clarke",
        "escape_neurons > 0 implies zero_outputs > 0",
        "stationary implies local_minimum or saddle",
        "local_minimum and loss > 0 implies escape_neurons == 0 or global_minimum",
    ],
)
def test_no_counterexample_to_a_theorem_is_found(text: str) -> None:
    found = search(text, Shape(2, 3, 2, 1, relu()), max_instances=250)
    assert found.found is None and found.examined == 250


def test_an_undecided_fact_is_no_counterexample() -> None:
    found = search("escape_neurons == 0 or escape_neurons > 0", Shape(2, 3, 1, 1, relu()),
                   max_instances=100)  # fmt: skip
    assert found.found is None and 0 < found.undecided < 100


def test_shrinking_keeps_the_property_and_never_grows() -> None:
    source, shape = Random("shrink"), Shape(3, 4, 2, 1, relu())
    for _ in range(20):
        instance = random_instance(source, shape)
        before = analyze_empirical(instance.problem(relu())).verdict
        seen: list[int] = []

        def same(one: Any, before: str = before, seen: list[int] = seen) -> bool:
            seen.append(size(one, relu()))
            return analyze_empirical(one.problem(relu())).verdict == before

        short, trials = shrink(instance, relu(), same)
        assert analyze_empirical(short.problem(relu())).verdict == before
        assert size(short, relu()) <= size(instance, relu())
        assert trials == len(seen) and all(n < size(instance, relu()) for n in seen)


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, ["hunt", *arguments], standalone_mode=False)
    assert result.exception is None, result.exception
    return int(result.return_value), result.output


def test_the_command_writes_a_certified_counterexample(tmp_path: Path) -> None:
    folder = tmp_path / "found"
    claim = "escape_neurons > 0 implies zero_outputs > 0"
    options = ("--outputs", "2", "--dimension", "2", "--width", "1", "--seed", "3")
    status, output = run(claim, *options, "-o", str(folder), "--json")
    assert status == 0, output
    answer = json.loads(output)
    assert answer["counterexample"]["facts"]["zero_outputs"] == "0"
    assert sorted(answer["files"]) == sorted(path.name for path in folder.iterdir())
    certificates = [n for n in answer["files"] if n not in ("problem.json", "hunt.json")]
    assert "escape_neuron_0.json" in certificates
    for name in certificates:
        assert check_file(folder / name).status == "accepted"
    found = analyze_empirical(read_problem(folder / "problem.json"))  # type: ignore[arg-type]  # empirical
    assert parse_predicate(claim, TYPES)(facts_of(found)) is False


def test_none_found_is_exit_status_3(tmp_path: Path) -> None:
    status, output = run("true", "--max-instances", "20", "-o", str(tmp_path / "none"))
    assert status == 3 and "none among 20 instances" in output
    assert not (tmp_path / "none").exists()
    assert run("false", "--max-seconds", "0")[0] == 3


def test_the_facts_are_listed() -> None:
    status, output = run("--facts")
    assert status == 0 and all(name in output for name in FACTS)
    assert set(json.loads(run("--facts", "--json")[1])) == set(FACTS)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "a PREDICATE is needed"),
        (["loss <"], "PREDICATE: column 7"),
        (["true", "--width", "9"], "--width"),
        (["true", "--slope", "1/2"], "--slope goes with"),
        (["eval('1')"], "no fact is called 'eval'"),
    ],
)
def test_unusable_arguments_are_one_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["hunt", *arguments])
    error = capsys.readouterr().err
    assert ended.value.code == 2 and error.count("\n") == 1 and message in error
