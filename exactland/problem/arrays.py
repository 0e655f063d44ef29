"""Binary arrays in .npz and .safetensors files: safely unpacked to exact rational numbers.

Neither numpy nor pickle is involved: a file holds raw bytes with a declared type and shape, and
both declarations are checked against limits and against the bytes before anything is unpacked.
"""

from __future__ import annotations

import ast
import importlib
import io
import math
import re
import struct
import zipfile
import zlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flint import fmpq

from exactland.errors import InputError
from exactland.problem.storage import MAX_BYTES
from exactland.problem.strict_json import quoted

MAX_ENTRIES = 4_000_000
"""Numbers in one array beyond which it is refused (each takes about 100 bytes once exact)."""

_MAX_MEMBERS = 64
_MAX_HEADER = 10_000
_CENTRAL_ENTRY = b"PK\x01\x02"
_ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
    struct.error,
)

# The codes of the struct module, by numpy's kind and size and by safetensors' name.
_NUMPY_CODES = {
    **{"f2": "e", "f4": "f", "f8": "d"},
    **{"i1": "b", "i2": "h", "i4": "i", "i8": "q", "u1": "B", "u2": "H", "u4": "I", "u8": "Q"},
}
_SAFETENSORS_CODES = {
    **{"F16": "e", "F32": "f", "F64": "d"},
    **{
        "I8": "b",
        "I16": "h",
        "I32": "i",
        "I64": "q",
        "U8": "B",
        "U16": "H",
        "U32": "I",
        "U64": "Q",
    },
}


@dataclass(frozen=True, slots=True)
class ExactArray:
    """An array of any dimension with exact entries, in row-major order.

    Examples
    --------
    >>> exact_array("w", (1, 2), [0.5, 3]).entries
    (1/2, 3)
    """

    shape: tuple[int, ...]
    entries: tuple[fmpq, ...]


def exact_array(name: str, shape: Sequence[int], values: Sequence[float | int]) -> ExactArray:
    """Return the exact (dyadic) values of floats or integers given in row-major order.

    Raises
    ------
    InputError
        If an entry is NaN or infinite; the message names array and index.

    Examples
    --------
    >>> exact_array("w", (2, 2), [1.0, 2.0, float("nan"), 4.0])
    Traceback (most recent call last):
    ...
    exactland.errors.InputError: w[1][0]: nan is not a number
    """
    for position, value in enumerate(values):
        if not math.isfinite(value):
            raise InputError(f"{name}{_index_text(position, shape)}", f"{value} is not a number")
    return ExactArray(tuple(shape), tuple(fmpq(*value.as_integer_ratio()) for value in values))


def check_entries(name: str, shape: Iterable[int]) -> None:
    """Refuse an array with more than :data:`MAX_ENTRIES` entries, or rows were they not empty."""
    if math.prod(max(size, 1) for size in shape) > MAX_ENTRIES:
        raise InputError(name, f"has more than {MAX_ENTRIES} entries (the limit)")


def check_archive(data: bytes, limit: int = MAX_BYTES) -> None:
    """Refuse a zip archive that unpacks to more than `limit` bytes, before unpacking any of it.

    Raises
    ------
    InputError
        If so, if it has too many members, or if it is not a zip archive.
    """
    with _open_archive(data) as archive:
        total = sum(member.file_size for member in archive.infolist())
    if total > limit:
        raise InputError("", f"unpacks to {total} bytes (limit {limit})")


def read_npz(data: bytes, allowed: Collection[str]) -> dict[str, ExactArray]:
    """Return the arrays of an .npz file, all of whose names must be allowed.

    Raises
    ------
    InputError
        If it is no such file, an array is unknown, twice there, not numeric (pickled objects are
        never loaded), has a NaN or infinity, or limits on size are exceeded.

    Examples
    --------
    >>> read_npz(b"", ["w"])
    Traceback (most recent call last):
    ...
    exactland.errors.InputError: is empty
    """
    check_archive(data)
    arrays: dict[str, ExactArray] = {}
    with _open_archive(data) as archive:
        members = archive.infolist()
        check_names([member.filename.removesuffix(".npy") for member in members], allowed)
        for member in members:
            name = member.filename.removesuffix(".npy")
            if name in arrays:
                raise InputError(name, "occurs twice")
            arrays[name] = _read_npy(name, _read_member(archive, member, name))
    return arrays


def read_safetensors(data: bytes, allowed: Collection[str]) -> dict[str, ExactArray]:
    """Return the tensors of a .safetensors file, all of whose names must be allowed.

    Raises
    ------
    InputError
        As :func:`read_npz`, or if the package safetensors is not installed.
    """
    try:
        safetensors: Any = importlib.import_module("safetensors")
    except ImportError:
        raise InputError("", "reading it needs the Python package safetensors") from None
    if not data:
        raise InputError("", "is empty")
    try:
        tensors = safetensors.deserialize(data)
    except (safetensors.SafetensorError, ValueError, TypeError, OverflowError) as error:
        reason = quoted(str(error).removeprefix("Error while deserializing: "), 100)
        raise InputError("", f"is not a .safetensors file: {reason}") from None
    check_names([name for name, _ in tensors], allowed)
    arrays = {}
    for name, tensor in tensors:
        shape, kind, raw = tensor["shape"], tensor["dtype"], bytes(tensor["data"])
        check_entries(name, shape)
        if kind == "BF16":
            # A bfloat16 is the upper half of a float32 (the format is little-endian).
            raw = b"".join(b"\0\0" + raw[at : at + 2] for at in range(0, len(raw), 2))
            kind = "F32"
        if kind not in _SAFETENSORS_CODES:
            raise InputError(name, f"type {kind} is not supported; {_SUPPORTED}")
        values = _unpack(name, raw, "<", _SAFETENSORS_CODES[kind], shape)
        arrays[name] = exact_array(name, shape, values)
    return arrays


_SUPPORTED = "use float16, float32, float64 or integers"


def check_names(names: Sequence[str], allowed: Collection[str]) -> None:
    """Refuse array names that are not allowed, naming them."""
    unknown = [name for name in names if name not in allowed]
    if unknown:
        shown = ", ".join(quoted(name) for name in unknown[:5]) + (", ..." if unknown[5:] else "")
        plural = "s" if len(unknown) > 1 else ""
        raise InputError("", f"unknown array{plural} {shown}; expected {', '.join(allowed)}")


def _open_archive(data: bytes) -> zipfile.ZipFile:
    if not data:
        raise InputError("", "is empty")
    # The zip module builds an object per directory entry before anything could be counted there.
    if data.count(_CENTRAL_ENTRY) > _MAX_MEMBERS:
        raise InputError("", f"has more than {_MAX_MEMBERS} members")
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except _ZIP_ERRORS:
        raise InputError("", "is not a zip archive, or a damaged one") from None


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> bytes:
    if member.flag_bits & 1:
        raise InputError(name, "is encrypted")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise InputError(name, "has an unusual compression; use numpy.savez")
    try:
        with archive.open(member) as stream:
            return stream.read(member.file_size + 1)  # never beyond the size declared
    except _ZIP_ERRORS:
        raise InputError(name, "is damaged") from None


def _read_npy(name: str, data: bytes) -> ExactArray:
    """Return the array in the .npy format (NEP 1), versions 1 to 3."""
    if not data.startswith(b"\x93NUMPY") or len(data) < 12 or data[6] not in (1, 2, 3):
        raise InputError(name, "is not in the .npy format")
    start = 10 if data[6] == 1 else 12
    end = start + int.from_bytes(data[8:start], "little")
    if end - start > _MAX_HEADER or end > len(data):
        raise InputError(name, "has a damaged header")
    descr, fortran_order, shape = _read_header(name, data[start:end])
    match = re.fullmatch(r"([<>|=]?)([a-zA-Z])([0-9]{0,9})", descr)
    if match is None or match[2] + match[3] not in _NUMPY_CODES or match[1] == "=":
        raise InputError(name, f"type {_type_name(descr)} is not supported; {_SUPPORTED}")
    order = ">" if match[1] == ">" else "<"
    check_entries(name, shape)
    values = _unpack(name, data[end:], order, _NUMPY_CODES[match[2] + match[3]], shape)
    if fortran_order and len(shape) > 1:
        if len(shape) > 2:
            raise InputError(name, f"has {len(shape)} dimensions")
        rows, columns = shape
        values = [values[i + rows * j] for i in range(rows) for j in range(columns)]
    return exact_array(name, shape, values)


def _read_header(name: str, header: bytes) -> tuple[str, bool, tuple[int, ...]]:
    try:
        fields = ast.literal_eval(header.decode("utf-8").strip())
        descr, fortran_order, shape = fields["descr"], fields["fortran_order"], fields["shape"]
    except (ValueError, SyntaxError, TypeError, KeyError, MemoryError, RecursionError):
        raise InputError(name, "has a damaged header") from None
    good = (
        len(fields) == 3
        and isinstance(fortran_order, bool)
        and isinstance(shape, tuple)
        and all(type(size) is int and size >= 0 for size in shape)
    )
    if not good:
        raise InputError(name, "has a damaged header")
    if not isinstance(descr, str):
        raise InputError(name, f"a structured type is not supported; {_SUPPORTED}")
    return descr, fortran_order, shape


def _type_name(descr: str) -> str:
    kind = descr.lstrip("<>|=")
    names = {"O": "object (pickled)", "b1": "bool", "f16": "longdouble", "f12": "longdouble"}
    letters = {"c": "complex", "U": "string", "S": "bytes", "V": "void", "M": "date", "m": "time"}
    return names.get(kind) or letters.get(kind[:1]) or quoted(descr)


def _unpack(
    name: str, data: bytes, order: str, code: str, shape: Sequence[int]
) -> Sequence[float | int]:
    layout = struct.Struct(f"{order}{math.prod(shape)}{code}")
    if layout.size != len(data):
        raise InputError(name, f"has {len(data)} bytes of data, but its shape needs {layout.size}")
    return layout.unpack(data)


def _index_text(position: int, shape: Sequence[int]) -> str:
    """Return "[i][j]" for a position in row-major order."""
    text = ""
    for size in reversed(shape):
        position, index = divmod(position, size)
        text = f"[{index}]{text}"
    return text
