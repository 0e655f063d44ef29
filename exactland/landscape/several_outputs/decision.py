"""The decision for a stationary point with escape neurons: block by block, cheapest first."""

from __future__ import annotations

from exactland.derivatives.empirical import EmpiricalPoint, OneSidedFunctional
from exactland.landscape.escape import Bound, Escapes
from exactland.landscape.outcomes import BlockwiseMinimum, NotLocalMinimum, Undetermined
from exactland.landscape.several_outputs.blocks import blocks
from exactland.landscape.several_outputs.faces import face_of
from exactland.landscape.several_outputs.falling import (
    cancelling_curve,
    compensating_curve,
    descent,
    negative_second_order,
)
from exactland.landscape.several_outputs.higher_order import higher_order_curve
from exactland.landscape.several_outputs.minima import (
    REDUCED_RANK,
    STRICT,
    TYPE_1,
    BlockMinimum,
    Setting,
    block_minimum,
)

REASONS = {
    STRICT: (
        "second-order form positive definite across the symmetries, on every cell where the first "
        "order vanishes (type 2)"
    ),
    REDUCED_RANK: (
        "one group of neurons in one cell: the product of their weights is a best approximation of "
        "its rank (Eckart, Young)"
    ),
    "mixed": "every block is a local minimum, by different criteria",
}


def decide_blocks(
    point: EmpiricalPoint,
    functionals: tuple[OneSidedFunctional, ...],
    escapes: tuple[Escapes | Bound, ...],
) -> BlockwiseMinimum | NotLocalMinimum | Undetermined:
    """Decide local minimality of a directionally stationary point with escape neurons.

    Parameters
    ----------
    escapes : one entry a neuron
        Escape neurons have nonzero output weights.

    References
    ----------
    Spec, section 2; proofs/CERTIFICATES-several-outputs.md.
    """
    escaping = {i: e for i, e in enumerate(escapes) if isinstance(e, Escapes)}
    aligned = cancelling_curve(point, escaping)
    if aligned is not None:
        return descent(point, aligned, "escape neuron whose output can be moved at no cost")
    found: list[BlockMinimum] = []
    tried: list[str] = []
    for block in blocks(point):
        faces = {i: face_of(point, functionals[i], i, escapes[i]) for i in block.neurons}
        decided = _decide_block(Setting(point, functionals, block, faces))
        if isinstance(decided, NotLocalMinimum):
            return decided
        if isinstance(decided, BlockMinimum):
            found.append(decided)
        else:
            name = f"block of neurons {list(block.neurons)}"
            tried += [f"{name}: {text}" for text in decided]
    if tried:
        return Undetermined(tuple(tried))
    kinds = {block.type for block in found} - {TYPE_1}
    kind = kinds.pop() if len(kinds) == 1 else "mixed"
    return BlockwiseMinimum(kind, tuple(found), _reason(kind, found))


def _reason(kind: str, found: list[BlockMinimum]) -> str:
    single = len([block for block in found if block.block.data]) == 1
    return REASONS[kind] if single else f"block by block: {REASONS[kind]}"


def _decide_block(setting: Setting) -> BlockMinimum | NotLocalMinimum | tuple[str, ...]:
    minimum = block_minimum(setting)
    if isinstance(minimum, BlockMinimum):
        return minimum
    curve = compensating_curve(setting)
    if curve is not None:
        reason = "input weights that can be moved at no cost, against a derivative in h (Lemma B)"
        return descent(setting.point, curve, reason)
    line = negative_second_order(setting)
    if not isinstance(line, str):
        return descent(setting.point, line, "negative second order along a line")
    higher = higher_order_curve(setting)
    if not isinstance(higher, str):
        return descent(setting.point, higher, "negative higher order along the kernel")
    return minimum, line, higher
