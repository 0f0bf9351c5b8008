"""What one side believes about a number that only the other side knows."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from negotiation.bargaining.impasse import refuse
from negotiation.bargaining.talks import Array
from negotiation.errors import ParameterError

Function = Callable[[Array], Array]

#: Probes of a distribution given as functions: where it is checked, and where a search starts.
PROBES = 257

#: Largest gap between 1 and the integral of a density given as a function. A density with jumps
#: between probes is integrated to about 1 / PROBES only.
_MASS = 0.02

#: How far a cdf given as a function may miss 0 and 1 at its ends, and fall between probes:
#: what a cdf that is itself an integral or a fit is off by.
_MISS = 1e-9

#: Halvings of a bracket: its width falls below the spacing of floats.
HALVINGS = 80

_ROOT_TWO = math.sqrt(2.0)


@dataclasses.dataclass(frozen=True, eq=False)
class Belief:
    """A distribution; batches of them have leading axes in their parameters.

    Attributes
    ----------
    name : str
    low, high : (...) arrays
        Ends of the support; may be infinite for the normal distribution.
    cdf, above, density, slope : functions of (...) arrays
        Probability of at most w; of more than w; density; its derivative. Density and slope are NaN
        for a sample.
    excess : function of (...) arrays
        Expected value of max(w - s, 0).
    best : function of (...) arrays
        e*, the offer that maximises (m - e) cdf(e), for m that exceeds `low`.
    made : (function, arguments), optional
        What made it: pickled in place of the functions above, which cannot be.
    """

    name: str
    low: Array
    high: Array
    cdf: Function
    above: Function
    density: Function
    slope: Function
    excess: Function
    best: Function
    made: tuple[Callable[..., Belief], tuple[Any, ...]] | None = dataclasses.field(
        default=None, repr=False
    )

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle what made it; functions that were given are found by their names."""
        if self.made is not None:
            return self.made
        parts = (getattr(self, field.name) for field in dataclasses.fields(self))
        return type(self), tuple(parts)


def uniform(low: ArrayLike, high: ArrayLike) -> Belief:
    """Every value between `low` and `high` equally likely; equal ends are a value known.

    Raises
    ------
    ParameterError
        If an end is not finite or they stand the wrong way round.
    """
    a, b = _ends(low, high, equal=True)
    width = b - a

    def cdf(w: Array) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            inside = np.clip((w - a) / width, 0.0, 1.0)
        return np.asarray(np.where(w >= b, 1.0, np.where(w < a, 0.0, inside)))

    def above(w: Array) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            inside = np.clip((b - w) / width, 0.0, 1.0)
        return np.asarray(np.where(w >= b, 0.0, np.where(w < a, 1.0, inside)))

    def density(w: Array) -> Array:
        with np.errstate(divide="ignore"):
            return np.asarray(np.where((w >= a) & (w <= b), 1.0 / width, 0.0))

    def excess(s: Array) -> Array:
        # Beyond the lower end the mean less s; within, the mean of a triangle.
        return np.asarray(
            np.where(s <= a, (a + b) / 2.0 - s, above(s) * np.maximum(b - s, 0.0) / 2.0)
        )

    return Belief(
        name="uniform",
        low=a,
        high=b,
        cdf=cdf,
        above=above,
        density=density,
        slope=lambda w: np.zeros(np.broadcast_shapes(np.shape(w), a.shape)),
        excess=excess,
        best=lambda m: np.asarray(np.clip((m + a) / 2.0, a, b)),
        made=(uniform, (a, b)),
    )


def normal(mean: ArrayLike, deviation: ArrayLike) -> Belief:
    """Normal distribution with a mean (...) and a standard deviation (...).

    Raises
    ------
    ParameterError
        For a mean that is not finite or a standard deviation that is not positive.
    """
    mu, sd = np.broadcast_arrays(np.asarray(mean, dtype=float), np.asarray(deviation, dtype=float))
    refuse(mu, ~np.isfinite(mu), "mean", "a finite number")
    refuse(sd, ~(np.isfinite(sd) & (sd > 0.0)), "standard deviation", "a positive number")

    def z(w: Array) -> Array:
        return np.asarray((w - mu) / sd)

    def cdf(w: Array) -> Array:
        return _tail(-z(w))

    def above(w: Array) -> Array:
        return _tail(z(w))

    def density(w: Array) -> Array:
        return np.asarray(np.exp(-0.5 * z(w) ** 2) / (sd * math.sqrt(2.0 * math.pi)))

    def best(m: Array) -> Array:
        # e + cdf / density = m. The ratio is positive, so e < m; it is below sd for e below the
        # mean by sd or more, which brackets the only root.
        left, right = np.broadcast_arrays(np.minimum(m, mu) - sd, m)
        return halve(lambda e: (m - e) * density(e) - cdf(e), left, right)

    return Belief(
        name="normal",
        low=np.full(mu.shape, -np.inf),
        high=np.full(mu.shape, np.inf),
        cdf=cdf,
        above=above,
        density=density,
        slope=lambda w: np.asarray(-z(w) / sd * density(w)),
        excess=lambda s: np.asarray(sd**2 * density(s) - (s - mu) * above(s)),
        best=best,
        made=(normal, (mu, sd)),
    )


def sampled(values: ArrayLike) -> Belief:
    """Each of the values (..., n) equally likely; sorted here if they are not.

    Raises
    ------
    ParameterError
        For no values, or one that is not finite.
    """
    points = np.sort(np.asarray(values, dtype=float), axis=-1)
    if points.ndim == 0 or not points.shape[-1]:
        raise ParameterError(
            f"a sample has shape {points.shape}; expected at least one value on its last axis"
        )
    refuse(points, ~np.isfinite(points), "value of a sample", "a finite number")
    size = points.shape[-1]
    rank = np.arange(1, size + 1) / size

    def cdf(w: Array) -> Array:
        return np.asarray((points <= np.asarray(w)[..., None]).mean(axis=-1))

    def best(m: Array) -> Array:
        # Of equal points the last has the right share, and it gives the largest of the products.
        gain = np.asarray((np.asarray(m)[..., None] - points) * rank)
        at = gain.argmax(axis=-1)
        spread = np.broadcast_to(points, gain.shape)
        return np.asarray(np.take_along_axis(spread, at[..., None], axis=-1)[..., 0])

    def nothing(w: Array) -> Array:
        return np.full(np.broadcast_shapes(np.shape(w), points.shape[:-1]), np.nan)

    return Belief(
        name="sample",
        low=points[..., 0],
        high=points[..., -1],
        cdf=cdf,
        above=lambda w: np.asarray((points > np.asarray(w)[..., None]).mean(axis=-1)),
        density=nothing,
        slope=nothing,
        excess=lambda s: np.asarray(
            np.maximum(points - np.asarray(s)[..., None], 0.0).mean(axis=-1)
        ),
        best=best,
        made=(sampled, (points,)),
    )


def given(cdf: Function, density: Function, low: ArrayLike, high: ArrayLike) -> Belief:
    """Distribution by its cdf and density, functions of arrays, on a finite support.

    Both are probed between `low` and `high`. The best offer is sought among the probes, and
    then between the neighbours of the best by halving on the first-order condition, so that
    several local optima are no trap unless they hide between probes.

    Raises
    ------
    ParameterError
        If the support is not finite, the cdf does not rise from 0 to 1, or the density is negative
        or does not belong to the cdf.
    """
    a, b = _ends(low, high, equal=False)
    share = np.linspace(0.0, 1.0, PROBES)
    probes = a[..., None] + share * (b - a)[..., None]
    probes[..., -1] = b  # a + (b - a) may miss b by a rounding error
    reached = _probed(cdf, probes, "cdf")
    weights = _probed(density, probes, "density")
    rises = bool((np.diff(reached, axis=-1) >= -_MISS).all())
    if not rises or np.abs(reached[..., [0, -1]] - [0.0, 1.0]).max() > _MISS:
        raise ParameterError(
            f"the cdf runs from {reached[..., 0].flat[0]:g} to {reached[..., -1].flat[0]:g} over "
            "its support" + ("" if rises else " and falls on the way") + "; expected it to rise "
            "from 0 to 1"
        )
    steps = np.diff(probes, axis=-1)
    mass = ((weights[..., :-1] + weights[..., 1:]) / 2.0 * steps).sum(axis=-1)
    if (weights < 0.0).any() or not (np.abs(mass - 1.0) <= _MASS).all():
        raise ParameterError(
            f"the density integrates to {mass.flat[0]:g} over its support; expected 1, from a "
            "density that is nowhere negative and is the derivative of the cdf"
        )

    def within(w: Array) -> Array:
        found = np.asarray(cdf(np.clip(w, a, b)), dtype=float)
        return np.asarray(np.where(w < a, 0.0, np.where(w >= b, 1.0, found)))

    def inside(w: Array) -> Array:
        found = np.asarray(density(np.clip(w, a, b)), dtype=float)
        return np.asarray(np.where((w < a) | (w > b), 0.0, found))

    def slope(w: Array) -> Array:
        # A central difference, kept inside the support; error of second order in the step.
        step = 1e-5 * (b - a)
        left, right = np.maximum(w - step, a), np.minimum(w + step, b)
        return np.asarray((inside(right) - inside(left)) / (right - left))

    def excess(s: Array) -> Array:
        # The integral of 1 - cdf from s on, by Gauss-Legendre on eight panels.
        start = np.clip(s, a, b)
        nodes, shares = _panels(8, 20)
        x = start[..., None] + nodes * (b - start)[..., None]
        lifted = np.stack([1.0 - within(x[..., k]) for k in range(len(nodes))], axis=-1)
        return np.asarray((lifted @ shares) * (b - start) + np.maximum(a - s, 0.0))

    def best(m: Array) -> Array:
        shape = np.broadcast_shapes(np.shape(m), a.shape)
        m = np.broadcast_to(m, shape)
        grid = np.broadcast_to(probes, (*shape, PROBES))
        gain = (m[..., None] - grid) * np.broadcast_to(reached, grid.shape)
        at = gain.argmax(axis=-1)[..., None]
        probe = np.take_along_axis(grid, at, axis=-1)[..., 0]
        left = np.take_along_axis(grid, np.maximum(at - 1, 0), axis=-1)[..., 0]
        right = np.take_along_axis(grid, np.minimum(at + 1, PROBES - 1), axis=-1)[..., 0]
        found = halve(lambda e: (m - e) * inside(e) - within(e), left, right)
        better = (m - found) * within(found) >= (m - probe) * within(probe)
        return np.asarray(np.where(better, found, probe))

    return Belief(
        name="given",
        low=a,
        high=b,
        cdf=within,
        above=lambda w: np.asarray(1.0 - within(w)),
        density=inside,
        slope=slope,
        excess=excess,
        best=best,
        made=(given, (cdf, density, a, b)),
    )


def credible(belief: Belief, staying: ArrayLike, common: ArrayLike = 0.0) -> Array:
    """Probability that walking out beats staying in the talks, a walk-out's worth being uncertain.

    Parameters
    ----------
    belief : Belief
        About the worth of walking out, less `common`.
    staying : (...) array
        What staying in the talks is worth.
    common : (...) array
        Part of the worth of walking out that is known.

    Returns
    -------
    (...) array
        Of more than `staying`: a tie does not make a threat.
    """
    return belief.above(np.asarray(staying, dtype=float) - np.asarray(common, dtype=float))


def halve(function: Function, left: Array, right: Array) -> Array:
    """Where a falling function crosses zero between two ends; the nearer end if it does not."""
    for _ in range(HALVINGS):
        middle = left + (right - left) / 2.0
        up = function(middle) > 0.0
        left, right = np.where(up, middle, left), np.where(up, right, middle)
    return np.asarray(left + (right - left) / 2.0)


# NumPy has no error function; `math.erfc` keeps the far tail to the last digits.
_erfc = np.frompyfunc(math.erfc, 1, 1)


def _tail(z: Array) -> Array:
    """Probability that a standard normal exceeds z."""
    return np.asarray(_erfc(np.asarray(z) / _ROOT_TWO), dtype=float) / 2.0


def _panels(panels: int, order: int) -> tuple[Array, Array]:
    """Nodes in [0, 1] and weights of a composite Gauss-Legendre rule."""
    x, w = np.polynomial.legendre.leggauss(order)
    nodes = (np.arange(panels)[:, None] + (x + 1.0) / 2.0) / panels
    return nodes.ravel(), np.tile(w / (2.0 * panels), panels)


def _ends(low: ArrayLike, high: ArrayLike, *, equal: bool) -> tuple[Array, Array]:
    a, b = (
        np.array(e) for e in np.broadcast_arrays(np.asarray(low, float), np.asarray(high, float))
    )
    wrong = ~(np.isfinite(a) & np.isfinite(b) & ((a <= b) if equal else (a < b)))
    if wrong.any():
        raise ParameterError(
            f"a distribution runs from {a[wrong].flat[0]:g} to {b[wrong].flat[0]:g}; expected two "
            "finite numbers, the smaller first"
        )
    return a, b


def _probed(function: Function, probes: Array, name: str) -> Array:
    """Values (..., PROBES) of a user's function, called on arrays of the shape of a batch."""
    columns = [function(probes[..., k]) for k in range(probes.shape[-1])]
    try:
        values = np.stack([np.broadcast_to(c, probes.shape[:-1]) for c in columns], axis=-1)
    except ValueError:
        raise ParameterError(
            f"the {name} returns shape {np.shape(columns[0])} for points of shape "
            f"{probes.shape[:-1]}; expected one value for each point"
        ) from None
    if not np.isfinite(values).all():
        raise ParameterError(f"the {name} is not a finite number everywhere on its support")
    return np.asarray(values, dtype=float)
