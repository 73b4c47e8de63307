"""How an address (phone number, e-mail, device token) is shown and referred to without giving it away."""

from __future__ import annotations

import hashlib
import hmac
import re

# Anything in a gateway's answer that looks like an e-mail address or a run of 6 and more digits may be the
# borrower's.
_TELLING = re.compile(r"[^\s<>@:;,'\"]{1,64}@[^\s<>@:;,'\"]{1,255}|\+?\d{6,}")


def mask(address: str) -> str:
    """'13812345678' -> '138****5678', 'zhang.san@mail.example' -> 'z****@mail.example', 'abc' -> '****'."""
    local, at, domain = address.rpartition("@")
    if at:
        return f"{local[:1]}****@{domain[:100]}"
    return f"{address[:3]}****{address[-4:]}" if len(address) >= 10 else "****"


def scrubbed(text: str, *secrets: str) -> str:
    """A gateway's answer fit for a log: one line of at most 200 characters, without addresses or secrets."""
    text = text[:2_000]
    for secret in secrets:
        if secret:
            text = text.replace(secret, "****")
    text = _TELLING.sub(lambda found: mask(found.group()), text)
    return "".join(character if character.isprintable() else " " for character in text[:200]).strip()


def address_reference(address: str, key: bytes) -> str:
    """HMAC-SHA256 of an address under the lender's key, hex.

    Phone numbers are few enough to try them all, so a plain hash would hide nothing; with the key the
    lender can show that a notice went to a given address, and nobody else can find the address.
    """
    if not key:
        raise ValueError("an address reference needs the lender's key")
    return hmac.new(key, address.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
