"""Text as LaTeX: what we wrote ourselves goes through, everything else is escaped."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Final

MAX_CERTIFICATES: Final = 40
"""Certificates that a document lists by name."""
MAX_TEXT: Final = 300
"""Characters of a user's string that are printed."""

_SPECIAL: Final = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "'": r"\textquotesingle{}",
    "`": r"\textasciigrave{}",
    # A space after it: no ligature turns two of them into a dash.
    "-": r"-{}",
    ",": r",{}",
    "?": r"?{}",
    "!": r"!{}",
}
# Latin letters that the T1 encoding does not have.
_NOT_IN_T1: Final = frozenset("ĦħĸŉĿŀŦŧſ")


class Tex(str):
    r"""LaTeX source made by this package; it enters a document as it is.

    Every other string is escaped on its way into a template (:func:`finalize`), so that no text
    from outside can run a command.

    Examples
    --------
    >>> finalize(Tex(r"\alpha")), finalize(r"\input{x}")
    ('\\alpha', '\\textbackslash{}input\\{x\\}')
    """

    __slots__ = ()


def escape(text: str, limit: int = MAX_TEXT) -> Tex:
    r"""Return text that LaTeX prints as it stands, on one line, at most `limit` characters.

    Characters that the fonts of the document do not have are named by their code points.

    Examples
    --------
    >>> print(escape("50% of $x_1$"))
    50\% of \$x\_1\$
    >>> print(escape("ä\nλ"), escape("abcdef", 4))
    ä [U+03BB] abcd\ldots{}
    """
    shown = "".join(_character(character) for character in text[:limit])
    return Tex(shown + (r"\ldots{}" if len(text) > limit else ""))


def escape_breakable(text: str, limit: int = MAX_TEXT) -> Tex:
    r"""Return :func:`escape` with a line break allowed after every eighth character.

    Examples
    --------
    >>> print(escape_breakable("0123456789"))
    01234567\exb{}89
    """
    parts = [escape(text[start : start + 8]) for start in range(0, min(len(text), limit), 8)]
    return Tex(r"\exb{}".join(parts) + (r"\ldots{}" if len(text) > limit else ""))


def digest_context(digests: Sequence[tuple[str, str]]) -> dict[str, object]:
    """Return what the list of certificates in a document needs.

    Parameters
    ----------
    digests : pairs of strings
        Certificate file names with their SHA-256 digests.

    Examples
    --------
    >>> digest_context([("a.json", "0f")])
    {'digests': [{'name': 'a.json', 'digest': '0f'}], 'digests_left': 0}
    """
    return {
        "digests": [
            {"name": escape_breakable(name), "digest": escape_breakable(digest)}
            for name, digest in digests[:MAX_CERTIFICATES]
        ],
        "digests_left": max(0, len(digests) - MAX_CERTIFICATES),
    }


def finalize(value: object) -> str:
    """Return how a value stands in a document: Tex and integers as they are, text escaped."""
    if isinstance(value, Tex):
        return str(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return escape(value, limit=10_000)
    raise TypeError(f"a document cannot show a {type(value).__name__}")


def _character(character: str) -> str:
    if character in _SPECIAL:
        return _SPECIAL[character]
    if " " <= character <= "~":
        return character
    if character.isspace():
        return " "
    latin = "\u00c0" <= character <= "\u017e" and unicodedata.category(character) in ("Lu", "Ll")
    if latin and character not in _NOT_IN_T1:
        return character
    return f"[U+{ord(character):04X}]"
