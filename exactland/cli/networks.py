"""The commands that build networks: ``exactland embed`` and ``exactland spurious``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from exactland.cli import _print_json, _print_rows, _status, cli
from exactland.errors import UnsupportedError

DEEP_ACTIVATIONS = (
    *("relu", "leaky", "leaky_relu", "abs", "relu_like", "hard_tanh", "hard-tanh"),
    *("piecewise_linear", "identity"),
)


@cli.command()
@click.argument("problem")
@click.option("--replicate", type=int, metavar="I", help="Replicate neuron I.")
@click.option("--beta", metavar="Q,...", help="Factors of w of the copies, positive (default 1s).")
@click.option("--gamma", metavar="Q,...", help="Factors of h; without it, the exact set of gamma.")
@click.option("--inactive", nargs=2, metavar="W H", help="Add an inactive unit (w, h).")
@click.option("--propagate", metavar="W", help="Add a neuron (w, 0).")
@click.option("--reduce", is_flag=True, help="Find the narrow core instead.")
@click.option("-o", "--output", metavar="PROBLEM", help="Problem file to write the result to.")
@click.option("--certify", metavar="DIR", help="Write certificates into a folder.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def embed(
    problem: str,
    replicate: int | None,
    beta: str | None,
    gamma: str | None,
    inactive: tuple[str, str] | None,
    propagate: str | None,
    reduce: bool,
    output: str | None,
    certify: str | None,
    as_json: bool,
) -> None:
    """Embed the point in PROBLEM in a wider network and say exactly what that preserves.

    Vectors are comma-separated (a hidden bias comes last).  --replicate without --gamma gives, for
    free gamma, the exact set that keeps each property.
    """
    from exactland.landscape import embedding as embeddings
    from exactland.problem.files import read_problem, write_problem
    from exactland.problem.losses import Problem

    chosen = [replicate is not None, inactive is not None, propagate is not None, reduce]
    if sum(chosen) != 1:
        raise click.UsageError("give one of --replicate, --inactive, --propagate, --reduce")
    if replicate is None and (beta is not None or gamma is not None):
        raise click.UsageError("--beta and --gamma go with --replicate")
    loaded = read_problem(problem)
    if not isinstance(loaded, Problem):
        raise UnsupportedError(problem, "embeddings are of one hidden layer and empirical loss")
    result: Any
    if reduce:
        result = embeddings.reduce_to_core(loaded)
        made: Problem | None = result.core
    elif replicate is not None and gamma is None:
        betas = _vector(beta if beta is not None else "1,1", "--beta")
        with _status(f"analysing {problem}"):
            result = embeddings.gamma_sets(loaded, replicate, betas)
        made = None
    else:
        operation: embeddings.Operation
        if replicate is not None:
            gammas = _vector(gamma or "", "--gamma")
            betas = _vector(beta if beta is not None else ",".join("1" * len(gammas)), "--beta")
            operation = embeddings.Replication(replicate, betas, gammas)
        elif inactive is not None:
            weight, height = (_vector(text, "--inactive") for text in inactive)
            operation = embeddings.InactiveUnit(weight, height)
        else:
            operation = embeddings.Propagation(_vector(propagate or "", "--propagate"))
        with _status(f"analysing both points of {problem}"):
            result = embeddings.embedding(loaded, operation)
        made = result.problem
    if made is None and output is not None:
        raise click.UsageError("-o needs --gamma")
    if output is not None and made is not None:
        write_problem(output, made)
    if certify is not None:
        from exactland.certificates.embedding import write_embedding

        with _status("certifying"):
            write_embedding(result, Path(certify))
    if as_json:
        _print_json(result.to_json())
    else:
        _print_rows(result.summary_rows())


def _vector(text: str, field: str) -> tuple[Any, ...]:
    from exactland.arithmetic.rationals import parse_rational

    return tuple(parse_rational(entry.strip(), field) for entry in text.split(","))


@cli.command()
@click.argument("data")
@click.option(
    "--activation",
    type=click.Choice(DEEP_ACTIVATIONS),
    default="relu",
    show_default=True,
    help="The activation of all hidden layers.",
)
@click.option("--slope", metavar="Q", help="Slope of leaky_relu.")
@click.option("--knots", metavar="Q,...", help="Knots of piecewise_linear, increasing.")
@click.option("--slopes", metavar="Q,...", help="Its slopes (relu_like: plus,minus).")
@click.option("--value", metavar="Q", help="Its value at the first knot (default 0).")
@click.option("--widths", required=True, metavar="M,...", help="Widths of the hidden layers.")
@click.option("--scale", metavar="Q", help="Scale of the loss (default 1/2; logistic 1).")
@click.option("--huber", metavar="Q", help="Huber's loss, linear beyond Q, instead of squared.")
@click.option("--logistic", is_flag=True, help="The logistic loss, for labels from 0 to 1.")
@click.option("-o", "--output", metavar="DIR", help="Folder for networks and certificates.")
@click.option("--pdf", is_flag=True, help="Also compile the document in that folder.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def spurious(
    data: str,
    activation: str,
    slope: str | None,
    knots: str | None,
    slopes: str | None,
    value: str | None,
    widths: str,
    scale: str | None,
    huber: str | None,
    logistic: bool,
    output: str | None,
    pdf: bool,
    as_json: bool,
) -> None:
    """Construct a spurious local minimum for DATA, with a better network and certificates.

    For any depth and any piecewise-linear activation that is not affine (all biases present).  A
    hypothesis that fails is named, and nothing is constructed.
    """
    from exactland.arithmetic.rationals import parse_rational
    from exactland.landscape.linear_pieces import (
        logistic_spurious_minimum,
        parse_widths,
        spurious_minimum,
    )
    from exactland.problem.datasets import read_dataset
    from exactland.problem.huber import DeepLoss, HuberLoss
    from exactland.problem.logistic import LogisticLoss
    from exactland.problem.losses import EmpiricalLoss

    if logistic and huber is not None:
        raise click.UsageError("give one of --huber and --logistic")
    if pdf and output is None:
        raise click.UsageError("--pdf goes with -o")
    chosen = _deep_activation(activation, slope, knots, slopes, value)
    shape = parse_widths(widths)
    factor = parse_rational(scale or ("1" if logistic else "1/2"), "--scale")
    dataset = read_dataset(data, targets_required=True)
    inputs, targets = dataset.inputs, dataset.targets
    assert targets is not None
    delta = None if huber is None else parse_rational(huber, "--huber")

    def construct() -> Any:
        if logistic:
            labelled = LogisticLoss(inputs, targets, factor)
            return logistic_spurious_minimum(labelled, chosen, shape)
        loss: DeepLoss = EmpiricalLoss(inputs, targets, factor)
        if delta is not None:
            loss = HuberLoss(inputs, targets, delta, factor)
        return spurious_minimum(loss, chosen, shape)

    with _status("constructing") as update:
        found = construct()
        result, rows = found.to_json(), found.summary_rows()
        if output is not None:
            from exactland.certificates.deep import write_spurious

            names = write_spurious(found, Path(output), update, pdf=pdf)
            result |= {"folder": output, "files": names}
            rows += [("checked and written", str(Path(output) / name)) for name in names]
    if as_json:
        _print_json(result)
    else:
        _print_rows(rows)


def _deep_activation(
    kind: str, slope: str | None, knots: str | None, slopes: str | None, value: str | None
) -> Any:
    from exactland.arithmetic.rationals import parse_rational
    from exactland.problem import piecewise_linear as activations

    kind = {"leaky": "leaky_relu", "hard-tanh": "hard_tanh"}.get(kind, kind)
    if (slope is not None) != (kind == "leaky_relu"):
        raise click.UsageError("--slope goes with --activation leaky_relu, and only with it")
    if (slopes is not None) != (kind in ("piecewise_linear", "relu_like")):
        raise click.UsageError("--slopes goes with --activation piecewise_linear or relu_like")
    if (knots is not None) != (kind == "piecewise_linear") or (
        value is not None and kind != "piecewise_linear"
    ):
        raise click.UsageError("--knots and --value go with --activation piecewise_linear")
    if slope is not None:
        return activations.leaky_relu(parse_rational(slope, "--slope"))
    if slopes is not None:
        values = _vector(slopes, "--slopes")
        if knots is not None:
            start = parse_rational(value if value is not None else "0", "--value")
            return activations.piecewise_linear(_vector(knots, "--knots"), values, start)
        if len(values) != 2:
            raise click.UsageError("--slopes of relu_like are two, plus,minus")
        return activations.relu_like(*values)
    plain = {
        "relu": activations.relu,
        "abs": activations.absolute_value,
        "hard_tanh": activations.hard_tanh,
        "identity": activations.identity,
    }
    return plain[kind]()
