"""`evaluate(model)`: payoffs, equilibria, talks and leverage at a point or a cloud of points."""

from negotiation.case import DISPUTE, LASTING, POSTURE, STATUS_QUO, check_threat
from negotiation.outcome.multiplicity import deal_range, deals
from negotiation.outcome.outcome import Outcome, Status, check_clouds, evaluate, in_clouds
from negotiation.outcome.scores import SCORES, Score, register_score
from negotiation.outcome.threats import threat

__all__ = [
    "DISPUTE",
    "LASTING",
    "POSTURE",
    "SCORES",
    "STATUS_QUO",
    "Outcome",
    "Score",
    "Status",
    "check_clouds",
    "check_threat",
    "deal_range",
    "deals",
    "evaluate",
    "in_clouds",
    "register_score",
    "threat",
]
