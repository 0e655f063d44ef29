"""The ledger a case writes its checks into: identities by two routes, facts, ranges."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from exactland.proving.algebra import Builder, FlintAlgebra, SympyAlgebra

if TYPE_CHECKING:
    from exactland.certificates.claims import Certificate

CHECKER = "independent checker"
"""The route of a record that stands for an accepted certificate."""


@dataclass(frozen=True, slots=True)
class Record:
    """One thing checked.

    Attributes
    ----------
    name : short, unique within the case
    expression : what was checked, in LaTeX
    routes : (route, whether it holds by it), at least one
    value : the normal form of the right side, or what else was computed; a digest if long
    failure : "" or what does not hold
    """

    name: str
    expression: str
    routes: tuple[tuple[str, bool], ...]
    value: str
    failure: str = ""

    @property
    def holds(self) -> bool:
        """Whether it holds by every route, and there is one."""
        return bool(self.routes) and all(held for _, held in self.routes) and not self.failure

    def to_json(self) -> dict[str, Any]:
        """Return the record as it stands in a result file."""
        return {
            "name": self.name,
            "expression": self.expression,
            "routes": [{"route": route, "holds": held} for route, held in self.routes],
            "value": self.value,
        }


@dataclass(frozen=True, slots=True)
class Produced:
    """A certificate that a case produced and the checker accepted.

    Attributes
    ----------
    name : of its file, without the ending; unique within the case
    kind : of its claim
    text : the file
    digest : SHA-256 of the file
    """

    name: str
    kind: str
    text: str
    digest: str

    def to_json(self) -> dict[str, str]:
        """Return the entry of a result file."""
        return {"name": self.name, "kind": self.kind, "digest": self.digest}


@dataclass(slots=True)
class Ledger:
    """Collects the records of one case.

    Examples
    --------
    >>> ledger = Ledger()
    >>> ledger.identity("square", "(a+b)^2=a^2+2ab+b^2", "a b",
    ...                 lambda _, a, b: ((a + b) ** 2, a * a + 2 * a * b + b * b))
    >>> ledger.identity("wrong", "(a+b)^2=a^2+b^2", "a b",
    ...                 lambda _, a, b: ((a + b) ** 2, a * a + b * b))
    >>> [record.holds for record in ledger.records], ledger.records[1].failure
    ([True, False], 'wrong: left - right = 2*a*b (sympy, flint)')
    """

    records: list[Record] = field(default_factory=list)
    certificates: list[Produced] = field(default_factory=list)

    def identity(self, name: str, expression: str, symbols: str, build: Builder) -> None:
        """Check left = right for all values of the symbols, by sympy and by flint.

        Parameters
        ----------
        name, expression : the record's
        symbols : names, separated by spaces
        build : called with an algebra and the symbols; returns (left, right)
        """
        routes: list[tuple[str, bool]] = []
        value = failure = ""
        for route in (SympyAlgebra(), FlintAlgebra(symbols)):
            left, right = build(route, *route.symbols(symbols))
            difference = left - right
            held = route.is_zero(difference)
            routes.append((route.name, held))
            if route.name == "flint":
                value = route.text(right)
                if not held:
                    failure = f"left - right = {route.text(difference)}"
        wrong = ", ".join(route for route, held in routes if not held)
        if wrong:
            failure = f"{name}: {failure or 'left and right differ'} ({wrong})"
        self.records.append(Record(name, expression, tuple(routes), value, failure))

    def fact(
        self, name: str, expression: str, routes: Iterable[tuple[str, bool]], value: object = ""
    ) -> None:
        """Write down what was decided by the named routes."""
        decided = tuple((route, bool(held)) for route, held in routes)
        wrong = ", ".join(route for route, held in decided if not held)
        failure = f"{name}: does not hold ({wrong})" if wrong else ""
        if not decided:
            failure = f"{name}: no route decided it"
        self.records.append(Record(name, expression, decided, str(value), failure))

    def certificate(self, name: str, expression: str, certificate: Certificate) -> None:
        """Have the independent checker read a certificate, and keep it with its digest.

        Parameters
        ----------
        name : the record's; its letters and digits, joined by hyphens, name the file
        expression : what the certificate claims, in LaTeX
        """
        from exactland.certificates.produce import SelfCheckError, checked

        text, failure = certificate.to_text(), ""
        digest = sha256(text.encode()).hexdigest()
        try:
            checked(certificate)
        except SelfCheckError as error:
            failure = f"{name}: {error}"
        else:
            file = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
            self.certificates.append(Produced(file, certificate.kind, text, digest))
        value = f"{certificate.kind}, sha256:{digest}"
        self.records.append(Record(name, expression, ((CHECKER, not failure),), value, failure))

    def instances(
        self,
        name: str,
        expression: str,
        route: str,
        count: int,
        rows: Iterable[tuple[str, bool, object]],
    ) -> None:
        """Check a statement on a range of instances, whose number must be `count`.

        Parameters
        ----------
        rows : (label, whether it holds, what was computed), in a fixed order
        """
        total, digest, failed = 0, sha256(), []
        for label, held, value in rows:
            total += 1
            digest.update(f"{label}: {value}\n".encode())
            if not held:
                failed.append(label)
        failure = ""
        if failed:
            more = f" and {len(failed) - 1} more" if len(failed) > 1 else ""
            failure = f"{name}: fails at {failed[0]}{more}"
        elif total != count:
            failure = f"{name}: {total} instances where {count} are declared"
        value = f"{total} instances, sha256:{digest.hexdigest()}"
        self.records.append(Record(name, expression, ((route, not failure),), value, failure))
