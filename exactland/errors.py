"""The errors exactland raises, each with the exit status the command line gives it."""

from __future__ import annotations


class ExactlandError(Exception):
    """Base class of every error raised on purpose; its text is one line for the user."""

    exit_status = 2


class InputError(ExactlandError):
    """Input from outside is malformed; the message names the field.

    Examples
    --------
    >>> raise InputError("network.w[3][0]", '"1/0" is not a rational number')
    Traceback (most recent call last):
    ...
    exactland.errors.InputError: network.w[3][0]: "1/0" is not a rational number
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}" if field else message)
        self.field = field
        self.message = message

    def within(self, prefix: str) -> InputError:
        """Return the same error with `prefix` (a file name, say) put before the field."""
        return type(self)(f"{prefix}: {self.field}" if self.field else prefix, self.message)


class UnsupportedError(InputError):
    """The input is well formed but asks for a setting that this operation does not cover."""


class NoAnswerError(ExactlandError):
    """No answer within what was allowed (a search failed, a limit was reached)."""

    exit_status = 3
