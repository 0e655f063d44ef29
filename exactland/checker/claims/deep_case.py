"""What a claim about a deep network is checked from, and the conditions that claims share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from exactland.checker.deep_problem import DeepForward, DeepProblem, half_slopes
from exactland.checker.limits import Meter
from exactland.checker.numbers import clear, dot
from exactland.checker.outcome import Rejected, Unusable
from exactland.checker.reader import Field


@dataclass(frozen=True, slots=True)
class DeepCase:
    """A certificate about a network given by layers, read as far as its problem.

    ``check_part(field, kind)`` checks a certificate inside this one, as in `Case`; the case that it
    returns may be about another form of network.
    """

    problem: DeepProblem
    given: Field
    claim: Field
    witness: Field
    meter: Meter
    check_part: Callable[[Field, str], object]

    def read_claim(self, *keys: str) -> dict[str, Field]:
        """Return the fields of the claim besides its kind."""
        return self.claim.members(("kind", *keys))


def require_deep(part: object, field: Field) -> DeepCase:
    """Require that a part is about a network given by layers."""
    if not isinstance(part, DeepCase):
        raise Unusable(f"{field.where}.problem.network", "must have layers")
    return part


def require_linear_pieces(case: DeepCase, forward: DeepForward) -> list[list[int]]:
    """Require one piece for each neuron, with all its pre-activations strictly inside."""
    found = []
    for index, layer in enumerate(forward.pieces):
        pieces = [piece for piece in layer if piece is not None]
        if len(pieces) < len(layer):
            neuron = layer.index(None)
            why = "a pre-activation lies on a knot, or two lie in different linear pieces"
            raise Rejected(f"{case.given.where}.network.layers[{index}].w[{neuron}]", why)
        found.append(pieces)
    return found


def require_affine_normal_equations(case: DeepCase, forward: DeepForward) -> None:
    """Require sum_k g_k = 0 and sum_k g_k x_k^T = 0, with 2 scale g_k = dL/df(x_k)."""
    slopes = half_slopes(case.problem, forward, case.meter)
    inputs = [clear(column, case.meter) for column in zip(*case.problem.points, strict=True)]
    for j, column in enumerate(zip(*slopes.rows, strict=True)):
        if sum(column):
            raise Rejected(
                f"{case.given.where}.loss.y", f"the slopes of output {j} do not sum to 0"
            )
        for axis, coordinate in enumerate(inputs):
            if dot(column, coordinate.numerators, case.meter):
                why = f"the slopes of output {j} are not orthogonal to input {axis}"
                raise Rejected(f"{case.given.where}.loss.y", why)
