"""``python -m exactland`` is the command ``exactland``."""

from exactland.cli import main

main()
