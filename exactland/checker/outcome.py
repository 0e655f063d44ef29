"""What the checker answers, and the two exceptions with which it says no."""

from __future__ import annotations

from dataclasses import dataclass

ACCEPTED, REJECTED, UNUSABLE = "accepted", "rejected", "unusable"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer about one certificate.

    Parameters
    ----------
    status : str
        ``"accepted"``: the claim is true.  ``"rejected"``: a condition fails, so nothing is proved.
        ``"unusable"``: the document is not a certificate, or is beyond a limit.
    where : str
        The path of the offending part, such as ``witness.neurons[3]``; empty when accepted.
    message : str
        The claim in one English sentence when accepted, otherwise what is wrong.
    """

    status: str
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


class Failure(Exception):
    """Base of the two ways to say no; carries where and why."""

    status = UNUSABLE

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.where = where
        self.why = why


class Rejected(Failure):
    """A well-formed certificate fails a condition."""

    status = REJECTED


class Unusable(Failure):
    """The document is malformed, or larger than the checker is willing to look at."""
