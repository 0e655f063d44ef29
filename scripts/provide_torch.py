"""Install PyTorch for the tests, but only a build without CUDA (the CUDA one has several GB).

Prints "torch" if PyTorch can then be imported; otherwise says on stderr why not.  On macOS the
build in the package index has no CUDA.  Elsewhere only a build that pip is configured to find
locally (its find-links setting) is taken, so that nothing large is fetched just to look at it.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

CONSTRAINTS = Path(__file__).parent.parent / "tests" / "constraints.txt"
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]


def needs_cuda(requirements: Iterable[str], environment: dict[str, str] | None = None) -> bool:
    """Tell whether one of a wheel's requirements that apply here is a CUDA package."""
    from packaging.requirements import Requirement

    for text in requirements:
        requirement = Requirement(text)
        applies = requirement.marker is None or requirement.marker.evaluate(environment)
        if applies and requirement.name.lower().startswith(("nvidia", "cuda", "triton")):
            return True
    return False


def candidate() -> dict[str, object] | None:
    """Return pip's report on the PyTorch it would install, None if it finds none."""
    local_only = [] if sys.platform == "darwin" else ["--no-index"]
    command = [*PIP, "install", "--quiet", "--dry-run", "--no-deps", "--report", "-", *local_only]
    answer = subprocess.run(
        [*command, "--constraint", str(CONSTRAINTS), "torch"],
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode != 0:
        return None
    report: dict[str, list[dict[str, object]]] = json.loads(answer.stdout)
    return report["install"][0] if report["install"] else None


def main() -> None:
    """Install if cheap, and say what is there."""
    if importlib.util.find_spec("torch") is None:
        found = candidate()
        if found is None:
            print(
                "Not installed: torch. No build without CUDA was found; put one into the virtual"
                " environment to have the loader of PyTorch state dicts tested.",
                file=sys.stderr,
            )
            return
        metadata = found["metadata"]
        assert isinstance(metadata, dict)
        if needs_cuda(metadata.get("requires_dist", [])):
            print("Not installed: torch. The build found needs CUDA packages.", file=sys.stderr)
            return
        print(f"Installing PyTorch {metadata['version']}", file=sys.stderr)
        install = [*PIP, "install", "--quiet", "--constraint", str(CONSTRAINTS), "torch"]
        if subprocess.run(install, stdout=sys.stderr, check=False).returncode != 0:
            print("Not installed: torch. pip failed (its message is above).", file=sys.stderr)
            return
    print("torch")


if __name__ == "__main__":
    main()
