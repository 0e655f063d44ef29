"""Train a two-output network from a small start and keep its first plateau: plateau.npz.

Two data points and eight neurons; gradient descent first aligns the neurons that stay active on
both points, while others die, and stays for a while at the best function of rank one.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

INPUTS = np.array([[1.0, 0.0], [0.0, 1.0]])
TARGETS = np.array([[1.0, 2.0], [1.0, 1.0]])


def main() -> None:
    generator = np.random.default_rng(2)
    weights = np.abs(generator.normal(size=(8, 2))) * 1e-6
    weights[6:] *= -1  # two neurons that are inactive on both points
    outputs = generator.normal(size=(2, 8)) * 1e-6
    before, grown = 0.0, False
    while True:
        hidden = np.maximum(INPUTS @ weights.T, 0)
        errors = hidden @ outputs.T - TARGETS
        by_outputs = errors.T @ hidden
        by_weights = ((errors @ outputs) * (hidden > 0)).T @ INPUTS
        size = float((by_outputs**2).sum() + (by_weights**2).sum())
        grown = grown or size > 0.1
        if grown and size < 1e-4 and size > before:
            break
        before = size
        weights -= 0.01 * by_weights
        outputs -= 0.01 * by_outputs
    np.savez(Path(__file__).with_name("plateau.npz"), w=weights, v=outputs)


if __name__ == "__main__":
    main()
