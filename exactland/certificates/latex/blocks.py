"""A local minimum by blocks and second order, ready for print: cells, roles, matrices, pivots."""

from __future__ import annotations

from typing import Final

from exactland.certificates.latex.derivatives import value
from exactland.certificates.latex.groups import index_list
from exactland.certificates.latex.markup import Tex
from exactland.certificates.latex.numbers import number
from exactland.landscape.analysis import Analysis
from exactland.landscape.outcomes import BlockwiseMinimum
from exactland.landscape.several_outputs.faces import Face
from exactland.landscape.several_outputs.form import INPUT, OUTPUT, Coordinate, diagonalise
from exactland.landscape.several_outputs.minima import STRICT, BlockMinimum, Leaf

Context = dict[str, object]

MAX_BLOCKS: Final = 12
MAX_LEAVES: Final = 6
"""Products of cells of one block that are printed."""
MAX_ORDER: Final = 9
"""Order up to which a matrix is printed."""
MAX_WIDTH: Final = 110
"""Characters in the rows of a matrix that fit on a line."""
MAX_FACES: Final = 12


def blocks_context(analysis: Analysis) -> Context | None:
    """Return what proves a local minimum that has escape neurons; None for another verdict."""
    minimum = analysis.minimality
    if not isinstance(minimum, BlockwiseMinimum):
        return None
    told = [block for block in minimum.blocks if block.block.data]
    silent = [i for block in minimum.blocks if not block.block.data for i in block.block.neurons]
    return {
        "type": minimum.type.replace("_", " "),
        "strict": any(leaf.criterion == STRICT for block in told for leaf in block.leaves),
        "rows": [_block(block) for block in told[:MAX_BLOCKS]],
        "left": max(0, len(told) - MAX_BLOCKS),
        "silent": index_list(silent) if silent else None,
    }


def _block(block: BlockMinimum) -> Context:
    faces = [face for face in block.faces if face.margins or face.loose]
    return {
        "neurons": index_list(block.block.neurons),
        "data": index_list(block.block.data, start=1),
        "type_1": not block.leaves,
        "faces": [_face(face) for face in faces[:MAX_FACES]],
        "faces_left": max(0, len(faces) - MAX_FACES),
        "leaves": [_leaf(block, leaf) for leaf in block.leaves[:MAX_LEAVES]],
        "leaves_left": max(0, len(block.leaves) - MAX_LEAVES),
        "single": len(block.leaves) == 1,
    }


def _face(face: Face) -> Context:
    return {
        "neuron": face.index,
        "held": index_list([q for q, _ in face.margins], start=1) if face.margins else None,
        "margin": number(face.margins[0][1]) if face.margins else None,
        "loose": index_list([q.representative for q in face.loose], start=1)
        if face.loose
        else None,
    }


def _leaf(block: BlockMinimum, leaf: Leaf) -> Context:
    relaxed = [i for i in block.block.neurons if i not in leaf.examined]
    sides = [
        {"neuron": i, "k": q + 1, "relation": Tex(r"\ge" if side > 0 else r"\le")}
        for i, cell in sorted(leaf.cells.items())
        for q, side in cell.signs
    ]
    pivots = [entry for entry in diagonalise([list(row) for row in leaf.matrix]).diagonal if entry]
    return {
        "sides": sides,
        "examined": index_list(leaf.examined) if leaf.examined else None,
        "relaxed": index_list(relaxed) if relaxed else None,
        "relaxed_dimension": leaf.relaxed_dimension,
        "strict": leaf.criterion == STRICT,
        "order": len(leaf.matrix),
        "symmetries": leaf.gauge,
        "inertia": leaf.inertia,
        "coordinates": _coordinates(leaf.coordinates),
        "matrix": _matrix(leaf),
        "pivots": value(tuple(pivots)) if pivots else None,
        "products": [
            {
                "left": {"neuron": left[0], "k": left[1] + 1},
                "right": {"neuron": right[0], "k": right[1] + 1},
                "amount": number(amount),
            }
            for left, right, amount in leaf.pairs
        ],
    }


def _coordinates(coordinates: tuple[Coordinate, ...]) -> list[Context]:
    """One line for each neuron, and one for the relaxed space."""
    lines: dict[tuple[str, int], list[tuple[int, Coordinate]]] = {}
    for place, coordinate in enumerate(coordinates, 1):
        lines.setdefault((coordinate.kind, coordinate.neuron), []).append((place, coordinate))
    result: list[Context] = []
    for (kind, neuron), members in lines.items():
        result.append(
            {
                "input": kind == INPUT,
                "output": kind == OUTPUT,
                "neuron": neuron,
                "places": index_list([place for place, _ in members]),
                "directions": [value(member.direction) for _, member in members]
                if kind == INPUT
                else [],
            }
        )
    return result


def _matrix(leaf: Leaf) -> Tex | None:
    """The matrix as the body of an array, None where it does not fit."""
    entries = [[number(entry) for entry in row] for row in leaf.matrix]
    if len(entries) > MAX_ORDER or any(not e.short for row in entries for e in row):
        return None
    if max((sum(e.size + 2 for e in row) for row in entries), default=0) > MAX_WIDTH:
        return None
    return Tex(r"\\ ".join(" & ".join(str(e.math) for e in row) for row in entries))
