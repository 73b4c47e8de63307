"""Brings one file by HTTP: streamed to a `.part`, resumed where a transfer broke, renamed only when whole."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from fullrecall.domain.vocabulary import Mistake

SIZE_MAX = 512 * 1024 * 1024  # bytes; no public home of ours is near it
ATTEMPTS = 3
Progress = Callable[[int, int | None], None]  # bytes here, bytes in all if told


class CannotDownload(Mistake):
    """The file did not come; what came so far is kept for the next try unless it is of no use."""


def download(url: str, target: Path, progress: Progress = lambda here, whole: None) -> Path:
    """Fetch `url` to `target`; a later call goes on from `target`.part. Proxies come from the environment."""
    if urlsplit(url).scheme not in ("http", "https"):
        raise CannotDownload(f"{url} is not an http or https address; correct the home's address.")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    # A proxy has no business between a machine and itself.
    outside = urlsplit(url).hostname not in ("127.0.0.1", "localhost", "::1")
    broken: Exception | None = None
    with httpx.Client(follow_redirects=True, timeout=60, trust_env=outside) as client:
        for _ in range(ATTEMPTS):
            try:
                if _fetch(client, url, part, progress):
                    part.replace(target)
                    _tag_file(part).unlink(missing_ok=True)
                    return target
            except httpx.InvalidURL as error:
                raise CannotDownload(f"{url} is not an address ({error}); correct it.") from None
            except httpx.TransportError as error:
                broken = error
    here = part.stat().st_size if part.exists() else 0
    reason = str(broken) or type(broken).__name__
    raise CannotDownload(
        f"The transfer from {url} broke after {here:,} bytes ({reason}); "
        "run the same command again to go on from there."
    )


def forget(target: Path) -> None:
    """Remove a finished file and what is left of an unfinished one, because their content is of no use."""
    part = target.with_name(target.name + ".part")
    for path in (target, part, _tag_file(part)):
        path.unlink(missing_ok=True)


def _fetch(client: httpx.Client, url: str, part: Path, progress: Progress) -> bool:
    """One request; True when the file is whole. False asks for another request from the start."""
    here = part.stat().st_size if part.exists() else 0
    with client.stream("GET", url, headers=_resume_headers(part, here)) as response:
        if (
            response.status_code == 416 and here
        ):  # nothing after what we hold: another version, or already whole
            whole = response.headers.get("content-range", "").rpartition("/")[2]
            if whole == str(here):
                return True
            part.unlink(missing_ok=True)
            return False
        if response.status_code not in (200, 206):
            raise CannotDownload(
                f"{url} answered {response.status_code} {response.reason_phrase}; the file may have moved: "
                "look at the page of this data, or give another address."
            )
        begins = _begins_at(response)
        if response.status_code == 206 and begins != here:
            part.unlink(missing_ok=True)
            return False
        _write(response, part, begins, progress)
    return True


def _resume_headers(part: Path, here: int) -> dict[str, str]:
    # Identity: a resumed range of a compressed transfer would not fit what is on disk.
    headers = {"accept-encoding": "identity"}
    if here:
        headers["range"] = f"bytes={here}-"
        tag = _tag_file(part)
        if tag.exists():
            headers["if-range"] = tag.read_text(encoding="ascii")
    return headers


def _begins_at(response: httpx.Response) -> int:
    if response.status_code == 200:
        return 0
    first = response.headers.get("content-range", "").removeprefix("bytes ").partition("-")[0]
    return int(first) if first.isdigit() else -1


def _write(response: httpx.Response, part: Path, begins: int, progress: Progress) -> None:
    length = response.headers.get("content-length")
    whole = begins + int(length) if length else None
    tag = response.headers.get("etag", "")
    if tag.startswith('"') and tag.isascii():  # only a strong tag may be used to go on
        _tag_file(part).write_text(tag, encoding="ascii")
    else:
        _tag_file(part).unlink(missing_ok=True)
    here = begins
    with part.open("ab" if begins else "wb") as file:
        # No chunk size: what came before a break must be on disk, not in a buffer.
        for block in response.iter_raw():
            file.write(block)
            here += len(block)
            if here > SIZE_MAX:
                file.truncate(0)
                raise CannotDownload(
                    f"{response.url} sends more than {SIZE_MAX:,} bytes; this is not the file looked for."
                )
            progress(here, whole)
        file.flush()
        os.fsync(file.fileno())


def _tag_file(part: Path) -> Path:
    return part.with_name(part.name + ".etag")
