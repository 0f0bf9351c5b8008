"""A tariff stand-off in which the exporter can redirect some of its sales; figures illustrative."""

from dataclasses import dataclass
from types import MappingProxyType

from negotiation import AgreementSet, Model, Talks, parameter


@dataclass(frozen=True)
class TariffStandoff(Model):
    """The importer may tax; the exporter may answer; what it cannot redirect is what it loses."""

    exports: float = parameter(100.0, low=0, unit="bn USD a year", source="illustrative")
    diversification: float = parameter(
        0.3, low=0, high=1, unit="share of exports", source="illustrative", lever_of="exporter"
    )
    tariff: float = parameter(
        0.25, low=0, high=2, unit="ad valorem rate", source="illustrative", lever_of="importer"
    )
    damage: float = parameter(8.0, low=0, unit="bn USD a year", source="illustrative")
    effort: float = parameter(1.0, low=0, unit="bn USD a year", source="illustrative")

    chunk = 16_384  # closed forms: a point takes microseconds
    sweeps_marginals = True
    explored = MappingProxyType({"diversification": (0.0, 0.4), "tariff": (0.0, 0.5)})
    players = ("exporter", "importer")
    actions = (("accept", "retaliate"), ("refrain", "impose"))
    names = MappingProxyType(
        {
            "exporter": "the exporter",
            "importer": "the importer",
            "exporter.accept": "accepts",
            "exporter.retaliate": "retaliates",
            "importer.refrain": "refrains",
            "importer.impose": "imposes the tariff",
        }
    )
    payoff_unit = "bn USD a year"
    horizon = "one year, illustrative"

    def payoffs(self) -> dict[tuple[str, str], tuple[float, float]]:
        """Payoffs of (exporter, importer) at every profile."""
        loss = self.tariff * (1 - self.diversification) * self.exports  # number or array alike
        relief = 3 * self.effort  # an answer wins back more than it costs, if there is a tariff
        return {
            ("accept", "refrain"): (0.0, 0.0),
            ("accept", "impose"): (-loss, loss / 2),
            ("retaliate", "refrain"): (-self.effort, 0.0),
            ("retaliate", "impose"): (relief - loss, loss / 2 - self.damage),
        }

    def talks(self) -> Talks:
        """Bargain over peace with a transfer of money."""
        return Talks(self.players, status_quo=(0.0, 0.0), agreement=AgreementSet.money(0.0))
