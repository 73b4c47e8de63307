"""Fetching public data from a server on this machine: whole, broken off, resumed, gone, and not the data."""

from __future__ import annotations

import io
import os
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import polars as pl
import pytest
import xlwt

from fullrecall.adapters.data_homes import WrongData, get, home_of, url_of
from fullrecall.adapters.public_homes import HOMES, Home, Table
from fullrecall.adapters.resumed_download import CannotDownload
from fullrecall.domain.vocabulary import Mistake

HOME = Home(
    name="small",
    title="A small sheet",
    page="https://example.org/small",
    licence="none",
    url="",
    header_row=1,
    tables=(
        Table(
            file="small.parquet",
            rows=3,
            columns="ID:i LIMIT_BAL:i default.payment.next.month:i",
            renamed={"default payment next month": "default.payment.next.month"},
            sorted_by=("ID",),
            totals={"ID": "6", "LIMIT_BAL": "60000", "default.payment.next.month": "1"},
        ),
    ),
)


def sheet(rows: list[list[object]]) -> bytes:
    """A real .xls as its publisher writes it: a first row X1, X2, ..., the names in the second."""
    book = xlwt.Workbook()
    page = book.add_sheet("Data")
    header = ["ID", "LIMIT_BAL", "default payment next month"]
    for at, row in enumerate([["", "X1", "Y"], header, *rows]):
        for column, cell in enumerate(row):
            page.write(at, column, cell)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def zipped(name: str, content: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(
        written, "w"
    ) as archive:  # stored, not deflated, so that there is something to break off
        archive.writestr(name, content)
    return written.getvalue()


GOOD = zipped("default of credit card clients.xls", sheet([[3, 30000, 0], [1, 10000, 1], [2, 20000, 0]]))


class Server:
    """Serves one content; `break_after` bytes are sent of the first `breaks` answers."""

    def __init__(self) -> None:
        self.content = GOOD
        self.etag = '"one"'
        self.status = 200
        self.ranges = True
        self.breaks = 0
        self.break_after = 0
        self.asked: list[str | None] = []
        self.sent = 0

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        asked = handler.headers.get("range")
        self.asked.append(asked)
        if self.status != 200:
            handler.send_error(self.status)
            return
        begin = int(asked.removeprefix("bytes=").rstrip("-")) if asked and self.ranges else 0
        if handler.headers.get("if-range", self.etag) != self.etag:
            begin = 0
        if begin and begin >= len(self.content):
            handler.send_response(416)
            handler.send_header("content-range", f"bytes */{len(self.content)}")
            handler.send_header("content-length", "0")
            handler.end_headers()
            return
        body = self.content[begin:]
        handler.send_response(206 if begin else 200)
        handler.send_header("content-length", str(len(body)))
        handler.send_header("etag", self.etag)
        if begin:
            handler.send_header("content-range", f"bytes {begin}-{len(self.content) - 1}/{len(self.content)}")
        handler.end_headers()
        if self.breaks:
            self.breaks -= 1
            body = body[: self.break_after]
        handler.wfile.write(body)
        self.sent += len(body)
        handler.close_connection = True


@pytest.fixture
def server() -> Iterator[Server]:
    told = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.answer(self)

        def log_message(self, *args: object) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{listening.server_port}/small.zip"
    thread = threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield told
    listening.shutdown()
    listening.server_close()
    thread.join()


def test_a_sheet_is_fetched_checked_and_kept(server: Server, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    kept = get(
        HOME, tmp_path / "data", url=server.url, progress=lambda here, whole: seen.append((here, whole))
    )
    assert kept == [tmp_path / "data" / "small.parquet"]
    frame = pl.read_parquet(kept[0])
    assert frame.columns == ["ID", "LIMIT_BAL", "default.payment.next.month"]
    assert frame.rows() == [(1, 10_000, 1), (2, 20_000, 0), (3, 30_000, 0)]
    assert seen[-1] == (len(GOOD), len(GOOD))
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["small.parquet"]  # nothing else is left
    get(HOME, tmp_path / "data", url=server.url)
    assert server.asked == [None]  # what is there and right is not fetched again


def test_a_broken_transfer_goes_on_within_the_call(server: Server, tmp_path: Path) -> None:
    server.breaks, server.break_after = 2, 1_000
    get(HOME, tmp_path, url=server.url)
    assert server.asked == [None, "bytes=1000-", "bytes=2000-"]
    assert server.sent == len(GOOD)


def test_a_transfer_that_keeps_breaking_goes_on_in_the_next_call(server: Server, tmp_path: Path) -> None:
    server.breaks, server.break_after = 3, 500
    with pytest.raises(CannotDownload, match=r"broke after 1,500 bytes .* run the same command again"):
        get(HOME, tmp_path, url=server.url)
    assert not (tmp_path / "small.parquet").exists()
    get(HOME, tmp_path, url=server.url)
    assert server.asked == [None, "bytes=500-", "bytes=1000-", "bytes=1500-"]


def test_a_file_that_changed_meanwhile_starts_over(server: Server, tmp_path: Path) -> None:
    (tmp_path / "small.download.part").write_bytes(b"of another version")
    (tmp_path / "small.download.part.etag").write_text('"older"')
    get(HOME, tmp_path, url=server.url)
    assert server.asked == ["bytes=18-"]
    assert server.sent == len(GOOD)


def test_a_server_without_ranges_starts_over(server: Server, tmp_path: Path) -> None:
    server.ranges = False
    (tmp_path / "small.download.part").write_bytes(GOOD[:100])
    get(HOME, tmp_path, url=server.url)
    assert server.sent == len(GOOD)


def test_a_part_that_is_already_whole_or_too_long(server: Server, tmp_path: Path) -> None:
    (tmp_path / "small.download.part").write_bytes(GOOD)
    get(HOME, tmp_path, url=server.url)
    assert server.sent == 0
    (tmp_path / "small.parquet").unlink()
    (tmp_path / "small.download.part").write_bytes(GOOD + b"more")
    get(HOME, tmp_path, url=server.url)
    assert server.sent == len(GOOD)


@pytest.mark.parametrize("status", [404, 403, 500])
def test_a_file_that_is_gone(server: Server, tmp_path: Path, status: int) -> None:
    server.status = status
    with pytest.raises(CannotDownload, match=f"answered {status} .*look at the page"):
        get(HOME, tmp_path, url=server.url)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CannotDownload, match="run the same command again"):
        get(HOME, tmp_path, url="http://127.0.0.1:9/small.zip")
    with pytest.raises(CannotDownload, match="not an http or https address"):
        get(HOME, tmp_path, url="file:///etc/passwd")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"<!DOCTYPE html><html>moved</html>", "a web page"),
        (b"", "a web page or an answer"),
        (GOOD[:-40], "damaged"),
        (zipped("a.xls", b"not a sheet"), "'ID' is missing"),
        (zipped("readme.txt", b"hello"), "0 data files"),
        (zipped("a.xls", sheet([[1, 10000, 1], [2, 20000, 0]])), "2 rows where 3 are known"),
        (
            zipped("a.xls", sheet([[1, 10000, 1], [2, 20000, 0], [3, 30001, 0]])),
            "'LIMIT_BAL' adds up to 60,001 where 60000",
        ),
        (zipped("a.xls", sheet([[1, "many", 1], [2, 20000, 0], [3, 30000, 0]])), "this is not the data"),
        (b"ID,AMOUNT\n1,2\n", "'LIMIT_BAL' is missing"),
        (b"PAR1 and nothing else", "not a whole Parquet"),
        (b"\xd0\xcf\x11\xe0 and nothing else", "not readable as a sheet"),
    ],
)
def test_content_that_is_not_the_data_is_told_and_not_kept(
    server: Server, tmp_path: Path, content: bytes, says: str
) -> None:
    server.content = content
    with pytest.raises(WrongData) as told:
        get(HOME, tmp_path, url=server.url)
    assert says in told.value.sentence
    assert "\n" not in told.value.sentence
    assert list(tmp_path.iterdir()) == []  # the next try starts clean
    server.content = GOOD
    get(HOME, tmp_path, url=server.url)


def test_a_file_that_is_there_but_wrong_is_told(tmp_path: Path) -> None:
    pl.DataFrame({"ID": [1]}).write_parquet(tmp_path / "small.parquet")
    with pytest.raises(
        WrongData, match=r"small.parquet: 1 rows where 3 are known; delete it and fetch it again"
    ):
        get(HOME, tmp_path)


def test_files_fetched_by_hand_are_checked_and_kept(tmp_path: Path) -> None:
    by_hand = tmp_path / "mine.csv"
    by_hand.write_text("ID,LIMIT_BAL,default.payment.next.month\n1,10000,1\n2,20000,0\n3,30000,0\n")
    kept = get(HOME, tmp_path / "data", from_files=[by_hand])
    assert pl.read_parquet(kept[0]).height == 3
    with pytest.raises(Mistake, match="There is no file"):
        get(HOME, tmp_path / "other", from_files=[tmp_path / "none.csv"])
    with pytest.raises(
        Mistake, match=r"made of 2 files \(auto_abs_2017_months.parquet, auto_abs_2017_loans.parquet\)"
    ):
        get(home_of("auto_abs"), tmp_path / "other", from_files=[by_hand])


def test_where_only_a_page_is_known_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(
        Mistake, match=r"kaggle.com.*fullrecall data get credit_record --from credit_record.csv"
    ):
        get(home_of("credit_record"), tmp_path)


def test_homes_and_their_addresses() -> None:
    assert list(HOMES) == ["taiwan", "auto_abs", "credit_record", "lending_club"]
    assert all(home.url or home.by_hand for home in HOMES.values())
    taiwan = home_of("taiwan")
    assert url_of(taiwan, {}).startswith("https://archive.ics.uci.edu/static/public/350/")
    assert url_of(taiwan, {"FULLRECALL_HOME_TAIWAN": "http://mirror/t.zip"}) == "http://mirror/t.zip"
    with pytest.raises(Mistake, match="known are taiwan, auto_abs"):
        home_of("moon")


@pytest.mark.parametrize("name", list(HOMES))
def test_the_data_at_hand_has_the_known_rows_and_totals(name: str, tmp_path: Path) -> None:
    data = Path(os.environ.get("FULLRECALL_DATA", Path(__file__).parents[3] / "shared" / "data"))
    home = home_of(name)
    if not all((data / table.file).is_file() for table in home.tables):
        pytest.skip(f"{name} is not in {data}")
    assert get(home, data) == [data / table.file for table in home.tables]
    # The same through a copy in another form: CSV for the small, as a hand-made export would be.
    if name == "auto_abs":
        made = []
        for table in home.tables:
            made.append(tmp_path / table.file.replace(".parquet", ".csv"))
            pl.read_parquet(data / table.file).write_csv(made[-1])
        kept = get(home, tmp_path / "data", from_files=made)
        for table, path in zip(home.tables, kept, strict=True):
            original = pl.read_parquet(data / table.file).select(list(table.types))
            assert pl.read_parquet(path).equals(
                original.sort(table.sorted_by) if table.sorted_by else original
            )
    wrong = msgspec.structs.replace(home.tables[0], rows=1)
    with pytest.raises(WrongData):
        get(msgspec.structs.replace(home, tables=(wrong, *home.tables[1:])), data)
