"""Hunting a counterexample to a predicate over the facts of small exact networks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from time import monotonic
from typing import Any, Final

from exactland.arithmetic.rationals import format_rational
from exactland.landscape.analysis import analyze_empirical
from exactland.landscape.hunting.facts import facts_of
from exactland.landscape.hunting.instances import Instance, Shape, random_instance
from exactland.landscape.hunting.language import Facts, Predicate, Value
from exactland.landscape.hunting.shrinking import shrink
from exactland.problem.files import problem_to_json
from exactland.problem.losses import Problem

MAX_INSTANCES: Final = 2000
"""Instances that are tried unless the user says otherwise."""

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Counterexample:
    """A network at which the predicate is false.

    Attributes
    ----------
    problem : Problem
        The shrunken instance.
    facts : the facts that the predicate names, there
    number : which instance it was, from 1
    trials : shorter instances that were tried
    """

    problem: Problem
    facts: dict[str, Value]
    number: int
    trials: int


@dataclass(frozen=True, slots=True)
class Hunt:
    """The outcome: a counterexample, or how many instances were tried.

    ``undecided`` counts the instances at which an undecided or undefined fact mattered.
    """

    predicate: Predicate
    seed: int
    examined: int
    undecided: int
    found: Counterexample | None

    def to_json(self) -> dict[str, Any]:
        """Return the object that ``exactland hunt --json`` prints."""
        result: dict[str, Any] = {
            "predicate": self.predicate.text,
            "seed": self.seed,
            "examined": self.examined,
            "undecided": self.undecided,
            "counterexample": None,
        }
        if self.found is not None:
            result["counterexample"] = {
                "number": self.found.number,
                "shrinking_trials": self.found.trials,
                "facts": {name: _json(value) for name, value in self.found.facts.items()},
                "problem": problem_to_json(self.found.problem),
            }
        return result

    def summary_rows(self) -> list[tuple[str, str]]:
        """Return (label, value) pairs."""
        rows = [("predicate", self.predicate.text)]
        if self.found is None:
            rows.append(("counterexample", f"none among {self.examined} instances"))
        else:
            rows.append(("counterexample", f"instance {self.found.number}, made shorter"))
            problem = problem_to_json(self.found.problem)
            network, loss = problem["network"], problem["loss"]
            rows += [(name, _matrix(loss[name])) for name in ("x", "y")]
            rows += [(name, _matrix(network[name])) for name in ("w", "v")]
            rows += [(name, _told(value)) for name, value in self.found.facts.items()]
        if self.undecided:
            rows.append(("undecided", f"{self.undecided} instances"))
        return rows


def hunt(
    predicate: Predicate,
    shape: Shape,
    *,
    seed: int = 0,
    max_instances: int = MAX_INSTANCES,
    max_seconds: float | None = None,
    progress: Progress | None = None,
) -> Hunt:
    """Look for a small exact network at which a predicate is false.

    Parameters
    ----------
    predicate : Predicate
        Over :data:`~exactland.landscape.hunting.facts.FACTS`.
    shape : Shape
        The largest sizes, and the activation.
    seed : int
        The same seed and limits give the same answer (as long as `max_seconds` does not strike).
    max_instances, max_seconds : limits
    progress : called with the number of instances examined

    Examples
    --------
    >>> from exactland.landscape.hunting.facts import TYPES
    >>> from exactland.landscape.hunting.language import parse_predicate
    >>> from exactland.problem.activations import relu
    >>> claim = parse_predicate("clarke implies stationary", TYPES)
    >>> print(*hunt(claim, Shape(1, 2, 1, 1, relu())).summary_rows()[2:6], sep="; ")
    ('x', '(1)'); ('y', '(1)'); ('w', '(0)'); ('v', '(1)')
    """
    source = Random(f"exactland hunt {seed}")
    deadline = None if max_seconds is None else monotonic() + max_seconds

    def out_of_time() -> bool:
        return deadline is not None and monotonic() >= deadline

    undecided = examined = 0
    while examined < max_instances and not out_of_time():
        instance = random_instance(source, shape)
        examined += 1
        if progress is not None:
            progress(examined)
        holds = predicate(_facts(instance, shape))
        undecided += holds is None
        if holds is False:
            short, trials = shrink(
                instance,
                shape.activation,
                lambda one: not out_of_time() and predicate(_facts(one, shape)) is False,
            )
            facts = _facts(short, shape)
            told = {name: facts[name] for name in predicate.names}
            problem = short.problem(shape.activation)
            found = Counterexample(problem, told, examined, trials)
            return Hunt(predicate, seed, examined, undecided, found)
    return Hunt(predicate, seed, examined, undecided, None)


def _facts(instance: Instance, shape: Shape) -> Facts:
    return facts_of(analyze_empirical(instance.problem(shape.activation)))


def _json(value: Value) -> bool | str | None:
    return value if value is None or isinstance(value, bool | str) else format_rational(value)


def _told(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "undecided" if value is None else str(_json(value))


def _matrix(rows: list[list[str]]) -> str:
    return ", ".join("(" + ", ".join(row) + ")" for row in rows)
