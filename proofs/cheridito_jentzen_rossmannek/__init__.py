"""The critical points of shallow networks for affine targets: one module per theorem case."""

from exactland.proving.case import Paper

PAPER = Paper(
    key="cjr",
    authors="Patrick Cheridito, Arnulf Jentzen, Florian Rossmannek",
    title="Landscape analysis for shallow neural networks: complete classification of critical "
    "points for affine target functions; Gradient descent provably escapes saddle points in the "
    "training of shallow ReLU networks",
    reference="arXiv 2103.10922; arXiv 2208.02083",
    order=(
        *("equivariances", "regularity", "stationarity-notions", "piece-identities"),
        *("lemma-a", "tail-alternation", "slope-identity", "centering", "moment-consistency"),
        *("loss-levels", "critical-families", "critical-point-ranges", "vanishing-slope"),
        *("minima-and-saddles", "quadratic-activation", "monotone-thresholds"),
        *("hessian-formula", "basis-and-dimensions", "orthogonality", "descent-directions"),
        *("saddle-hessian", "saddle-inertia", "core-determinant", "relu-negative-direction"),
        *("center-stable", "center-stable-families", "singular-steps"),
    ),
)
