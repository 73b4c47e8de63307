"""Lets the stories import their reader and their house by plain name."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
