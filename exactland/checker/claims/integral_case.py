"""What a claim about an integral loss is checked from, and the conditions that claims share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from exactland.checker.fields import Real
from exactland.checker.integral_degenerate import require_nonnegative
from exactland.checker.integral_functional import (
    Point,
    evaluate_point,
    gradient,
    loose_coordinates,
)
from exactland.checker.integral_problem import IntegralProblem
from exactland.checker.integral_rays import expand
from exactland.checker.limits import Meter
from exactland.checker.outcome import Rejected
from exactland.checker.reader import Field


@dataclass(frozen=True, slots=True)
class IntegralCase:
    """A certificate read as far as its problem, which is `problem` and stands at `given`.

    ``check_part(field, kind)`` checks a certificate inside this one, which must be of that kind,
    and returns its case.
    """

    problem: IntegralProblem
    given: Field
    claim: Field
    witness: Field
    meter: Meter
    check_part: Callable[[Field, str], Any]

    def read_claim(self, *keys: str) -> dict[str, Field]:
        """Return the fields of the claim besides its kind."""
        return self.claim.members(("kind", *keys))

    def evaluate(self) -> Point:
        """Evaluate the network on the interval."""
        return evaluate_point(self.problem)


def named_gradient(point: Point, at_zero: Real | None = None) -> dict[str, Real]:
    """Return the gradient by the names of the coordinates."""
    return dict(zip(point.problem.coordinates(), gradient(point, at_zero), strict=True))


def require_regular_stationary(case: IntegralCase, point: Point) -> None:
    """Require that all components vanish but those of w_j, b_j at loose neurons."""
    exempt = loose_coordinates(point)
    for name, value in named_gradient(point).items():
        if name not in exempt and not value.is_zero():
            raise Rejected(f"{case.given.where}.network", f"the derivative in {name} is not zero")


def require_no_descent(case: IntegralCase, point: Point) -> None:
    """Require that no one-sided derivative in (w_j, b_j) of a loose neuron is negative."""
    for j, neuron in enumerate(point.neurons):
        where = f"{case.given.where}.network.w[{j}]"
        if neuron.loose and case.problem.hidden_bias:
            require_nonnegative(point, neuron.output, where)
        elif neuron.loose and any(value.sign() < 0 for value in responses(point, j)):
            raise Rejected(where, "a one-sided derivative is negative")


def responses(point: Point, j: int) -> list[Real]:
    """Return the one-sided derivatives along w_j and -w_j."""
    one = point.problem.field.one
    return [expand(point, {f"w{j}": step}).first for step in (one, -one)]


def require_directionally_stationary(case: IntegralCase, point: Point) -> None:
    """Require that no one-sided directional derivative is negative.

    It is a sum of one part for (w_j, b_j) of each loose neuron, and one for each other coordinate.
    """
    require_regular_stationary(case, point)
    require_no_descent(case, point)
