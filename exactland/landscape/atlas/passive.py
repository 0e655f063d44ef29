"""Networks whose neurons are all zero on the data: their loss, and whether it is a minimum."""

from __future__ import annotations

from dataclasses import dataclass

from flint import fmpq

from exactland.landscape.atlas.faces import Face
from exactland.landscape.atlas.setting import Setting
from exactland.landscape.atlas.solving import solve
from exactland.problem.losses import Problem


@dataclass(frozen=True, slots=True)
class PassivePiece:
    """The loss of the best constant (0 without an output bias), always a stationary one.

    ``minimum``: some such network is a local minimum; ``saddle``: some is a saddle (neurons
    (0, 0)); ``dimension``: the largest of a family of such stationary networks; ``problem``: one.
    """

    loss: fmpq
    minimum: bool
    saddle: bool
    dimension: int
    least_dimension: int
    problem: Problem


def passive_piece(setting: Setting, width: int) -> PassivePiece:
    """Return what all-passive networks contribute to the atlas.

    References
    ----------
    Spec, sections 1 and 3: a passive neuron with h != 0 needs h psi >= 0, one with h = 0 needs
    Psi(w) = 0; with one output a stationary point is a local minimum exactly if every neuron with
    h = 0 has psi = 0.
    """
    arrangement = setting.arrangement
    solutions = solve(setting, [])
    plus, minus = setting.ray_masks(solutions.residual)
    active = set(setting.faces)
    origin = Face("0" * setting.points, (), ())
    least = best = arrangement.lineality  # (0, 0), and any w that no data point sees
    stable: tuple[fmpq, tuple[int, ...]] | None = None
    for face in (origin, *arrangement.faces):
        star, size = setting.star(face), face.dimension + arrangement.lineality
        signs = [s for s, wrong in ((1, minus), (-1, plus)) if not star & wrong]
        own = sum(1 << ray for ray in face.rays)
        if signs and face not in active:
            best = max(best, size + 1)
            stable = stable or (fmpq(signs[0]), face.rays)
        elif len(signs) == 2:
            best, stable = max(best, size), stable or (fmpq(0), face.rays)
        elif not own & (plus | minus):
            best = max(best, size)
        elif own & plus and own & minus:
            best = max(best, size - 1)
    output, rays = stable or (fmpq(0), ())
    weight = setting.weight({ray: fmpq(1) for ray in rays})
    constant = fmpq(0) if setting.constant is None else solutions.start[-1]
    problem = setting.landscape.problem(
        (weight,) * width, (output,) * width, constant / setting.target_unit
    )
    return PassivePiece(
        setting.loss_of(solutions.residual, solutions.denominator),
        stable is not None,
        bool(plus | minus),
        width * best,
        width * least,
        problem,
    )
