"""Logarithms and quantiles that are the same on every machine.

    libm's log, exp, pow          differ in the last bit between CPUs (with or without FMA), so two machines disagree
    + - * / sqrt, frexp, ldexp    are exact by IEEE 754, so everything built of them agrees everywhere

The functions take and return NumPy float64 arrays (or scalars) and never call the NumPy functions of the same name.
``log`` and ``exp`` are within 2 units in the last place; the quantiles are within 1e-9 of the exact value, relative,
which is below the nanosecond that durations are rounded to.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import factorial
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

LN2_HI = 6.93147180369123816490e-01  # ln 2 to 33 bits, so that k * LN2_HI is exact for |k| < 2**20
LN2_LO = 1.90821492927058770002e-10  # ln 2 - LN2_HI
HALF = 0.5
SQRT_HALF = 0.7071067811865476
SQRT_HALF_WORD = 0x3FE6A09E667F3BCD  # its bits; a number's exponent is counted from there
MANTISSA_BITS = 52
NORMAL_MIN = 2.2250738585072014e-308  # smaller ones have fewer bits
HALF_LN_2PI = 0.9189385332046727
EXP_MAX = 709.782712893384
EXP_MIN = -745.1332191019411

LOG_SERIES = tuple(2.0 / (2 * k + 1) for k in range(11, 0, -1))  # 2 atanh(s) = 2s + s * (2s²/3 + 2s⁴/5 + ...)
EXP_SERIES = tuple(
    float(Fraction(1, f))
    for f in (
        6227020800,
        479001600,
        39916800,
        3628800,
        362880,
        40320,
        5040,
        720,
        120,
        24,
        6,
        2,
    )
)  # 1/13! ... 1/2!
STIRLING = (  # Bernoulli numbers over 2k(2k-1): ln Γ(x) = (x - 1/2) ln x - x + ln(2π)/2 + 1/(12x) - 1/(360x³) + ...
    -3617.0 / 122400.0,
    1.0 / 156.0,
    -691.0 / 360360.0,
    1.0 / 1188.0,
    -1.0 / 1680.0,
    1.0 / 1260.0,
    -1.0 / 360.0,
    1.0 / 12.0,
)
STIRLING_FROM = 16.0
SIN_SERIES = tuple(float(Fraction((-1) ** k, factorial(2 * k + 1))) for k in range(8, -1, -1))  # of x, by powers of its square
COS_SERIES = tuple(float(Fraction((-1) ** k, factorial(2 * k))) for k in range(9, -1, -1))
TURN = 6.283185307179586


def _horner(coefficients: tuple[float, ...], x: Floats) -> Floats:
    """Polynomial with the highest coefficient first."""
    total = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        total = total * x + coefficient
    return total


def log(x: ArrayLike) -> Floats:
    """Natural logarithm of x >= 0; ``log(0)`` is -inf, a negative argument gives nan."""
    x = np.asarray(x, dtype=np.float64)
    if x.size and x.min() >= NORMAL_MIN and x.max() < np.inf:
        words = np.ascontiguousarray(x).reshape(-1).view(np.int64)
        exponent = words - SQRT_HALF_WORD
        exponent >>= MANTISSA_BITS
        k = exponent.astype(np.float64)
        exponent <<= MANTISSA_BITS
        return _log_of_parts((words - exponent).view(np.float64), k).reshape(x.shape)
    positive = (x > 0.0) & (x < np.inf)
    fraction, exponent = np.frexp(np.where(positive, x, 1.0))
    low = fraction < SQRT_HALF
    k = np.where(low, exponent - 1, exponent).astype(np.float64)
    result = _log_of_parts(np.atleast_1d(np.where(low, fraction + fraction, fraction)), np.atleast_1d(k)).reshape(x.shape)
    return np.where(positive, result, np.where(x == 0.0, -np.inf, np.where(x > 0.0, np.inf, np.nan)))


def _log_of_parts(fraction: Floats, k: Floats) -> Floats:
    """Return log(fraction * 2**k) for fractions from SQRT_HALF to twice that; both arrays are written over.

    With f = fraction - 1 and s = f / (2 + f) it is k ln 2 + f - (f²/2 - s (f²/2 + s² series(s²))).
    """
    f = np.subtract(fraction, 1.0, out=fraction)
    s = f + 2.0
    np.divide(f, s, out=s)
    z = s * s
    rest = z * LOG_SERIES[0]
    for coefficient in LOG_SERIES[1:]:
        rest += coefficient
        rest *= z
    half = f * 0.5
    half *= f
    rest += half
    rest *= s
    np.multiply(k, LN2_LO, out=z)
    rest += z
    half -= rest
    half -= f
    k *= LN2_HI
    k -= half
    return k


def exp(x: ArrayLike) -> Floats:
    """Exponential function; overflows to inf and underflows to 0."""
    x = np.asarray(x, dtype=np.float64)
    inside = np.minimum(np.maximum(x, EXP_MIN), EXP_MAX)
    k = np.floor(inside * 1.4426950408889634 + 0.5)
    r = (inside - k * LN2_HI) - k * LN2_LO
    series = 1.0 + (r + r * r * _horner(EXP_SERIES, r))
    half = np.floor(k * 0.5)  # two steps, since 2**k itself may be out of range
    result = np.ldexp(np.ldexp(series, half.astype(np.int64)), (k - half).astype(np.int64))
    return np.where(x > EXP_MAX, np.inf, np.where(x < EXP_MIN, 0.0, result))


def log1p(x: ArrayLike) -> Floats:
    """Return log(1 + x) without loss for small x (Kahan's correction of the rounded sum)."""
    x = np.asarray(x, dtype=np.float64)
    one = 1.0 + x
    off = one - 1.0
    safe = np.where(off == 0.0, 1.0, off)
    return np.where(off == 0.0, x, log(one) * (x / safe))


def expm1(x: ArrayLike) -> Floats:
    """Return exp(x) - 1 without loss for small x (Kahan's correction), for moderate x."""
    x = np.asarray(x, dtype=np.float64)
    grown = exp(x)
    off = grown - 1.0
    plain = (grown == 1.0) | (np.abs(x) > 1.0)
    divisor = np.where(plain, 1.0, log(grown))
    return np.where(grown == 1.0, x, np.where(plain, off, off * (x / divisor)))


def power(x: ArrayLike, y: ArrayLike) -> Floats:
    """Return x to the y for x >= 0, as exp(y log x); relative error about |y log x| units in the last place."""
    x = np.asarray(x, dtype=np.float64)
    y = np.asarray(y, dtype=np.float64)
    safe = np.where(x > 0.0, x, 1.0)
    return np.where(x > 0.0, exp(y * log(safe)), np.where(y > 0.0, 0.0, np.where(y == 0.0, 1.0, np.inf)))


def sin_of_turns(turns: ArrayLike) -> Floats:
    """Return sin(2 pi x) for x from -2**40 to 2**40: exact where a quarter of a turn is, else within 1e-15."""
    return cos_of_turns(np.asarray(turns, dtype=np.float64) - 0.25)


def cos_of_turns(turns: ArrayLike) -> Floats:
    """Return cos(2 pi x), as `sin_of_turns` does: by series on the eighth of a turn around each quarter."""
    turns = np.asarray(turns, dtype=np.float64)
    quarter = np.floor(turns * 4.0 + 0.5)
    angle = (turns - quarter * 0.25) * TURN
    square = angle * angle
    even, odd = _horner(COS_SERIES, square), angle * _horner(SIN_SERIES, square)
    turned = quarter.astype(np.int64) & 3
    found: Floats = np.where(turned == 0, even, np.where(turned == 1, -odd, np.where(turned == 2, -even, odd)))  # noqa: PLR2004 - quarters
    return found


def lgamma(x: ArrayLike) -> Floats:
    """Return ln Γ(x) for x > 0: Stirling's series, after lifting small arguments by the recurrence."""
    x = np.array(x, dtype=np.float64)
    product = np.ones_like(x)
    for _ in range(int(STIRLING_FROM)):
        small = x < STIRLING_FROM
        product = np.where(small, product * np.where(small, x, 1.0), product)
        x = np.where(small, x + 1.0, x)
    inverse = 1.0 / x
    series = inverse * _horner(STIRLING, inverse * inverse)
    result: Floats = (x - 0.5) * log(x) - x + HALF_LN_2PI + series - log(product)
    return result


def gamma(x: ArrayLike) -> Floats:
    """Γ(x) for x > 0."""
    return exp(lgamma(x))


# Wichura (1988), Algorithm AS 241, PPND16: rational approximations of the normal quantile, highest power first.
CENTRE = (
    (
        2.5090809287301226727e3,
        3.3430575583588128105e4,
        6.7265770927008700853e4,
        4.5921953931549871457e4,
        1.3731693765509461125e4,
        1.9715909503065514427e3,
        1.3314166789178437745e2,
        3.3871328727963666080e0,
    ),
    (
        5.2264952788528545610e3,
        2.8729085735721942674e4,
        3.9307895800092710610e4,
        2.1213794301586595867e4,
        5.3941960214247511077e3,
        6.8718700749205790830e2,
        4.2313330701600911252e1,
        1.0,
    ),
)
MIDDLE = (
    (
        7.74545014278341407640e-4,
        2.27238449892691845833e-2,
        2.41780725177450611770e-1,
        1.27045825245236838258e0,
        3.64784832476320460504e0,
        5.76949722146069140550e0,
        4.63033784615654529590e0,
        1.42343711074968357734e0,
    ),
    (
        1.05075007164441684324e-9,
        5.47593808499534494600e-4,
        1.51986665636164571966e-2,
        1.48103976427480074590e-1,
        6.89767334985100004550e-1,
        1.67638483018380384940e0,
        2.05319162663775882187e0,
        1.0,
    ),
)
FAR = (
    (
        2.01033439929228813265e-7,
        2.71155556874348757815e-5,
        1.24266094738807843860e-3,
        2.65321895265761230930e-2,
        2.96560571828504891230e-1,
        1.78482653991729133580e0,
        5.46378491116411436990e0,
        6.65790464350110377720e0,
    ),
    (
        2.04426310338993978564e-15,
        1.42151175831644588870e-7,
        1.84631831751005468180e-5,
        7.86869131145613259100e-4,
        1.48753612908506148525e-2,
        1.36929880922735805310e-1,
        5.99832206555887937690e-1,
        1.0,
    ),
)
CENTRE_TO = 0.425  # |p - 1/2| up to which the first ratio holds; 0.180625 is its square
FAR_FROM = 5.0  # sqrt(-log(tail)) from which the third does


def _ratio(pair: tuple[tuple[float, ...], tuple[float, ...]], x: Floats) -> Floats:
    return _horner(pair[0], x) / _horner(pair[1], x)


def normal_quantile(p: ArrayLike, q: ArrayLike) -> Floats:
    """Return the standard normal quantile at lower tail p and upper tail q = 1 - p; relative error about 1e-15."""
    p = np.asarray(p, dtype=np.float64)
    q = np.asarray(q, dtype=np.float64)
    off = 0.5 * (p - q)
    centre = off * _ratio(CENTRE, 0.180625 - off * off)
    r = np.sqrt(-log(np.minimum(p, q)))
    tail = np.where(r <= FAR_FROM, _ratio(MIDDLE, r - 1.6), _ratio(FAR, r - 5.0))
    return np.where(np.abs(off) <= CENTRE_TO, centre, np.where(off < 0.0, -tail, tail))


def log_complement(p: ArrayLike, q: ArrayLike) -> Floats:
    """Return log(q) where q = 1 - p, accurate in both tails."""
    p = np.asarray(p, dtype=np.float64)
    return np.where(p < HALF, log1p(-np.minimum(p, HALF)), log(q))


NEWTON_STEPS_MAX = 200
TERMS_MAX = 20_000
SERIES_SETTLED = 1e-17
FRACTION_SETTLED = 4e-16
SETTLED = 1e-10  # the step after this one would be about its square


def gamma_quantile(shape: float, p: ArrayLike, q: ArrayLike) -> Floats:
    """Quantile of the gamma distribution with the given shape and scale 1, at lower tail p and upper tail q = 1 - p.

    Newton's method on the logarithm of the smaller tail over log x: there both tails are concave, so it converges from
    anywhere. Relative error below 1e-9 for shapes from 0.01 to 10 000. Results are remembered per shape and grid.
    """
    p = np.ascontiguousarray(p, dtype=np.float64)
    q = np.ascontiguousarray(q, dtype=np.float64)
    return _gamma_quantile(float(shape), p.tobytes(), q.tobytes()).reshape(p.shape)


@lru_cache(maxsize=64)
def _gamma_quantile(shape: float, p_bytes: bytes, q_bytes: bytes) -> Floats:
    p = np.frombuffer(p_bytes)
    q = np.frombuffer(q_bytes)
    lower = p < q
    result = np.empty_like(p)
    if lower.any():
        result[lower] = exp(_newton(_gamma_lower, shape, log(p[lower]), _start_lower(shape, p[lower], q[lower])))
    if not lower.all():
        result[~lower] = exp(_newton(_gamma_upper, shape, log(q[~lower]), _start_upper(shape, p[~lower], q[~lower])))
    result.flags.writeable = False
    return result


def _wilson_hilferty(shape: float, p: Floats, q: Floats) -> Floats:
    """First guess for large shapes: the cube root of a gamma variable is nearly normal."""
    root = 1.0 - 1.0 / (9.0 * shape) + normal_quantile(p, q) / (3.0 * float(np.sqrt(shape)))
    return shape * root * root * root


def _start_lower(shape: float, p: Floats, q: Floats) -> Floats:
    """Log of a first guess below the median: the power law at zero, or the cube root where that is larger."""
    power_law = (log(p) + lgamma(shape + 1.0)) / shape
    guess = _wilson_hilferty(shape, p, q)
    return np.maximum(power_law, log(np.maximum(guess, 1e-300))) if shape > 1.0 else power_law


def _start_upper(shape: float, p: Floats, q: Floats) -> Floats:
    """Log of a first guess above the median: the exponential quantile is an upper bound for shapes up to 1."""
    return log(np.maximum(_wilson_hilferty(shape, p, q), 1e-300)) if shape > 1.0 else log(-log(q))


def _newton(tail: Any, shape: float, target: Floats, y: Floats) -> Floats:
    """Solve log tail(e**y) = target for y."""
    for _ in range(NEWTON_STEPS_MAX):
        value, slope = tail(shape, y)
        step = (target - value) / slope
        y = y + np.minimum(np.maximum(step, -50.0), 50.0)
        if not np.any(np.abs(step) > SETTLED * np.maximum(1.0, np.abs(y))):
            break
    return y


def _gamma_series(shape: float, x: Floats) -> Floats:
    """1 + x/(a+1) + x²/((a+1)(a+2)) + ..., the lower incomplete gamma function but for its leading factor."""
    total = np.ones_like(x)
    term = np.ones_like(x)
    for n in range(1, TERMS_MAX):
        term = term * (x / (shape + n))
        total = total + term
        if not np.any(term > total * SERIES_SETTLED):
            break
    return total


def _gamma_fraction(shape: float, x: Floats) -> Floats:
    """Legendre's continued fraction 1/(x+1-a - 1(1-a)/(x+3-a - ...)), evaluated forwards; for x > a + 1."""
    b = x + 1.0 - shape
    c = np.full_like(x, 1e300)
    d = 1.0 / b
    total = d
    for n in range(1, TERMS_MAX):
        a_n = -n * (n - shape)
        b = b + 2.0
        d = 1.0 / (a_n * d + b)
        c = b + a_n / c
        factor = c * d
        total = total * factor
        if not np.any(np.abs(factor - 1.0) > FRACTION_SETTLED):
            break
    return total


def _gamma_lower(shape: float, y: Floats) -> tuple[Floats, Floats]:
    """Log of the lower tail at e**y, and its derivative by y."""
    x = exp(y)
    series = _gamma_series(shape, x)
    return shape * y - x - lgamma(shape + 1.0) + log(series), shape / series


def _gamma_upper(shape: float, y: Floats) -> tuple[Floats, Floats]:
    """Log of the upper tail at e**y, and its derivative by y."""
    x = exp(y)
    front = shape * y - x - lgamma(shape)
    near = x < shape + 1.0
    value = np.empty_like(x)
    slope = np.empty_like(x)
    if near.any():
        density = exp(front[near])
        upper = np.maximum(1.0 - density * _gamma_series(shape, x[near]) / shape, 1e-300)
        value[near] = log(upper)
        slope[near] = -density / upper
    if not near.all():
        fraction = _gamma_fraction(shape, x[~near])
        value[~near] = front[~near] + log(fraction)
        slope[~near] = -1.0 / fraction
    return value, slope


def mixture_quantile(mixture: tuple[tuple[float, float], ...], p: ArrayLike, q: ArrayLike) -> Floats:
    """Quantile of a mixture of exponentials, ``(probability, mean)`` each, at lower tail p and upper tail q = 1 - p.

    Newton's method from zero: the distribution function is concave and the log of the upper tail is convex, so the
    steps approach the solution from the left and never pass it.
    """
    p = np.asarray(p, dtype=np.float64)
    q = np.asarray(q, dtype=np.float64)
    lower = p < q
    target = log(q)
    x = np.zeros_like(p)
    for _ in range(NEWTON_STEPS_MAX):
        below = np.zeros_like(x)
        above = np.zeros_like(x)
        density = np.zeros_like(x)
        for share, mean in mixture:
            left = exp(-(x / mean))
            below = below - share * expm1(-(x / mean))
            above = above + share * left
            density = density + (share / mean) * left
        step = np.where(lower, (p - below) / density, (log(above) - target) * (above / density))
        x = np.maximum(x + step, 0.0)
        if not np.any(np.abs(step) > SETTLED * x):
            break
    return x
