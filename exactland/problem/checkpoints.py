"""Checkpoints of trained networks: .npz, .safetensors, PyTorch state dicts, as exact numbers."""

from __future__ import annotations

import importlib
import io
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exactland.errors import InputError
from exactland.problem.arrays import (
    ExactArray,
    check_archive,
    check_entries,
    exact_array,
    read_npz,
    read_safetensors,
)
from exactland.problem.network import Matrix, Vector
from exactland.problem.storage import StrPath, printable_name, read_bytes
from exactland.problem.strict_json import entries, quoted

_ARRAYS = ("w", "v", "b", "c")
_WRAPPERS = ("state_dict", "model")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The parameters of a trained network, exactly the dyadic numbers of its float arrays.

    Parameters
    ----------
    input_weights : m x d
    output_weights : J x m
    hidden_biases : m, or None
    output_bias : J, or None

    Examples
    --------
    >>> from flint import fmpq
    >>> print(Checkpoint(((fmpq(1), fmpq(0)),), ((fmpq(1, 2),),), output_bias=(fmpq(3),)))
    1 neuron, 1 output, output bias
    """

    input_weights: Matrix
    output_weights: Matrix
    hidden_biases: Vector | None = None
    output_bias: Vector | None = None

    @property
    def width(self) -> int:
        """The number m of hidden neurons."""
        return len(self.input_weights)

    def __str__(self) -> str:
        biases = ["hidden biases"] * (self.hidden_biases is not None)
        biases += ["output bias"] * (self.output_bias is not None)
        outputs = len(self.output_weights)
        neurons = "1 neuron" if self.width == 1 else f"{self.width} neurons"
        text = f"{neurons}, {outputs} output{'s' if outputs > 1 else ''}"
        return f"{text}, {' and '.join(biases) or 'no biases'}"


def read_checkpoint(path: StrPath) -> Checkpoint:
    """Read a checkpoint; the suffix of the file name says which kind it is.

    Parameters
    ----------
    path : path
        ``.npz`` or ``.safetensors`` with arrays w (m x d), v (J x m) and optionally b (m),
        c (J); or a PyTorch state dict (``.pt``, ``.pth``) of two linear layers.

    Raises
    ------
    InputError
        If the file is missing, malformed, or not such a network; the message is one line, file
        name first.  Nothing in the file is ever executed.

    Examples
    --------
    >>> read_checkpoint("model.pkl")
    Traceback (most recent call last):
    ...
    exactland.errors.InputError: model.pkl: a checkpoint must be a .npz, .safetensors, .pt or .pth \
file, not ".pkl"
    """
    name = printable_name(path)
    suffix = Path(path).suffix.lower()
    if suffix not in (".npz", ".safetensors", ".pt", ".pth"):
        kinds = ".npz, .safetensors, .pt or .pth"
        raise InputError(name, f"a checkpoint must be a {kinds} file, not {quoted(suffix)}")
    data = read_bytes(path)
    try:
        if suffix == ".npz":
            return _from_arrays(read_npz(data, _ARRAYS))
        if suffix == ".safetensors":
            return _from_arrays(read_safetensors(data, _ARRAYS))
        return _from_state_dict(_load_state_dict(data))
    except InputError as error:
        raise error.within(name) from None


def _from_arrays(arrays: Mapping[str, ExactArray]) -> Checkpoint:
    for name in ("w", "v"):
        if name not in arrays:
            raise InputError(name, "is missing")
    return _checkpoint(arrays, {name: name for name in _ARRAYS})


def _checkpoint(arrays: Mapping[str, ExactArray], names: Mapping[str, str]) -> Checkpoint:
    """Check the shapes and arrange; `names` calls w, v, b, c what the file calls them."""
    for role, (dimensions, shape) in _SHAPES.items():
        if role in arrays and len(arrays[role].shape) != dimensions:
            found = arrays[role].shape
            hint = "; one output has shape (1, m)" if role == "v" and len(found) == 1 else ""
            raise InputError(names[role], f"has shape {found}, expected {shape}{hint}")
    width, dimension = arrays["w"].shape
    outputs, columns = arrays["v"].shape
    if width and not dimension:
        raise InputError(names["w"], f"has shape {(width, 0)}: no inputs")
    if not outputs:
        raise InputError(names["v"], f"has shape {(0, columns)}: no outputs")
    if columns != width:
        hint = " (transposed?)" if outputs == width else ""
        neurons = f"{names['w']} has {width} rows (neurons)"
        message = f"has shape {(outputs, columns)}, but {neurons}: expected (J, {width}){hint}"
        raise InputError(names["v"], message)
    for role, size, source in (("b", width, "w"), ("c", outputs, "v")):
        if role in arrays and arrays[role].shape != (size,):
            count = entries(arrays[role].shape[0])
            raise InputError(names[role], f"has {count}, but {names[source]} has {size} rows")
    return Checkpoint(
        _rows(arrays["w"]),
        _rows(arrays["v"]),
        arrays["b"].entries if "b" in arrays else None,
        arrays["c"].entries if "c" in arrays else None,
    )


_SHAPES = {"w": (2, "(m, d)"), "v": (2, "(J, m)"), "b": (1, "(m,)"), "c": (1, "(J,)")}


def _rows(array: ExactArray) -> Matrix:
    rows, columns = array.shape
    return tuple(array.entries[i * columns : (i + 1) * columns] for i in range(rows))


def _load_state_dict(data: bytes) -> Any:
    """Load with PyTorch's restricted unpickler, which runs no code from the file."""
    try:
        torch = importlib.import_module("torch")
    except ImportError:
        message = 'reading a PyTorch state dict needs PyTorch: pip install "exactland[torch]"'
        raise InputError("", message) from None
    if not data:
        raise InputError("", "is empty")
    if data.startswith(b"PK"):
        check_archive(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except Exception as error:
        # PyTorch raises errors of every class on damaged or unsafe files, over many lines.
        kind = type(error).__name__
        message = f"is not a PyTorch file of plain tensors ({kind}); save model.state_dict()"
        raise InputError("", message) from None


def _from_state_dict(loaded: Any) -> Checkpoint:
    """Return the network of a state dict: two 2-d ``*.weight`` in order, optional ``*.bias``."""
    torch = importlib.import_module("torch")
    tensors = _unwrapped(loaded)
    for key, value in tensors.items():
        if not isinstance(value, torch.Tensor):
            raise InputError(quoted(key), f"is not a tensor but of type {type(value).__name__}")
    weights = [key for key in tensors if str(key).endswith(".weight") and tensors[key].dim() == 2]
    biases = [key.removesuffix("weight") + "bias" for key in weights]
    surplus = [key for key in tensors if key not in (*weights, *biases)]
    if len(weights) != 2 or surplus:
        keys = ", ".join(quoted(key) for key in list(tensors)[:8])
        more = ", ..." if len(tensors) > 8 else ""
        message = f"expected the weights of two linear layers, found {keys or 'nothing'}{more}"
        raise InputError("", message)
    names = dict(zip(("w", "v", "b", "c"), (*weights, *biases), strict=True))
    arrays = {
        role: _exact_tensor(torch, key, tensors[key])
        for role, key in names.items()
        if key in tensors
    }
    return _checkpoint(arrays, names)


def _unwrapped(loaded: Any) -> Mapping[Any, Any]:
    """Return the state dict itself where a training script saved it under one of the usual keys."""
    if not isinstance(loaded, Mapping):
        raise InputError("", f"is not a state dict but of type {type(loaded).__name__}")
    inner = [key for key in _WRAPPERS if isinstance(loaded.get(key), Mapping)]
    if len(inner) > 1:
        raise InputError("", f"has both {' and '.join(quoted(key) for key in inner)}")
    result: Mapping[Any, Any] = loaded[inner[0]] if inner else loaded
    return result


def _exact_tensor(torch: Any, name: str, tensor: Any) -> ExactArray:
    """Return a dense tensor's exact values (a half or bfloat16 converts to a float exactly)."""
    check_entries(name, tensor.shape)
    supported = ("float16", "bfloat16", "float32", "float64", "int8", "int16", "int32", "int64")
    kind = str(tensor.dtype).removeprefix("torch.")
    if kind not in (*supported, "uint8", "uint16", "uint32", "uint64"):
        raise InputError(name, f"type {kind} is not supported; use a float or integer type")
    if tensor.layout != torch.strided or tensor.device.type != "cpu":
        raise InputError(name, "is not a dense tensor with its data in the file")
    return exact_array(name, tuple(tensor.shape), tensor.detach().reshape(-1).tolist())
