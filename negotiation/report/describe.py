"""A model in words: players, actions, parameters, assumptions, what is left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from textwrap import wrap
from typing import Any

from negotiation.case import THREATS
from negotiation.catalogue import Entry
from negotiation.model import Kind, Model, Parameter
from negotiation.report.document import Block, Cell, Document, Heading, Items, Paragraph, Table
from negotiation.words import amount

_WIDTH = 80


def record(entry: Entry, model: type[Model]) -> dict[str, Any]:
    """Everything the catalogue knows about a model, ready for JSON."""
    return {
        "name": model.name(),
        "about": entry.about,
        "path": str(entry.path),
        "digest": entry.digest,
        "players": list(model.players),
        "actions": dict(zip(model.players, model.actions, strict=True)),
        "payoff_unit": model.payoff_unit,
        "horizon": model.horizon,
        "parameters": [
            {
                "name": spec.name,
                "default": spec.default,
                "kind": spec.kind.value,
                "range": spec.range,
                "unit": spec.unit,
                "source": spec.source,
                "about": spec.about,
                "lever_of": spec.lever_of or None,
                "inherits": spec.inherits or None,
                "stake": spec.stake or None,
                "prior": None if spec.prior is None else spec.prior.record(),
            }
            for spec in model.parameters().values()
        ],
        "threats": _threats(model),
        "assumptions": list(model.assumptions),
        "not_modelled": list(model.not_modelled),
    }


def listed(entries: Iterable[Entry]) -> Document:
    """Return the names of models and what they are about as a document."""
    every = list(entries)
    rows = [[each.name, each.about, str(each.path)] for each in every]
    return Document(
        study="models",
        tell=lambda: [Heading("Models", 1), Table.of(["name", "about", "path"], rows)],
        note=lambda: {
            "models": [{"name": e.name, "about": e.about, "path": str(e.path)} for e in every]
        },
        made={},
    )


def document(entry: Entry, model: type[Model]) -> Document:
    """Return a model in words as a document."""
    return Document(
        study="model",
        tell=lambda: _blocks(entry, model),
        note=lambda: record(entry, model),
        made={},
    )


def _blocks(entry: Entry, model: type[Model]) -> Iterator[Block]:
    yield Heading(f"{model.name()}: {entry.about}", 1)
    yield Paragraph(f"Payoffs: {model.payoff_unit}. Horizon: {model.horizon}.")
    sides = zip(model.players, model.actions, strict=True)
    yield Table.of(
        ["player", "actions"], [[who, ", ".join(does)] for who, does in sides], "Players"
    )
    specs = list(model.parameters().values())
    heads = ["parameter", "default", "unit", "range", "what it is", "lever of", "source"]
    rows = [[s.name, _usual(s), s.unit, s.range, s.about, s.lever_of, s.source] for s in specs]
    yield Table.of(heads, rows, "Parameters")
    priors = [(s.name, s.prior.text, s.prior.source) for s in specs if s.prior is not None]
    if priors:
        yield Table.of(["parameter", "drawn from", "source"], priors, "Priors")
    yield Table.of(["threat point", "what it is"], _threats(model).items(), "Threat points")
    for title, words in (("Assumed", model.assumptions), ("Not modelled", model.not_modelled)):
        if words:
            yield Items(tuple(words), f"{title}:")


def _usual(spec: Parameter) -> Cell:
    """Return the default as a number where it is one."""
    default = spec.default
    if default is None:
        return f"as {spec.inherits}"
    return default if isinstance(default, int | float) else spec.written(default)


def _threats(model: type[Model]) -> dict[str, str]:
    """Threat points of every model, in a phrase, and the model's own."""
    return {**{name: each.about for name, each in THREATS.items()}, **model.threats}


def summary(entry: Entry) -> list[str]:
    """Name of a model and its first line, within 80 columns."""
    return [entry.name, *wrap(entry.about, _WIDTH, initial_indent="  ", subsequent_indent="  ")]


def describe(entry: Entry, model: type[Model]) -> str:
    """Describe a model within 80 columns."""
    lines = wrap(f"{model.name()}: {entry.about}", _WIDTH)
    lines += [f"  {entry.path}", ""]
    for player, actions in zip(model.players, model.actions, strict=True):
        lines.append(f"{player}: {', '.join(actions)}")
    lines += wrap(f"Payoffs: {model.payoff_unit}. Horizon: {model.horizon}.", _WIDTH)
    lines += ["", "Parameters"]
    for spec in model.parameters().values():
        lines += _parameter(spec)
    drawn = [spec for spec in model.parameters().values() if spec.prior is not None]
    if drawn:
        lines += ["", "Priors, from which studies draw (--prior, --fix)"]
    for spec in drawn:
        assert spec.prior is not None
        told = f"{spec.name}: {spec.prior.text}. Source: {spec.prior.source}."
        lines += wrap(told, _WIDTH, initial_indent="  ", subsequent_indent="      ")
    lines += ["", "Threat points (--threat)"]
    for name, about in _threats(model).items():
        lines += wrap(f"{name}: {about}", _WIDTH, initial_indent="  ", subsequent_indent="      ")
    for title, words in (("Assumed", model.assumptions), ("Not modelled", model.not_modelled)):
        if words:
            lines.append("")
            lines += wrap(f"{title}: {'; '.join(words)}.", _WIDTH)
    guide = entry.path.parent / "README.md"
    if entry.path.name == "model.py" and guide.is_file():
        lines += ["", f"Equations and sources: {guide}"]
    return "\n".join(lines)


def _parameter(spec: Parameter) -> list[str]:
    default = f"as {spec.inherits}" if spec.default is None else spec.written(spec.default)
    if isinstance(spec.default, float) and float(amount(spec.default)) != spec.default:
        default = amount(spec.default)  # such as 22/3; JSON has all its digits
    owner = f", lever of {spec.lever_of}" if spec.lever_of else ""
    owner += f", puts {spec.stake} at stake" if spec.stake else ""
    lines = [f"  {spec.name} = {default}"]
    about = f"{spec.about}. " if spec.about else ""
    kind = "" if spec.kind in (Kind.NUMBER, Kind.WORD, Kind.TEXT) else f"{spec.kind}, "
    allowed = "" if spec.kind is Kind.BOOLEAN else f", {spec.range}"
    unit = f"{spec.unit}{allowed}" if spec.unit else spec.range
    source = f" Source: {spec.source}." if spec.source else ""
    text = f"{about}{kind}{unit}{owner}.{source}"
    return lines + wrap(text, _WIDTH, initial_indent="      ", subsequent_indent="      ")
