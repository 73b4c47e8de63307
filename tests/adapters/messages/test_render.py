"""Rendering: every kind on every channel says what it must in both languages, in neutral words."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from html.parser import HTMLParser

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fullrecall.adapters.messages.render import NoticeRefused, Renderer, TemplateRefused
from fullrecall.domain.notices.content import Bilingual, Consequence, NoticeContent, NoticeKind
from fullrecall.domain.vocabulary import Channel

Build = Callable[[NoticeKind], NoticeContent]
EVERY = [(kind, channel) for kind in NoticeKind for channel in Channel]
ASKS_FOR_MONEY = (
    NoticeKind.WARN,
    NoticeKind.DEMAND,
    NoticeKind.ACCELERATION,
    NoticeKind.CLEARING_REMINDER,
    NoticeKind.REPORT_PRIOR,
)

# Shaming, threats, false urgency, and third parties have no place in a notice (GB/T 45251-2025; CFC rules
# 2024).
FORBIDDEN_ZH = re.compile(
    "老赖|失信|坐牢|刑事|犯罪|诈骗|报警|警察|曝光|上门|家人|亲友|单位|同事|后果自负|严惩|最后通牒|最后警告|"
    "立即|马上|否则|起诉|法院|黑名单|恶意|不讲信用|丢脸|追究"
)
FORBIDDEN_EN = (
    "criminal|crime|arrest|jail|prison|police|fraud|deadbeat|shame|disgrace|blacklist|employer|family|neighbour|"
    "final warning|last chance|immediately|urgent|lawsuit|sue|court|prosecut|ruin|malicious|must|threat"
)

OUR_TAGS = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "table",
    "tr",
    "td",
    "th",
    "p",
    "h2",
    "br",
    "ul",
    "li",
}


def words_of(message_text: str) -> tuple[list[str], list[str]]:
    zh = FORBIDDEN_ZH.findall(message_text)
    en = re.findall(rf"\b(?:{FORBIDDEN_EN})\w*", message_text, flags=re.IGNORECASE)
    return zh, en


@pytest.mark.parametrize(("kind", "channel"), EVERY)
def test_every_kind_and_channel_renders_in_neutral_words(
    content: Build, renderer: Renderer, kind: NoticeKind, channel: Channel
) -> None:
    message = renderer.render(content(kind), channel, "张三")
    everything = f"{message.subject}\n{message.text}\n{message.html or ''}"
    assert words_of(everything) == ([], [])
    assert "ntc-7f3a" in message.text
    assert re.search(r"[一-鿿]", message.text)
    assert re.search(r"[a-z]{4}", message.text)
    assert not re.search(r"\{\{|\{%|None|  ,|\.\.|。。", everything.replace("  ", ""))
    assert (message.subject == "") == (channel is Channel.SMS)
    assert (message.html is not None) == (channel is Channel.EMAIL)


def test_the_word_list_bites() -> None:
    assert words_of("Pay immediately or face arrest; 否则曝光") == (
        ["否则", "曝光"],
        ["immediately", "arrest"],
    )


@pytest.mark.parametrize("kind", ASKS_FOR_MONEY)
@pytest.mark.parametrize("channel", Channel)
def test_who_what_why_by_when(content: Build, renderer: Renderer, kind: NoticeKind, channel: Channel) -> None:
    message = renderer.render(content(kind), channel)
    # 900.00 is past due; 10,000.00 once called.
    called = kind in (NoticeKind.ACCELERATION, NoticeKind.CLEARING_REMINDER)
    assert message.text.count("10,000.00 CNY" if called else "900.00 CNY") >= 2
    if channel is Channel.PUSH:
        return  # a push is a pointer into the app: it names the amount and the reference
    for said in (
        "示例消费金融",
        "Example Consumer Finance",
        "2026年12月17日",
        "17 December 2026",
        "借呗连续60天未足额还款",
        "Jiebei not paid in full for 60 days",
        "“还款”页面",
        "“Repay” in the app",
        "客服电话 400-000-0000",
        "customer service 400-000-0000",
    ):
        assert said in message.text, said


@pytest.mark.parametrize("channel", Channel)
def test_a_demand_declares_exactly_what_will_follow(
    content: Build, renderer: Renderer, channel: Channel
) -> None:
    both = content(NoticeKind.DEMAND)
    limit_words, call_words = (
        ("额度将被取消", "unused limit will be withdrawn"),
        ("提前到期", "will be called"),
    )
    for declared, limits, calls in (
        ((Consequence.LIMIT_WITHDRAWN, Consequence.BALANCE_CALLED), True, True),
        ((Consequence.LIMIT_WITHDRAWN,), True, False),
        ((Consequence.BALANCE_CALLED,), False, True),
    ):
        text = renderer.render(msgspec.structs.replace(both, declared=declared), channel).text
        shown = text.replace("拟宣布提前到期", "")  # the table of lines in the e-mail
        assert all((words in shown) == limits for words in limit_words)
        assert all((words in shown) == calls for words in call_words)


def test_an_incomplete_notice_is_not_rendered(content: Build, renderer: Renderer) -> None:
    mute = msgspec.structs.replace(content(NoticeKind.DEMAND), declared=())
    with pytest.raises(NoticeRefused) as refusal:
        renderer.render(mute, Channel.SMS)
    assert refusal.value.code == "demand_must_declare_consequence"


def test_the_hash_is_that_of_subject_text_and_html(content: Build, renderer: Renderer) -> None:
    message = renderer.render(content(NoticeKind.DEMAND), Channel.EMAIL, "张三")
    by_hand = f"{message.subject}\0{message.text}\0{message.html}".encode()
    assert message.sha256 == hashlib.sha256(by_hand).hexdigest()
    again = Renderer().render(content(NoticeKind.DEMAND), Channel.EMAIL, "张三")
    assert again == message
    other = renderer.render(content(NoticeKind.DEMAND), Channel.EMAIL, "李四")
    assert other.sha256 != message.sha256
    assert other.template_sha256 == message.template_sha256


def test_languages_stand_beside_each_other_in_html(content: Build, renderer: Renderer) -> None:
    html = renderer.render(content(NoticeKind.DEMAND), Channel.EMAIL).html or ""
    assert html.count('<td class="side"') == 2
    assert html.index('lang="zh">\n<p>您好') < html.index('lang="en">\n<p>Hello')


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)


_nasty = st.text(max_size=60).map(lambda text: f"x{text}") | st.sampled_from(
    (
        "<script>alert(1)</script>",
        "{{ 7*7 }}{% for x in y %}",
        "a\r\nBcc: victim@mail.example",
        "\u202egnp.exe",
        "name\x00\x1b[31m",
        "\ud800",
        "&amp;&lt;",
    )
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=_nasty, product=_nasty)
def test_what_a_person_or_product_is_called_never_breaks_out(
    content: Build, renderer: Renderer, name: str, product: str
) -> None:
    plain = content(NoticeKind.DEMAND)
    both = Bilingual(product, product)
    lines = tuple(msgspec.structs.replace(line, product=both) for line in plain.lines)
    notice = msgspec.structs.replace(plain, lines=lines, creditor=both)
    for channel in Channel:
        message = renderer.render(notice, channel, name)
        assert message.subject.isprintable()
        assert all(
            character.isprintable() or character == "\n" for character in message.text.replace("\u3000", "")
        )
        assert "\nBcc:" not in message.text
        message.text.encode("utf-8")
        if message.html:
            tags = _Tags()
            tags.feed(message.html)
            assert tags.seen <= OUR_TAGS


def test_an_absurd_name_is_cut(content: Build, renderer: Renderer) -> None:
    message = renderer.render(content(NoticeKind.DEMAND), Channel.EMAIL, "长" * 10_000_000)
    # 80 characters: 79 and an ellipsis.
    assert f"尊敬的{'长' * 79}…：" in message.text


def test_a_message_that_grows_too_long_is_refused(content: Build, renderer: Renderer) -> None:
    wordy = msgspec.structs.replace(
        content(NoticeKind.DEMAND), how_to_pay=Bilingual("还" * 1_500, "x" * 1_500)
    )
    with pytest.raises(TemplateRefused, match="more than 1000 characters"):
        renderer.render(wordy, Channel.SMS)
    assert "x" * 1_500 in renderer.render(wordy, Channel.EMAIL).text
