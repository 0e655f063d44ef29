"""One test on one mutant: exit status 1 where the test fails, 0 where it passes.

usage: python -m scripts.mutation.testing TEST MODULE PLACE OPTION
"""

from __future__ import annotations

import sys

import pytest

from scripts.mutation.changes import Mutant
from scripts.mutation.finder import Finder


def main() -> int:
    test, module, place, option = sys.argv[1:]
    mutant = Mutant(module, "", 1, "", "", int(place), int(option))
    sys.meta_path.insert(0, Finder(mutant))
    return int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "--no-header", test]))


if __name__ == "__main__":
    sys.exit(main())
