"""The report: one file, nothing fetched, all sections there, hostile text harmless, SIMULATED always said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest

from fullrecall.analytics.reports import terminal_summary, write_book_report
from fullrecall.analytics.reports.book_report import render_report
from fullrecall.domain.notices.content import Bilingual
from fullrecall.domain.vocabulary import Mistake
from fullrecall.ports.summary import Summary
from fullrecall.use_cases.summarise import summarise
from fullrecall.use_cases.verify_all import verify_all
from hand_book import run_hand_book

HOSTILE = "<script>alert('x')</script>\" onload=\"x"


@pytest.fixture(scope="module")
def summary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Summary]:
    store = run_hand_book(tmp_path_factory.mktemp("hand"))
    yield summarise(store, verified=verify_all(store), seconds=2.5)
    store.engine.dispose()


@pytest.fixture(scope="module")
def html(summary: Summary) -> str:
    return render_report(summary)


class _Page(HTMLParser):
    """Elements with their attributes, and whether open and close tags match."""

    VOID = frozenset({"meta", "br", "col", "link", "img"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts.append((self.open[-1], data))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.found if name == tag]


def _with_label(summary: Summary, label: Bilingual, *, simulated: bool) -> Summary:
    book = msgspec.structs.replace(summary.book, label=label, simulated=simulated)
    return msgspec.structs.replace(summary, book=book)


def test_it_is_one_file_that_fetches_nothing(html: str) -> None:
    page = _Page(html)
    assert page.open == []
    assert {tag for tag, _ in page.found} & {"script", "link", "iframe", "img", "object", "image"} == set()
    for _, attrs in page.found:
        for name in ("src", "href", "xlink:href", "action"):
            assert (attrs.get(name) or "#").startswith("#")
    assert re.findall(r"url\((?!#)|@import", html) == []


def test_every_section_has_a_heading_in_both_languages(html: str) -> None:
    page = _Page(html)
    ids = {attrs.get("id") for attrs in page.all("h2")}
    assert ids == {"portfolio", "roll", "funnel", "called", "outcome", "case", "ledger", "assumptions"}
    headings = re.findall(r"<h[123][^>]*>(.*?)</h[123]>", html)
    assert all(re.search(r"[A-Za-z]{3}", h) and re.search(r"[\u4e00-\u9fff]", h) for h in headings)
    assert len(re.findall(r"<li><b>", html)) == 5  # the five big numbers


def test_pictures_are_told_in_words_and_tables_have_captions(html: str) -> None:
    page = _Page(html)
    pictures = [a for a in page.all("svg")]
    assert [a["role"] for a in pictures] == ["img"] * 6
    ids = [attrs["id"] for _, attrs in page.found if attrs.get("id")]
    assert len(ids) == len(set(ids))  # ids of one picture must not be those of another
    for picture in pictures:
        assert set((picture["aria-labelledby"] or "").split()) <= set(ids)
    assert len(page.all("caption")) == len(page.all("table")) > 5
    assert "催告" in html and "Noto Sans CJK SC" in html


def test_amounts_are_in_major_units(html: str) -> None:
    assert "80,000.00 TWD" in html and "30,000.00 TWD" in html
    assert "8,000,000" not in html  # minor units shown as major would be


def test_the_case_can_be_followed(html: str, summary: Summary) -> None:
    assert summary.worked_case is not None
    for entry in summary.worked_case.entries:
        assert entry.hash in html
    assert "民法典 Art. 563(1)(3)" in html
    assert "0.00 TWD → 80,000.00 TWD" in html  # called: before → after
    assert "2005-05-01 02:00 UTC" in html  # ten in the morning in Shanghai


def test_simulated_is_said_on_the_page_and_on_every_picture(html: str, summary: Summary) -> None:
    titles = [text for tag, text in _Page(html).texts if tag == "text" and "SIMULATED 模拟" in text]
    assert len(titles) == 6
    assert 'class="banner"' in html
    real = render_report(_with_label(summary, Bilingual("真", "a real book"), simulated=False))
    assert "SIMULATED" not in real


def test_hostile_text_stays_text(summary: Summary) -> None:
    html = render_report(_with_label(summary, Bilingual(HOSTILE, HOSTILE), simulated=True))
    page = _Page(html)
    assert page.all("script") == []
    assert not any("onload" in attrs for _, attrs in page.found)
    assert "&lt;script&gt;" in html


def test_a_problem_is_not_hidden(summary: Summary) -> None:
    broken = msgspec.structs.replace(summary, verify=msgspec.structs.replace(summary.verify, problems=3))
    html = render_report(broken)
    assert "Something does not agree" in html and "recomputed and agrees" not in html


def test_an_empty_book_has_a_report(tmp_path: Path) -> None:
    from fullrecall.wiring.house import open_store, prepare_database

    prepare_database(str(tmp_path / "empty.db"))
    store = open_store(str(tmp_path / "empty.db"))
    path = write_book_report(
        summarise(store, verified=verify_all(store), seconds=0), tmp_path / "out" / "report.html"
    )
    store.engine.dispose()
    assert "No case was opened." in path.read_text("utf-8")
    assert list(path.parent.iterdir()) == [path]  # no half file is left


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path, summary: Summary) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(Mistake, match="report cannot be written"):
        write_book_report(summary, tmp_path / "file" / "report.html")


def test_the_terminal_says_the_same(summary: Summary) -> None:
    rows = dict(terminal_summary(summary))
    assert all(re.search(r"[\u4e00-\u9fff]", label) for label in rows)
    assert rows["额度 / 观察记录 lines / positions"] == "6 / 24"
    assert rows["提前到期 called"] == "80,000.00 TWD on 1 lines"
    assert rows["已清偿 cleared"] == "30,000.00 TWD (37.5 %)"
    assert rows["实际违约 really defaulted"] == "100.0 % of called lines, 50.0 % of all"
    assert "SIMULATED 模拟" in rows["账簿 book"]
