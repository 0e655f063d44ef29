"""Loss, gradients and one-sided derivatives, exactly."""
