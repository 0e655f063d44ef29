"""Spurious local minima on linear pieces of the activation, at any depth."""

from typing import TypeAlias

from exactland.landscape.linear_pieces.construction import better_network, linear_piece_network
from exactland.landscape.linear_pieces.hypotheses import (
    HypothesisError,
    check_hypotheses,
    parse_widths,
)
from exactland.landscape.linear_pieces.logistic import (
    LogisticAnalysis,
    LogisticMinimum,
    analyze_logistic,
    logistic_spurious_minimum,
)
from exactland.landscape.linear_pieces.spurious import (
    DeepAnalysis,
    SpuriousMinimum,
    analyze_deep,
    is_affine_optimal,
    spurious_minimum,
)
from exactland.landscape.linear_pieces.valley import Valley, neighbour, valley

LayeredAnalysis: TypeAlias = DeepAnalysis | LogisticAnalysis
"""What is said about a network given by layers; the loss decides."""

__all__ = [
    "DeepAnalysis",
    "HypothesisError",
    "LayeredAnalysis",
    "LogisticAnalysis",
    "LogisticMinimum",
    "SpuriousMinimum",
    "Valley",
    "analyze_deep",
    "analyze_logistic",
    "better_network",
    "check_hypotheses",
    "is_affine_optimal",
    "linear_piece_network",
    "logistic_spurious_minimum",
    "neighbour",
    "parse_widths",
    "spurious_minimum",
    "valley",
]
