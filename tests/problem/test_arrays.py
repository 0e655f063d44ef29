"""Arrays in .npz and .safetensors files: exact dyadic values, nothing executed, sizes bounded."""

from __future__ import annotations

import io
import json
import pickle
import struct
import sys
import zipfile
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from flint import fmpq
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from safetensors.numpy import save

from exactland.errors import InputError
from exactland.problem import arrays
from exactland.problem.arrays import check_archive, exact_array, read_npz, read_safetensors

FLOATS = ("<f2", ">f2", "<f4", ">f4", "<f8", ">f8")
INTEGERS = ("|i1", "|u1", "<i2", ">u2", "<i4", ">u4", "<i8", ">i8", "<u8")


def npz(**named: Any) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **named)
    return stream.getvalue()


def archive(members: Iterable[tuple[str, bytes]], compression: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as file:
        for name, data in members:
            file.writestr(name, data)
    return stream.getvalue()


def npy(header: object, data: bytes = b"", version: int = 1) -> bytes:
    text = header if isinstance(header, bytes) else repr(header).encode()
    size = len(text).to_bytes(2 if version == 1 else 4, "little")
    return b"\x93NUMPY" + bytes([version, 0]) + size + text + data


def safetensors(header: dict[str, Any], data: bytes) -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def npz_message(data: bytes) -> str:
    with pytest.raises(InputError) as caught:
        read_npz(data, ["w", "v"])
    assert str(caught.value).isprintable()
    return str(caught.value)


def npy_message(data: bytes) -> str:
    return npz_message(archive([("w.npy", data)]))


def exact(array: Any) -> tuple[fmpq, ...]:
    """Return the entries by another route: through Python's own fractions of float and int."""
    return tuple(fmpq(*entry.as_integer_ratio()) for entry in array.ravel().tolist())


@given(
    st.sampled_from(FLOATS + INTEGERS).flatmap(
        lambda kind: npst.arrays(
            kind,
            npst.array_shapes(max_dims=2, max_side=4, min_side=0),
            elements={"allow_nan": False, "allow_infinity": False} if "f" in kind else None,
        )
    ),
    st.booleans(),
)
def test_an_array_has_its_exact_values_in_any_type_and_order(array: Any, fortran: bool) -> None:
    array = np.asfortranarray(array) if fortran else array
    read = read_npz(npz(w=array), ["w"])["w"]
    assert read.shape == array.shape
    assert read.entries == exact(array)
    native = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("=")))
    assert read_safetensors(save({"w": native}), ["w"])["w"] == read


def test_a_tenth_is_the_double_nearest_to_it() -> None:
    tenth = np.array([0.1])
    expected = {
        "float64": fmpq(3602879701896397, 36028797018963968),
        "float32": fmpq(13421773, 134217728),
        "float16": fmpq(819, 8192),
    }
    for kind, value in expected.items():
        array = tenth.astype(kind)
        assert read_npz(npz(w=array), ["w"])["w"].entries == (value,)
        assert read_safetensors(save({"w": array}), ["w"])["w"].entries == (value,)


def test_the_smallest_and_largest_doubles_are_exact() -> None:
    array = np.array([5e-324, -sys.float_info.max, -0.0])
    entries = read_npz(npz(w=array), ["w"])["w"].entries
    assert entries == (fmpq(1, 2**1074), fmpq(-(2**1024 - 2**971)), fmpq(0))


@given(st.integers(0, 2**16 - 1))
def test_a_bfloat16_is_the_upper_half_of_a_float32(bits: int) -> None:
    data = safetensors(
        {"w": {"dtype": "BF16", "shape": [1], "data_offsets": [0, 2]}}, struct.pack("<H", bits)
    )
    exponent, mantissa = bits >> 7 & 255, bits & 127
    if exponent == 255:
        with pytest.raises(InputError, match=r"w\[0\]: (nan|-?inf) is not a number"):
            read_safetensors(data, ["w"])
        return
    sign = -1 if bits >> 15 else 1
    value = fmpq(sign * ((128 if exponent else 0) + mantissa)) * fmpq(2) ** (max(exponent, 1) - 134)
    assert read_safetensors(data, ["w"])["w"].entries == (value,)


def test_compressed_files_and_later_versions_of_the_format_are_read() -> None:
    stream = io.BytesIO()
    np.savez_compressed(stream, w=np.eye(3))
    assert read_npz(stream.getvalue(), ["w"])["w"].entries == exact(np.eye(3))
    header = {"shape": (1,), "fortran_order": False, "descr": "<i2"}
    for version in (1, 2, 3):
        data = archive([("w.npy", npy(header, b"\3\0", version))])
        assert read_npz(data, ["w"])["w"].entries == (3,)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_not_a_number_is_refused_with_its_index(value: float) -> None:
    array = np.zeros((2, 3))
    array[1, 2] = value
    for data in (array, np.asfortranarray(array), array.astype(">f4")):
        assert npz_message(npz(v=data)) == f"v[1][2]: {value} is not a number"
    with pytest.raises(InputError) as caught:
        read_safetensors(save({"v": array}), ["v"])
    assert str(caught.value) == f"v[1][2]: {value} is not a number"


class Payload:
    """What a malicious pickle does: call a function of its choice on loading."""

    calls = 0

    @staticmethod
    def run() -> None:
        Payload.calls += 1

    def __reduce__(self) -> Any:
        return Payload.run, ()


def test_a_pickled_array_is_refused_and_not_loaded() -> None:
    array = np.empty(1, dtype=object)
    array[0] = Payload()
    expected = (
        "w: type object (pickled) is not supported; use float16, float32, float64 or integers"
    )
    assert npz_message(npz(w=array)) == expected
    assert npy_message(pickle.dumps(Payload())) == "w: is not in the .npy format"
    assert npz_message(pickle.dumps(Payload())) == "is not a zip archive, or a damaged one"
    assert Payload.calls == 0


@pytest.mark.parametrize(
    ("array", "kind"),
    [
        (np.array([1j]), "type complex"),
        (np.array(["1"]), "type string"),
        (np.array([b"1"]), "type bytes"),
        (np.array([True]), "type bool"),
        (np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]), "a structured type"),
        (np.array(["2025-01-01"], dtype="M8[D]"), "type date"),
        (np.zeros(1, dtype="V2"), "type void"),
    ],
)
def test_an_array_that_is_not_real_is_refused_by_name(array: Any, kind: str) -> None:
    expected = f"w: {kind} is not supported; use float16, float32, float64 or integers"
    assert npz_message(npz(w=array)) == expected


def test_a_long_double_is_refused() -> None:
    header = {"descr": "<f16", "fortran_order": False, "shape": (1,)}
    assert npy_message(npy(header, bytes(16))).startswith("w: type longdouble is not supported")


def test_unknown_and_repeated_arrays_are_named() -> None:
    one = np.ones(1)
    expected = 'unknown arrays "arr_0", "weights"; expected w, v'
    assert npz_message(npz(arr_0=one, weights=one, w=one)) == expected
    assert npz_message(archive([("../w.npy", b"")])) == 'unknown array "../w"; expected w, v'
    member = npy({"descr": "<f8", "fortran_order": False, "shape": (0,)})
    assert npz_message(archive([("w.npy", member), ("w", member)])) == "w: occurs twice"


@pytest.mark.parametrize(
    ("member", "expected"),
    [
        (b"", "w: is not in the .npy format"),
        (b"\x93NUMPY\x01\x00\x76", "w: is not in the .npy format"),
        (b"\x93NUMPY\x09\x00\x76\x00" + bytes(200), "w: is not in the .npy format"),
        (b"\x93NUMPY\x01\x00\xff\x00{}", "w: has a damaged header"),
        (b"\x93NUMPY\x02\x00\xff\xff\xff\x7f{}", "w: has a damaged header"),
        (npy(b"__import__('os').abort()"), "w: has a damaged header"),
        (npy(b"(" * 9000), "w: has a damaged header"),
        (npy(b"-" * 9000 + b"1"), "w: has a damaged header"),
        (npy(b"[" * 90 + b"]" * 90), "w: has a damaged header"),
        (npy(b"\xff\xfe"), "w: has a damaged header"),
        (npy([1]), "w: has a damaged header"),
        (npy({"descr": "<f8", "shape": (1,)}), "w: has a damaged header"),
        (
            npy({"descr": "<f8", "fortran_order": 0, "shape": (1,)}, bytes(8)),
            "w: has a damaged header",
        ),
        (
            npy({"descr": "<f8", "fortran_order": False, "shape": (-1,)}),
            "w: has a damaged header",
        ),
        (
            npy({"descr": "<f8", "fortran_order": False, "shape": (True,)}, bytes(8)),
            "w: has a damaged header",
        ),
        (
            npy({"descr": "<f8", "fortran_order": False, "shape": (2,)}, bytes(8)),
            "w: has 8 bytes of data, but its shape needs 16",
        ),
        (
            npy({"descr": "<f8", "fortran_order": False, "shape": (1,)}, bytes(9)),
            "w: has 9 bytes of data, but its shape needs 8",
        ),
        (
            npy({"descr": "<f8", "fortran_order": True, "shape": (1, 1, 1)}, bytes(8)),
            "w: has 3 dimensions",
        ),
        (
            npy({"descr": "<f8", "fortran_order": False, "shape": (10**9, 10**9)}, bytes(8)),
            "w: has more than 4000000 entries (the limit)",
        ),
        (
            npy({"descr": "<f8", "fortran_order": False, "shape": (10**9, 0)}),
            "w: has more than 4000000 entries (the limit)",
        ),
        (
            npy(b"{'descr': '<f8', 'fortran_order': False, 'shape': (" + b"9" * 4000 + b",) * 9}"),
            "w: has a damaged header",
        ),
        (
            npy(
                b"{'descr': '<f8', 'fortran_order': False, 'shape': (%b,%b)}" % ((b"9" * 4000,) * 2)
            ),
            "w: has more than 4000000 entries (the limit)",
        ),
    ],
)
def test_a_damaged_array_is_named(member: bytes, expected: str) -> None:
    assert npy_message(member) == expected


def test_a_damaged_archive_is_refused() -> None:
    good = npz(w=np.ones((5, 2)), v=np.ones((1, 5)))
    assert npz_message(b"") == "is empty"
    assert npz_message(b"PK\3\4") == "is not a zip archive, or a damaged one"
    assert npz_message(good[:-30]) == "is not a zip archive, or a damaged one"
    position = good.index(np.ones(5).tobytes()) + 3
    flipped = good[:position] + b"\x01" + good[position + 1 :]
    assert npz_message(flipped) == "w: is damaged"
    unusual = archive([("w.npy", b"")], zipfile.ZIP_BZIP2)
    assert npz_message(unusual) == "w: has an unusual compression; use numpy.savez"
    encrypted = bytearray(archive([("w.npy", b"1")]))
    encrypted[encrypted.index(b"PK\1\2") + 8] |= 1
    assert npz_message(bytes(encrypted)) == "w: is encrypted"


@given(st.data())
def test_a_damaged_byte_is_an_array_or_one_line(data: st.DataObject) -> None:
    for good, read in (
        (npz(w=np.ones((2, 2))), read_npz),
        (save({"w": np.ones((2, 2))}), read_safetensors),
    ):
        bad = bytearray(good)
        for _ in range(data.draw(st.integers(1, 3))):
            bad[data.draw(st.integers(0, len(bad) - 1))] = data.draw(st.integers(0, 255))
        try:
            read(bytes(bad), ["w"])
        except InputError as error:
            assert str(error).isprintable()


def test_a_zip_bomb_is_refused_before_it_unpacks(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = archive([("w.npy", bytes(2**22)), ("v.npy", bytes(2**22))], zipfile.ZIP_DEFLATED)
    assert len(bomb) < 20_000

    def unpack(*_: object) -> None:
        raise AssertionError("unpacked")

    monkeypatch.setattr(zipfile.ZipFile, "open", unpack)
    with pytest.raises(InputError) as caught:
        check_archive(bomb, 2**22)
    assert str(caught.value) == f"unpacks to {2**23} bytes (limit {2**22})"
    check_archive(bomb, 2**23)


def test_a_bomb_that_lies_about_its_size_unpacks_no_further_than_it_says() -> None:
    bomb = archive([("w.npy", bytes(2**22))], zipfile.ZIP_DEFLATED)
    lying = bomb.replace(struct.pack("<I", 2**22), struct.pack("<I", 100))
    assert lying != bomb
    assert npz_message(lying) in ("w: is damaged", "w: is not in the .npy format")


def test_an_archive_of_very_many_members_is_refused() -> None:
    assert npz_message(archive((f"{i}.npy", b"") for i in range(70))) == "has more than 64 members"


@pytest.mark.parametrize(
    ("header", "data", "expected"),
    [
        (
            {"w": {"dtype": "BOOL", "shape": [1], "data_offsets": [0, 1]}},
            b"\1",
            "w: type BOOL is not supported; use float16, float32, float64 or integers",
        ),
        (
            {"w": {"dtype": "F8_E4M3", "shape": [1], "data_offsets": [0, 1]}},
            b"\1",
            "w: type F8_E4M3 is not supported; use float16, float32, float64 or integers",
        ),
        (
            {"fc1.weight": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}},
            b"",
            'unknown array "fc1.weight"; expected w, v',
        ),
        (
            {"w": {"dtype": "F32", "shape": [10**9, 0], "data_offsets": [0, 0]}},
            b"",
            "w: has more than 4000000 entries (the limit)",
        ),
        (
            {"w": {"dtype": "F32", "shape": [2**40, 2**40], "data_offsets": [0, 4]}},
            bytes(4),
            'is not a .safetensors file: "',
        ),
        ({"w": 1}, b"", 'is not a .safetensors file: "'),
    ],
)
def test_a_tensor_that_cannot_be_read_is_named(
    header: dict[str, Any], data: bytes, expected: str
) -> None:
    with pytest.raises(InputError) as caught:
        read_safetensors(safetensors(header, data), ["w", "v"])
    assert str(caught.value).startswith(expected)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("data", [b"", b"123", b"\xff" * 50, b"\x93NUMPY" * 9])
def test_what_is_no_safetensors_file_is_refused(data: bytes) -> None:
    with pytest.raises(InputError, match=r"^is (empty|not a .safetensors file: )"):
        read_safetensors(data, ["w"])


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "safetensors", None)
    with pytest.raises(InputError, match="needs the Python package safetensors"):
        read_safetensors(b"", ["w"])


def test_the_index_is_counted_row_by_row() -> None:
    with pytest.raises(InputError, match=r"^c: nan is not a number$"):
        exact_array("c", (), [float("nan")])
    assert arrays._index_text(5, (2, 3)) == "[1][2]"
