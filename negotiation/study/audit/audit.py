"""The audit of a model: which known pitfalls of leverage occur at a point, and by how much."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from negotiation.case import Case, study
from negotiation.errors import GridError
from negotiation.outcome import Outcome, check_clouds, evaluate
from negotiation.study.audit import nearby, nearest, pitfalls
from negotiation.study.audit.finding import Audited, Pitfall, Verdict


@dataclasses.dataclass(frozen=True, eq=False)
class Audit:
    """All findings at a point of a model."""

    outcome: Outcome
    findings: tuple[Pitfall, ...]

    @property
    def bites(self) -> int:
        """How many pitfalls occur."""
        return sum(each.verdict == Verdict.BITES for each in self.findings)


@study(once={1: "settings"})
def audit(
    case: Case,
    *,
    full: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Audit:
    """Look at every known pitfall of leverage at a point of a model.

    Parameters
    ----------
    case : Case, or what makes one
        A point; it is repeated in the commands that show a finding.
    full : bool
        Also take threat points that are solved at one point at a time, which may take long.
    progress : callable, optional
        Called with checks done and checks in all.

    Raises
    ------
    GridError
        For a cloud of points.
    """
    if case.model.batch_shape:
        raise GridError(f"an audit is of one point, not of {case.model.batch_shape} of them")
    check_clouds(case, "an audit looks")
    audited = Audited(case, full, evaluate(case, marginal=True))
    checks: tuple[Callable[[Audited], Pitfall], ...] = (
        *pitfalls.CHECKS,
        *nearby.CHECKS,
        nearest.nearest_threshold,
    )
    found = []
    for k, check in enumerate(checks):
        found.append(check(audited))
        if progress is not None:
            progress(k + 1, len(checks))
    return Audit(audited.outcome, tuple(found))
