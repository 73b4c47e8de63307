"""What the demonstration runs on: the Taiwan lines if they are there, else a simulated book; and how it is
run.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from fullrecall.domain.vocabulary import Mistake
from fullrecall.ports import Store
from fullrecall.use_cases.register_book import book_note
from fullrecall.wiring import house, tapes
from fullrecall.wiring.rulebook import read_packs
from fullrecall.write_path.book import BookRun, WatchedBook
from fullrecall.write_path.rulebook import Rulebook

PACK = "cn"

RUN_ASSUMPTIONS = (
    {
        "en": "Every line is treated as a contract under the Chinese pack, by the law of the day named, "
        "although "
        "the book is of another place and time; flagged clauses and consent to report are assumed.",
        "zh": "所有额度均按所列日期的中国大陆规则包处理，尽管数据来自其他地区与时间；"
        "假定合同条款已作提示，且已取得征信授权。",
    },
)


def choose_tape(folder: Path, lines: int | None, *, simulated: bool) -> tuple[Any, str]:
    """The tape and one line that says which it is."""
    file = None if simulated else tapes.taiwan_file()
    if file is None:
        tape = tapes.simulated_tape(folder, lines or tapes.SIMULATED_LINES)
        reason = (
            "as asked"
            if simulated
            else f"the Taiwan data is not in {tapes.data_folder()} (`fullrecall data get taiwan` brings it)"
        )
        return tape, f"SIMULATED 模拟: {reason}; running on a simulated book of {len(tape.line_ids):,} lines."
    tape = tapes.named_tape(str(file), "taiwan")
    cut = tapes.FirstLines(tape, lines) if lines and lines < len(tape.line_ids) else tape
    return cut, f"Data 数据: {tape.label.en} ({file})"


def open_demo(place: str, tape: Any, policy: str) -> tuple[Store, Rulebook, BookRun]:
    """The store, the rulebook and how to run; refuses a database that holds another book."""
    law_as_of = date.fromisoformat(read_packs()[PACK].version)
    store, book = house.open_house(place, policy=policy, law_as_of=law_as_of)
    known = book_note(store)
    if known and known.get("fingerprint") != tape.fingerprint:
        raise Mistake(
            f"Database {place.rsplit('@', 1)[-1]} already holds the book {known.get('dataset')!r}: "
            "give another --folder or --db, or remove it."
        )
    note = tapes.describe(tape, law_as_of=law_as_of, pack=PACK)
    note["assumptions"] = [*note["assumptions"], *RUN_ASSUMPTIONS]
    watched = WatchedBook(note["dataset"], note["dataset"], PACK)
    return store, book, BookRun(watched, note, tapes.outcome_date(tape), book.packs[PACK].timezone, True)
