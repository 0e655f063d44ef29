"""What a claim is checked from, and the conditions that several claims share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from exactland.checker.fields import Whole
from exactland.checker.functional import Derivatives, derive, evaluate
from exactland.checker.limits import Meter
from exactland.checker.outcome import Rejected
from exactland.checker.problem import EmpiricalProblem
from exactland.checker.reader import Field
from exactland.checker.trees import Tree, prove_nonnegative, read_tree


@dataclass(frozen=True, slots=True)
class Case:
    """A certificate read as far as its problem, which is `problem` and stands at `given`.

    ``check_part(field, kind)`` checks a certificate inside this one, which must be of that kind,
    and returns its case.
    """

    problem: EmpiricalProblem
    given: Field
    claim: Field
    witness: Field
    meter: Meter
    check_part: Callable[[Field, str], Case]

    def read_claim(self, *keys: str) -> dict[str, Field]:
        """Return the fields of the claim besides its kind."""
        return self.claim.members(("kind", *keys))

    def derivatives(self) -> Derivatives:
        """Evaluate the network and prepare its one-sided derivatives."""
        return derive(self.problem, evaluate(self.problem, self.meter), self.meter)


def require_zero_output_derivatives(
    case: Case, i: int, rows: list[list[Whole]], d: Derivatives
) -> None:
    """Require Psi(w~_i) = dL/dh_i = 0."""
    if any(d.output_weights(i, rows)):
        why = "the loss has a nonzero derivative in the output weights of this neuron"
        raise Rejected(f"{case.given.where}.network.w[{i}]", why)


def require_zero_bias_derivative(case: Case, d: Derivatives) -> None:
    """Require dL/dc = 0 where the output bias is a parameter."""
    if case.problem.output_bias is not None and any(d.output_bias):
        why = "the loss has a nonzero derivative in the output bias"
        raise Rejected(f"{case.given.where}.network.c", why)


def read_trees(case: Case, field: Field) -> list[Tree]:
    """Read one tree for each neuron."""
    return [read_tree(item) for item in field.items(case.problem.width)]


def require_directionally_stationary(case: Case, trees: list[Tree], d: Derivatives) -> None:
    """Require that no one-sided directional derivative of L is negative.

    The directional derivative is a sum of one part for each w~_i, h_i and c.
    """
    require_zero_bias_derivative(case, d)
    for i, tree in enumerate(trees):
        rows = d.linear_part(i)
        require_zero_output_derivatives(case, i, rows, d)
        prove_nonnegative(d.along(i, rows, case.problem.outputs[i]), tree, d)


def vanishes(functional_rows: list[list[Whole]], i: int, d: Derivatives) -> bool:
    """Tell whether psi_i is identically zero: after merging, if and only if all parts are."""
    return not any(map(any, functional_rows)) and not any(
        any(d.classes[q]) for q in d.kink_classes(i)
    )
