"""What is given: a network, its activation and a loss, in exact numbers."""
