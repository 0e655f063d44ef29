"""Checkpoints: three file types give the same exact network; anything else is one line."""

from __future__ import annotations

import importlib.util
import sys
from collections import OrderedDict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from flint import fmpq
from safetensors.numpy import save_file

from exactland.errors import InputError
from exactland.problem.checkpoints import Checkpoint, read_checkpoint

W = np.array([[0.1, 1.0], [-2.5, 0.0], [3.0, -0.75]])
V = np.array([[1.0, 2.0, -0.5], [0.25, 0.0, 1.0]])
B = np.array([0.5, 0.0, -1.0])
C = np.array([2.0, 3.0])

EXAMPLES = Path(__file__).parents[2] / "examples" / "five_points"


def rows(array: Any) -> tuple[tuple[fmpq, ...], ...]:
    return tuple(tuple(fmpq(*entry.as_integer_ratio()) for entry in row) for row in array.tolist())


EXACT = Checkpoint(rows(W), rows(V), rows(B[None])[0], rows(C[None])[0])


def message(path: Path) -> str:
    """Return the message without the file name, which it must start with."""
    with pytest.raises(InputError) as caught:
        read_checkpoint(path)
    assert str(caught.value).isprintable()
    assert str(caught.value).startswith(f"{path}: ")
    return str(caught.value).removeprefix(f"{path}: ")


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_arrays_are_read_exactly(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"net{suffix}"
    for names, expected in (
        ("wvbc", EXACT),
        ("wv", Checkpoint(EXACT.input_weights, EXACT.output_weights)),
        ("wvc", Checkpoint(EXACT.input_weights, EXACT.output_weights, None, EXACT.output_bias)),
    ):
        chosen = {k: a for k, a in {"w": W, "v": V, "b": B, "c": C}.items() if k in names}
        if suffix == ".npz":
            np.savez(path, **chosen)  # type: ignore[arg-type]  # every value is an array
        else:
            save_file(chosen, path)
        assert read_checkpoint(path) == expected
    assert EXACT.input_weights[0][0] == fmpq(3602879701896397, 36028797018963968)
    assert str(EXACT) == "3 neurons, 2 outputs, hidden biases and output bias"


def test_the_five_point_checkpoints_are_read_exactly() -> None:
    for path in sorted(EXAMPLES.glob("*.npz")):
        checkpoint = read_checkpoint(path)
        with np.load(path) as arrays:
            assert checkpoint == Checkpoint(rows(arrays["w"]), rows(arrays["v"]))
        assert str(checkpoint) == "50 neurons, 1 output, no biases"


def test_a_network_without_neurons_is_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "net.npz", w=np.zeros((0, 2)), v=np.zeros((1, 0)))
    assert read_checkpoint(tmp_path / "net.npz") == Checkpoint((), ((),))


@pytest.mark.parametrize(
    ("arrays", "expected"),
    [
        ({"v": V}, "w: is missing"),
        ({"w": W, "b": B}, "v: is missing"),
        ({"w": W, "v": V[0]}, "v: has shape (3,), expected (J, m); one output has shape (1, m)"),
        ({"w": W[0], "v": V}, "w: has shape (2,), expected (m, d)"),
        ({"w": W[None], "v": V}, "w: has shape (1, 3, 2), expected (m, d)"),
        ({"w": W, "v": V, "b": B[None]}, "b: has shape (1, 3), expected (m,)"),
        ({"w": W, "v": V, "c": np.array(2.0)}, "c: has shape (), expected (J,)"),
        (
            {"w": W, "v": V.T},
            "v: has shape (3, 2), but w has 3 rows (neurons): expected (J, 3) (transposed?)",
        ),
        (
            {"w": W, "v": V[:, :2]},
            "v: has shape (2, 2), but w has 3 rows (neurons): expected (J, 3)",
        ),
        ({"w": W, "v": V[:0]}, "v: has shape (0, 3): no outputs"),
        ({"w": W[:, :0], "v": V}, "w: has shape (3, 0): no inputs"),
        ({"w": W, "v": V, "b": B[:1]}, "b: has 1 entry, but w has 3 rows"),
        ({"w": W, "v": V, "c": B}, "c: has 3 entries, but v has 2 rows"),
        ({"w": W, "v": V, "bias": B}, 'unknown array "bias"; expected w, v, b, c'),
        ({"w": W, "v": V * np.nan}, "v[0][0]: nan is not a number"),
    ],
)
def test_wrong_arrays_are_named(tmp_path: Path, arrays: dict[str, Any], expected: str) -> None:
    np.savez(tmp_path / "net.npz", **arrays)
    assert message(tmp_path / "net.npz") == expected


def test_files_that_are_no_checkpoint_are_refused(tmp_path: Path) -> None:
    kinds = ".npz, .safetensors, .pt or .pth"
    for suffix in (".pkl", ".npy", ".json", ""):
        expected = f'a checkpoint must be a {kinds} file, not "{suffix}"'
        assert message(tmp_path / f"net{suffix}") == expected
    for suffix in (".npz", ".safetensors", ".pt", ".pth"):
        path = tmp_path / f"net{suffix}"
        assert message(path) == "no such file"
        path.mkdir()
        assert message(path) == "is a directory, not a file"
    (tmp_path / "x.npz").write_bytes(b"not a zip")
    assert message(tmp_path / "x.npz") == "is not a zip archive, or a damaged one"
    (tmp_path / "x.safetensors").write_bytes(b"")
    assert message(tmp_path / "x.safetensors") == "is empty"


def test_without_pytorch_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    (tmp_path / "net.pt").write_bytes(b"anything")
    expected = 'reading a PyTorch state dict needs PyTorch: pip install "exactland[torch]"'
    assert message(tmp_path / "net.pt") == expected


class FakeTensor:
    """As much of torch.Tensor as the reader uses, so that its rules are tested without PyTorch."""

    def __init__(self, array: Any, dtype: str = "float64", layout: str = "strided") -> None:
        self.array, self.dtype, self.layout = np.asarray(array), f"torch.{dtype}", layout
        self.shape, self.device = self.array.shape, SimpleNamespace(type="cpu")

    def dim(self) -> int:
        return self.array.ndim

    def detach(self) -> FakeTensor:
        return self

    def reshape(self, _: int) -> Any:
        return self.array.reshape(-1)


STATE = {"a.weight": W, "a.bias": B, "b.weight": V, "b.bias": C}


def fake_message_or_checkpoint(
    loaded: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Checkpoint | str:
    path = tmp_path / "net.pt"
    path.write_bytes(b"state")
    options: dict[str, Any] = {}

    def load(_: object, **given: Any) -> Any:
        options.update(given)
        if isinstance(loaded, Exception):
            raise loaded
        return loaded

    fake = SimpleNamespace(load=load, Tensor=FakeTensor, strided="strided")
    monkeypatch.setitem(sys.modules, "torch", fake)
    try:
        return read_checkpoint(path)
    except InputError as error:
        assert str(error).isprintable()
        return str(error).removeprefix(f"{path}: ")
    finally:
        assert options == {"map_location": "cpu", "weights_only": True}


def tensors(state: dict[str, Any], prefix: str = "") -> dict[str, FakeTensor]:
    return {prefix + key: FakeTensor(array) for key, array in state.items()}


@pytest.mark.parametrize(
    "loaded",
    [
        tensors(STATE),
        OrderedDict(tensors(STATE, "module.net.")),
        {"epoch": 3, "state_dict": tensors(STATE), "optimizer": {"lr": 0.1}},
        {"model": tensors(STATE, "0.")},
    ],
)
def test_a_state_dict_of_two_layers_is_read(
    loaded: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert fake_message_or_checkpoint(loaded, tmp_path, monkeypatch) == EXACT


def test_layers_may_lack_biases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = tensors({key: STATE[key] for key in ("a.weight", "b.weight", "b.bias")})
    expected = Checkpoint(EXACT.input_weights, EXACT.output_weights, None, EXACT.output_bias)
    assert fake_message_or_checkpoint(state, tmp_path, monkeypatch) == expected


LAYERS = "expected the weights of two linear layers, found "


@pytest.mark.parametrize(
    ("loaded", "expected"),
    [
        ([1], "is not a state dict but of type list"),
        ({}, LAYERS + "nothing"),
        (tensors({"a.weight": W}), LAYERS + '"a.weight"'),
        (
            tensors({"x.weight": W, **STATE}),
            LAYERS + '"x.weight", "a.weight", "a.bias", "b.weight"',
        ),
        (tensors({**STATE, "norm.weight": B}), LAYERS + '"a.weight", "a.bias", "b.weight", "b.b'),
        (tensors({**STATE, "running_mean": B}), LAYERS + '"a.weight", "a.bias", "b.weight", "b.b'),
        ({**tensors(STATE), "epoch": 3}, '"epoch": is not a tensor but of type int'),
        ({"state_dict": {"state_dict": tensors(STATE)}}, '"state_dict": is not a tensor but of'),
        ({"state_dict": {}, "model": {}}, 'has both "state_dict" and "model"'),
        (
            tensors({"b.weight": V[:1], "a.weight": W}),
            "a.weight: has shape (3, 2), but b.weight has 1 rows (neurons): expected (J, 1)",
        ),
        (tensors({**STATE, "a.bias": C}), "a.bias: has 2 entries, but a.weight has 3 rows"),
        (
            {**tensors(STATE), "b.bias": FakeTensor(C, "complex64")},
            "b.bias: type complex64 is not supported; use a float or integer type",
        ),
        (
            {**tensors(STATE), "b.bias": FakeTensor(C, layout="sparse_coo")},
            "b.bias: is not a dense tensor with its data in the file",
        ),
        (tensors({**STATE, "b.bias": C * np.inf}), "b.bias[0]: inf is not a number"),
        (
            tensors({**STATE, "a.weight": np.broadcast_to(0.0, (10**6, 10**6))}),
            "a.weight: has more than 4000000 entries (the limit)",
        ),
        (
            ValueError("many\nlines"),
            "is not a PyTorch file of plain tensors (ValueError); save model.state_dict()",
        ),
    ],
)
def test_any_other_state_is_refused_naming_the_keys(
    loaded: Any, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = fake_message_or_checkpoint(loaded, tmp_path, monkeypatch)
    assert isinstance(found, str)
    assert found.startswith(expected)


def pytorch() -> Any:
    return importlib.import_module("torch")


@pytest.mark.needs("torch", checks="that PyTorch's own files are read exactly")
@pytest.mark.parametrize("suffix", [".pt", ".pth"])
@pytest.mark.parametrize("old_format", [False, True])
def test_pytorch_writes_what_is_read(tmp_path: Path, suffix: str, old_format: bool) -> None:
    torch = pytorch()
    path = tmp_path / f"net{suffix}"
    state = OrderedDict((key, torch.tensor(array)) for key, array in STATE.items())
    for saved in (state, {"epoch": 7, "state_dict": state}):
        torch.save(saved, path, _use_new_zipfile_serialization=not old_format)
        assert read_checkpoint(path) == EXACT
    model = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.ReLU(), torch.nn.Linear(4, 1))
    torch.save(torch.nn.DataParallel(model).state_dict(), path)
    checkpoint = read_checkpoint(path)
    assert checkpoint.input_weights == rows(model[0].weight.detach().numpy())
    assert checkpoint.output_bias == rows(model[2].bias.detach().numpy()[None])[0]


@pytest.mark.needs("torch", checks="that half precision in PyTorch files is read exactly")
@pytest.mark.parametrize("kind", ["float16", "bfloat16", "float32", "int64", "uint8"])
def test_every_type_of_pytorch_is_read_exactly(tmp_path: Path, kind: str) -> None:
    torch = pytorch()
    state = {"a.weight": torch.tensor([[0.1, 3.0]]).to(getattr(torch, kind))}
    state["b.weight"] = torch.ones(1, 1, dtype=getattr(torch, kind))
    torch.save(state, tmp_path / "net.pt")
    expected = {
        "float16": fmpq(819, 8192),
        "bfloat16": fmpq(205, 2048),
        "float32": fmpq(13421773, 134217728),
    }
    found = read_checkpoint(tmp_path / "net.pt").input_weights
    assert found == ((expected.get(kind, fmpq(0)), fmpq(3)),)


class Payload:
    """What a malicious pickle does: call a function of its choice on loading."""

    calls = 0

    @staticmethod
    def run() -> None:
        Payload.calls += 1

    def __reduce__(self) -> Any:
        return Payload.run, ()


@pytest.mark.needs("torch", checks="that code in a PyTorch file is refused, not run")
def test_code_in_a_pytorch_file_is_refused_and_not_run(tmp_path: Path) -> None:
    torch = pytorch()
    path = tmp_path / "net.pt"
    for saved in ({"a.weight": Payload()}, torch.nn.Linear(2, 1)):
        torch.save(saved, path)
        assert message(path).startswith("is not a PyTorch file of plain tensors (")
    assert Payload.calls == 0


@pytest.mark.needs("torch", checks="that damaged PyTorch files are refused")
def test_damaged_pytorch_files_are_refused(tmp_path: Path) -> None:
    torch = pytorch()
    path = tmp_path / "net.pt"
    torch.save({"a.weight": torch.ones(2, 2)}, path)
    good = path.read_bytes()
    for data in (b"", b"junk", good[:-40], b"PK\3\4", b"\x80\x02."):
        path.write_bytes(data)
        assert message(path)
    torch.save({"a.weight": torch.ones(2, 1).expand(2, 10**7), "b.weight": torch.ones(1, 2)}, path)
    assert message(path) == "a.weight: has more than 4000000 entries (the limit)"
    torch.save({"a.weight": torch.eye(2).to_sparse(), "b.weight": torch.ones(1, 2)}, path)
    assert message(path) == "a.weight: is not a dense tensor with its data in the file"
