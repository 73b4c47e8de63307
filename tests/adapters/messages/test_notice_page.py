"""The page docs/concepts/notice.md shows what the program really says and really answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from fullrecall.adapters.messages.render import Renderer
from fullrecall.domain.notices.content import NoticeContent, NoticeKind
from fullrecall.domain.notices.delivery import ATTEMPTS_MAX, backoff
from fullrecall.domain.notices.governor import Contact, ContactRules, when_may_send
from fullrecall.domain.notices.required import required_content
from fullrecall.domain.vocabulary import Channel

PAGE = (Path(__file__).parents[3] / "docs" / "concepts" / "notice.md").read_text("utf-8")
SHANGHAI = ZoneInfo("Asia/Shanghai")
Build = Callable[[NoticeKind], NoticeContent]


def block(name: str) -> str:
    found = re.search(rf"^```text {name}\n(.*?)\n```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found.group(1)


def test_the_demand_on_the_page_is_the_demand_we_send(content: Build, renderer: Renderer) -> None:
    demand = content(NoticeKind.DEMAND)
    mail = renderer.render(demand, Channel.EMAIL, "张三")
    assert block("email") == f"Subject: {mail.subject}\n\n{mail.text}"
    assert block("sms") == renderer.render(demand, Channel.SMS).text


def test_the_table_of_contact_hours() -> None:
    rules = ContactRules(time(8), time(22), "Asia/Shanghai", max_attempts_same_address_per_day=2)
    rows = re.findall(
        r"^\| (\d+ Dec 2026 \d\d:\d\d) \| ([^|]+) \| (\d+ Dec 2026 \d\d:\d\d) \|", PAGE, re.MULTILINE
    )
    assert len(rows) == 3
    for wanted, sent, may_go in rows:
        earliest, expected = (
            datetime.strptime(text, "%d Dec %Y %H:%M").replace(month=12, tzinfo=SHANGHAI)
            for text in (wanted, may_go)
        )
        already = [
            Contact("sms", earliest.replace(hour=int(hour), minute=int(minute)))
            for hour, minute in re.findall(r"(\d\d):(\d\d)", sent)
        ]
        assert when_may_send(rules, Channel.SMS, earliest, already) == expected


def test_the_waits_on_the_page() -> None:
    waits = [backoff(attempt) // timedelta(minutes=1) for attempt in range(1, 8)]
    assert waits == [1, 2, 4, 8, 16, 32, 64]
    assert sum(waits[:6]) == 63
    assert ATTEMPTS_MAX == 12


def test_the_rules_on_the_page_exist() -> None:
    special = {
        "demand_must_declare_consequence",
        "acceleration_must_name_called_amount",
        "totals_must_equal_lines",
    }
    parts = {f"notice_must_have_{part}" for kind in NoticeKind for part in required_content(kind)}
    named = set(re.findall(r"`((?:notice|demand|acceleration|totals)_must_\w+)`", PAGE))
    assert named
    assert named <= special | parts
