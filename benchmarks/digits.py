"""The digits of scikit-learn as a problem file: 1,797 images of 64 pixels, targets +-1 by parity.

Usage: python -m benchmarks.digits PROBLEM.json [--width 4] [--seed 0]

Inputs are the integers 0, ..., 16 with the constant 1 last; even digits have the target 1.  The
start is random: input weights k/64 with |k| <= 8, output weights 1 and -1 in turn.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path
from typing import Any


def digits_problem(width: int = 4, seed: int = 0, points: int | None = None) -> dict[str, Any]:
    """Return the problem file's content (the data come with scikit-learn, nothing is fetched)."""
    from sklearn.datasets import load_digits

    generator = random.Random(seed)
    data = load_digits()
    inputs = [[*map(int, row), 1] for row in data.data.tolist()][:points]
    targets = [[1 if label % 2 == 0 else -1] for label in data.target.tolist()][:points]
    weights = [[f"{generator.randint(-8, 8)}/64" for _ in inputs[0]] for _ in range(width)]
    return {
        "format": "exactland-problem/1",
        "network": {
            "activation": {"kind": "relu"},
            "w": weights,
            "v": [[1 - 2 * (i % 2) for i in range(width)]],
        },
        "loss": {"kind": "empirical", "x": inputs, "y": targets},
    }


def main() -> None:
    """Write the problem file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("problem", type=Path)
    parser.add_argument("--width", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    chosen.problem.write_text(json.dumps(digits_problem(chosen.width, chosen.seed)))


if __name__ == "__main__":
    main()
