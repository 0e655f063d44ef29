"""Writing is all or nothing; reading is bounded; each failure is one line."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from exactland.errors import InputError
from exactland.problem import storage
from exactland.problem.storage import (
    output_folder,
    printable_name,
    read_bytes,
    require_writable,
    write_bytes_atomically,
    write_text_atomically,
)

is_root = hasattr(os, "geteuid") and os.geteuid() == 0


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_written_file_holds_the_text_and_nothing_else_is_left(tmp_path: Path) -> None:
    target = tmp_path / "problem.json"
    write_text_atomically(target, "α = 1/3\n")
    write_text_atomically(target, "α = 2/3\n")
    assert target.read_text("utf-8") == "α = 2/3\n"
    assert names(tmp_path) == ["problem.json"]


def test_a_written_file_has_the_permissions_of_an_ordinary_one(tmp_path: Path) -> None:
    (tmp_path / "ordinary").write_text("")
    write_text_atomically(tmp_path / "ours", "")
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("ordinary", "ours")]
    assert modes[0] == modes[1]


@pytest.mark.parametrize("failure", [KeyboardInterrupt, OSError(28, "No space left on device")])
@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_file_and_no_temporary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException, step: str
) -> None:
    target = tmp_path / "problem.json"
    target.write_text("old")

    def fail(*_: object) -> None:
        raise failure

    monkeypatch.setattr(os, step, fail)
    with pytest.raises((KeyboardInterrupt, InputError)) as caught:
        write_text_atomically(target, "new")
    if isinstance(failure, OSError):
        assert str(caught.value) == f"{target}: cannot be written: No space left on device"
    assert target.read_text() == "old"
    assert names(tmp_path) == ["problem.json"]


def test_text_that_is_not_unicode_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        write_text_atomically(tmp_path / "file", "\ud800")
    assert names(tmp_path) == []


def test_writing_through_a_link_keeps_the_link(tmp_path: Path) -> None:
    (tmp_path / "real.json").write_text("old")
    (tmp_path / "link.json").symlink_to("real.json")
    write_text_atomically(tmp_path / "link.json", "new")
    assert (tmp_path / "link.json").is_symlink()
    assert (tmp_path / "real.json").read_text() == "new"


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    os.mkfifo(tmp_path / "pipe")
    cases = {
        tmp_path / "folder": "is a directory, not a file",
        tmp_path / "none" / "file": "the folder does not exist",
        tmp_path / "file" / "below": "cannot be written: Not a directory",
        tmp_path / "pipe": "is not a regular file",
        tmp_path / ("long" * 100): "cannot be written: File name too long",
    }
    for path, message in cases.items():
        for write in (require_writable, lambda path: write_bytes_atomically(path, b"")):
            with pytest.raises(InputError) as caught:
                write(path)
            assert str(caught.value) == f"{path}: {message}"
    assert names(tmp_path) == ["file", "folder", "pipe"]
    require_writable(tmp_path / "new")


@pytest.mark.skipif(is_root, reason="root writes everywhere; not checked: unwritable folders")
def test_an_unwritable_folder_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="the folder is not writable"):
        write_text_atomically(tmp_path / "file", "")


def test_a_folder_is_published_when_all_is_ready(tmp_path: Path) -> None:
    out = tmp_path / "a" / "out"
    with output_folder(out) as folder:
        folder.write_text("loss.json", "first")
        folder.write_text("loss.json", "{}")
        folder.write_bytes("figures/fit.pdf", b"%PDF")
        (folder.staging / "document.log").write_text("by another program")
        assert names(out) == [folder.staging.name]
    assert names(out) == ["document.log", "figures", "loss.json"]
    assert (out / "loss.json").read_text() == "{}"
    with output_folder(out) as folder:
        folder.write_text("loss.json", "new")
    assert names(out) == ["document.log", "figures", "loss.json"]
    assert (out / "loss.json").read_text() == "new"


@pytest.mark.parametrize("failure", [KeyboardInterrupt, ValueError])
def test_an_interrupted_folder_stays_as_it_was(tmp_path: Path, failure: type) -> None:
    for out in (tmp_path / "new" / "out", tmp_path / "old"):
        (tmp_path / "old").mkdir(exist_ok=True)
        (tmp_path / "old" / "loss.json").write_text("old")
        with pytest.raises(failure), output_folder(out) as folder:
            folder.write_text("loss.json", "new")
            raise failure
    assert names(tmp_path) == ["old"]
    assert names(tmp_path / "old") == ["loss.json"]
    assert (tmp_path / "old" / "loss.json").read_text() == "old"


def test_nothing_is_published_where_one_file_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "z.json").mkdir()
    with pytest.raises(InputError) as caught, output_folder(tmp_path) as folder:
        folder.write_text("a.json", "")
        folder.write_text("z.json", "")
    assert str(caught.value) == f"{tmp_path / 'z.json'}: is a directory, not a file"
    assert names(tmp_path) == ["z.json"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path, message in {
        tmp_path / "file": "is a file, not a folder",
        tmp_path / "file" / "out": "cannot be written: Not a directory",
    }.items():
        with pytest.raises(InputError) as caught, output_folder(path):
            pass
        assert str(caught.value) == f"{path}: {message}"


@pytest.mark.parametrize("name", ["../escape", "/escape"])
def test_a_name_that_leads_out_of_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="leads out"), output_folder(tmp_path) as folder:
        folder.write_text(name, "")


def test_reading_names_the_file_in_every_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "long").write_bytes(b"12345")
    assert read_bytes(tmp_path / "long", 5) == b"12345"
    for path, message in {
        tmp_path / "none": "no such file",
        tmp_path: "is a directory, not a file",
        tmp_path / "long": "is longer than 4 bytes (the limit)",
        tmp_path / "long" / "below": "cannot be read: Not a directory",
        Path("/dev/zero"): "is longer than 4 bytes (the limit)",
    }.items():
        with pytest.raises(InputError) as caught:
            read_bytes(path, 4)
        assert str(caught.value) == f"{path}: {message}"
    monkeypatch.setattr(storage, "open", _denied, raising=False)
    with pytest.raises(InputError, match="long: cannot be read: Permission denied"):
        read_bytes(tmp_path / "long")


def _denied(*_: object) -> None:
    raise PermissionError(13, "Permission denied")


def test_a_name_stands_on_one_line() -> None:
    assert printable_name("a\nb\udcff\x1b[31m") == "a\\nb\\udcff\\x1b[31m"
    assert printable_name(Path("größe.json")) == "größe.json"
