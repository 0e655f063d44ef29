"""Square roots of rational numbers: recognised when rational, reduced when not."""

from __future__ import annotations

from flint import fmpq, fmpz

_TRIAL_LIMIT = 1000


def rational_square_root(number: fmpq) -> fmpq | None:
    """Return the nonnegative square root if it is rational, else ``None``.

    Examples
    --------
    >>> rational_square_root(fmpq(9, 16)), rational_square_root(fmpq(2))
    (3/4, None)
    """
    if number < 0:
        return None
    root = fmpq(number.p.isqrt(), number.q.isqrt())
    return root if root * root == number else None


def reduced_radical(number: fmpq) -> tuple[fmpq, fmpz]:
    """Return (s, D) with sqrt(number) = s * sqrt(D), D an integer without small square factors.

    D is squarefree unless the square of a prime above 1000 divides it: the form is for reading
    and for small minimal polynomials, no decision depends on it.

    Parameters
    ----------
    number : fmpq
        Positive.

    Examples
    --------
    >>> reduced_radical(fmpq(5, 4)), reduced_radical(fmpq(72)), reduced_radical(fmpq(1, 3))
    ((1/2, 5), (6, 2), (1/3, 3))
    """
    radicand, outside = number.p * number.q, fmpz(1)
    rest = radicand
    for prime in range(2, _TRIAL_LIMIT):
        while rest % prime == 0:
            rest = rest // prime
            if rest % prime == 0:
                rest, outside, radicand = rest // prime, outside * prime, radicand // prime**2
    root = rest.isqrt()
    if root * root == rest:
        outside, radicand = outside * root, radicand // rest
    return fmpq(outside, number.q), radicand
