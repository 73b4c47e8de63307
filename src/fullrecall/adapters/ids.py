"""The only place that makes random ids: keys of requests that came without one."""

from __future__ import annotations

import secrets


def new_key(prefix: str) -> str:
    return f"{prefix}:{secrets.token_hex(12)}"
