"""What the help of a command looks like."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand


class CommandWithExamples(TyperCommand):
    """A command whose help ends with its examples."""

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the examples below the options."""
        from negotiation.cli.examples import EXAMPLES

        shown = EXAMPLES.get(ctx.command_path.partition(" ")[2], ())
        if not shown:
            return
        with formatter.section("Examples"):
            for each in shown:
                for line in each.lines(formatter.width - formatter.current_indent):
                    formatter.write(f"{'':>{formatter.current_indent}}{line}\n")
