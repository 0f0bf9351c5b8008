"""The site made of these pages by Sphinx: `.ci/docs` builds it, decision 0040 says why.

Pages are plain Markdown. The order of the navigation is that of the tables in `docs/README.md`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parent.parent

project = "negotiation"
author = "The negotiation developers"
copyright = author
version = release = re.findall(
    r'^__version__ = "(.*)"$', (ROOT / "negotiation/__init__.py").read_text("utf-8"), re.MULTILINE
)[0]

extensions = ["myst_parser"]
root_doc = "docs/README"
include_patterns = ["*.md", "docs/**", "examples/**", "models/**"]
exclude_patterns = ["**/.*", ".venv*"]
nitpicky = True

myst_heading_anchors = 4
myst_links_external_new_tab = False

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_title = f"negotiation {version}"
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_theme_options = {
    "navigation_with_keys": True,
    "light_css_variables": {
        "color-brand-primary": "#0B4F8A",
        "color-brand-content": "#0B4F8A",
    },
    "dark_css_variables": {
        "color-brand-primary": "#7DB4E6",
        "color-brand-content": "#7DB4E6",
    },
}

_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_ROW = re.compile(r"^\| \[([^\]]*)\]\(([^)#]+)\.md\)", re.MULTILINE)


def _pages(text: str) -> list[str]:
    """Return the pages that the rows of tables begin with, by the names that are linked."""
    return [f"{name} <{page}>" for name, page in _ROW.findall(text)]


def navigation(text: str) -> str:
    """Return a tree of pages for each heading of a page, of the first links of its tables."""
    parts = _HEADING.split(text)
    trees = []
    for heading, body in zip(parts[1::2], parts[2::2], strict=True):
        if pages := _pages(body):
            trees.append(_tree(pages, f":caption: {heading}"))
    return "\n\n".join(trees)


def _tree(pages: list[str], *options: str) -> str:
    return "\n".join(["```{toctree}", ":hidden:", *options, "", *pages, "```"])


def _add_navigation(app: Sphinx, name: str, source: list[str]) -> None:
    if name == root_doc:
        source[0] += "\n" + navigation(source[0])
    elif name == "docs/decisions/README":
        source[0] += "\n" + _tree(_pages(source[0]))


def _add_front(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.format == "html":
        to = f"0; url={root_doc}.html"
        front = f'<meta http-equiv="refresh" content="{to}"><title>{project}</title>\n'
        (Path(app.outdir) / "index.html").write_text(front, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Let the pages stay plain Markdown: the navigation is added while they are read."""
    app.connect("source-read", _add_navigation)
    app.connect("build-finished", _add_front)
    return {"parallel_read_safe": True}
