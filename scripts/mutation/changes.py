"""The mutants of a module: its code with one place changed."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import CodeType

ROOT = Path(__file__).parents[2]
CHECKER = ROOT / "exactland" / "checker"
SHOWN = 100  # characters of a change


@dataclass(frozen=True)
class Mutant:
    """One change: where, what the line says, and the number of the place and of the change."""

    module: str
    scope: str
    line: int
    text: str
    change: str
    place: int
    option: int

    @cached_property
    def code(self) -> CodeType:
        """The module with the change."""
        path = path_of(self.module)
        tree = ast.parse(path.read_text("utf-8"))
        if self.place >= 0:
            _apply(tree, list(_places(tree, "", frozenset()))[self.place][0], self.option)
        ast.fix_missing_locations(tree)
        return compile(tree, str(path), "exec")

    @property
    def name(self) -> tuple[str, str, str, str]:
        """What tells it from other mutants, and stays when lines are added elsewhere."""
        return self.module, self.scope, self.text, self.change


def name_of(path: Path) -> str:
    return path.relative_to(CHECKER).with_suffix("").as_posix()


def path_of(module: str) -> Path:
    return CHECKER / f"{module}.py"


def unchanged(module: str) -> Mutant:
    return Mutant(module, "", 1, "", "nothing", -1, 0)


COMPARISONS: dict[type[ast.cmpop], list[type[ast.cmpop]]] = {
    ast.Lt: [ast.LtE, ast.Gt],
    ast.LtE: [ast.Lt],
    ast.Gt: [ast.GtE, ast.Lt],
    ast.GtE: [ast.Gt],
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq],
    ast.In: [ast.NotIn],
    ast.NotIn: [ast.In],
    ast.Is: [ast.IsNot],
    ast.IsNot: [ast.Is],
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}


def mutants(path: Path) -> Iterator[Mutant]:
    """Yield every mutant of a module."""
    source = path.read_text("utf-8")
    lines, first = source.splitlines(), 0
    for statement in ast.parse(source).body:
        whole = ast.Module([statement], [])
        places = list(_places(whole, "", frozenset()))
        for number, (node, scope) in enumerate(places):
            for option in range(_changes(node)):
                changed = copy.deepcopy(whole)
                target = list(_places(changed, "", frozenset()))[number][0]
                line = getattr(node, "lineno", 0)
                text = f"{_shown(node)} -> {_apply(changed, target, option)[:SHOWN]}"
                yield Mutant(
                    name_of(path),
                    scope,
                    line,
                    lines[line - 1].strip(),
                    text,
                    first + number,
                    option,
                )
        first += len(places)


def _shown(node: ast.AST) -> str:
    return ast.unparse(node).splitlines()[0][:SHOWN]


def _places(tree: ast.AST, scope: str, counted: frozenset[str]) -> Iterator[tuple[ast.AST, str]]:
    """Walk the code that runs, with the function around each place.

    Left out are annotations, docstrings, messages, calls of the meter, and the local names
    (`counted`) that only such calls use.
    """
    if isinstance(tree, ast.FunctionDef | ast.ClassDef):
        scope = f"{scope}.{tree.name}" if scope else tree.name
    if isinstance(tree, ast.FunctionDef):
        counted = _counted(tree)
    for field, value in ast.iter_fields(tree):
        if field in ("annotation", "returns", "decorator_list"):
            continue
        for node in value if isinstance(value, list) else [value]:
            if not isinstance(node, ast.AST) or _ignored(node) or _targets(node) & counted:
                continue
            if isinstance(node, _MUTABLE):
                yield node, scope
            yield from _places(node, scope, counted)


_MUTABLE = (ast.Compare, ast.BinOp, ast.BoolOp, ast.UnaryOp, ast.Constant, ast.Raise, ast.If,
            ast.IfExp, ast.Expr, ast.AugAssign, ast.Return)  # fmt: skip


def _ignored(node: ast.AST) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom | ast.JoinedStr):
        return True
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True  # a docstring
    if _announces(node):
        return True
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Rejected", "Unusable"):
        return True  # where and why
    return isinstance(node, ast.AnnAssign) and node.value is None


def _announces(node: ast.AST) -> bool:
    """Tell whether this is a call of the meter."""
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
        return False
    called = ast.unparse(node.value.func)
    return called.split(".")[-2:] in (["meter", "work"], ["meter", "memory"])


def _targets(node: ast.AST) -> frozenset[str]:
    """Return the names that a statement assigns, where it assigns only names."""
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        for target in node.targets:
            targets += target.elts if isinstance(target, ast.Tuple) else [target]
    elif isinstance(node, ast.AugAssign):
        targets = [node.target]
    if all(isinstance(target, ast.Name) for target in targets):
        return frozenset(target.id for target in targets if isinstance(target, ast.Name))
    return frozenset()


def _counted(function: ast.FunctionDef) -> frozenset[str]:
    """Return the local names that are used only to tell the meter how much there is to do."""
    found: frozenset[str] = frozenset().union(*map(_targets, ast.walk(function)))
    found -= {argument.arg for argument in function.args.args}
    while True:
        used = set()
        waiting: list[ast.AST] = list(function.body)
        while waiting:
            node = waiting.pop()
            targets = _targets(node)
            if _announces(node) or (targets and targets <= found):
                continue
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                used.add(node.id)
            elif targets:
                used |= targets  # together with a name that is used otherwise
            waiting += ast.iter_child_nodes(node)
        if not found & used:
            return found
        found -= used


def _changes(node: ast.AST) -> int:
    if isinstance(node, ast.Compare):
        return sum(len(COMPARISONS[type(op)]) for op in node.ops)
    if isinstance(node, ast.BinOp | ast.AugAssign):
        return int(type(node.op) in OPERATORS)
    if isinstance(node, ast.BoolOp):
        return 1
    if isinstance(node, ast.UnaryOp):
        return int(isinstance(node.op, ast.Not | ast.USub))
    if isinstance(node, ast.Constant):
        return int(isinstance(node.value, int) or node.value is None)
    if isinstance(node, ast.If | ast.IfExp):
        return 2
    if isinstance(node, ast.Return):
        return int(node.value is not None and not isinstance(node.value, ast.Constant))
    return 1  # a raise or a call left out


def _apply(tree: ast.Module, node: ast.AST, option: int) -> str:
    """Change the node in place; return what it then says."""
    if isinstance(node, ast.Compare):
        options = [(k, new) for k, op in enumerate(node.ops) for new in COMPARISONS[type(op)]]
        place, new = options[option]
        node.ops[place] = new()
    elif isinstance(node, ast.BinOp | ast.AugAssign):
        node.op = OPERATORS[type(node.op)]()
    elif isinstance(node, ast.BoolOp):
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    elif isinstance(node, ast.If | ast.IfExp):
        node.test = ast.Constant(option == 0)
    elif isinstance(node, ast.Constant):
        value = node.value
        node.value = (not value) if isinstance(value, bool) else 0 if value is None else value + 1  # type: ignore[operator]
    elif isinstance(node, ast.UnaryOp):
        return ast.unparse(_replaced(tree, node, node.operand))
    elif isinstance(node, ast.Return):
        node.value = ast.Constant(None)
    else:
        return ast.unparse(_replaced(tree, node, ast.Pass()))
    return ast.unparse(node).splitlines()[0]


def _replaced(tree: ast.AST, old: ast.AST, new: ast.AST) -> ast.AST:
    for parent in ast.walk(tree):
        for field, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, field, new)
            elif isinstance(value, list) and any(item is old for item in value):
                value[next(k for k, item in enumerate(value) if item is old)] = new
    return new
