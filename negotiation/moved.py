"""Where the names of release 0.1 are now: an old import works, and one sentence names the new one.

`docs/migration.md` is made from these tables.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType

#: Modules that were renamed, each with all that is inside it unless that has a line of its own.
MODULES = {
    "equilibria": "games",
    "equilibria.distinct": "games.certify",
    "equilibria.explain": "report.profile",
    "equilibria.ledger": "games.listing",
    "formats": "games.files",
    "formats.deadline": "games.files.table",
    "formats.rational": "games.files.table",
    "formats.trade_aggregate": "trade.data.table",
    "formats.trade_check": "trade.data.read",
    "formats.trade_house": "trade.data.tidy",
    "formats.trade_icio": "trade.data.labels",
    "formats.trade_inputs": "trade.data.tidy",
    "formats.trade_matrix": "trade.data.matrix",
    "formats.trade_read": "trade.data.read",
    "formats.trade_sheet": "trade.data.csv_file",
    "formats.trade_show": "trade.data.read",
    "formats.trade_source": "trade.data.csv_file",
    "formats.trade_square": "trade.data.labels",
    "formats.trade_sums": "trade.data.matrix",
    "formats.trade_table": "trade.data.table",
    "formats.trade_tidy": "trade.data.tidy",
    "formats.trade_write": "trade.data.write",
    "game": "games.game",
    "report.attribution_words": "report.attribution",
    "report.narration": "report.derivation",
    "report.package_words": "report.packages",
    "report.price": "report.credibility",
    "report.small_print": "report.document",
    "report.tables": "report.sweep",
    "sweep": "study",
    "sweep.axis_values": "model.axis_values",
    "sweep.choices": "outcome.choices",
    "sweep.columns": "outcome.columns",
    "sweep.grid": "model.grid",
    "sweep.line": "regimes.event",
    "sweep.regimes": "regimes.regimes",
    "sweep.regions": "regimes.regions",
    "sweep.regions.mapwords": "report.map_words",
    "sweep.roots": "regimes.roots",
    "sweep.run": "study.run",
    "sweep.spaced": "model.spaced",
    "sweep.threats": "study.credibility",
    "sweep.thresholds": "regimes.thresholds",
    "trade.ascent": "trade.tariffs.search",
    "trade.certificate": "trade.tariffs.certificate",
    "trade.content": "trade.dependence",
    "trade.csv_folder": "trade.data.csv_file",
    "trade.efficient": "trade.tariffs.efficient",
    "trade.exclusion": "trade.dependence",
    "trade.formula": "trade.tariffs.formula",
    "trade.meeting": "trade.tariffs.search",
    "trade.nash": "trade.tariffs.chosen",
    "trade.optimal": "trade.tariffs.chosen",
    "trade.payoff": "trade.tariffs.payoff",
    "trade.pullback": "trade.jacobian",
    "trade.purge": "trade.equilibrium",
    "trade.schedule": "trade.tariffs.schedule",
    "trade.tariff_war": "trade.tariffs.formula",
    "sweep.thresholds.locate": "regimes.roots",
    "sweep.thresholds.scan": "regimes.locate",
    "sweep.thresholds.search": "regimes.locate",
    "sweep.thresholds.watch": "regimes.signal",
}

#: Names that went elsewhere than their module: where they are, module and name.
NAMES = {
    "bargaining.reach.Reach": "bargaining.reach.Frontier",
    "equilibria.dominance.Kind": "games.dominance.Strictness",
    "formats.scan.clean": "words.clean",
    "formats.scan.shown": "words.shown",
    "formats.trade_matrix.Line": "trade.data.matrix.Account",
    "formats.trade_matrix.Reading": "trade.data.matrix.TradeReading",
    "formats.trade_sheet.Codes": "trade.data.tidy.Codes",
    "formats.trade_source.LAYOUTS": "trade.data.read.LAYOUTS",
    "formats.trade_source.TABLE_SUM": "trade.data.matrix.TABLE_SUM",
    "formats.trade_source.Text": "trade.data.csv_file.CsvFile",
    "formats.trade_source.open_text": "trade.data.csv_file.open_csv",
    "formats.trade_sums.Side": "trade.data.matrix.Totals",
    "outcome.threats.check_threat": "case.check_threat",
    "outcome.threats.DISPUTE": "case.DISPUTE",
    "outcome.threats.LASTING": "case.LASTING",
    "outcome.threats.POSTURE": "case.POSTURE",
    "outcome.threats.STATUS_QUO": "case.STATUS_QUO",
    "report.audit.continued": "shell.continued",
    "report.credibility.suggestion": "report.chances.suggestion",
    "report.tables.markdown_table": "report.markdown.markdown_table",
    "report.tables.text_table": "report.text.text_table",
    "report.tables.to_json": "report.render.to_json",
    **{
        f"report.{module}.WIDTH": "report.text.WIDTH"
        for module in (
            *("audit", "credibility", "narration", "packages", "reading", "small_print"),
            *("solution", "tariffs", "thresholds"),
        )
    },
    "sweep.Axis": "model.grid.Axis",
    "sweep.Event": "regimes.Event",
    "sweep.Grid": "model.grid.Grid",
    "sweep.audit.audit.Case": "study.audit.finding.Audited",
    "sweep.audit.audit.Finding": "study.audit.finding.Pitfall",
    **{
        f"sweep.audit.audit.{name}": f"study.audit.finding.{name}"
        for name in ("STEP", "Verdict", "plain")
    },
    "sweep.reading.Turn": "study.reading.SignChange",
    "sweep.regimes": "regimes.regimes",
    "trade.AgreementStatus": "trade.tariffs.TariffStatus",
    "trade.EfficientTariffs": "trade.tariffs.ChosenTariffs",
    "trade.NashTariffs": "trade.tariffs.ChosenTariffs",
    "trade.OptimalTariff": "trade.tariffs.ChosenTariffs",
    "trade.ascent.Own": "trade.tariffs.search.OwnPayoff",
    "trade.dependence.Row": "trade.dependence.DependenceRow",
    "trade.efficient.AgreementStatus": "trade.tariffs.TariffStatus",
    "trade.efficient.EfficientTariffs": "trade.tariffs.ChosenTariffs",
    "trade.nash.NashTariffs": "trade.tariffs.ChosenTariffs",
    "trade.nash.choosers": "trade.tariffs.schedule.choosers",
    "trade.optimal.OptimalTariff": "trade.tariffs.ChosenTariffs",
    "trade.payoff.Problem": "trade.tariffs.payoff.TariffGame",
    "trade.schedule.TariffStatus": "trade.tariffs.TariffStatus",
    "trade.sourcing.Column": "trade.sourcing.ImportColumn",
    "trade.tariff_war.State": "trade.tariffs.formula.WarState",
    "sweep.thresholds.scan.check_many": "regimes.thresholds.threshold.check_many",
    "sweep.thresholds.watch.Wanted": "regimes.phrases.Wanted",
    "sweep.thresholds.watch.Watch": "regimes.signal.Signal",
    "sweep.thresholds.watch.phrases": "regimes.phrases.phrases",
    "sweep.thresholds.watch.plain": "regimes.phrases.plain",
    "sweep.thresholds.watch.wanted": "regimes.phrases.wanted",
}

_DOCUMENT = "use document(...) of that study, and report.render.render(document, kind)"

#: Names that are gone: what to use in their place, as the end of a sentence.
GONE = {
    "formats.trade_sheet.Sheet": "use trade.data.csv_file.Table, which keeps its faults if told to",
    "trade.csv_folder.read_world": "use trade.World.from_csv",
    "trade.optimal.verdict": "use the status of trade.tariffs.ChosenTariffs",
    "trade.purge.world_of_shares": "use trade.World.from_shares",
    "sweep.run.CHUNK": "use study.points.chunk_size, which depends on the model",
    "equilibria.equilibrium_set.Candidate": "use games.equilibrium_set.Equilibrium",
    **{
        f"report.{name}": _DOCUMENT
        for name in (
            *("attribution.render", "attribution.text", "audit.text", "credibility.text"),
            *("games.text", "map.render", "narration.text", "packages.text"),
            *("reach.render", "reach.text", "solution.text", "tables.render", "tariffs.render"),
            *("tariffs.rows", "tariffs.text", "thresholds.render", "thresholds.table_csv"),
            "thresholds.text",
        )
    },
    **{
        f"report.{name}": "use report.render.renderers(rows=...)"
        for name in ("attribution.FORMATS", "map.FORMATS", "tables.FILE_FORMATS", "tables.FORMATS")
    },
    "report.attribution_plot.plot": "use report.drawing.draw with report.attribution_plot.chart",
    "report.thresholds.FORMATS": "use report.render.renderers(rows=True)",
    "report.small_print.grounds": "use report.document.Provenance",
    "report.small_print.signature": "use report.document.Provenance",
    "sweep.reading.Choice": "use outcome.choices.Choices",
    "sweep.threats.chances.latin_hypercube": "use negotiation.draws.latin_hypercube, for uniforms",
    "sweep.line.Line": "use regimes.locate.Scan",
    "sweep.roots.crossing": "use regimes.roots.locate, for many brackets at once",
    "sweep.signs.signs": "use regimes.regimes",
    "sweep.thresholds.watch.scores": "use regimes.signal.signals_of",
    "sweep.thresholds.watch.watches": "use regimes.signal.signals_of and regimes.signal.replies",
}

_PACKAGE = "negotiation"
_PAGE = "see docs/migration.md"


def new_place(old: str) -> str:
    """Return the module of today for a module of 0.1, both without the package's own name."""
    for known in sorted(MODULES, key=len, reverse=True):
        if old == known or old.startswith(f"{known}."):
            return MODULES[known] + old[len(known) :]
    return old


def fetch(old: str) -> object:
    """Return what a name of 0.1 stands for today, with a warning that says where it is.

    Parameters
    ----------
    old : str
        Module and name, without the package's own.

    Raises
    ------
    ImportError
        If it is gone, with what to use in its place.
    AttributeError
        If there never was such a name.
    """
    if old in GONE:
        raise ImportError(f"{_PACKAGE}.{old} is gone: {GONE[old]}; {_PAGE}")
    there, _, name = old.rpartition(".")
    module, _, name = NAMES.get(old, f"{new_place(there)}.{name}").rpartition(".")
    home = import_module(f"{_PACKAGE}.{module}")
    if not hasattr(home, name):
        try:
            import_module(f"{_PACKAGE}.{new_place(old)}")
        except ModuleNotFoundError:
            raise AttributeError(f"module '{_PACKAGE}.{there}' has no attribute '{name}'") from None
        if old in MODULES:
            return import_module(f"{_PACKAGE}.{old}")
    found = getattr(home, name)
    warnings.warn(
        f"{_PACKAGE}.{old} is now {_PACKAGE}.{module}.{name}: change the import; {_PAGE}",
        DeprecationWarning,
        stacklevel=3,
    )
    return found


def names_of(module: str) -> Callable[[str], object]:
    """Return the `__getattr__` of a module that is where it was, but not all of its names."""

    def fetched(name: str) -> object:
        old = f"{module.removeprefix(f'{_PACKAGE}.')}.{name}"
        if old in NAMES or old in GONE:
            return fetch(old)
        raise AttributeError(f"module '{module}' has no attribute '{name}'")

    return fetched


class _Old(ModuleType):
    """A module of 0.1: what is asked of it is fetched from where it is now."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(f"module '{self.__name__}' has no attribute '{name}'")
        return fetch(f"{self.__name__.removeprefix(f'{_PACKAGE}.')}.{name}")

    def __setattr__(self, name: str, value: object) -> None:
        # The import system binds `equilibria.solve`, the module; the name was the function's.
        if not isinstance(value, _Old):
            super().__setattr__(name, value)


class _Finder:
    """Find the modules of 0.1 under their old names."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package, _, old = name.partition(".")
        if package != _PACKAGE or new_place(old) == old:
            return None
        return ModuleSpec(name, _Finder, is_package=True)  # type: ignore[arg-type]

    @staticmethod
    def create_module(spec: ModuleSpec) -> ModuleType:
        return _Old(spec.name)

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        """Do nothing: there is no code of its own."""


def install() -> None:
    """Let the import system know of the old names."""
    if _Finder not in sys.meta_path:
        sys.meta_path.append(_Finder)
