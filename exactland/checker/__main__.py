"""``python -m exactland.checker FILE...``: 0 accepted, 1 rejected, 2 unusable."""

from __future__ import annotations

import sys

from exactland.checker.verify import main

sys.exit(main())
