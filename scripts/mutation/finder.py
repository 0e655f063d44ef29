"""The import system is given a mutant in place of a module."""

from __future__ import annotations

import importlib.abc
import importlib.util
from typing import Any

from scripts.mutation.changes import Mutant, path_of


def import_name(module: str) -> str:
    return "exactland.checker." + module.replace("/", ".")


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives the import system the mutant in place of its module."""

    def __init__(self, mutant: Mutant) -> None:
        self.name = import_name(mutant.module).removesuffix(".__init__")
        self.path = path_of(mutant.module)
        self.code = mutant.code

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name != self.name:
            return None
        folder = [str(self.path.parent)] if self.path.stem == "__init__" else None
        return importlib.util.spec_from_file_location(
            name,
            self.path,
            loader=self,
            submodule_search_locations=folder,
        )

    def create_module(self, spec: Any) -> None:
        return None

    def exec_module(self, module: Any) -> None:
        exec(self.code, module.__dict__)  # our own source with one change
