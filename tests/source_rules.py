"""The rules of the house as functions of source text, so that they can be tried on bad sources.

Each function returns a list of violations, one line of text each; an empty list is a pass.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

LAYERS = (
    "errors",
    "arithmetic",
    "problem",
    "cells",
    "derivatives",
    "landscape",
    "certificates",
    "proving",
    "plots",
    "cli",
)
"""The direction of flow: a module imports from its own layer and from those before it."""

CHECKER_USERS = ("certificates", "cli", "__main__")
"""Who may hand a certificate to the trusted checker."""

HEAVY = frozenset(
    [
        "dask",
        "highspy",
        "jinja2",
        "joblib",
        "marimo",
        "matplotlib",
        "networkx",
        "numpy",
        "plotly",
        "rich",
        "safetensors",
        "scipy",
        "sklearn",
        "sympy",
        "torch",
        "z3",
    ]
)
"""Libraries that take too long to import for a command that may not need them."""

MAX_LINES = 500

# Written so that this file does not match itself.
MACHINE_PATH = re.compile(r"(?<![\w.:)}>$-])/(?:root|home|Users|tmp|work|opt|mnt)/\w")
REGISTRY = re.compile(
    r"pypi\.org|pythonhosted\.org|deb\.debian\.org|npmjs\.(?:org|com)|static\.crates\.io", re.I
)


@dataclass(frozen=True, slots=True)
class Import:
    """One imported module: where, what, and whether importing the file runs it."""

    line: int
    target: str
    at_import_time: bool


def imports(module: str, is_package: bool, source: str, public: Mapping[str, str]) -> list[Import]:
    """Return every import of a module, those inside functions and by ``import_module`` included.

    ``from exactland import name`` counts as an import of the module that defines the public name.
    A target computed at run time is given as ``?``.
    """
    return list(_walk(ast.parse(source), True, module, is_package, public))


def _walk(
    node: ast.AST, eager: bool, module: str, is_package: bool, public: Mapping[str, str]
) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield Import(node.lineno, alias.name, eager)
    elif isinstance(node, ast.ImportFrom):
        base = _absolute(node, module, is_package)
        for alias in node.names:
            if base != "exactland":
                yield Import(node.lineno, base, eager)
            elif not alias.name.startswith("__"):
                yield Import(node.lineno, public.get(alias.name, f"{base}.{alias.name}"), eager)
            else:  # from exactland import __version__
                yield Import(node.lineno, base, eager)
    elif isinstance(node, ast.Call) and _name(node.func) in ("import_module", "__import__"):
        first = node.args[0] if node.args else None
        constant = isinstance(first, ast.Constant) and isinstance(first.value, str)
        yield Import(node.lineno, str(first.value) if constant else "?", eager)  # type: ignore[union-attr]  # mypy does not see `constant`
    if isinstance(node, ast.If) and _name(node.test) == "TYPE_CHECKING":
        for child in node.body:
            yield from _walk(child, False, module, is_package, public)
        for child in node.orelse:
            yield from _walk(child, eager, module, is_package, public)
        return
    inside = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    for part in ast.iter_child_nodes(node):
        yield from _walk(part, eager and not inside, module, is_package, public)


def _absolute(node: ast.ImportFrom, module: str, is_package: bool) -> str:
    if not node.level:
        return node.module or ""
    parts = module.split(".")
    parts = parts[: len(parts) - node.level + is_package]
    return ".".join([*parts, node.module] if node.module else parts)


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _component(module: str) -> str:
    """Return the part of a module of ours that names its layer: 'cells' of 'exactland.cells.x'."""
    return module.partition(".")[2].partition(".")[0]


def _is_standard(target: str) -> bool:
    return target.partition(".")[0] in sys.stdlib_module_names


def _is_checker(module: str) -> bool:
    return module == "exactland.checker" or module.startswith("exactland.checker.")


def direction(module: str, found: list[Import]) -> list[str]:
    """Check that nothing is imported against the flow, and the checker only by its users."""
    own = _component(module)
    if not own:  # the package itself: a lazy table of names
        wrong = [one for one in found if one.at_import_time and not _is_standard(one.target)]
        return [f"{module}:{one.line} imports {one.target} at once" for one in wrong]
    if own == "checker":
        return []  # see checker_isolation
    own = "cli" if own == "__main__" else own
    if own not in LAYERS:
        return [f"{module} is in no layer (tests/source_rules.py lists them)"]
    violations = []
    for one in found:
        where = f"{module}:{one.line}"
        if one.target == "?":
            violations.append(f"{where} imports a module whose name is computed")
        elif _is_checker(one.target):
            if own not in CHECKER_USERS:
                violations.append(f"{where} imports the trusted checker")
        elif one.target.startswith("exactland."):
            layer = _component(one.target)
            if layer not in LAYERS:
                violations.append(f"{where} imports {one.target}, which is in no layer")
            elif LAYERS.index(layer) > LAYERS.index(own):
                violations.append(f"{where} imports {one.target}, against the flow")
    return violations


def checker_isolation(module: str, found: list[Import]) -> list[str]:
    """Check that the trusted checker imports only the standard library and itself."""
    wrong = [one for one in found if not _is_checker(one.target) and not _is_standard(one.target)]
    return [f"{module}:{one.line} imports {one.target} into the checker" for one in wrong]


def heavy_at_import(module: str, found: list[Import]) -> list[str]:
    """Check that heavy libraries are imported only inside functions."""
    wrong = [one for one in found if one.at_import_time and one.target.partition(".")[0] in HEAVY]
    return [f"{module}:{one.line} imports {one.target} at module level" for one in wrong]


def floats(module: str, source: str) -> list[str]:
    """Check that no floating-point number can arise from the text of a checker module.

    ``isinstance(value, float)``, to refuse floats, is the one use of the name allowed.
    """
    tree = ast.parse(source)
    refusals: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) == "isinstance":
            refusals.update(id(part) for argument in node.args[1:] for part in ast.walk(argument))
    violations = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            violations.append(f"{module}:{node.lineno} has the floating-point literal {node.value}")
        elif _name(node) in ("float", "complex", "isclose") and id(node) not in refusals:
            violations.append(f"{module}:{node.lineno} uses {_name(node)}")  # type: ignore[attr-defined]  # a name has a line
    # An annotation `x: float` is refused as well: a float has no business there either.
    return violations


def shape(path: str, source: str) -> list[str]:
    """Check the length of a source file and its docstring."""
    violations = []
    lines = source.count("\n")
    if lines > MAX_LINES:
        violations.append(f"{path} has {lines} lines, more than {MAX_LINES}")
    if not (ast.get_docstring(ast.parse(source)) or "").strip():
        violations.append(f"{path} has no module docstring")
    return violations


def machine_traces(path: str, text: str) -> list[str]:
    """Check that a file names no folder of some machine and no package registry's address."""
    return [
        f"{path}:{number} names a {kind}: {match.group()}"
        for kind, pattern in (("machine path", MACHINE_PATH), ("registry", REGISTRY))
        for number, line in enumerate(text.splitlines(), 1)
        for match in pattern.finditer(line)
    ]
