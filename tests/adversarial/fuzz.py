"""Coverage-guided fuzzing of the checker: python -m tests.adversarial.fuzz FOLDER [OPTION...].

Needs atheris (extra ``fuzz``).  The inputs, kept in FOLDER, start from the true certificates of the
corpus; half of the mutations are libFuzzer's on bytes, half those of `tests.adversarial.mutations`
on the document.  An exception that escapes the checker, or a false claim that it accepts, ends the
run.  Otherwise it ends as libFuzzer's options say: -runs=N, -max_total_time=SECONDS.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from random import Random


def main() -> None:
    import atheris

    # The instrumented checker must be the first one imported, so nothing is imported above.
    with atheris.instrument_imports(include=["exactland.checker"]):
        from exactland.checker import check_text
    from tests.adversarial import mutations
    from tests.adversarial.corpus import corpus
    from tests.adversarial.run import ANSWERS, still_true

    documents = [document for several in corpus().values() for document in several]

    def one(data: bytes) -> None:
        outcome = check_text(data)
        assert outcome.status in ANSWERS
        if outcome.status == "accepted":
            # A claim grown beyond the slow definitions has an unknown truth: that says nothing.
            true = still_true(data, documents[0])
            assert true is not False, f"accepted, but false: {data!r}"

    def mutated(data: bytes, most: int, seed: int) -> bytes:
        random = Random(seed)
        try:
            document = json.loads(data)
            if random.random() < 0.5 and isinstance(document, dict):
                made = random.choice(mutations.TREE)(random, document, documents)
                return (made if isinstance(made, bytes) else made.encode("utf-8", "replace"))[:most]
        except (ValueError, KeyError, TypeError, IndexError, RecursionError):
            pass  # not a document any more: bytes then
        return bytes(atheris.Mutate(data, most))

    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for number, document in enumerate(documents):
        (folder / f"true-{number}").write_text(json.dumps(document))
    options = ["-max_len=20000", "-timeout=120", "-rss_limit_mb=2048", "-print_final_stats=1"]
    options += [f"-artifact_prefix={folder}/", *sys.argv[2:], str(folder)]
    atheris.Setup([sys.argv[0], *options], one, custom_mutator=mutated)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
