"""The lender's settings: one YAML file, checked, with secrets taken from the environment only."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
import yaml

from fullrecall.domain.notices.compose import LenderProfile
from fullrecall.domain.notices.content import Bilingual
from fullrecall.domain.recall.legal_view import LenderTerms
from fullrecall.domain.vocabulary import Mistake


class LenderSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """See settings/lender.yaml, which documents every field."""

    creditor: Bilingual
    product: Bilingual
    contact: Bilingual
    how_to_pay: Bilingual
    how_to_dispute: Bilingual
    how_to_ask_person: Bilingual
    reasonable_days: int | None = None
    acceleration_clause_flagged: bool = False
    withdrawal_clause_flagged: bool = False
    consent_to_report: bool = False
    contract_kind: str = "loan"
    contact_max_per_day: int | None = None
    contact_max_per_7_days: int | None = None
    channels: dict[str, str] = {}
    smtp: dict[str, Any] = {}

    @property
    def profile(self) -> LenderProfile:
        return LenderProfile(
            self.creditor,
            self.product,
            self.contact,
            self.how_to_pay,
            self.how_to_dispute,
            self.how_to_ask_person,
        )

    @property
    def terms(self) -> LenderTerms:
        return LenderTerms(
            self.reasonable_days,
            self.acceleration_clause_flagged,
            self.withdrawal_clause_flagged,
            self.consent_to_report,
            self.contract_kind,
        )


def read_settings(path: Path | None) -> LenderSettings:
    """The settings of a file, or the shipped example. Raises Mistake with the field that is wrong."""
    if path is None:
        text, name = (
            (resources.files("fullrecall") / "settings" / "lender.yaml").read_text("utf-8"),
            "lender.yaml",
        )
    else:
        text, name = read_text(path), path.name
    try:
        return msgspec.convert(yaml.safe_load(text), LenderSettings)
    except yaml.YAMLError as trouble:
        raise Mistake(f"{name} is not YAML: {str(trouble).splitlines()[0]}.") from None
    except msgspec.ValidationError as trouble:
        raise Mistake(f"{name}: {trouble}.") from None


def read_text(path: Path) -> str:
    """The text of a file the user named, or one sentence why it cannot be read."""
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        raise Mistake(f"There is no file {path}: check the path.") from None
    except IsADirectoryError:
        raise Mistake(f"{path} is a folder: name a file in it.") from None
    except UnicodeDecodeError as trouble:
        raise Mistake(f"{path} is not UTF-8 text (byte {trouble.start}): save it as UTF-8.") from None
    except OSError as trouble:
        raise Mistake(f"{path} cannot be read: {trouble.strerror}.") from None
