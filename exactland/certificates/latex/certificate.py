"""The document of one certificate: its claim as a theorem, its problem, and its witness."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

from exactland.arithmetic.rationals import parse_rational
from exactland.certificates.latex.environment import fill_document
from exactland.certificates.latex.markup import MAX_TEXT, Tex, escape, escape_breakable
from exactland.certificates.latex.numbers import number, vector
from exactland.errors import InputError

MAX_LINES: Final = 400
"""Lines of problem and witness that are printed; the file has the rest."""
MAX_DEPTH: Final = 6
"""Levels of nesting that are printed."""

Context = dict[str, object]


def render_certificate(
    document: Mapping[str, Any],
    sentence: str,
    digest: str,
    *,
    title: str = "",
    fragment: bool = False,
) -> str:
    r"""Return LaTeX source that states the claim of a certificate and shows its witness.

    Parameters
    ----------
    document : mapping
        The certificate as JSON; the independent checker has accepted it.
    sentence : str
        The claim in words, as the checker states it.
    digest : str
        SHA-256 of the file.
    title : str
        Plain text: it is escaped, as is every string of the certificate.
    fragment : bool
        A part to ``\input`` into a paper instead of a complete document.

    Examples
    --------
    >>> body = {"problem": {"network": {"w": [["1"]]}}, "claim": {"kind": "loss_value",
    ...         "loss": "1/2"}, "witness": {}}
    >>> source = render_certificate(body, "the loss is 1/2", "0f" * 32)
    >>> "The loss is 1/2." in source, r"\section{The witness}" in source
    (True, True)
    """
    from exactland import __version__

    kind = str(document["claim"]["kind"])
    parts = []
    budget = MAX_LINES
    for name in ("claim", "problem", "witness"):
        lines: list[Context] = []
        left = False
        for line in _lines(document.get(name) or {}, 0):
            if budget == 0:
                left = True
                break
            lines.append(line)
            budget -= 1
        parts.append({"name": Tex(name), "lines": lines, "left": left})
    return fill_document(
        "certificate.tex",
        {
            "version": __version__,
            "title": escape(title) if title.strip() else Tex("A certificate"),
            "label": Tex("exactland:" + sha256(digest.encode()).hexdigest()[:8]),
            "figure": None,
            "kind": escape(kind),
            "sentence": _sentence(sentence),
            "parts": parts,
            "digest": escape_breakable(digest),
        },
        fragment=fragment,
    )


def _sentence(text: str) -> Tex:
    text = text.strip().rstrip(".")
    shown = str(escape(text[:1].upper() + text[1:] + ".", limit=4000))
    # The checker writes tau^3, and numbers of any length.
    shown = re.sub(r"-\{\}tau\\textasciicircum\{\}(\d+)", r"$-\\tau^{\1}$", shown)
    shown = re.sub(r"tau\\textasciicircum\{\}(\d+)", r"$\\tau^{\1}$", shown)
    return Tex(re.sub(r"\d{12,}", _breakable, shown))


def _breakable(digits: re.Match[str]) -> str:
    text = digits.group()
    return r"\exb{}".join(text[start : start + 5] for start in range(0, len(text), 5))


def _lines(value: Any, depth: int, name: str = "") -> Iterator[Context]:
    """Yield the lines of a JSON value: names, vectors, rows of matrices, nested values."""
    label = escape_breakable(name, MAX_TEXT)
    if isinstance(value, Mapping):
        if name:
            yield {"depth": depth, "name": label, "value": Tex("")}
        if depth >= MAX_DEPTH:
            yield {"depth": depth + 1, "name": Tex(""), "value": Tex(r"\ldots{} (in the file)")}
            return
        for key, entry in value.items():
            yield from _lines(entry, depth + bool(name), str(key))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        if all(isinstance(entry, str | int) for entry in value):
            yield {"depth": depth, "name": label, "value": _vector(value)}
            return
        yield {"depth": depth, "name": label, "value": Tex("")}
        if depth >= MAX_DEPTH:
            yield {"depth": depth + 1, "name": Tex(""), "value": Tex(r"\ldots{} (in the file)")}
            return
        for place, entry in enumerate(value):
            yield from _lines(entry, depth + 1, f"[{place}]")
    else:
        yield {"depth": depth, "name": label, "value": _scalar(value)}


def _scalar(value: Any) -> Tex:
    if value is None:
        return Tex("--")
    if isinstance(value, bool):
        return Tex("yes" if value else "no")
    try:
        return number(parse_rational(str(value), "value")).full
    except InputError:
        return escape_breakable(str(value), MAX_TEXT)


def _vector(values: Sequence[Any]) -> Tex:
    if not values:
        return Tex("none")
    try:
        return vector([parse_rational(str(value), "value") for value in values]).tex
    except InputError:
        return Tex(", ".join(escape_breakable(str(value), MAX_TEXT) for value in values[:40]))
