"""PDF pages as images: none is blank, and nothing is printed into the margins."""

from __future__ import annotations

import subprocess
from pathlib import Path

MARGIN = 0.04
"""Part of the width and height of a page that stays white at every edge."""


def page_faults(pdf: Path) -> list[str]:
    """Return what is wrong with the pages of a PDF, seen as grey images of 50 dots an inch."""
    from PIL import Image

    subprocess.run(
        ["pdftoppm", "-r", "50", "-gray", pdf.name, "page"],
        cwd=pdf.parent, check=True, capture_output=True,
    )  # fmt: skip
    pages = sorted(pdf.parent.glob("page-*.pgm"))
    faults = [] if pages else ["there is no page"]
    for path in pages:
        with Image.open(path) as page:
            box = page.point(lambda grey: 255 if grey < 128 else 0).getbbox()
            width, height = page.size
        if box is None:
            faults.append(f"{path.stem} is blank")
            continue
        left, top, right, bottom = box
        across, down = MARGIN * width, MARGIN * height
        if left < across or top < down or right > width - across or bottom > height - down:
            faults.append(f"{path.stem} has print in its margin: {box} of {page.size}")
        path.unlink()
    return faults
