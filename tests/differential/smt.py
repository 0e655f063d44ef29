"""Questions about tiny landscapes in SMT-LIB, for solvers of nonlinear real arithmetic."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction as F
from typing import Any

from tests.differential.empirical import Point
from tests.differential.linear import dot

MILLISECONDS = 2000


def number(value: F) -> str:
    size = f"(/ {abs(value.numerator)} {value.denominator})"
    return size if value >= 0 else f"(- {size})"


def total(terms: Iterable[str]) -> str:
    found = list(terms)
    return f"(+ {' '.join(found)} 0 0)"


def product(*factors: str) -> str:
    return f"(* {' '.join(factors)})"


def rho(point: Point, term: str) -> str:
    plus, minus = map(number, point.slopes)
    return f"(ite (> {term} 0) (* {plus} {term}) (* {minus} {term}))"


def descends(point: Point, i: int) -> str:
    """Some v has phi_i(v) < 0."""
    names = [f"v{k}" for k in range(len(point.w[i]))]
    terms = []
    for row, error in zip(point.x, point.errors, strict=True):
        step = total(product(number(a), name) for a, name in zip(row, names, strict=True))
        factor = number(2 * point.scale * dot(error, point.h[i]))
        at = dot(point.w[i], row)
        if at == 0:
            terms.append(product(factor, rho(point, step)))
        else:
            terms.append(product(factor, number(point.slopes[at < 0]), step))
    bounds = [f"(and (<= (- 1) {name}) (<= {name} 1))" for name in names]
    return script(names, [*bounds, f"(< {total(terms)} 0)"], "QF_LRA")


def lower_within(point: Point, radius: F) -> str:
    """Some network within the radius (maximum norm of all parameters) has a lower loss."""
    values: dict[str, F] = {}
    for i, (w, h) in enumerate(zip(point.w, point.h, strict=True)):
        values |= {f"w{i}_{k}": a for k, a in enumerate(w)}
        values |= {f"h{i}_{j}": a for j, a in enumerate(h)}
    if point.c is not None:
        values |= {f"c{j}": a for j, a in enumerate(point.c)}
    squares = []
    for row, target in zip(point.x, point.y, strict=True):
        activated = [
            rho(point, total(product(number(a), f"w{i}_{k}") for k, a in enumerate(row)))
            for i in range(len(point.w))
        ]
        for j, aim in enumerate(target):
            terms = [product(f"h{i}_{j}", a) for i, a in enumerate(activated)]
            terms += [f"c{j}"] if point.c is not None else []
            error = f"(- {total(terms)} {number(aim)})"
            squares.append(product(error, error))
    bounds = [
        f"(and (<= {number(a - radius)} {name}) (<= {name} {number(a + radius)}))"
        for name, a in values.items()
    ]
    lower = f"(< {total(squares)} {number(point.loss / point.scale)})"
    return script(list(values), [*bounds, lower], "QF_NRA")


def script(names: list[str], assertions: list[str], logic: str) -> str:
    lines = [f"(set-logic {logic})", *(f"(declare-const {name} Real)" for name in names)]
    return "\n".join([*lines, *(f"(assert {text})" for text in assertions), "(check-sat)"])


def z3_answer(text: str) -> str:
    import z3

    solver = z3.Solver()
    solver.set("timeout", MILLISECONDS)
    solver.from_string(text.removesuffix("(check-sat)"))
    return str(solver.check())


def cvc5_answer(text: str) -> str:
    import cvc5

    terms = cvc5.TermManager()
    solver = cvc5.Solver(terms)
    solver.setOption("tlimit-per", str(MILLISECONDS))
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "question")
    symbols, answer = parser.getSymbolManager(), ""
    while not (command := parser.nextCommand()).isNull():
        answer = command.invoke(solver, symbols).strip() or answer
    return answer


ANSWERS: dict[str, Any] = {"z3": z3_answer, "cvc5": cvc5_answer}
