"""The contracts of the house: direction of flow, the trust boundary, light imports, file shape.

Every rule is tried on sources made to break it, so that none passes by checking nothing.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import exactland
from tests import source_rules as rules

ROOT = Path(__file__).parent.parent
PUBLIC: dict[str, str] = exactland._PUBLIC
CODE_FOLDERS = ("exactland", "tests", "scripts", "examples", "benchmarks", "proofs", "notebooks")


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted((ROOT / "exactland").rglob("*.py"))}
SOURCES = sorted(path for folder in CODE_FOLDERS for path in (ROOT / folder).rglob("*.py"))


def imports_of(module: str) -> list[rules.Import]:
    path = MODULES[module]
    return rules.imports(module, path.name == "__init__.py", path.read_text("utf-8"), PUBLIC)


def every(rule: Callable[[str], list[str]], over: object = MODULES) -> list[str]:
    return [violation for module in over for violation in rule(module)]  # type: ignore[attr-defined]  # any iterable of str


def output_of(program: str) -> str:
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_the_package_was_found() -> None:
    assert {"exactland", "exactland.errors", "exactland.problem.network"} <= set(MODULES)
    assert any(one.target == "flint" for one in imports_of("exactland.problem.network"))


def test_nothing_imports_against_the_flow() -> None:
    assert every(lambda module: rules.direction(module, imports_of(module))) == []


def test_the_checker_imports_only_the_standard_library() -> None:
    checker = [module for module in MODULES if module.startswith("exactland.checker")]
    assert every(lambda module: rules.checker_isolation(module, imports_of(module)), checker) == []


def test_the_checker_has_no_floating_point_number() -> None:
    checker = [module for module in MODULES if module.startswith("exactland.checker")]
    assert every(lambda module: rules.floats(module, MODULES[module].read_text()), checker) == []


def test_heavy_libraries_are_imported_lazily() -> None:
    assert every(lambda module: rules.heavy_at_import(module, imports_of(module))) == []


def test_importing_every_module_loads_no_heavy_library() -> None:
    """The rule above, as the interpreter sees it: also through third parties."""
    modules = [module for module in MODULES if not module.endswith("__main__")]
    program = (
        "import importlib, json, sys\n"
        f"for module in {modules!r}: importlib.import_module(module)\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    loaded = set(json.loads(output_of(program)))
    assert "flint" in loaded
    assert loaded & rules.HEAVY == set()


def test_importing_the_package_imports_nothing_of_it() -> None:
    program = "import sys; old = set(sys.modules); import exactland; print(*set(sys.modules) - old)"
    assert set(output_of(program).split()) <= {"exactland", "__future__"}


def test_source_files_are_short_and_documented() -> None:
    violations = []
    for path in SOURCES:
        violations += rules.shape(str(path.relative_to(ROOT)), path.read_text("utf-8"))
    assert violations == []


def test_no_file_names_a_machine_or_a_registry() -> None:
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listing.returncode != 0:
        pytest.skip("not a git checkout; not checked: that tracked files name no machine")
    violations = []
    for name in listing.stdout.split("\0"):
        path = ROOT / name
        if not path.is_file():
            continue
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue  # a float checkpoint
        violations += rules.machine_traces(name, text)
    assert violations == []


def test_public_names_are_those_that_type_checkers_see() -> None:
    tree = ast.parse(MODULES["exactland"].read_text("utf-8"))
    (block,) = [node for node in tree.body if isinstance(node, ast.If)]
    declared = {
        alias.asname: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert declared == PUBLIC


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_public_name_is_defined_where_the_table_says(name: str) -> None:
    value = getattr(exactland, name)
    assert value.__module__.startswith(PUBLIC[name])
    assert name in dir(exactland)


def test_unknown_public_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'no_such_name'"):
        getattr(exactland, "no_such_name")  # noqa: B009  (mypy would refuse the attribute)


# The rules themselves, on sources made to break them.


def found(module: str, source: str, is_package: bool = False) -> list[rules.Import]:
    return rules.imports(module, is_package, source, {"analyze": "exactland.landscape.analysis"})


AGAINST_THE_FLOW = [
    ("exactland.errors", "import exactland.arithmetic.rationals"),
    ("exactland.arithmetic.matrices", "from exactland.problem.network import Network"),
    ("exactland.cells.fans", "from ..derivatives import empirical"),
    ("exactland.problem.files", "def f():\n    from exactland.landscape import analysis"),
    ("exactland.problem.files", "f = lambda: __import__('exactland.cli')"),
    ("exactland.derivatives.hessian", "class A:\n    import exactland.certificates.produce"),
    ("exactland.problem.files", "from exactland import analyze"),
    ("exactland.cells.graph", "from exactland import plots"),
    (
        "exactland.cells.fans",
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    from exactland.landscape.analysis import Verdict",
    ),
    ("exactland.cells.fans", "import importlib\nimportlib.import_module('exactland.plots')"),
    ("exactland.cells.fans", "import importlib\nimportlib.import_module('exactland.' + 'plots')"),
    ("exactland.landscape.analysis", "from exactland.checker import check_file"),
    ("exactland.plots.figures", "def f():\n    import exactland.checker.rules"),
    ("exactland.elsewhere", "import json"),
    ("exactland.cli", "import exactland.elsewhere"),
    ("exactland", "from exactland.problem.network import Network"),
]


@pytest.mark.parametrize(("module", "source"), AGAINST_THE_FLOW)
def test_an_import_against_the_flow_is_seen(module: str, source: str) -> None:
    assert len(rules.direction(module, found(module, source))) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("exactland.cli", "from exactland.checker import check_file"),
        ("exactland.certificates.produce", "def f():\n    from exactland import checker"),
        ("exactland.cells.fans", "from exactland.cells.patterns import signs\nimport flint"),
        ("exactland.cells.fans", "from . import patterns\nfrom ..errors import InputError"),
        ("exactland.cli", "from exactland import __version__, analyze"),
        ("exactland", "def __getattr__(name):\n    from exactland import cells"),
    ],
)
def test_an_import_along_the_flow_passes(module: str, source: str) -> None:
    assert rules.direction(module, found(module, source, module == "exactland")) == []


@pytest.mark.parametrize(
    "source",
    [
        "import flint",
        "from exactland.errors import InputError",
        "from exactland import __version__",
        "from .. import errors",
        "def f():\n    import sympy",
        "import importlib\nimportlib.import_module(name)",
    ],
)
def test_a_foreign_import_into_the_checker_is_seen(source: str) -> None:
    assert len(rules.checker_isolation("c", found("exactland.checker.rules", source))) == 1


def test_the_checker_may_import_itself_and_the_standard_library() -> None:
    source = "import json, fractions\nfrom . import numbers\nfrom exactland.checker.claims import x"
    assert rules.checker_isolation("c", found("exactland.checker.rules", source)) == []


@pytest.mark.parametrize(
    ("source", "violations"),
    [
        ("import numpy as np", 1),
        ("try:\n    from matplotlib import pyplot\nexcept ImportError:\n    pass", 1),
        ("class A:\n    import sympy", 1),
        ("import typing\nif typing.TYPE_CHECKING:\n    import torch\nelse:\n    import rich", 1),
        ("def f():\n    import numpy", 0),
        ("async def f():\n    from networkx import Graph", 0),
        ("import numpylike", 0),
    ],
)
def test_a_heavy_import_at_module_level_is_seen(source: str, violations: int) -> None:
    assert len(rules.heavy_at_import("m", found("exactland.cells.m", source))) == violations


@pytest.mark.parametrize(
    ("source", "violations"),
    [
        ("x = float('1')", 1),
        ("close = abs(x) < 1e-9", 1),
        ("import json\njson.loads(text, parse_float=float)", 1),
        ("import math\nmath.isclose(a, b)", 1),
        ("z = 2j", 1),
        ("def f(x: float): ...", 1),
        ("if isinstance(value, (bool, float)): raise TypeError('float(1.5)')", 0),
        ("x = Fraction(1, 10**9)", 0),
    ],
)
def test_a_float_in_the_checker_is_seen(source: str, violations: int) -> None:
    assert len(rules.floats("m", source)) == violations


def test_a_long_or_undocumented_file_is_seen() -> None:
    assert rules.shape("m.py", '"""One job."""\n' + "x = 1\n" * 499) == []
    assert rules.shape("m.py", '"""One job."""\n' + "x = 1\n" * 500) != []
    assert rules.shape("m.py", "x = 1\n") == ["m.py has no module docstring"]


@pytest.mark.parametrize(
    "text",
    [
        "see /" + "work/shared/notes",
        'open("/' + 'home/ada/data.json")',
        "--index-url https://" + "pypi." + "org/simple",
        "(/" + "tmp/x)",
    ],
)
def test_a_trace_of_a_machine_is_seen(text: str) -> None:
    assert len(rules.machine_traces("f", text)) == 1


def test_relative_paths_are_no_trace_of_a_machine() -> None:
    assert rules.machine_traces("f", "examples/work/x https://example.org/home/page $D/tmp/x") == []
