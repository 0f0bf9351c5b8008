"""What a part of the report needs, where it cannot be made."""

from __future__ import annotations

from negotiation.report.briefing.told import Told
from negotiation.report.document import Paragraph


def why(told: Told, section: str) -> Paragraph:
    """Say in one sentence what a section needs."""
    reason = told.found.missing[section]
    return Paragraph(told.lang.say("needs", reason.name.lower(), player=told.names[0]))
