"""A mail server that is down for an hour: e-mails wait with growing pauses, then go out exactly once."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import msgspec
from aiosmtpd.controller import Controller

from fullrecall.use_cases.close_day import close_day
from fullrecall.use_cases.dispatch_notices import dispatch_notices
from fullrecall.use_cases.verify_all import verify_all
from fullrecall.use_cases.watch_positions import watch_positions
from fullrecall.wiring.messenger import build_messenger
from fullrecall.wiring.settings import read_settings
from small_house import WATCHED, HeldTape, House, at

MONTH = date(2005, 4, 30)
ADDRESSES = {"email": "{}@borrowers.example"}


class Inbox:
    def __init__(self) -> None:
        self.ids: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.ids.append(str(message_from_bytes(envelope.content)["Message-ID"]))
        return "250 OK"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def open_server(box: Inbox, port: int) -> Iterator[None]:
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield
    finally:
        controller.stop()


def demand_three(house: House, tape: HeldTape) -> datetime:
    """Three borrowers with a demand in the outbox. Returns the hour at which it may go."""
    rows = [
        msgspec.structs.replace(
            row,
            line_id=f"L{n}",
            credit_limit=10_000_000,
            balance=8_000_000,
            past_due_amount=800_000,
            days_past_due=60,
        )
        for n, row in enumerate(tape.rows(MONTH)[:3])
    ]
    watch_positions(
        house.store, house.book, WATCHED, rows, {f"L{n}": (f"B{n}", 1) for n in range(3)}, key="m",
        recorded_at=at(MONTH, time(6)),
    )  # fmt: skip
    day = MONTH
    while not waiting(house):
        day += timedelta(days=1)
        close_day(house.store, house.book, day, recorded_at=at(day, time(9)))
    return at(day, time(10))


def waiting(house: House) -> list[Any]:
    """E-mails that were not sent yet."""
    return [
        delivery
        for case in house.store.all_cases()
        for delivery in house.store.deliveries_of(case.state.case_id)
        if delivery.channel == "email" and delivery.state == "queued"
    ]


def test_notices_outlive_an_hour_without_mail(small: House, tape: HeldTape, tmp_path: Path) -> None:
    box, port = Inbox(), free_port()
    settings = msgspec.structs.replace(
        read_settings(None),
        channels={"email": "smtp"},
        smtp={"host": "127.0.0.1", "port": port, "sender": "notices@lender.example", "tls": "none"},
    )
    messenger = build_messenger(settings, tmp_path / "rest", {})
    start = demand_three(small, tape)
    tried: dict[str, list[int]] = {}

    def minute(n: int) -> None:
        now = start + timedelta(minutes=n)
        if not small.store.has_due_delivery(now):
            return
        before = {d.id: d.attempts for d in waiting(small)}
        dispatch_notices(small.store, small.book, messenger, now=now, addresses=ADDRESSES)
        after = {d.id: d.attempts for d in waiting(small)}
        for delivery, attempts in before.items():
            if after.get(delivery) != attempts:
                tried.setdefault(delivery, []).append(n)

    for n in range(60):  # nobody listens on the port
        minute(n)
    assert len(waiting(small)) == 3
    assert all("mail server 127.0.0.1" in d.detail for d in waiting(small))
    with open_server(box, port):
        for n in range(60, 120):
            minute(n)
    # Pauses of 1, 2, 4, 8, 16 and 32 minutes: tries at 0, 1, 3, 7, 15, 31; 63 finds the server open.
    assert list(tried.values()) == [[0, 1, 3, 7, 15, 31, 63]] * 3
    assert waiting(small) == []
    assert sorted(box.ids) == sorted(f"<{delivery}@lender.example>" for delivery in tried)
    sent = [
        fact.fact
        for fact in small.store.case_facts()
        if fact.kind == "NoticeSent" and fact.fact.channel == "email"  # type: ignore[attr-defined]
    ]
    assert len(sent) == 3
    assert small.store.delivery_counts().get("failed", 0) == 0
    assert verify_all(small.store).problems == ()
