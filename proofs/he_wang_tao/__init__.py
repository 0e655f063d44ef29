"""Spurious local minima of piecewise-linear networks: one module per theorem case."""

from exactland.proving.case import Paper

PAPER = Paper(
    key="hwt",
    authors="Fengxiang He, Bohan Wang, Dacheng Tao",
    title="Piecewise linear activations substantially shape the loss surfaces of neural networks",
    reference="arXiv 2003.12236",
    order=("linear-pieces", "valleys", "cells", "two-components", "atlases"),
)
