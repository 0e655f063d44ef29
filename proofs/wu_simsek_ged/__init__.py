"""Stationary points, escape and embedding of shallow ReLU-like networks: a module per case."""

from exactland.proving.case import Paper

PAPER = Paper(
    key="wsg",
    authors="Zhengqing Wu, Berfin Şimşek, François Ged",
    title="Loss landscape of shallow ReLU-like neural networks: stationary points, saddle escape, "
    "and network embedding",
    reference="ICLR 2025, arXiv 2402.05626",
    order=(
        "stationarity",
        "clarke-and-directional",
        "escape-neurons",
        "local-minimality",
        "saddle-escape",
        "saddle-to-saddle",
        "type2",
        "replication",
        "inactive-units",
        "inactive-propagation",
    ),
)
