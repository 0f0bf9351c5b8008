"""Settings for all tests: hypothesis draws the same examples every time, anywhere."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile(
    "derandomized", derandomize=True, deadline=None, max_examples=50, database=None
)
settings.load_profile("derandomized")
