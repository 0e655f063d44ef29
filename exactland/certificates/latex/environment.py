r"""The Jinja environment: LaTeX-friendly delimiters, everything escaped unless it is our own LaTeX.

``\VAR{...}`` inserts a value, ``\BLOCK{...}`` is a statement, ``\#{...}`` a comment.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from exactland.certificates.latex.markup import Tex, finalize

TEMPLATES = Path(__file__).parent / "templates"


def fill_template(name: str, context: Mapping[str, object]) -> str:
    """Return a template filled in; a name that the context lacks is an error, not an empty text."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        block_start_string=r"\BLOCK{",
        block_end_string="}",
        variable_start_string=r"\VAR{",
        variable_end_string="}",
        comment_start_string=r"\#{",
        comment_end_string="}",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
        finalize=finalize,
        # HTML escaping would corrupt LaTeX; finalize escapes.
        autoescape=False,
    )
    return environment.get_template(name).render(context)


def fill_document(body: str, context: Mapping[str, object], *, fragment: bool) -> str:
    r"""Return a document around the template `body`: complete, or to ``\input`` into a paper.

    Parameters
    ----------
    body : str
        The template of the text; its headings are ``\VAR{heading}``.
    context : mapping
        For the body, with ``version``, ``title``, ``label`` and ``figure`` for the frame.
    fragment : bool
        A fragment is one section of the paper; its first lines name the packages it needs.
    """
    heading = Tex(r"\subsection" if fragment else r"\section")
    frame = {"body": body, "fragment": fragment, "heading": heading}
    return fill_template("fragment.tex" if fragment else "document.tex", {**context, **frame})
