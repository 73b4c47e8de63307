"""From a notice's content to the message of one channel, in Chinese and English, from shipped or the
lender's templates.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
from markupsafe import Markup

from fullrecall.adapters.messages.sandbox import (
    TEMPLATE_BYTES_MAX,
    Compiled,
    NoticeEnvironment,
    TemplateRefused,
)
from fullrecall.adapters.messages.view import Language, one_line, shortened, view_of
from fullrecall.domain.notices.content import NoticeContent, NoticeKind
from fullrecall.domain.notices.proof import content_sha256
from fullrecall.domain.notices.required import refusal_of
from fullrecall.domain.vocabulary import Channel, Mistake

LANGUAGES: tuple[Language, ...] = ("zh", "en")
SUBJECT_CHARACTERS_MAX = 150
SHORT_CHARACTERS_MAX = 1_000  # per language, SMS and push
LONG_CHARACTERS_MAX = 100_000  # per language, e-mail
_LAYOUTS = ("zh/email.txt.j2", "en/email.txt.j2", "zh/email.html.j2", "en/email.html.j2", "email.html.j2")
_RULE = "\n\n" + "-" * 40 + "\n\n"


class NoticeRefused(Mistake):
    """The notice is incomplete or contradicts itself; `code` is the rule it breaks."""


class Rendered(msgspec.Struct, frozen=True, kw_only=True):
    """A message ready to send. `subject` is the e-mail's subject or the push title; html only for e-mail."""

    channel: Channel
    language: str
    subject: str
    text: str
    html: str | None
    sha256: str
    template_sha256: str


class Renderer:
    """Renders notices; templates are checked and compiled once. Safe to share between threads.

    overrides: a folder laid out like the shipped one (zh/demand.j2, en/email.txt.j2, ...); what it lacks is
    taken from the shipped templates. Its files are checked here, so a bad one is refused when the program
    starts.
    """

    def __init__(self, overrides: Path | None = None) -> None:
        self._plain = NoticeEnvironment(autoescape=False)
        self._html = NoticeEnvironment(autoescape=True)
        self._sources: dict[str, str] = {}
        self._compiled: dict[str, Compiled] = {}
        self._versions: dict[tuple[NoticeKind, Channel], str] = {}
        self._last: tuple[NoticeContent, str, dict[Language, dict[str, Any]]] | None = None
        if overrides is not None:
            self._take_over(overrides)

    def render(self, content: NoticeContent, channel: Channel, addressee: str = "") -> Rendered:
        """One message in both languages (one contact, not two). Raises NoticeRefused or TemplateRefused.

        addressee: the person's name as the e-mail greets them; not part of the stored content.
        """
        views = self._views(content, shortened(addressee))
        subject, html = "", None
        if channel is not Channel.SMS:
            subject = " / ".join(self._subject(content.kind, language, views) for language in LANGUAGES)
        if channel is Channel.EMAIL:
            text, html = self._email(content.kind, subject, views)
        else:
            text = "\n".join(
                self._block(content.kind, language, channel.value, views[language], SHORT_CHARACTERS_MAX)
                for language in LANGUAGES
            )
        return Rendered(
            channel=channel,
            language="zh+en",
            subject=subject,
            text=text,
            html=html,
            sha256=content_sha256(subject, text, html),
            template_sha256=self.template_sha256(content.kind, channel),
        )

    def template_sha256(self, kind: NoticeKind, channel: Channel) -> str:
        """One hash over the templates a message of this kind and channel is made from, names included."""
        version = self._versions.get((kind, channel))
        if version is None:
            names = [f"{language}/{kind}.j2" for language in LANGUAGES]
            names += _LAYOUTS if channel is Channel.EMAIL else ()
            digest = hashlib.sha256()
            for name in names:
                digest.update(f"{name}\0{self._source(name)}\0".encode())
            version = self._versions[kind, channel] = digest.hexdigest()
        return version

    def _views(self, content: NoticeContent, addressee: str) -> dict[Language, dict[str, Any]]:
        last = self._last  # a notice goes out on several channels, one after the other
        if last is not None and last[0] is content and last[1] == addressee:
            return last[2]
        refusal = refusal_of(content)
        if refusal is not None:
            raise NoticeRefused(refusal.why, code=refusal.rule)
        views = {language: view_of(content, language, addressee) for language in LANGUAGES}
        self._last = (content, addressee, views)
        return views

    def _subject(self, kind: NoticeKind, language: Language, views: dict[Language, dict[str, Any]]) -> str:
        return one_line(self._block(kind, language, "subject", views[language], SUBJECT_CHARACTERS_MAX))

    def _block(
        self, kind: NoticeKind, language: Language, block: str, view: dict[str, Any], characters_max: int
    ) -> str:
        template = self._template(f"{language}/{kind}.j2")
        return template.fill(template.blocks[block], view, characters_max)

    def _email(
        self, kind: NoticeKind, subject: str, views: dict[Language, dict[str, Any]]
    ) -> tuple[str, str]:
        plain: list[str] = []
        marked: dict[str, Any] = {"subject": subject}
        for language in LANGUAGES:
            opening = self._block(kind, language, "opening", views[language], LONG_CHARACTERS_MAX)
            view = {**views[language], "opening": opening}
            plain.append(self._layout(f"{language}/email.txt.j2", view))
            marked[language] = Markup(self._layout(f"{language}/email.html.j2", view))  # noqa: S704 - our escaped output
        return _RULE.join(plain), self._layout("email.html.j2", marked)

    def _layout(self, name: str, view: dict[str, Any]) -> str:
        template = self._template(name)
        return template.fill(template.root, view, 3 * LONG_CHARACTERS_MAX)

    def _template(self, name: str) -> Compiled:
        template = self._compiled.get(name)
        if template is None:
            layout = name in _LAYOUTS
            environment = self._html if name.endswith(".html.j2") else self._plain
            template = Compiled(environment, self._source(name), name, blocks=not layout)
            self._compiled[name] = template
        return template

    def _source(self, name: str) -> str:
        return self._sources.get(name) or _shipped(name)

    def _take_over(self, folder: Path) -> None:
        if not folder.is_dir():
            raise TemplateRefused(f"Template folder {folder} does not exist.")
        names = {f"{language}/{kind}.j2" for language in LANGUAGES for kind in NoticeKind} | set(_LAYOUTS)
        for path in sorted(folder.rglob("*.j2")):
            name = path.relative_to(folder).as_posix()
            if name not in names:
                raise TemplateRefused(
                    f"Template {name} is not one we use: name it like zh/demand.j2 or {_LAYOUTS[0]}."
                )
            self._sources[name] = _read(path, name)
            self._template(name)


def _read(path: Path, name: str) -> str:
    try:
        if path.stat().st_size > TEMPLATE_BYTES_MAX:
            raise TemplateRefused(f"Template {name} is larger than {TEMPLATE_BYTES_MAX} bytes.")
        source = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise TemplateRefused(f"Template {name} cannot be read as UTF-8 text.") from None
    if not source.strip() or "\0" in source:
        raise TemplateRefused(f"Template {name} is empty or not text: delete it to use the shipped one.")
    return source


@lru_cache(maxsize=64)
def _shipped(name: str) -> str:
    return resources.files("fullrecall").joinpath("templates", "notices", *name.split("/")).read_text("utf-8")
