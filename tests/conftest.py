"""tests/support holds what several test folders share; it is no package."""

import sys
from pathlib import Path

from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent / "support"))

# How long an example takes on a busy machine says nothing about the rule under test; benches measure time.
settings.register_profile("rangeops", deadline=None)
settings.load_profile("rangeops")
