"""The certificate of a local minimum by blocks and second order (several outputs)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flint import fmpq

from exactland.arithmetic.linear_programs import Feasible, find_point
from exactland.arithmetic.number_fields import element_to_json
from exactland.arithmetic.rationals import ZERO, dot
from exactland.certificates.claims import Certificate
from exactland.certificates.trees import TRIVIAL, tree_json
from exactland.derivatives.empirical import KinkTerm, OneSidedFunctional, PiecewiseLinearForm
from exactland.landscape.analysis import Analysis
from exactland.landscape.outcomes import BlockwiseMinimum
from exactland.landscape.positivity import Nonnegative, decide_nonnegative
from exactland.landscape.several_outputs.faces import Face, boundary_classes
from exactland.landscape.several_outputs.minima import STRICT, BlockMinimum, Leaf
from exactland.problem.network import Vector

Json = dict[str, Any]


def blockwise_certificate(problem: Json, analysis: Analysis) -> Certificate | None:
    """Return the certificate, or None where a tree of multipliers went beyond the limits.

    References
    ----------
    proofs/CERTIFICATES-several-outputs.md.
    """
    minimum = analysis.minimality
    assert isinstance(minimum, BlockwiseMinimum)
    blocks = []
    for block in minimum.blocks:
        neurons = {}
        for face in block.faces:
            proof = _neuron_json(analysis, face)
            if proof is False:
                return None
            neurons[str(face.index)] = proof
        part: Json = {"neurons": neurons}
        if block.leaves:
            part["cells"] = _cells_json(block)
        blocks.append(part)
    claim = {"kind": "local_minimum", "type": minimum.type}
    return Certificate(problem, claim, {"blocks": blocks}, {"reason": minimum.reason})


def _neuron_json(analysis: Analysis, face: Face) -> Json | bool | None:
    """What is claimed of one neuron, with its trees; False where a tree could not be made."""
    if face.spread is None:
        return None
    output = analysis.point.outputs[face.index]
    margins = {str(q): element_to_json(c) for q, c in face.margins}
    if face.escapes:
        tree = _tree(analysis, face, output)
        return False if tree is None else {"margins": margins, "tree": tree}
    result: Json = {"margins": margins, "spread": element_to_json(face.spread)}
    for name, step in (("plus", face.spread), ("minus", -face.spread)):
        trees = []
        for axis in range(len(output)):
            tree = _tree(
                analysis, face, tuple(h + step * (j == axis) for j, h in enumerate(output))
            )
            if tree is None:
                return False
            trees.append(tree)
        result[name] = trees
    return result


def _tree(analysis: Analysis, face: Face, output: Vector) -> Json | None:
    form = _reduced(analysis, face, analysis.functionals[face.index], output)
    if form.is_zero():
        return TRIVIAL
    decision = decide_nonnegative(form)
    return tree_json(decision.tree) if isinstance(decision, Nonnegative) else None


def _reduced(
    analysis: Analysis, face: Face, functional: OneSidedFunctional, output: Vector
) -> PiecewiseLinearForm:
    """Return output . psi_i - sum_q margin_q |x~_q . v|."""
    form = functional.contracted(output)
    known = {term.index: term.coefficient for term in form.terms}
    margins = dict(face.margins)
    terms = [
        KinkTerm(
            q.representative,
            q.normal,
            known.get(q.representative, ZERO) - margins.get(q.representative, ZERO),
        )
        for q in boundary_classes(analysis.point, face.index)
    ]
    return PiecewiseLinearForm(form.linear, tuple(term for term in terms if term.coefficient))


def _cells_json(block: BlockMinimum) -> Json:
    """The tree of signs of the loose classes, neuron by neuron, with the leaves in it."""
    faces = {face.index: face for face in block.faces}
    branched = [faces[i] for i in sorted(block.leaves[0].cells) if faces[i].loose]
    questions = [(face.index, q.representative) for face in branched for q in face.loose]
    return _branch(questions, {}, faces, block.leaves)


def _branch(
    questions: Sequence[tuple[int, int]],
    decided: dict[tuple[int, int], int],
    faces: dict[int, Face],
    leaves: Sequence[Leaf],
) -> Json:
    if not leaves:
        return {"empty": _empty(decided, faces)}
    if not questions:
        (leaf,) = leaves
        return _leaf_json(leaf, faces)
    (neuron, kink), rest = questions[0], questions[1:]
    sides = {
        name: _branch(
            rest,
            {**decided, (neuron, kink): side},
            faces,
            [leaf for leaf in leaves if dict(leaf.cells[neuron].signs)[kink] == side],
        )
        for name, side in (("plus", 1), ("minus", -1))
    }
    return {"neuron": neuron, "class": kink, **sides}


def _empty(decided: dict[tuple[int, int], int], faces: dict[int, Face]) -> Json:
    """Multipliers lambda >= 0 with sum lambda_q side_q x~_q . v = 0 on V_i: no strict point."""
    neuron = next(reversed(decided))[0]
    face = faces[neuron]
    sides = [
        (q, decided[neuron, q.representative])
        for q in face.loose
        if (neuron, q.representative) in decided
    ]
    columns = [(*(side * dot(q.normal, b) for b in face.basis), fmpq(1)) for q, side in sides]
    target = (*([ZERO] * len(face.basis)), fmpq(1))
    found = find_point(columns, target, [ZERO] * len(columns), [None] * len(columns))
    assert isinstance(found, Feasible), "a cell without points has multipliers (Gordan)"
    multipliers = {
        str(q.representative): element_to_json(value)
        for (q, _), value in zip(sides, found.point, strict=True)
        if value
    }
    return {"neuron": neuron, "multipliers": multipliers}


def _leaf_json(leaf: Leaf, faces: dict[int, Face]) -> Json:
    held = {}
    for i, cell in leaf.cells.items():
        costs = {
            str(ray.facet): element_to_json(ray.phi / ray.height) for ray in cell.rays if ray.phi
        }
        if costs or i in leaf.examined:
            held[str(i)] = costs
    result: Json = {"examined": list(leaf.examined), "criterion": leaf.criterion, "held": held}
    if leaf.criterion == STRICT:
        result["products"] = [
            [i, q, k, p, element_to_json(amount)] for (i, q), (k, p), amount in leaf.pairs
        ]
    return result
