"""Log-odds as points: the 350-950 scale, on which a fixed number of points doubles the odds of being good."""

from __future__ import annotations

import math

import msgspec

from fullrecall.domain.vocabulary import Mistake


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """score = at_even_odds + factor * ln(good : bad); factor = points_to_double / ln 2.

    at_even_odds: the score of a line as likely to default as not. The usual form (Siddiqi, Credit Risk
    Scorecards, ch. 10: offset = base score - factor * ln(base odds)) with base odds of 1 : 1.
    """

    points_to_double: int = 60
    at_even_odds: int = 600
    lowest: int = 350
    highest: int = 950

    def __post_init__(self) -> None:
        if not 1 <= self.points_to_double <= 1_000:
            raise Mistake("Points to double the odds are 1 to 1,000: give --points-to-double such as 60.")
        if not 0 <= self.lowest < self.at_even_odds < self.highest <= 10_000:
            raise Mistake(
                f"The score at even odds, {self.at_even_odds}, must lie inside the scale "
                f"{self.lowest}-{self.highest}: give --at-even-odds such as 600."
            )

    @property
    def factor(self) -> float:
        return self.points_to_double / math.log(2)

    def points(self, bad_log_odds: float) -> int:
        """Whole points of a share of the log-odds of default: more risk, fewer points."""
        return round(-self.factor * bad_log_odds)

    def base(self, bad_log_odds: float) -> int:
        """Whole points of the constant part of the log-odds of default."""
        return self.at_even_odds + self.points(bad_log_odds)

    def default_chance(self, score: float) -> float:
        """The chance of default that a score stands for."""
        return 1 / (1 + math.exp((score - self.at_even_odds) / self.factor))
