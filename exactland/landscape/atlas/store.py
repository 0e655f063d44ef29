"""One SQLite file that holds the finished pieces of an atlas.

Every piece is one transaction in the write-ahead log: whatever kills the process, a piece is in
the file completely or not at all, and a later run goes on with the others.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from exactland.errors import InputError
from exactland.problem.code_version import code_digest
from exactland.problem.storage import StrPath, printable_name

FORMAT = "exactland-atlas/1"


class Store:
    """Finished pieces by number; made by :func:`open_store`."""

    def __init__(self, connection: sqlite3.Connection | None) -> None:
        self._connection = connection
        self._pieces: dict[int, str] = {}
        if connection is not None:
            self._pieces = dict(connection.execute("SELECT number, result FROM pieces"))

    def __contains__(self, piece: int) -> bool:
        return piece in self._pieces

    def __len__(self) -> int:
        return len(self._pieces)

    def numbers(self) -> list[int]:
        """Return the numbers of the finished pieces."""
        return sorted(self._pieces)

    def add(self, piece: int, result: dict[str, Any]) -> None:
        """Keep the result of a piece, durably; a piece that is there already is left alone."""
        text = json.dumps(result, sort_keys=True, separators=(",", ":"))
        if piece in self._pieces:
            return
        if self._connection is not None:
            with self._connection:
                statement = "INSERT OR IGNORE INTO pieces (number, result) VALUES (?, ?)"
                self._connection.execute(statement, (piece, text))
        self._pieces[piece] = text

    def result(self, piece: int) -> dict[str, Any]:
        """Return the result of a finished piece."""
        found: dict[str, Any] = json.loads(self._pieces[piece])
        return found

    def results(self) -> Iterator[dict[str, Any]]:
        """Yield all results in the order of the pieces."""
        for number in self.numbers():
            yield self.result(number)


@contextmanager
def open_store(
    path: StrPath | None,
    fingerprint: str,
    resume: bool,
    notice: Callable[[str], None] = lambda text: None,
) -> Iterator[Store]:
    """Open a store, or one in memory where no path is given.

    Pieces that another version of the code made are not used: such a store starts anew.

    Parameters
    ----------
    fingerprint : str
        Text that determines the atlas; a store of another one is refused.
    resume : bool
        Whether a store that has pieces already may be continued.
    notice : called with a line where a store starts anew.

    Raises
    ------
    InputError
        If the file is no store, holds another atlas, or is there without `resume`.
    """
    if path is None:
        yield Store(None)
        return
    name = printable_name(path)
    if Path(path).exists() and not resume:
        raise InputError(name, "exists; give --resume to continue it, or another name")
    maker = f"{FORMAT} made by {code_digest()}"
    connection: sqlite3.Connection | None = None
    try:
        connection = sqlite3.connect(path, timeout=30)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        with connection:
            connection.execute("CREATE TABLE IF NOT EXISTS atlas (format TEXT, fingerprint TEXT)")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS pieces (number INTEGER PRIMARY KEY, result TEXT)"
            )
            known = connection.execute("SELECT format, fingerprint FROM atlas").fetchone()
            if known is None:
                statement = "INSERT INTO atlas VALUES (?, ?)"
                connection.execute(statement, (maker, fingerprint))
            elif not known[0].startswith(FORMAT) or known[1] != fingerprint:
                raise InputError(name, "holds the atlas of other data, width or options")
            elif known[0] != maker:
                connection.execute("DELETE FROM pieces")
                connection.execute("UPDATE atlas SET format = ?", (maker,))
                notice(f"{name}: was made by another version of exactland: started anew")
        yield Store(connection)
    except sqlite3.Error as error:
        raise InputError(name, f"cannot be used as a store: {error}") from None
    finally:
        if connection is not None:
            connection.close()
