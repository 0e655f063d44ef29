"""Is there a strictly lower point within the maximum norm 1/1000?  By exactland and by solvers.

z3 and cvc5 read one SMT-LIB text (quantifier-free nonlinear real arithmetic), QEPCAD B a formula
with existential quantifiers.  Both are given what is easy to see: where a pre-activation cannot
change its sign in the box, the ReLU is replaced by the identity or by zero.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

from benchmarks.minima import RADIUS, one_neuron_one_weight

TINY = one_neuron_one_weight()


def exactland(problem: dict[str, Any]) -> dict[str, Any]:
    """The verdict of ``analyze``, with a region that holds the box or a curve inside it."""
    from flint import fmpq

    from exactland.landscape.analysis import analyze_empirical
    from exactland.landscape.outcomes import LocalMinimum, NotLocalMinimum
    from exactland.problem.files import problem_from_json

    analysis = analyze_empirical(problem_from_json(problem))  # type: ignore[arg-type]
    found = analysis.minimality
    if analysis.verdict == "global_minimum":
        return {"lower": False}
    if isinstance(found, NotLocalMinimum):
        return {"lower": True}
    assert isinstance(found, LocalMinimum)
    if found.region.radius < fmpq(RADIUS.numerator, RADIUS.denominator):
        return {"lower": None}
    return {"lower": False}


@dataclass(frozen=True, slots=True)
class Question:
    """The problem in terms of named parameters: w_i_a, v_j_i and what a data point sees."""

    bounds: dict[str, tuple[Fraction, Fraction]]
    inputs: list[list[Fraction]]
    targets: list[list[Fraction]]
    signs: dict[tuple[int, int], int]  # (neuron, point) -> 1, -1; 0 where it depends
    loss: Fraction  # twice the loss
    width: int

    def preactivation(self, i: int, k: int) -> list[tuple[Fraction, str]]:
        """w_i . x_k as terms."""
        return [(x, f"w{i}u{a}") for a, x in enumerate(self.inputs[k]) if x]


def question(problem: dict[str, Any]) -> Question:
    """Read a problem file without output or hidden biases."""

    def matrix(rows: Any) -> list[list[Fraction]]:
        return [[Fraction(x) for x in row] for row in rows]

    w, v = matrix(problem["network"]["w"]), matrix(problem["network"]["v"])
    x, y = matrix(problem["loss"]["x"]), matrix(problem["loss"]["y"])
    values = {f"w{i}u{a}": entry for i, row in enumerate(w) for a, entry in enumerate(row)}
    values |= {f"v{j}u{i}": entry for j, row in enumerate(v) for i, entry in enumerate(row)}
    signs, loss = {}, Fraction(0)
    for k, (point, target) in enumerate(zip(x, y, strict=True)):
        hidden = []
        for i, row in enumerate(w):
            t = sum((a * b for a, b in zip(row, point, strict=True)), Fraction(0))
            fixed = abs(t) > RADIUS * sum(map(abs, point))
            signs[i, k] = (1 if t > 0 else -1) if fixed else 0
            hidden.append(max(t, Fraction(0)))
        for row, wanted in zip(v, target, strict=True):
            value = sum((a * b for a, b in zip(row, hidden, strict=True)), Fraction(0))
            loss += (value - wanted) ** 2
    bounds = {name: (entry - RADIUS, entry + RADIUS) for name, entry in values.items()}
    return Question(bounds, x, y, signs, loss, len(w))


def smt_text(asked: Question) -> str:
    """The question in SMT-LIB: satisfiable exactly if a lower point exists."""
    lines = ["(set-logic QF_NRA)"]
    for name, (low, high) in asked.bounds.items():
        lines.append(f"(declare-const {name} Real)")
        lines.append(f"(assert (and (<= {_smt(low)} {name}) (<= {name} {_smt(high)})))")
    squares = []
    for k, target in enumerate(asked.targets):
        hidden = {}
        for i in range(asked.width):
            terms = [f"(* {_smt(x)} {name})" for x, name in asked.preactivation(i, k)]
            if asked.signs[i, k] < 0 or not terms:
                continue
            inside = f"(+ {' '.join(terms)} 0.0)"
            hidden[i] = f"h{i}u{k}"
            relu = inside if asked.signs[i, k] > 0 else f"(ite (> {inside} 0.0) {inside} 0.0)"
            lines.append(f"(define-fun {hidden[i]} () Real {relu})")
        for j, wanted in enumerate(target):
            parts = " ".join(f"(* v{j}u{i} {name})" for i, name in hidden.items())
            lines.append(f"(define-fun e{j}u{k} () Real (+ {parts} 0.0 {_smt(-wanted)}))")
            squares.append(f"(* e{j}u{k} e{j}u{k})")
    lines.append(f"(assert (< (+ {' '.join(squares)} 0.0) {_smt(asked.loss)}))")
    return "\n".join([*lines, "(check-sat)"])


def z3(problem: dict[str, Any]) -> dict[str, Any]:
    """Z3 with its tactic for QF_NRA."""
    import z3

    solver = z3.SolverFor("QF_NRA")
    solver.from_string(smt_text(question(problem)))
    return {"lower": {"sat": True, "unsat": False}.get(str(solver.check()))}


def cvc5(problem: dict[str, Any]) -> dict[str, Any]:
    """cvc5 with its defaults."""
    import cvc5

    solver = cvc5.Solver(cvc5.TermManager())
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, smt_text(question(problem)), "question")
    said = ""
    while not (command := parser.nextCommand()).isNull():
        said += command.invoke(solver, parser.getSymbolManager())
    return {"lower": {"sat": True, "unsat": False}.get(said.strip())}


def qepcad(problem: dict[str, Any]) -> dict[str, Any]:
    """QEPCAD B on a prenex formula, a case for every activation pattern."""
    import subprocess

    run = subprocess.run(
        ["qepcad", "+N20000000"],
        input=qepcad_text(question(problem)),
        capture_output=True,
        text=True,
        check=False,
    )
    _, found, answer = run.stdout.partition("An equivalent quantifier-free formula:")
    word = answer.split()[0] if found and answer.split() else ""
    if word not in ("TRUE", "FALSE"):
        reason = [line for line in run.stdout.splitlines() if "rror" in line or "ailure" in line]
        raise RuntimeError((reason or ["no answer"])[0])
    return {"lower": word == "TRUE"}


def qepcad_text(asked: Question) -> str:
    """The question for QEPCAD B: integer polynomials, no free variable."""
    from sympy import Poly, Rational, symbols

    names = {name: f"x{index}" for index, name in enumerate(asked.bounds)}
    symbol = {name: symbols(short) for name, short in names.items()}

    def rational(value: Fraction) -> Any:
        return Rational(value.numerator, value.denominator)

    def positive(polynomial: Any) -> str:
        """The condition polynomial > 0, in QEPCAD's notation."""
        terms = []
        cleared = Poly(polynomial, *symbol.values()).clear_denoms()[1]
        for powers, coefficient in cleared.terms():
            factors = [f"{x}^{p}" for x, p in zip(cleared.gens, powers, strict=True) if p]
            terms.append(f"({coefficient}) {' '.join(factors)}".strip())
        return f"{' + '.join(terms)} > 0"

    box = []
    for name, (low, high) in asked.bounds.items():
        # Strict bounds: a lower point on the edge has lower neighbours inside.
        box += [positive(symbol[name] - rational(low)), positive(rational(high) - symbol[name])]
    inside = {
        (i, k): sum(rational(x) * symbol[name] for x, name in asked.preactivation(i, k))
        for i, k in asked.signs
    }
    open_signs = [key for key, sign in asked.signs.items() if sign == 0 and inside[key] != 0]
    cases = []
    for chosen in product((1, -1), repeat=len(open_signs)):
        # Strict signs: a lower point on a boundary has lower neighbours off it.
        signs = asked.signs | dict(zip(open_signs, chosen, strict=True))
        loss = 0
        for k, target in enumerate(asked.targets):
            for j, wanted in enumerate(target):
                active = [i for i in range(asked.width) if signs[i, k] > 0]
                value = sum(symbol[f"v{j}u{i}"] * inside[i, k] for i in active)
                loss += (value - rational(wanted)) ** 2
        conditions = [positive(s * inside[key]) for key, s in zip(open_signs, chosen, strict=True)]
        lower = rational(asked.loss) - loss
        if lower != 0:
            cases.append(" /\\ ".join([*conditions, positive(lower)]))
    quantifiers = "".join(f"(E {short})" for short in names.values())
    body = " \\/ ".join(f"[{case}]" for case in cases)
    formula = quantifiers + "[" + " /\\ ".join(box) + " /\\ [" + body + "]]."
    return f"[lower]\n({','.join(names.values())})\n0\n{formula}\nfinish\n"


def _smt(value: Fraction) -> str:
    size = f"(/ {abs(value.numerator)}.0 {value.denominator}.0)"
    return f"(- {size})" if value < 0 else size


DECIDERS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "exactland": exactland,
    "z3": z3,
    "cvc5": cvc5,
    "qepcad": qepcad,
}
