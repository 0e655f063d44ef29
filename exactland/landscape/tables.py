"""A result's (label, value) pairs as aligned lines of text."""

from __future__ import annotations

from collections.abc import Sequence


def aligned(rows: Sequence[tuple[str, str]]) -> str:
    """Return one line a pair, the values in one column.

    Examples
    --------
    >>> print(aligned([("loss", "1/2"), ("verdict", "saddle")]))
    loss     1/2
    verdict  saddle
    """
    width = max(len(label) for label, _ in rows)
    return "\n".join(f"{label.ljust(width)}  {value}" for label, value in rows)
