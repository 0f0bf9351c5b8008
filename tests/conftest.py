"""Settings for all tests: hypothesis draws the same examples every time, anywhere."""

from __future__ import annotations

import os

from hypothesis import settings

# As the command line does, before NumPy is loaded: the matrices are small, and a second thread of
# the linear-algebra library costs more than it brings.
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

settings.register_profile(
    "derandomized", derandomize=True, deadline=None, max_examples=50, database=None
)
settings.load_profile("derandomized")
