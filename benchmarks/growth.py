"""Growth curves from a pytest-benchmark JSON file: one log-log panel for each group.

Usage: python -m benchmarks.growth RESULTS.json PICTURE.svg
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from typing import Any

_SIZE = re.compile(r"(?:(?P<name>.*)=)?(?P<size>[0-9]+)(?P<rest>-[a-z_]+)?")

Curve = list[tuple[int, float]]


def growth_curves(results: dict[str, Any]) -> dict[str, dict[str, Curve]]:
    """Return {group: {curve name: [(size, median seconds), ...]}} for benchmarks that have a size.

    The size is the number in the parameters' name (``width=250``, ``dimension 3, points=100``,
    ``100-relu``); what is left of the name tells the curves of a group apart.  Curves
    with fewer than three sizes are left out.
    """
    curves: dict[str, dict[str, Curve]] = defaultdict(lambda: defaultdict(list))
    for entry in results["benchmarks"]:
        match = _SIZE.fullmatch(entry["param"] or "")
        if match:
            name = ((match["name"] or "") + (match["rest"] or "")).strip("-_") or "width"
            curves[entry["group"]][name].append((int(match["size"]), entry["stats"]["median"]))
    return {
        group: {name: sorted(curve) for name, curve in named.items() if len(curve) >= 3}
        for group, named in curves.items()
        if any(len(curve) >= 3 for curve in named.values())
    }


def main(results: str, picture: str) -> None:
    """Draw the growth curves of a results file."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.fonttype"] = "none"
    matplotlib.rcParams["svg.hashsalt"] = "exactland"  # the same bytes on every run
    from matplotlib import pyplot

    with open(results, encoding="utf-8") as stream:
        groups = growth_curves(json.load(stream))
    columns = 2
    rows = -(-len(groups) // columns)
    figure, axes = pyplot.subplots(rows, columns, figsize=(10, 3.2 * rows), squeeze=False)
    for axis in axes.flat[len(groups) :]:
        axis.set_visible(False)
    lines = ["-", "--", ":", "-."]
    styles = [(marker, lines[place % 4]) for place, marker in enumerate("os^DvPX*")]
    for axis, (group, curves) in zip(axes.flat, sorted(groups.items()), strict=False):
        for (marker, line), (name, curve) in zip(styles, sorted(curves.items()), strict=False):
            sizes, seconds = zip(*curve, strict=True)
            axis.loglog(sizes, seconds, marker=marker, linestyle=line, color="black", label=name)
        axis.set_title(group, fontsize=9)
        axis.set_xlabel("size")
        axis.set_ylabel("seconds (median)")
        axis.legend(fontsize=8)
        axis.grid(visible=True, which="both", linewidth=0.3)
    figure.tight_layout()
    figure.savefig(picture, metadata={"Date": None})


if __name__ == "__main__":
    main(*sys.argv[1:])
