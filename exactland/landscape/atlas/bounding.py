"""Branch and bound for the least loss at a width, with a tree that proves it.

A *class* is a cell of the data arrangement with a sign of h.  A neuron of a class contributes a
nonnegative combination of the class's generators (sign * atom of a ray of the cell).  Let r be a
vector with  r . g >= 0  for all generators g of some classes, r . 1 = 0 if there is an output
bias, and r . y < 0.  Every network whose neurons are all in those classes then has

    r . (f - y) >= -r . y > 0,   so   |f - y|^2 >= (r . y)^2 / |r|^2        (Cauchy-Schwarz),

whatever its width.  Residuals of nonnegative least squares are such vectors, and their bound is
their own square.  The tree chooses classes one after the other: a node with chosen classes T and a
vector r good for T settles all networks whose neurons are good for r, and has a child for each
class that is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from flint import fmpq, fmpz, fmpz_mat

from exactland.landscape.atlas.setting import Integers, Setting
from exactland.landscape.atlas.solving import residual_of

MAX_TRIES = 12
"""Enlargements tried at a node before it branches."""


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the tree: its bounding vectors, and a child for every class it must still try.

    A node below width - 1 chosen classes has one vector and children; one with width - 1 has as
    many vectors as it takes for every further class to be good for one of them.
    """

    vectors: tuple[tuple[int, ...], ...]
    children: tuple[tuple[int, Node], ...] = ()

    def count(self) -> int:
        """Return the number of vectors in the tree."""
        return len(self.vectors) + sum(child.count() for _, child in self.children)


@dataclass(frozen=True, slots=True)
class Minimum:
    """The least loss over all networks of a width, with its proof.

    Attributes
    ----------
    tree : Node or None
        None where the loss is 0.
    generators : ray index -> coefficient, a neuron each
        A network that attains the loss: neuron i is  sign_i * sum coefficient * ray.
    """

    width: int
    loss: fmpq
    tree: Node | None
    neurons: tuple[tuple[int, dict[int, fmpq]], ...]
    constant: fmpq


@dataclass(frozen=True, slots=True)
class Fit:
    """A nonnegative least-squares solution on some classes."""

    passive: tuple[int, ...]  # signed rays with positive coefficient: 2 * ray + (sign < 0)
    coefficients: tuple[fmpq, ...]
    constant: fmpq
    residual: tuple[fmpz, ...]
    loss: fmpq
    plus: int
    minus: int


@dataclass
class Search:
    """The state of one search; `seen` are the sets of classes it asked about."""

    setting: Setting
    width: int
    target: fmpq = fmpq(0)
    fits: dict[frozenset[int], Fit] = field(default_factory=dict)
    seen: set[frozenset[int]] = field(default_factory=set)

    @cached_property
    def cell_rays(self) -> list[int]:
        return [sum(1 << ray for ray in cell.rays) for cell in self.setting.arrangement.cells]

    def class_count(self) -> int:
        return 2 * len(self.cell_rays)

    def is_bad(self, fit: Fit, name: int) -> bool:
        """Whether a class (2 * cell + (h < 0)) has a generator with negative product."""
        return bool(self.cell_rays[name // 2] & (fit.plus if name % 2 else fit.minus))

    def bad(self, fit: Fit, forbidden: frozenset[int]) -> list[int]:
        return [
            name
            for name in range(self.class_count())
            if name not in forbidden and self.is_bad(fit, name)
        ]


class Better(Exception):
    """A network with a loss below the target was found."""

    def __init__(self, classes: tuple[int, ...], fit: Fit) -> None:
        super().__init__()
        self.classes, self.fit = classes, fit


def least_loss(setting: Setting, width: int) -> Minimum:
    """Find the least loss over all networks of the width, and the tree that proves it.

    See :func:`~exactland.landscape.atlas.branches.bounded_minimum` for workers and limits.

    Examples
    --------
    >>> from exactland.landscape.atlas.setting import Landscape, make_setting
    >>> from exactland.problem.activations import relu
    >>> from exactland.problem.losses import EmpiricalLoss
    >>> one = fmpq(1)
    >>> data = EmpiricalLoss(((one,), (-one,)), ((one,), (3 * one,)))
    >>> least_loss(make_setting(Landscape(data, relu())), 1).loss
    1/2
    """
    search = Search(setting, width)
    classes, best = greedy(search)
    while True:
        search.target = best.loss
        try:
            tree = _node(search, (), frozenset()) if best.loss else None
        except Better as better:
            classes, best = better.classes, better.fit
            continue
        return minimum(search, classes, best, tree)


def minimum(search: Search, classes: Sequence[int], best: Fit, tree: Node | None) -> Minimum:
    """Put a result together."""
    neurons = _neurons(search, classes, best)
    return Minimum(search.width, best.loss, tree, neurons, best.constant)


@dataclass(frozen=True, slots=True)
class Root:
    """The root of the tree below width - 1 chosen classes: its vector, and a child a class."""

    vector: tuple[int, ...]
    names: tuple[int, ...]


def root(search: Search) -> Root:
    """Return the root for the target of the search (width 2 or more, target not 0).

    Raises
    ------
    Better
        If the least loss is below the target.
    """
    fit = _enlarged(search, (), _good_fit(search, ()), frozenset())
    return Root(_vector(fit), tuple(search.bad(fit, frozenset())))


def branch(search: Search, top: Root, place: int) -> Node:
    """Return the node of one child of the root, which depends on nothing but the target.

    Raises
    ------
    Better
        If a network with a loss below the target was found.
    """
    return _node(search, (top.names[place],), frozenset(top.names[:place]))


def _neurons(
    search: Search, classes: Sequence[int], fit: Fit
) -> tuple[tuple[int, dict[int, fmpq]], ...]:
    """Give every generator to a class that has it."""
    parts: list[dict[int, fmpq]] = [{} for _ in classes]
    for signed, coefficient in zip(fit.passive, fit.coefficients, strict=True):
        ray, negative = divmod(signed, 2)
        place = next(
            place
            for place, name in enumerate(classes)
            if name % 2 == negative and search.cell_rays[name // 2] >> ray & 1
        )
        parts[place][ray] = coefficient
    return tuple((-1 if name % 2 else 1, part) for name, part in zip(classes, parts, strict=True))


def greedy(search: Search) -> tuple[tuple[int, ...], Fit]:
    """A good network: the best class one after the other, then exchanges while they help."""
    classes: tuple[int, ...] = ()
    best = fit_on(search, ())
    everything = range(search.class_count())
    for _ in range(search.width if search.class_count() else 0):
        best, classes = min(
            ((fit_on(search, (*classes, name)), (*classes, name)) for name in everything),
            key=lambda pair: pair[0].loss,
        )
    improved = bool(best.loss)
    while improved:
        improved = False
        for place in range(len(classes)):
            for name in everything:
                trial = (*classes[:place], name, *classes[place + 1 :])
                fit = fit_on(search, trial)
                if fit.loss < best.loss:
                    best, classes, improved = fit, trial, True
    return classes, best


def _node(search: Search, chosen: tuple[int, ...], forbidden: frozenset[int]) -> Node:
    """Settle all networks that use the chosen classes and none of the forbidden ones."""
    if len(chosen) == search.width - 1:
        return _last(search, chosen, forbidden)
    fit = _enlarged(search, chosen, _good_fit(search, chosen), forbidden)
    children = []
    for name in search.bad(fit, forbidden):
        children.append((name, _node(search, (*chosen, name), forbidden)))
        forbidden = forbidden | {name}
    return Node((_vector(fit),), tuple(children))


def _last(search: Search, chosen: tuple[int, ...], forbidden: frozenset[int]) -> Node:
    vectors = []
    fit = _enlarged(search, chosen, _good_fit(search, chosen), forbidden)
    vectors.append(_vector(fit))
    open_classes = search.bad(fit, forbidden)
    while open_classes:
        name = open_classes[0]
        fit = _good_fit(search, (*chosen, name))
        remaining = [other for other in open_classes if search.is_bad(fit, other)]
        fit = _enlarged(search, (*chosen, name), fit, forbidden, remaining)
        vectors.append(_vector(fit))
        open_classes = [other for other in open_classes if search.is_bad(fit, other)]
    return Node(tuple(vectors))


def _good_fit(search: Search, classes: tuple[int, ...]) -> Fit:
    fit = fit_on(search, classes)
    if fit.loss < search.target:
        raise Better(classes, fit)
    return fit


def _enlarged(
    search: Search,
    chosen: tuple[int, ...],
    fit: Fit,
    forbidden: frozenset[int],
    among: Sequence[int] | None = None,
) -> Fit:
    """Let further classes in while the loss stays above the target: fewer remain bad."""
    classes = chosen
    refused: set[int] = set()
    for _ in range(MAX_TRIES):
        bad = search.bad(fit, forbidden) if among is None else among
        candidates = [name for name in bad if name not in refused and search.is_bad(fit, name)]
        if not candidates:
            break
        name = _mildest(search, fit, candidates)
        trial = fit_on(search, (*classes, name), fit.passive)
        if trial.loss >= search.target:
            fit, classes = trial, (*classes, name)
        else:
            refused.add(name)
    return fit


def _mildest(search: Search, fit: Fit, names: Iterable[int]) -> int:
    """The class that would lower the loss least (a guess, in floats)."""
    violations: dict[int, float] = {}
    gram = search.setting.gram

    def violation(name: int) -> float:
        rays = search.cell_rays[name // 2] & (fit.plus if name % 2 else fit.minus)
        worst = 0.0
        while rays:
            ray = (rays & -rays).bit_length() - 1
            rays &= rays - 1
            if ray not in violations:
                atom = search.setting.atoms[ray]
                product = sum((a * b for a, b in zip(atom, fit.residual, strict=True)), fmpz(0))
                violations[ray] = int(product * product) / int(gram[ray][ray])
            worst = max(worst, violations[ray])
        return worst

    return min(names, key=lambda name: (violation(name), name))


def _vector(fit: Fit) -> tuple[int, ...]:
    divisor = fmpz(0)
    for entry in fit.residual:
        divisor = divisor.gcd(entry)
    return tuple(int(entry // divisor) for entry in fit.residual)


def fit_on(search: Search, classes: Sequence[int], start: Sequence[int] = ()) -> Fit:
    """Nonnegative least squares on the generators of the classes (Lawson and Hanson, exactly).

    Every step strictly lowers the loss, so that no set of positive coefficients returns.
    """
    key = frozenset(classes)
    search.seen.add(key)
    if key in search.fits:
        return search.fits[key]
    setting = search.setting
    allowed = [0, 0]
    for name in classes:
        allowed[name % 2] |= search.cell_rays[name // 2]
    passive: list[int] = [s for s in start if allowed[s % 2] >> (s // 2) & 1]
    values = [fmpq(0)] * len(passive)
    while True:
        # Solve on the passive set, walking back while a coefficient would turn negative.
        while True:
            solution, constant, residual, denominator = _solve_free(setting, passive)
            if all(value > 0 for value in solution):
                values = list(solution)
                break
            step = min(
                (
                    old / (old - new)
                    for old, new in zip(values, solution, strict=True)
                    if new <= 0 and old != new
                ),
                default=fmpq(0),
            )
            moved = [old + step * (new - old) for old, new in zip(values, solution, strict=True)]
            kept = [
                index
                for index, (value, new) in enumerate(zip(moved, solution, strict=True))
                if value > 0 or new > 0
            ]
            if len(kept) == len(passive):  # pragma: no cover
                raise ArithmeticError("nonnegative least squares does not advance")
            passive = [passive[index] for index in kept]
            values = [moved[index] for index in kept]
        plus, minus = setting.ray_masks(residual)
        wrong = [allowed[0] & minus, allowed[1] & plus]
        entering = _entering(setting, residual, wrong)
        if entering is None:
            break
        passive.append(entering)
        values.append(fmpq(0))
    loss = setting.loss_of(residual, denominator)
    fit = Fit(tuple(passive), tuple(values), constant, tuple(residual), loss, plus, minus)
    if len(search.fits) < 50_000:
        search.fits[key] = fit
    return fit


def _entering(setting: Setting, residual: Integers, wrong: Sequence[int]) -> int | None:
    best: tuple[float, int] | None = None
    for negative, rays in enumerate(wrong):
        while rays:
            ray = (rays & -rays).bit_length() - 1
            rays &= rays - 1
            atom = setting.atoms[ray]
            product = sum((a * b for a, b in zip(atom, residual, strict=True)), fmpz(0))
            gain = int(product * product) / int(setting.gram[ray][ray])
            if best is None or gain > best[0]:
                best = (gain, 2 * ray + negative)
    return None if best is None else best[1]


def _solve_free(
    setting: Setting, passive: Sequence[int]
) -> tuple[list[fmpq], fmpq, Integers, fmpz]:
    """Least squares on independent generators: coefficients, constant, residual over a number."""
    rays = [signed // 2 for signed in passive]
    signs = [-1 if signed % 2 else 1 for signed in passive]
    columns = rays if setting.constant is None else [*rays, setting.constant]
    size = len(columns)
    if not size:
        return [], fmpq(0), [-target for target in setting.targets], fmpz(1)
    gram = setting.gram
    square = fmpz_mat(size, size, [gram[row][column] for row in columns for column in columns])
    solution = square.solve(fmpz_mat(size, 1, [setting.moments[row] for row in columns]))
    matrix, denominator = solution.numer_denom()
    numerators = matrix.entries()
    residual = residual_of(setting, columns, numerators, denominator)
    coefficients = [
        fmpq(sign * value, denominator) for sign, value in zip(signs, numerators, strict=False)
    ]
    constant = fmpq(0) if setting.constant is None else fmpq(numerators[-1], denominator)
    return coefficients, constant, residual, denominator
