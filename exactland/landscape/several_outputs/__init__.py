"""Local minimality with several outputs: blocks, second order, reduced rank, higher order."""

from exactland.landscape.several_outputs.decision import decide_blocks

__all__ = ["decide_blocks"]
