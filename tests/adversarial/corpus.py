"""True certificates of every claim kind that the checker knows, small ones first.

The kinds are read off the checker's own table; a kind without an example here, or without a truth
in `tests.adversarial.truths`, fails `test_every_kind_of_claim_has_examples_and_a_truth`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from exactland.certificates.in_cell import cell_certificates
from exactland.certificates.produce import certificates
from exactland.checker.claims import SETTINGS, setting_of
from exactland.checker.limits import Meter
from exactland.checker.reader import Field, normalise
from exactland.derivatives.empirical import evaluate
from exactland.landscape.analyze import analyze
from exactland.problem.files import problem_from_json
from tests.certificates import test_field_certificates, test_integral, test_produce
from tests.checker import (
    examples,
    test_cells,
    test_deep_claims,
    test_embedding_claims,
    test_logistic_claims,
)
from tests.reference import empirical_problem, problem_object
from tests.stationary_points import stationary_point

Json = dict[str, Any]
Kind = tuple[str, str]  # setting, claim
Form = tuple[bool | str, ...]
PER_KIND = 4
SHORT = 6000  # characters

INTEGRAL_POINTS = [*test_integral.POINTS, "R01", "R09", "R21", "K17", "K18", "Q01"]
SEEDS = range(24)
SMALL_INSTANCES = [
    "exp1_END",
    "exp1_P1_single",
    "exp1_P0_zero",
    "exp1_P1_plus_zero_plus_dead",
    "type2_min",
    "type2_saddle",
    "type2_degenerate",
    "clarke_not_d_1",
    "clarke_not_d_2",
    "zonotope_trap",
]


def kinds() -> list[Kind]:
    """Return every (setting, claim) of the checker's table."""
    return [(name, kind) for name, setting in SETTINGS.items() for kind in setting.claims]


def kind_of(document: Json) -> Kind:
    """Return the setting and the claim of a well-formed certificate."""
    found = setting_of(Field(normalise(document["problem"]), "problem", Meter()))
    name = next(name for name, setting in SETTINGS.items() if setting is found)
    return name, document["claim"]["kind"]


def _everything() -> Iterator[Json]:
    yield from examples.TRUE.values()
    for name in SMALL_INSTANCES:
        problem = problem_object(name)
        for one in certificates(analyze(problem_from_json(problem))):
            yield one.to_json()
        for neuron in range(len(problem["network"]["w"])):
            yield from test_embedding_claims.made(problem, neuron)
    for one in certificates(analyze(problem_from_json(test_produce.GLOBAL_MINIMUM))):
        yield one.to_json()
    for one in cell_certificates(evaluate(empirical_problem(test_deep_claims.TWO_COMPONENTS))):
        yield one.to_json()
    for name in INTEGRAL_POINTS:
        for one in test_integral.made(name):
            yield one.to_json()
    yield test_deep_claims.minimum()
    yield test_deep_claims.spurious()
    for one in test_deep_claims.deep_certificates():
        yield one.to_json()
    yield from test_logistic_claims.made("one output")
    yield test_cells.SQUARE
    for seed in SEEDS:
        several = stationary_point(seed, 1 + seed % 2, loose=seed % 3 == 0)
        if several is not None:
            for one in test_produce.made(several):
                yield one.to_json()
    for problem in test_field_certificates.INSTANCES.values():
        for one in test_produce.made(problem):
            yield one.to_json()


@cache
def corpus() -> dict[Kind, list[Json]]:
    """Return different short true certificates of each kind, some over number fields."""
    found: dict[Kind, dict[Form, dict[str, Json]]] = {}
    for document in _everything():
        bare = {key: value for key, value in document.items() if key != "notes"}
        texts = found.setdefault(kind_of(bare), {}).setdefault(form_of(bare), {})
        texts[json.dumps(bare)] = bare
    return {
        kind: [
            document
            for form in sorted(forms)
            for document in _some(forms[form], PER_KIND if form == min(forms) else PER_KIND // 2)
        ]
        for kind, forms in found.items()
    }


def form_of(document: Json) -> Form:
    """Return what tells the forms of a claim and its witness apart."""
    claim, witness = document["claim"], document["witness"]
    named = [str(claim[key]) for key in ("type", "sense", "of") if key in claim]
    return ("field" in document["problem"], *sorted(claim), *named, *sorted(witness))


def _some(texts: dict[str, Json], count: int) -> list[Json]:
    """Some of every length, so that rich witnesses occur as well."""
    ordered = sorted(texts, key=len)
    short = [text for text in ordered if len(text) <= SHORT] or ordered[:1]
    step = max(1, len(short) // count)
    return [texts[text] for text in short[::step][:count]]
