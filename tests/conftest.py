"""tests/support holds what several test folders share; it is no package."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "support"))
