"""Ctrl-C stops the main job cleanly; the same command goes on and ends in the state of an undisturbed run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

DEMO = [sys.executable, "-m", "fullrecall", "demo", "--simulated", "--lines", "150"]


def finish(folder: Path) -> None:
    done = subprocess.run(
        [*DEMO, "--folder", str(folder)], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr


def verified(folder: Path) -> dict[str, object]:
    words = [
        sys.executable,
        "-m",
        "fullrecall",
        "verify",
        "--db",
        str(folder / "fullrecall.db"),
        "--json",
        "-",
    ]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def delivered(folder: Path) -> list[str]:
    lines = [
        line for path in sorted(folder.glob("mailbox/*/*.jsonl")) for line in path.read_text().splitlines()
    ]
    return sorted(json.loads(line)["delivery_id"] for line in lines)


def test_stopped_and_resumed(tmp_path: Path) -> None:
    stopped, whole = tmp_path / "stopped", tmp_path / "whole"
    process = subprocess.Popen(
        [*DEMO, "--folder", str(stopped)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ,
    )
    # Interrupt it in the middle: once the first messages are out, the loop is under way.
    deadline = time.monotonic() + 120
    while (
        not list(stopped.glob("mailbox/*/*.jsonl")) and process.poll() is None and time.monotonic() < deadline
    ):
        time.sleep(0.05)
    assert process.poll() is None, "the job ended before it could be interrupted"
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.strip().splitlines()[-1].startswith("Stopped. What was done is kept")
    assert "Traceback" not in said
    finish(stopped)
    finish(whole)
    assert verified(stopped) == verified(whole)
    assert delivered(stopped) == delivered(whole)
    assert len(set(delivered(whole))) == len(delivered(whole))
