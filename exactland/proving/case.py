"""What a theorem case is, and what running one gives."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from exactland.proving.ledger import Ledger, Produced, Record

FORMAT = "exactland-case/1"


@dataclass(frozen=True, slots=True)
class Paper:
    """A folder of cases: ``key`` starts their ids, ``order`` lists their names as a book would."""

    key: str
    authors: str
    title: str
    reference: str
    order: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture for the book: LaTeX source of a ``tikzpicture``, and its caption in LaTeX."""

    source: str
    caption: str


@dataclass(frozen=True, slots=True)
class Case:
    """One statement with what verifies it.

    Attributes
    ----------
    id : "cjr/slope-identity": the paper's key and the module's name
    title, paper : what it is about
    number : where it stands ("Theorem 1"; "restated" where our wording differs from the paper's)
    statement_latex : the statement
    hypotheses : LaTeX, one each
    verified : what the function checks, each with its scope (all parameters, a range, instances)
    prose : what no machine checks
    checks : how many records the function must make (so that no case passes by checking less)
    function : checks everything into a ledger
    seconds : time limit
    figure : draws a picture for the book from exact numbers
    printed : name of the certificate that ``exactland prove`` prints when it runs this case alone
    """

    id: str
    title: str
    paper: Paper
    number: str
    statement_latex: str
    hypotheses: tuple[str, ...]
    verified: tuple[str, ...]
    prose: tuple[str, ...]
    checks: int
    function: Callable[[Ledger], None]
    seconds: int = 300
    figure: Callable[[], Figure] | None = None
    printed: str = ""


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What running a case gave.

    ``status`` is passed, failed (``failure`` names the record), error or timeout; ``certificates``
    are those accepted on the way; ``seconds`` is not part of the JSON, which is the same whenever
    and wherever the case runs; ``reused`` says that an earlier run's file was taken.
    """

    id: str
    status: str
    failure: str
    records: tuple[Record, ...]
    certificates: tuple[Produced, ...] = ()
    seconds: float = 0.0
    reused: bool = False

    @property
    def passed(self) -> bool:
        """Whether everything was checked and holds."""
        return self.status == "passed"

    @property
    def digest(self) -> str:
        """SHA-256 of the records."""
        text = json.dumps([record.to_json() for record in self.records], sort_keys=True)
        return sha256(text.encode()).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """Return the deterministic part."""
        return {
            "case": self.id,
            "status": self.status,
            "failure": self.failure,
            "checks": len(self.records),
            "digest": self.digest,
            "records": [record.to_json() for record in self.records],
            "certificates": [one.to_json() for one in self.certificates],
        }


def case_to_json(case: Case) -> dict[str, Any]:
    """Return the description of a case, without its function.

    Examples
    --------
    >>> paper = Paper("k", "A. Author", "A title", "a reference")
    >>> case = Case("k/one", "One", paper, "1", "1 = 1", (), ("it",), (), 1, lambda ledger: None)
    >>> case_to_json(case)["id"], case_to_json(case)["paper"]["authors"]
    ('k/one', 'A. Author')
    """
    return {
        "id": case.id,
        "title": case.title,
        "paper": {
            "authors": case.paper.authors,
            "title": case.paper.title,
            "reference": case.paper.reference,
        },
        "number": case.number,
        "statement": case.statement_latex,
        "hypotheses": list(case.hypotheses),
        "verified": list(case.verified),
        "prose": list(case.prose),
        "checks": case.checks,
    }


def judge(case: Case, ledger: Ledger) -> CaseResult:
    """Return the result of a case from what its function wrote.

    A case fails if a record fails, if there is none, or if their number is not the declared one.

    Examples
    --------
    >>> paper = Paper("k", "A. Author", "A title", "a reference")
    >>> case = Case("k/one", "One", paper, "1", "1 = 1", (), (), (), 1, lambda ledger: None)
    >>> judge(case, Ledger()).failure
    'made 0 checks where 1 are declared'
    """
    records = tuple(ledger.records)
    failures = [record.failure for record in records if not record.holds]
    if len({record.name for record in records}) < len(records):
        failures.append("two records have one name")
    if len({one.name for one in ledger.certificates}) < len(ledger.certificates):
        failures.append("two certificates have one file name")
    if case.checks < 1 or len(records) != case.checks:
        failures.append(f"made {len(records)} checks where {case.checks} are declared")
    status = "failed" if failures else "passed"
    return CaseResult(case.id, status, "; ".join(failures), records, tuple(ledger.certificates))
