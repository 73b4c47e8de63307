"""Lets the tests of this folder read the tape that was worked by hand."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent)]
