"""Running an atlas: the pieces on any number of workers, within limits, into a store."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

from flint import fmpq

from exactland.errors import InputError, UnsupportedError
from exactland.landscape.atlas.pieces import Plan, cached_setting, settle
from exactland.landscape.atlas.result import Atlas, assemble
from exactland.landscape.atlas.setting import Landscape
from exactland.landscape.atlas.store import Store, open_store
from exactland.problem.activations import ReluLike
from exactland.problem.datasets import Dataset
from exactland.problem.files import matrix_to_json
from exactland.problem.losses import EmpiricalLoss
from exactland.problem.storage import StrPath

Progress = Callable[[int, int], None]
"""Called with the number of sets of faces settled, and of all."""


def atlas(
    landscape: Landscape,
    width: int,
    *,
    jobs: int = 1,
    store: StrPath | None = None,
    resume: bool = False,
    max_seconds: float | None = None,
    max_configurations: int | None = None,
    scheduler: str | None = None,
    progress: Progress | None = None,
    notice: Callable[[str], None] = lambda text: None,
) -> Atlas:
    """Find every stationary loss of all networks of a width, and so the least loss of all.

    Parameters
    ----------
    landscape : Landscape
        Data, activation and biases; one output.
    width : int
        The number of neurons, at least 1.
    jobs : int
        Worker processes (joblib); the result does not depend on it.
    store : path or None
        A file that keeps every finished piece; with `resume` an earlier one is continued (or
        started anew, where another version of the code made it: `notice` is called with a line).
    max_seconds, max_configurations : limits or None
        Beyond them (time; sets of faces examined) no further piece is begun, and the result is
        marked incomplete.
    scheduler : str or None
        The address of a dask scheduler whose workers compute instead (extra ``distributed``).

    References
    ----------
    Spec, section 8.

    Examples
    --------
    >>> from flint import fmpq
    >>> from exactland.problem.activations import relu
    >>> from exactland.problem.losses import EmpiricalLoss
    >>> one = fmpq(1)
    >>> data = EmpiricalLoss(((one,), (-one,)), ((one,), (2 * one,)))
    >>> print(atlas(Landscape(data, relu()), 1))
    width: 1
    global minimum: 1/2 = 0.5
    examined: 2 of 2 sets of faces (4 multisets)
    1/2: local minimum, 1 configuration, isolated up to rescaling
    2: local minimum, 1 configuration, isolated up to rescaling
    5/2: local minimum and saddles, 1 configuration, isolated up to rescaling
    """
    if width < 1:
        raise InputError("width", f"{width} is not a positive number of neurons")
    setting = cached_setting(landscape)
    plan = Plan(len(setting.faces), width)
    with open_store(store, fingerprint(landscape, plan, "atlas"), resume, notice) as kept:
        examined = sum(plan.size(piece) for piece in kept.numbers())
        deadline = None if max_seconds is None else monotonic() + max_seconds

        def waiting() -> Iterator[int]:
            started = examined
            for piece in range(plan.pieces):
                if piece in kept:
                    continue
                if deadline is not None and monotonic() >= deadline:
                    return
                started += plan.size(piece)
                if max_configurations is not None and started > max_configurations:
                    return
                yield piece

        for piece, result in computed(settle, (landscape, width), waiting(), jobs, scheduler):
            kept.add(piece, result)
            examined += plan.size(piece)
            if progress is not None:
                progress(examined, plan.sets)
        return _assembled(setting, plan, kept)


def landscape_of(
    data: Dataset, activation: ReluLike, scale: fmpq, hidden_bias: bool, output_bias: bool
) -> Landscape:
    """Return the landscape of a data set (the constant input 1 last where `hidden_bias`)."""
    if data.targets is None:
        raise InputError("y", "is missing")
    loss = EmpiricalLoss(data.inputs, data.targets, scale)
    return Landscape(loss, activation, hidden_bias, output_bias)


def _assembled(setting: Any, plan: Plan, kept: Store) -> Atlas:
    examined = sum(plan.size(piece) for piece in kept.numbers())
    return assemble(setting, plan, kept.results(), examined, len(kept) == plan.pieces)


def computed(
    function: Callable[..., dict[str, Any]],
    task: tuple[Any, ...],
    waiting: Iterable[int],
    jobs: int,
    scheduler: str | None,
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (piece, function(*task, piece)) for all pieces, in the order in which they are done.

    Parameters
    ----------
    jobs : int
        Worker processes on this machine.
    scheduler : str or None
        The address of a dask scheduler whose workers compute instead.
    """
    if jobs == 1 and scheduler is None:
        for piece in waiting:
            yield piece, function(*task, piece)
        return
    from joblib import Parallel, delayed, parallel_config

    work = (delayed(_numbered)(function, task, piece) for piece in waiting)
    with _cluster(scheduler), parallel_config(backend="dask" if scheduler else "loky"):
        # Pieces are handed out one at a time and none far ahead, so that limits end a run soon.
        pool = Parallel(
            n_jobs=-1 if scheduler else jobs,
            return_as="generator_unordered",
            pre_dispatch="2*n_jobs",
            batch_size=1,
        )
        yield from pool(work)


@contextmanager
def _cluster(scheduler: str | None) -> Iterator[None]:
    """Connect to a dask cluster, where one is asked for."""
    if scheduler is None:
        yield
        return
    try:
        from dask.distributed import Client
    except ImportError:
        message = "needs dask: install exactland with the extra 'distributed'"
        raise UnsupportedError("--scheduler", message) from None
    try:
        client = Client(scheduler, timeout=10)
    except (OSError, ValueError) as error:
        raise InputError("--scheduler", f"no cluster at {scheduler}: {error}") from None
    with client:
        yield


def _numbered(
    function: Callable[..., dict[str, Any]], task: tuple[Any, ...], piece: int
) -> tuple[int, dict[str, Any]]:
    return piece, function(*task, piece)


def fingerprint(landscape: Landscape, plan: Plan, kind: str) -> str:
    """Everything that the results of the pieces of one kind depend on, as text."""
    loss, activation = landscape.loss, landscape.activation
    return json.dumps(
        {
            "kind": kind,
            "x": matrix_to_json(loss.inputs),
            "y": matrix_to_json(loss.targets),
            "scale": str(loss.scale),
            "slopes": [str(activation.alpha_plus), str(activation.alpha_minus)],
            "output_bias": landscape.output_bias,
            "width": plan.width,
            "pieces": [plan.pieces, plan.length],
        },
        sort_keys=True,
    )
