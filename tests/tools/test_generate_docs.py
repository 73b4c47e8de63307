"""The generated parts of the docs are what the code says, and a stale page is found."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LADDER = "docs/concepts/ladder.md"


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    tool = root / "tools" / "generate_docs.py"
    return subprocess.run(
        [sys.executable, str(tool), *arguments], capture_output=True, text=True, check=False
    )


def test_the_docs_are_current() -> None:
    done = run(ROOT, "--check")
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_a_stale_page_is_found_and_mended(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / LADDER).parent.mkdir(parents=True)
    shutil.copy(ROOT / "tools" / "generate_docs.py", tmp_path / "tools")
    text = (ROOT / LADDER).read_text(encoding="utf-8")
    (tmp_path / LADDER).write_text(text.replace("| `freeze` |", "| `thaw` |"), encoding="utf-8")
    found = run(tmp_path, "--check")
    assert found.returncode == 1 and LADDER in found.stdout
    assert run(tmp_path).returncode == 0
    assert (tmp_path / LADDER).read_text(encoding="utf-8") == text
