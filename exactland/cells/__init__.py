"""Where the network is linear: sign vectors, activation-pattern cells and their faces."""
