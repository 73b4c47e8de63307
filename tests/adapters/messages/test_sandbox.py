"""A lender's own templates: good ones are used, hostile or mistaken ones are refused with one sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from fullrecall.adapters.messages.render import Renderer
from fullrecall.adapters.messages.sandbox import Compiled, NoticeEnvironment, TemplateRefused
from fullrecall.domain.notices.content import Bilingual, LegalBasis, NoticeContent, NoticeKind
from fullrecall.domain.vocabulary import Channel

Build = Callable[[NoticeKind], NoticeContent]


def notice(sms: str) -> str:
    return (
        "{% block subject %}S{% endblock %}\n{% block push %}P{% endblock %}\n"
        f"{{% block opening %}}O{{% endblock %}}\n{{% block sms %}}{sms}{{% endblock %}}\n"
    )


def put(folder: Path, source: str | bytes, name: str = "zh/demand.j2") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(source if isinstance(source, bytes) else source.encode())
    return folder


def test_a_lenders_template_takes_the_place_of_the_shipped_one(
    tmp_path: Path, content: Build, renderer: Renderer
) -> None:
    ours = Renderer(
        put(tmp_path, notice("{% for line in lines %}{{ line.product }}:{{ line.past_due }};{% endfor %}"))
    )
    message = ours.render(content(NoticeKind.DEMAND), Channel.SMS)
    shipped = renderer.render(content(NoticeKind.DEMAND), Channel.SMS)
    assert message.text.splitlines()[0] == "借呗:900.00 CNY;花呗:0.00 CNY;"
    assert message.text.splitlines()[1] == shipped.text.splitlines()[1]
    assert message.template_sha256 != shipped.template_sha256
    # A kind that was not overridden keeps its version.
    assert ours.template_sha256(NoticeKind.WARN, Channel.SMS) == renderer.template_sha256(
        NoticeKind.WARN, Channel.SMS
    )


@pytest.mark.parametrize(
    ("sms", "said"),
    [
        ("{{ ''.__class__.__mro__ }}", "line 4: '__mro__' is not part"),
        ("{{ kind['__class__'] }}", "getitem is not allowed"),
        ("{{ lines.append }}", "'append' is not part"),
        ("{% for i in range(1000000000000) %}x{% endfor %}", "a loop runs over one of"),
        ("{% for a in lines recursive %}{{ loop(lines) }}{% endfor %}", "a loop runs over one of"),
        ("{% for a in lines %}" * 3 + "x" + "{% endfor %}" * 3, "2 deep"),
        ("{% for lines in reasons %}{% endfor %}", "already a value"),
        ("{% for x in contact %}{{ x }}{% endfor %}", "a loop runs over one of"),
        ("{{ 'x' * 1000000000 }}", "mul is not allowed"),
        ("{{ 9 ** 9 ** 9 ** 9 }}", "pow is not allowed"),
        ("{{ contact ~ contact }}", "concat is not allowed"),
        ("{% set x = contact %}", "assign is not allowed"),
        ("{% include 'en/demand.j2' %}", "include is not allowed"),
        ("{% import 'x' as x %}", "import is not allowed"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "is not allowed"),
        ("{{ cycler }}{{ joiner }}{{ namespace }}", "is not a value of the notice"),
        ("{{ contact|safe }}", "filter 'safe'"),
        ("{{ contact|attr('__class__') }}", "filter 'attr'"),
        ("{{ lines|map(attribute='__class__') }}", "filter 'map'"),
        ("{{ '%999999999d'|format(1) }}", "filter 'format'"),
        ("{{ password }}", "'password' is not a value of the notice"),
        ("{{ contact", "line"),
        ("{% if %}", "line"),
        ("{{ " + "(" * 4_000 + "1" + ")" * 4_000 + " }}", "nested"),
        ("{% if kind %}" * 60 + "{% endif %}" * 60, "nested too deeply"),
        ("{{ " + "9" * 5_000 + " }}", "number too large"),
        ("{% for a in lines %}{% endfor %}" * 21, "more than 20 loops"),
        ("x" * 40_000, "larger than 32768 bytes"),
    ],
    ids=range(28),
)
def test_a_hostile_template_is_refused_when_it_is_read(tmp_path: Path, sms: str, said: str) -> None:
    with pytest.raises(TemplateRefused) as refusal:
        Renderer(put(tmp_path, notice(sms)))
    assert said in refusal.value.sentence
    assert "zh/demand.j2" in refusal.value.sentence
    assert "\n" not in refusal.value.sentence
    assert len(refusal.value.sentence) < 300


@pytest.mark.parametrize(
    ("source", "name", "said"),
    [
        (b"\xff\xfe", "zh/demand.j2", "UTF-8"),
        (b" \n", "zh/demand.j2", "empty"),
        (b"a\0b", "zh/demand.j2", "not text"),
        (b"hello", "zh/demand.j2", "must consist of the blocks subject, sms, push, opening"),
        (notice("x").encode() + b"postscript", "zh/demand.j2", "text outside the blocks"),
        (b"x", "zh/demant.j2", "not one we use"),
        (b"x", "fr/demand.j2", "not one we use"),
    ],
)
def test_a_mistaken_file_is_refused_by_name(tmp_path: Path, source: bytes, name: str, said: str) -> None:
    with pytest.raises(TemplateRefused) as refusal:
        Renderer(put(tmp_path, source, name))
    assert said in refusal.value.sentence
    assert name in refusal.value.sentence


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TemplateRefused, match="does not exist"):
        Renderer(tmp_path / "nowhere")


def test_huge_output_stops_at_the_cap(tmp_path: Path, content: Build) -> None:
    # 50 x 50 rounds of 9,000 characters would be 22 MB; the cap for an SMS is 1,000.
    source = "{% for a in legal_basis %}{% for b in legal_basis %}" + "x" * 9_000 + "{% endfor %}{% endfor %}"
    ours = Renderer(put(tmp_path, notice(source)))
    many = msgspec.structs.replace(content(NoticeKind.DEMAND), legal_basis=(LegalBasis("r", "c"),) * 50)
    with pytest.raises(TemplateRefused, match="more than 1000 characters"):
        ours.render(many, Channel.SMS)


def test_a_template_error_while_rendering_is_one_sentence(tmp_path: Path, content: Build) -> None:
    ours = Renderer(put(tmp_path, notice("{% if contact < lines %}x{% endif %}")))
    with pytest.raises(TemplateRefused, match=r"zh/demand\.j2 failed"):
        ours.render(content(NoticeKind.DEMAND), Channel.SMS)


def test_a_lenders_html_is_escaped_too(tmp_path: Path, content: Build) -> None:
    ours = Renderer(put(tmp_path, "<p>{{ creditor }}</p>", "zh/email.html.j2"))
    bold = msgspec.structs.replace(content(NoticeKind.DEMAND), creditor=Bilingual("<b>银行", "<b>Bank"))
    html = ours.render(bold, Channel.EMAIL).html or ""
    assert "<p>&lt;b&gt;银行</p>" in html


def test_many_empty_pieces_do_not_end_the_message_early() -> None:
    source = "{% for a in lines %}{% for b in lines %}{{ contact }}{% endfor %}{% endfor %}end"
    template = Compiled(NoticeEnvironment(autoescape=False), source, "x.j2", blocks=False)
    assert template.fill(template.root, {"lines": [{}] * 50, "contact": ""}, 1_000) == "end"


def test_nothing_is_within_reach_even_past_the_check() -> None:
    """The second wall: what a template that slipped through the check would meet."""
    environment = NoticeEnvironment(autoescape=False)
    for source in (
        "{{ x.__class__ }}",
        "{{ x['__class__'] }}",
        "{{ x.upper() }}",
        "{{ range(3) }}",
        "{{ d.keys() }}",
    ):
        with pytest.raises(Exception, match="not part of the notice|not safely callable|is undefined"):
            environment.from_string(source).render(x="text", d={})
