"""The glossary of names as a document: `docs/columns.md` is its Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from negotiation.case import Case
from negotiation.errors import ParameterError, nearest
from negotiation.glossary import KEYS, MONEY, PROVENANCE, RESULTS, Term, find, of_draws, said
from negotiation.outcome import evaluate
from negotiation.outcome.columns import column_name, columns
from negotiation.report.document import Block, Document, Heading, Paragraph, Table

_GROUPS = {
    "Results at a point": (
        "Columns of a sweep, targets of `threshold`, numbers of `explain`. A name with `{player}` "
        "stands for one of every player: `ncl_{player}` for `ncl_canada`, which may be written "
        "`ncl.canada`.",
        RESULTS,
    ),
    "Where a result comes from": (
        "In every record, in every row that is printed as CSV, and beside the files of a sweep.",
        PROVENANCE,
    ),
    "Other keys of JSON and columns of CSV": (
        "Beside every number that is null stands, in the same object, `<name>_reason`: why it, or "
        "a part of it, is null.",
        KEYS,
    ),
}


def document(name: str | None = None, model: str | None = None) -> Document:
    """Return the glossary, or one name of it, as a document.

    Parameters
    ----------
    name : str, optional
    model : str, optional
        A model whose own results and parameters count as well.

    Raises
    ------
    ParameterError
        If there is no such name.
    """
    own = _own(model) if model else {}
    found = None if name is None else _one(name, own, model)
    known = [found] if found else [*_all().items(), *own.items()]
    return Document(
        study="columns",
        tell=lambda: [_table(dict([found]))] if found else _blocks(own, model),
        note=lambda: {
            "names": [
                {"name": each, "unit": term.unit, "meaning": term.meaning} for each, term in known
            ]
        },
        made={},
    )


def _one(name: str, own: Mapping[str, Term], model: str | None) -> tuple[str, Term]:
    wanted = column_name(name.strip())
    if wanted in own:
        return wanted, own[wanted]
    base, made = of_draws(wanted)
    if made and base in own:
        return wanted, Term(own[base].unit, f"{own[base].meaning}: {made}")
    try:
        return find(name)
    except ParameterError:
        if not own:
            raise
        hint = nearest(wanted, (*_all(), *own))
        raise ParameterError(
            f"'{name}' is not the name of a column, a key or a result of model {model}{hint}"
        ) from None


def _all() -> dict[str, Term]:
    return {name: said(name) for _, terms in _GROUPS.values() for name in terms}


def _own(model: str) -> dict[str, Term]:
    """Results and parameters of a model."""
    case = Case(model)
    found = {
        name: Term(each.unit, each.about or "a result of the model")
        for name, each in columns(evaluate(case, marginal=case.model.sweeps_marginals)).items()
    }
    specs = type(case.model).parameters().values()
    return {**found, **{spec.name: Term(spec.unit, spec.about or "a parameter") for spec in specs}}


def _blocks(own: Mapping[str, Term], model: str | None) -> Iterator[Block]:
    yield Heading("Names of columns, keys and results", 1)
    yield Paragraph(
        f"`negotiation columns NAME` explains one of these names. The unit `{MONEY}` is the unit "
        "of payoffs of the model."
    )
    for title, (about, terms) in _GROUPS.items():
        yield Heading(title)
        yield Paragraph(about)
        yield _table({name: said(name) for name in terms})
    if own:
        yield Heading(f"Results and parameters of {model}")
        yield _table(own)


def _table(terms: Mapping[str, Term]) -> Table:
    return Table.of(
        ["name", "unit", "meaning"],
        [[name, term.unit, term.meaning] for name, term in terms.items()],
    )
