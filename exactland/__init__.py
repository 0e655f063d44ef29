"""exactland: exact, certified verdicts about the loss landscapes of shallow networks.

The public names below are imported from their modules at first use, so that a command that needs
only the checker does not pay for the rest.
"""

from __future__ import annotations

TYPE_CHECKING = False  # known to type checkers; importing typing would double the start-up time
if TYPE_CHECKING:
    from exactland.certificates.produce import certify as certify
    from exactland.checker import check_file as check_file
    from exactland.landscape.analyze import analyze as analyze
    from exactland.landscape.snapping import snap as snap
    from exactland.problem.checkpoints import read_checkpoint as read_checkpoint
    from exactland.problem.datasets import read_dataset as read_dataset
    from exactland.problem.files import read_problem as read_problem
    from exactland.problem.files import write_problem as write_problem
    from exactland.problem.losses import EmpiricalLoss as EmpiricalLoss
    from exactland.problem.losses import Problem as Problem
    from exactland.problem.network import Network as Network

__version__ = "0.1.0"

# Public name -> module that defines it.  The block above tells type checkers the same; a test
# compares the two.
_PUBLIC = {
    "EmpiricalLoss": "exactland.problem.losses",
    "analyze": "exactland.landscape.analyze",
    "certify": "exactland.certificates.produce",
    "check_file": "exactland.checker",
    "read_checkpoint": "exactland.problem.checkpoints",
    "read_dataset": "exactland.problem.datasets",
    "snap": "exactland.landscape.snapping",
    "write_problem": "exactland.problem.files",
    "Network": "exactland.problem.network",
    "Problem": "exactland.problem.losses",
    "read_problem": "exactland.problem.files",
}

__all__ = ["__version__", *_PUBLIC]  # noqa: PLE0604  (a table of strings)


def __getattr__(name: str) -> object:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
