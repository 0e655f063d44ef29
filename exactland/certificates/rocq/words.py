"""What the claims about an empirical loss say in English, in the words of the LaTeX document."""

from __future__ import annotations

LOSS_VALUE = "the loss at the network is {}."
DIRECTIONALLY_STATIONARY = (
    "no one-sided directional derivative of the loss at the network is negative."
)
NOT_DIRECTIONALLY_STATIONARY = (
    "some one-sided directional derivative of the loss at the network is negative."
)
CLARKE_STATIONARY = "zero lies in the Clarke subdifferential of the loss at the network."
NOT_CLARKE_STATIONARY = (
    "zero does not lie in the Clarke subdifferential of the loss at the network."
)
LOCAL_MINIMUM = (
    "the network is a local minimum: no network in the region below has a lower loss, and the"
    " region\n    contains every network within the radius of it in each parameter."
)
MINIMUM_BY_BLOCKS = "the network is a local minimum of the loss."
NOT_LOCAL_MINIMUM = "the network is not a local minimum of the loss."
ESCAPE_NEURON = (
    "the network is directionally stationary, and neuron {} (counted from 0) is an escape neuron."
)
GLOBAL_MINIMUM = "no function of the input has a lower loss than the network."
CELL_GLOBAL_MINIMUM = (
    "the network lies in the closed cell below, and no network of it has a lower loss."
)
SPURIOUS_LOCAL_MINIMUM = (
    "the network is a local minimum (see the region below), and another network of the same"
    "\n    shape has a lower loss."
)
SPURIOUS_BY_BLOCKS = (
    "the network is a local minimum of the loss, and another network of the same shape has a\n"
    "    lower loss."
)
