"""Finding the theorem cases: a folder per paper under proofs/, a module per case.

The folder's ``__init__.py`` defines ``PAPER``, every module without a leading underscore defines
``CASE``; the id of a case is the paper's key and the module's name with hyphens.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import ModuleType

from exactland.errors import ExactlandError, InputError
from exactland.problem.code_version import PACKAGE, code_digest, sources_digest
from exactland.proving.case import Case, Paper


class BrokenLibraryError(ExactlandError):
    """A case module cannot be used (a defect of the library, not of the user's input)."""


def proofs_folder() -> Path:
    """Return the folder of the cases: shipped inside the package, or beside it in a checkout.

    Examples
    --------
    >>> (proofs_folder() / "CERTIFICATES.md").is_file()
    True
    """
    return _shipped("proofs")


def examples_folder() -> Path:
    """Return the folder of examples, shipped in the same way (the trained networks only).

    Examples
    --------
    >>> (examples_folder() / "five_points" / "data.json").is_file()
    True
    """
    return _shipped("examples")


def _shipped(name: str) -> Path:
    shipped = PACKAGE / f"_{name}"
    folder = shipped if shipped.is_dir() else PACKAGE.parent / name
    if not folder.is_dir():
        raise BrokenLibraryError(f"the folder {name} is not installed")
    return folder


@cache
def all_cases(library: Path | None = None) -> tuple[Case, ...]:
    """Return every case of a library (ours if none is given), by paper and module name.

    Examples
    --------
    >>> [case.id for case in all_cases() if case.id.startswith("cjr/loss")]
    ['cjr/loss-levels']
    """
    cases: list[Case] = []
    for paper in sorted((library or proofs_folder()).glob("*/__init__.py")):
        cases += folder_cases(paper.parent)
    return tuple(cases)


def folder_cases(folder: Path) -> tuple[Case, ...]:
    """Return the cases of one paper's folder.

    Raises
    ------
    BrokenLibraryError
        If a module does not define what it should.
    """
    name = f"exactland_proofs_{folder.name}"
    paper = getattr(_loaded(name, folder / "__init__.py"), "PAPER", None)
    if not isinstance(paper, Paper):
        raise BrokenLibraryError(f"{folder.name}/__init__.py defines no PAPER")
    cases = []
    for path in sorted(folder.glob("*.py")):
        if path.stem.startswith("_"):
            continue
        case = getattr(_loaded(f"{name}.{path.stem}", path), "CASE", None)
        expected = f"{paper.key}/{path.stem.replace('_', '-')}"
        if not isinstance(case, Case) or case.id != expected:
            raise BrokenLibraryError(
                f"{folder.name}/{path.name} defines no CASE with id {expected}"
            )
        cases.append(case)
    return tuple(cases)


def select_cases(names: Sequence[str]) -> tuple[Case, ...]:
    """Return the cases whose id is one of `names` or starts with one; all if there are none.

    A hyphen may stand for the slash of an id.

    Raises
    ------
    InputError
        If a name fits no case.

    Examples
    --------
    >>> len(select_cases(["cjr"])) == len([c for c in all_cases() if c.paper.key == "cjr"])
    True
    >>> [case.id for case in select_cases(["cjr-loss-levels"])]
    ['cjr/loss-levels']
    >>> select_cases(["cjr/riemann"])
    Traceback (most recent call last):
    ...
    exactland.errors.InputError: CASE: no theorem case is called or starts with 'cjr/riemann'
    """
    chosen: set[str] = set()
    for name in names:
        plain = name.replace("/", "-")
        spelled = {case.id: case.id.replace("/", "-") for case in all_cases()}
        exact = {known for known, spelling in spelled.items() if spelling == plain}
        found = exact or {
            k for k, spelling in spelled.items() if name and spelling.startswith(plain)
        }
        if not found:
            raise InputError("CASE", f"no theorem case is called or starts with {name!r}")
        chosen |= found
    return tuple(case for case in all_cases() if not names or case.id in chosen)


def find_case(name: str, library: Path | None = None) -> Case:
    """Return the case with this id."""
    return next(case for case in all_cases(library) if case.id == name)


@cache
def inputs_digest(cases: Path | None = None) -> str:
    """Return a digest of all that results depend on: our sources, the libraries' versions.

    Examples
    --------
    >>> len(inputs_digest())
    64
    """
    digest = sha256(code_digest().encode())
    digest.update(sources_digest(cases or proofs_folder()).encode())
    for path in sorted(examples_folder().glob("five_points/*.npz")):
        digest.update(sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _loaded(name: str, path: Path) -> ModuleType:
    """Import a file as a module (``__init__.py``: as a package, so that it may hold helpers)."""
    if name in sys.modules:
        return sys.modules[name]
    places = [str(path.parent)] if path.name == "__init__.py" else None
    spec = importlib.util.spec_from_file_location(name, path, submodule_search_locations=places)
    if spec is None or spec.loader is None:
        raise BrokenLibraryError(f"{path.name} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
