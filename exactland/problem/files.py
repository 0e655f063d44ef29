"""Problem files (exactland-problem/1): JSON read strictly and written canonically."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from flint import fmpq

from exactland.arithmetic.number_fields import (
    NumberField,
    element_from_json,
    element_to_json,
    field_from_json,
    field_to_json,
)
from exactland.arithmetic.ordered import Scalar, simplify
from exactland.errors import InputError, UnsupportedError
from exactland.problem import activations
from exactland.problem.activations import ReluLike
from exactland.problem.losses import EmpiricalLoss, Problem
from exactland.problem.network import Matrix, Network, Vector
from exactland.problem.storage import StrPath, printable_name, read_bytes, write_text_atomically
from exactland.problem.strict_json import (
    NumberReader,
    below,
    dump_json,
    expect_matrix,
    expect_number,
    expect_object,
    expect_string,
    expect_vector,
    parse_json,
    quoted,
)

if TYPE_CHECKING:
    from exactland.problem.deep import AnyDeepLoss, DeepProblem
    from exactland.problem.integral import IntegralProblem

FORMAT = "exactland-problem/1"

JsonObject = dict[str, Any]
AnyProblem: TypeAlias = "Problem | DeepProblem | IntegralProblem"


def read_problem(path: StrPath) -> AnyProblem:
    """Read a problem file; its loss is empirical or integral.

    Raises
    ------
    InputError
        If the file is missing or malformed; the message is one line, file name first.
    UnsupportedError
        If it is a problem that this version does not cover.

    Examples
    --------
    >>> read_problem("no-such-problem.json")
    Traceback (most recent call last):
    ...
    exactland.errors.InputError: no-such-problem.json: no such file
    """
    data = read_bytes(path)
    try:
        return problem_from_json(parse_json(data))
    except InputError as error:
        raise error.within(printable_name(path)) from None


def write_problem(path: StrPath, problem: AnyProblem) -> None:
    """Write a problem file, atomically; reading it back gives an equal problem.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    write_text_atomically(path, dump_json(problem_to_json(problem)) + "\n")


def problem_from_json(obj: Any, where: str = "") -> AnyProblem:
    """Return the problem that a decoded JSON value describes.

    Parameters
    ----------
    obj : dict
        Numbers are text (``"1/3"``, ``"0.28"``) or integers; a float is refused.
    where : str
        The path of `obj` in a larger file, put before the fields in messages.

    Raises
    ------
    InputError, UnsupportedError
        As :func:`read_problem`, with the field's path first.

    Examples
    --------
    >>> problem = problem_from_json({
    ...     "format": "exactland-problem/1",
    ...     "network": {"activation": {"kind": "relu"}, "w": [["1", "0"]], "v": [["1/2"]]},
    ...     "loss": {"kind": "empirical", "x": [["-1", "1"]], "y": [["0.28"]]},
    ... })
    >>> problem.network.width, problem.loss.targets, problem.loss.scale
    (1, ((7/25,),), 1/2)
    """
    try:
        return _problem(obj)
    except InputError as error:
        raise type(error)(_joined(where, error.field), error.message) from None


def problem_to_json(problem: AnyProblem) -> JsonObject:
    """Return the canonical JSON value of a problem: fixed key order, numbers as ``"p/q"``.

    A number field is declared if a number needs it; its irrational elements are coefficient lists.

    Examples
    --------
    >>> one = ((fmpq(1),),)
    >>> problem = Problem(Network(activations.relu(), one, one), EmpiricalLoss(one, one))
    >>> problem_to_json(problem)["loss"]
    {'kind': 'empirical', 'x': [['1']], 'y': [['1']], 'scale': '1/2'}
    """
    declared: JsonObject = {}
    if isinstance(problem, Problem):
        network = network_to_json(problem.network)
        if (field := problem.field) is not None:
            declared = {"field": field_to_json(field)}
    else:
        from exactland.problem.deep import DeepProblem, deep_network_to_json

        if not isinstance(problem, DeepProblem):
            from exactland.problem.integral import integral_problem_to_json

            return integral_problem_to_json(problem)
        network = deep_network_to_json(problem.network)
    return {"format": FORMAT, **declared, "network": network, "loss": _loss_to_json(problem.loss)}


def network_from_json(obj: Any, where: str = "network") -> Network:
    """Return the network that a decoded JSON value describes.

    Examples
    --------
    >>> network_from_json({"activation": {"kind": "relu"}, "w": [["1", "1/0"]], "v": [["1"]]})
    Traceback (most recent call last):
    ...
    exactland.errors.InputError: network.w[0][1]: "1/0" is not a rational number
    """
    try:
        return _network(obj, expect_number)
    except InputError as error:
        inner = error.field.removeprefix("network").removeprefix(".")
        raise type(error)(_joined(where, inner), error.message) from None


def network_to_json(network: Network) -> JsonObject:
    """Return the canonical JSON value of a network; ``b`` and ``c`` only where they are parameters.

    Examples
    --------
    >>> network_to_json(Network(activations.leaky_relu(fmpq(1, 8)), (), ((),), None, (fmpq(2),)))
    {'activation': {'kind': 'leaky_relu', 'slope': '1/8'}, 'w': [], 'v': [[]], 'c': ['2']}
    """
    result: JsonObject = {
        "activation": _activation_to_json(network.activation),
        "w": matrix_to_json(network.input_weights),
    }
    if network.hidden_biases is not None:
        result["b"] = vector_to_json(network.hidden_biases)
    result["v"] = matrix_to_json(network.output_weights)
    if network.output_bias is not None:
        result["c"] = vector_to_json(network.output_bias)
    return result


def vector_to_json(vector: Vector) -> list[Any]:
    """Return a vector as a list of ``"p/q"`` strings, coefficient lists where it is irrational.

    Examples
    --------
    >>> from exactland.arithmetic.number_fields import sqrt_field
    >>> vector_to_json((fmpq(1, 2), 1 - sqrt_field(fmpq(5)).generator))
    ['1/2', ['1', '-1']]
    """
    return [element_to_json(entry) for entry in vector]


def matrix_to_json(matrix: Matrix) -> list[list[Any]]:
    """Return a matrix as a list of rows, see :func:`vector_to_json`."""
    return [vector_to_json(row) for row in matrix]


def _problem(obj: Any) -> AnyProblem:
    _check_format(obj)
    fields = expect_object(obj, "", ["format", "network", "loss"], ["field"])
    # What the other fields may hold depends on the loss, so its kind is looked up first.
    return _PROBLEM_READERS[_kind(fields["loss"], "loss", _PROBLEM_READERS, {})](fields)


def _empirical_problem(fields: Mapping[str, Any]) -> Problem | DeepProblem:
    if isinstance(fields["network"], Mapping) and "layers" in fields["network"]:
        if "field" in fields:
            message = "a number field is not supported for networks given by layers"
            raise UnsupportedError("field", message)
        from exactland.problem.deep import DeepProblem, deep_network_from_json

        network = deep_network_from_json(fields["network"])
        return DeepProblem(network, _deep_loss(fields["loss"]))
    kind = fields["loss"]["kind"]
    if kind != "empirical":
        message = f"expected one of empirical, integral ({kind} goes with networks given by layers)"
        raise InputError("loss.kind", f"{quoted(kind)} is unknown; {message}")
    read: NumberReader = expect_number
    if "field" in fields:
        read = _reader(field_from_json(fields["field"]))
    return Problem(_network(fields["network"], read), _empirical_loss(fields["loss"], read))


def _reader(field: NumberField) -> NumberReader:
    """Return the reader of the elements of a field; rational ones become plain rationals."""

    def read(value: Any, where: str) -> Scalar:
        if isinstance(value, list | tuple):
            return simplify(element_from_json(list(value), field, where))
        return expect_number(value, where)

    return read


def _check_format(obj: Any) -> None:
    """Compare the format first: a later version may well have other keys."""
    if isinstance(obj, Mapping) and "format" in obj:
        found = expect_string(obj["format"], "format")
        if found != FORMAT:
            raise InputError("format", f"{quoted(found)} is not {quoted(FORMAT)}")


def _network(obj: Any, read: NumberReader) -> Network:
    fields = expect_object(obj, "network", ["activation", "w", "v"], ["b", "c"])
    activation = _activation_from_json(fields["activation"], read)
    input_weights = expect_matrix(fields["w"], "network.w", read)
    if input_weights and not input_weights[0]:
        raise InputError("network.w[0]", "is empty")
    return Network(
        activation,
        input_weights,
        expect_matrix(fields["v"], "network.v", read),
        expect_vector(fields["b"], "network.b", read) if "b" in fields else None,
        expect_vector(fields["c"], "network.c", read) if "c" in fields else None,
    )


_ACTIVATION_PARAMETERS: dict[str, tuple[str, ...]] = {
    "relu": (),
    "leaky_relu": ("slope",),
    "abs": (),
    "relu_like": ("alpha_plus", "alpha_minus"),
    "identity": (),
}
_ACTIVATIONS: dict[str, Callable[..., ReluLike]] = {
    "relu": activations.relu,
    "leaky_relu": activations.leaky_relu,
    "abs": activations.absolute_value,
    "relu_like": activations.relu_like,
    "identity": activations.identity,
}
_LATER_ACTIVATIONS = {
    "piecewise_linear": "is not supported for the empirical loss",
    "quadratic": "is not supported for the empirical loss",
}


def _activation_from_json(obj: Any, read: NumberReader) -> ReluLike:
    where = "network.activation"
    kind = _kind(obj, where, _ACTIVATIONS, _LATER_ACTIVATIONS)
    names = _ACTIVATION_PARAMETERS[kind]
    fields = expect_object(obj, where, ["kind", *names])
    return _ACTIVATIONS[kind](*(read(fields[name], below(where, name)) for name in names))


def _activation_to_json(activation: ReluLike) -> JsonObject:
    values = {
        "slope": activation.alpha_minus,
        "alpha_plus": activation.alpha_plus,
        "alpha_minus": activation.alpha_minus,
    }
    names = _ACTIVATION_PARAMETERS[activation.kind]
    return {"kind": activation.kind, **{name: element_to_json(values[name]) for name in names}}


def _empirical_loss(obj: Any, read: NumberReader = expect_number) -> EmpiricalLoss:
    fields = expect_object(obj, "loss", ["kind", "x", "y"], ["scale"])
    inputs = expect_matrix(fields["x"], "loss.x", read)
    if inputs and not inputs[0]:
        raise InputError("loss.x[0]", "is empty")
    scale = read(fields["scale"], "loss.scale") if "scale" in fields else fmpq(1, 2)
    return EmpiricalLoss(inputs, expect_matrix(fields["y"], "loss.y", read), scale)


def _deep_loss(obj: Any) -> AnyDeepLoss:
    if not isinstance(obj, Mapping) or obj.get("kind") not in ("huber", "logistic"):
        return _empirical_loss(obj)
    if obj["kind"] == "logistic":
        from exactland.problem.logistic import LogisticLoss

        plain = _empirical_loss({"scale": "1", **obj})
        return LogisticLoss(plain.inputs, plain.targets, plain.scale)
    from exactland.problem.huber import HuberLoss

    expect_object(obj, "loss", ["kind", "x", "y", "delta"], ["scale"])
    squared = _empirical_loss({key: value for key, value in obj.items() if key != "delta"})
    delta = expect_number(obj["delta"], "loss.delta")
    return HuberLoss(squared.inputs, squared.targets, delta, squared.scale)


def _loss_to_json(loss: AnyDeepLoss) -> JsonObject:
    tables = {"x": matrix_to_json(loss.inputs), "y": matrix_to_json(loss.targets)}
    scale = element_to_json(loss.scale)
    if isinstance(loss, EmpiricalLoss):
        return {"kind": "empirical", **tables, "scale": scale}
    from exactland.problem.huber import HuberLoss

    if not isinstance(loss, HuberLoss):
        return {"kind": "logistic", **tables, "scale": scale}
    return {"kind": "huber", **tables, "delta": element_to_json(loss.delta), "scale": scale}


# A further loss enters here: a reader of problem files by the loss's kind, a writer by its class.
def _integral_problem(fields: Mapping[str, Any]) -> IntegralProblem:
    from exactland.problem.integral import integral_problem_from_json

    return integral_problem_from_json(fields)


_PROBLEM_READERS: dict[str, Callable[[Mapping[str, Any]], AnyProblem]] = {
    "empirical": _empirical_problem,
    "huber": _empirical_problem,
    "logistic": _empirical_problem,
    "integral": _integral_problem,
}


def _kind(obj: Any, where: str, known: Mapping[str, Any], later: Mapping[str, str]) -> str:
    """Return the ``kind`` of an object, one of the known ones."""
    if not isinstance(obj, Mapping):
        expect_object(obj, where, ["kind"])
    if "kind" not in obj:
        raise InputError(below(where, "kind"), "is missing")
    field = below(where, "kind")
    kind = expect_string(obj["kind"], field)
    if kind in later:
        raise UnsupportedError(field, f"{quoted(kind)} {later[kind]}")
    if kind not in known:
        raise InputError(field, f"{quoted(kind)} is unknown; expected one of {', '.join(known)}")
    return kind


def _joined(where: str, field: str) -> str:
    return f"{where}.{field}" if where and field else where or field
