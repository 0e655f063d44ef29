"""Which exactland computed something: a digest of its sources and of the libraries it uses.

Results that outlive a run are used again only by the code that made them.
"""

from __future__ import annotations

import platform
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

PACKAGE: Final = Path(__file__).parents[1]
_LIBRARIES: Final = ("python-flint", "sympy", "mpmath", "numpy", "highspy")


@cache
def code_digest() -> str:
    """Return a digest of our sources, of Python's version and of the libraries' versions.

    Examples
    --------
    >>> len(code_digest())
    64
    """
    from importlib.metadata import version

    digest = sha256(f"Python {platform.python_version()}\n".encode())
    for library in _LIBRARIES:
        digest.update(f"{library} {version(library)}\n".encode())
    digest.update(sources_digest(PACKAGE).encode())
    return digest.hexdigest()


def sources_digest(root: Path) -> str:
    """Return a digest of the Python files below a folder, the same in a checkout and in a wheel.

    What a wheel ships inside the package beside its modules is left out.

    Examples
    --------
    >>> sources_digest(Path("no such folder")) == sha256().hexdigest()
    True
    """
    digest = sha256()
    for path in sorted(root.rglob("*.py")):
        relative = path.relative_to(root)
        if relative.parts[0] not in ("_proofs", "_examples"):
            digest.update(f"{relative.as_posix()} ".encode())
            digest.update(sha256(path.read_bytes()).digest())
    return digest.hexdigest()
