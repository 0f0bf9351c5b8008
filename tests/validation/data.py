"""Which tests need the data of a published model, which most checkouts do not have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


def needs(folder: Path) -> Any:
    """Mark tests to be skipped where the data of a published model are not at hand."""
    return pytest.mark.skipif(
        not folder.is_dir(), reason=f"validation data not there: {folder.name}"
    )
