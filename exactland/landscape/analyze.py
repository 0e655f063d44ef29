"""The one entry for every loss: all that is to be said about a point."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

from exactland.problem.losses import Problem

if TYPE_CHECKING:
    from exactland.landscape.analysis import Analysis
    from exactland.landscape.integral.analysis import IntegralAnalysis
    from exactland.landscape.linear_pieces import LayeredAnalysis
    from exactland.problem.deep import DeepProblem
    from exactland.problem.integral import IntegralProblem


@overload
def analyze(problem: Problem) -> Analysis: ...
@overload
def analyze(problem: DeepProblem) -> LayeredAnalysis: ...
@overload
def analyze(problem: IntegralProblem) -> IntegralAnalysis: ...


def analyze(
    problem: Problem | DeepProblem | IntegralProblem,
) -> Analysis | LayeredAnalysis | IntegralAnalysis:
    """Return every verdict about a point, with witnesses; the loss decides which theory applies.

    Parameters
    ----------
    problem : Problem, DeepProblem or IntegralProblem
        A network together with an empirical or an integral loss (:func:`exactland.read_problem`).

    Returns
    -------
    Analysis, DeepAnalysis, LogisticAnalysis or IntegralAnalysis
        Exact; ``to_json()`` is what ``exactland analyze --json`` prints.

    Examples
    --------
    >>> from exactland.problem.files import problem_from_json
    >>> point = problem_from_json({
    ...     "format": "exactland-problem/1",
    ...     "network": {"activation": {"kind": "relu"}, "w": [["1"]], "v": [["0"]]},
    ...     "loss": {"kind": "empirical", "x": [["1"]], "y": [["0.28"]]}})
    >>> print(analyze(point).verdict)
    not_stationary
    """
    if isinstance(problem, Problem):
        from exactland.landscape.analysis import analyze_empirical

        return analyze_empirical(problem)
    from exactland.problem.deep import DeepProblem

    if isinstance(problem, DeepProblem):
        from exactland.landscape.linear_pieces import analyze_deep, analyze_logistic
        from exactland.problem.logistic import LogisticLoss

        logistic = isinstance(problem.loss, LogisticLoss)
        return analyze_logistic(problem) if logistic else analyze_deep(problem)
    from exactland.landscape.integral.analysis import analyze_integral

    return analyze_integral(problem)
