"""Spurious local minima on linear pieces of the activation, at any depth."""

from exactland.landscape.linear_pieces.construction import better_network, linear_piece_network
from exactland.landscape.linear_pieces.hypotheses import (
    HypothesisError,
    check_hypotheses,
    parse_widths,
)
from exactland.landscape.linear_pieces.spurious import (
    DeepAnalysis,
    SpuriousMinimum,
    analyze_deep,
    is_affine_optimal,
    spurious_minimum,
)
from exactland.landscape.linear_pieces.valley import Valley, neighbour, valley

__all__ = [
    "DeepAnalysis",
    "HypothesisError",
    "SpuriousMinimum",
    "Valley",
    "analyze_deep",
    "better_network",
    "check_hypotheses",
    "is_affine_optimal",
    "linear_piece_network",
    "neighbour",
    "parse_widths",
    "spurious_minimum",
    "valley",
]
