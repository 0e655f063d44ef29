"""A claim with its proof as the text of a file for the Rocq kernel: data and claim first."""

from __future__ import annotations

from dataclasses import dataclass

THEOREM = "certified"
"""The name of the theorem of an instance file."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A claim and the check that proves it, as Rocq text.

    Attributes
    ----------
    header : what the file imports.
    data : comments and definitions of the data, the loss and the network.
    words : the claim in English, in the words of the LaTeX document.
    claim : the proposition.
    check : a term of type bool whose truth proves the claim, by the theorem ``..._sound``.
    claim_definitions, witness_definitions : definitions before the claim, and before the check.
    theorem : the name of that theorem, if it is not the name of the check with ``_sound``.
    """

    header: str
    data: tuple[str, ...]
    words: str
    claim: str
    check: str
    claim_definitions: tuple[str, ...] = ()
    witness_definitions: tuple[str, ...] = ()
    theorem: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """What is stated about data that stand in a file already, and the check that proves it.

    Attributes
    ----------
    words, claim, check, claim_definitions, witness_definitions, theorem : as of `Statement`.
    """

    words: str
    claim: str
    check: str
    claim_definitions: tuple[str, ...] = ()
    witness_definitions: tuple[str, ...] = ()
    theorem: str = ""

    def about(self, header: str, data: tuple[str, ...], shared: tuple[str, ...] = ()) -> Statement:
        """Return the statement about these data; `shared` stands before the witness's own part."""
        return Statement(
            header=header,
            data=data,
            words=self.words,
            claim=self.claim,
            check=self.check,
            claim_definitions=self.claim_definitions,
            witness_definitions=(*shared, *self.witness_definitions),
            theorem=self.theorem,
        )


def file_text(statement: Statement) -> str:
    """Return the text of the instance file."""
    name, _, arguments = statement.check.partition(" ")
    theorem = statement.theorem or f"{name}_sound"
    proof = f"""Theorem {THEOREM} : claim.
Proof.
  apply ({theorem} {arguments}).
  vm_cast_no_check (eq_refl true).
Qed.
Print Assumptions {THEOREM}."""
    return "\n".join([statement.header, definitions(statement), proof, ""])


def definitions(statement: Statement) -> str:
    """Return the definitions of data, claim and witness."""
    parts = [
        *statement.data,
        f"\n(** Claim: {statement.words} *)",
        *statement.claim_definitions,
        f"Definition claim : Prop := {statement.claim}.",
        "\n(** Witness. *)",
        *statement.witness_definitions,
    ]
    return "\n".join([*parts, ""])


def verdict_module(statement: Statement, name: str) -> str:
    """Return a module with the Boolean `verdict` of the checker, to be evaluated by the kernel."""
    body = definitions(statement)
    return f"Module {name}.\n{body}\nDefinition verdict := {statement.check}.\nEnd {name}.\n"
