"""Case distinctions on signs, as certificates hold them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from flint import fmpq

from exactland.arithmetic.number_fields import element_to_json
from exactland.landscape.positivity import Branch, Leaf, Tree

TRIVIAL: Final[dict[str, Any]] = {"multipliers": {}}
"""The tree that proves 0 >= 0."""


def tree_json(tree: Tree) -> dict[str, Any]:
    """Return a positivity tree as JSON.

    Examples
    --------
    >>> tree_json(Leaf(((4, fmpq(97, 269)),)))
    {'multipliers': {'4': '97/269'}}
    """
    if isinstance(tree, Branch):
        return {"class": tree.index, "plus": tree_json(tree.plus), "minus": tree_json(tree.minus)}
    return {"multipliers": {str(q): element_to_json(value) for q, value in tree.multipliers}}


def scaled_tree(tree: Tree, ratio: fmpq) -> Tree:
    """Return the tree of a nonnegative multiple.

    Examples
    --------
    >>> scaled_tree(Leaf(((0, fmpq(2)),)), fmpq(1, 4))
    Leaf(multipliers=((0, 1/2),))
    """
    if isinstance(tree, Branch):
        return replace(
            tree, plus=scaled_tree(tree.plus, ratio), minus=scaled_tree(tree.minus, ratio)
        )
    return Leaf(tuple((index, ratio * value) for index, value in tree.multipliers))
