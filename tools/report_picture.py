"""Draws docs/img/report.png: the first screen of a report on a simulated book, never on real lines."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from fullrecall.adapters.simulated_book import write_simulated_book
from fullrecall.adapters.tape_files import open_tape, read_mapping
from fullrecall.analytics.reports import write_book_report
from fullrecall.use_cases.summarise import summarise
from fullrecall.use_cases.verify_all import verify_all
from fullrecall.use_cases.watch_positions import WatchedBook
from fullrecall.wiring.house import open_store, prepare_database
from fullrecall.wiring.messenger import build_messenger
from fullrecall.wiring.rulebook import build_rulebook, read_policy
from fullrecall.wiring.settings import read_settings
from fullrecall.worker.run_book import BookRun, run_book

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
LAW_AS_OF = date(2026, 11, 23)
WIDTH, HEIGHT = 1120, 1086
BYTES_MAX = 300_000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/img/report.png"))
    parser.add_argument("--html", type=Path, help="also keep the report here")
    parser.add_argument("--lines", type=int, default=3_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        html = simulated_report(Path(folder), asked.lines)
        if asked.html:
            asked.html.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(html, asked.html)
        browser = next(filter(None, map(shutil.which, BROWSERS)), None)
        if browser is None:
            print(f"No picture was made: none of {', '.join(BROWSERS)} is installed.")
            return 1
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        take_picture(browser, html, asked.out.resolve())
    size = asked.out.stat().st_size
    print(f"{asked.out}: {size:,} bytes")
    if size > BYTES_MAX:
        print(f"That is more than {BYTES_MAX:,} bytes; lower WIDTH or HEIGHT.")
        return 1
    return 0


def simulated_report(folder: Path, n_lines: int) -> Path:
    """Run the main job on a simulated book and write its report."""
    started = time.monotonic()
    mapping = read_mapping("simulated")
    tape = open_tape(write_simulated_book(folder / "simulated.parquet", n_lines), mapping)
    place = str(folder / "picture.db")
    prepare_database(place)
    store = open_store(place)
    settings = read_settings(None)
    book = build_rulebook(read_policy("taiwan"), {}, settings, LAW_AS_OF)
    note = {
        "name": mapping.tape,
        "label": {"zh": tape.label.zh, "en": tape.label.en},
        "simulated": True,
        "source": mapping.source,
        "licence": mapping.licence,
        "currency": tape.currency,
        "fingerprint": tape.fingerprint,
        "assumptions": [{"zh": words.zh, "en": words.en} for words in tape.assumptions],
    }
    run = BookRun(WatchedBook(mapping.tape, "card", "cn"), note, date(2005, 10, 31), "Asia/Shanghai", True)
    run_book(store, book, build_messenger(settings, folder / "mailbox", {}), tape, run, lambda *_: None)
    summary = summarise(store, verified=verify_all(store), seconds=time.monotonic() - started)
    store.engine.dispose()
    return write_book_report(summary, folder / "report.html")


def take_picture(browser: str, html: Path, out: Path) -> None:
    """The first screen, without the network."""
    subprocess.run(  # noqa: S603 - a browser found on the path, on our own file
        [
            browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
            "--hide-scrollbars", f"--user-data-dir={html.parent / 'browser'}", f"--screenshot={out}",
            f"--window-size={WIDTH},{HEIGHT}", html.as_uri(),
        ],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
