"""What is believed of an assumption, in words that need no knowledge of distributions."""

from __future__ import annotations

import re

import numpy as np

from negotiation.prior import Prior
from negotiation.report.briefing.told import Told

#: How a user writes a prior: a kind with its numbers or words.
_WRITTEN = re.compile(r"(?P<kind>\w+)\((?P<given>[^()]*)\)(?P<more>.*)")


def prior_words(told: Told, name: str, prior: Prior) -> str:
    """Say what a parameter is drawn from, such as `10 % to 50 %, most likely 25 %`.

    A prior of a kind that has no sentence is told as it is written.
    """
    lang, found = told.lang, _WRITTEN.fullmatch(prior.text)
    if found is None:
        return prior.text
    kind, given = found["kind"], [each.strip() for each in found["given"].split(",")]
    if kind == "revealed":
        return lang.phrase("prior", "revealed")
    if kind == "one_of":
        names = type(told.model).names
        words = [names.get(f"{name}.{each}", each.replace("_", " ")) for each in given]
        noise = "_noise" if found["more"] else ""
        return lang.phrase("prior", f"one_of{noise}", words=lang.listed(words))
    if kind in ("uniform", "triangular") and not found["more"]:
        ends = [_number(told, name, float(each)) for each in given]
        mode = ends[1] if kind == "triangular" else ""
        return lang.phrase("prior", kind, low=ends[0], mode=mode, high=ends[-1])
    if kind == "lognormal" and prior.inputs == 1 and not prior.of_model:
        at = np.asarray(prior.quantiles(np.array([[0.05], [0.5], [0.95]])), dtype=float).ravel()
        low, mode, high = (_number(told, name, float(each)) for each in at)
        return lang.phrase("prior", kind, low=low, mode=mode, high=high)
    return prior.text


def _number(told: Told, name: str, value: float) -> str:
    spec = told.model.find_parameter(name)
    share = (spec.upper is not None and spec.upper <= 1.0) or "rate" in spec.unit
    return told.lang.percent(value) if share else told.lang.rounded(value)


__all__ = ["prior_words"]
