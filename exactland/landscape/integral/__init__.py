"""The landscape of the integral loss: stationarity, verdicts, Hessians, gradient descent."""
