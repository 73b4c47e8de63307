"""The few operations every engine has: a policy is lowered to them once, each engine spells them its way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Protocol, TypeVar

from fullrecall.domain.policy.tree import Op

E = TypeVar("E")


class Kind(StrEnum):
    """How a value is held: whole numbers in 64 bits, all else as it is."""

    WHOLE = "whole"
    TEXT = "text"
    DATE = "date"
    BOOL = "bool"


class Algebra(Protocol[E]):
    """Expressions over named columns; every operation gives NULL for NULL unless it says otherwise."""

    def column(self, name: str) -> E: ...
    def whole(self, value: int) -> E: ...
    def text(self, value: str) -> E: ...
    def day(self, value: date) -> E: ...
    def truth(self, value: bool) -> E: ...
    def null(self, kind: Kind) -> E: ...
    def compare(self, op: Op, left: E, right: E) -> E: ...
    def every(self, parts: Sequence[E]) -> E:
        """Three-valued and."""

    def some(self, parts: Sequence[E]) -> E:
        """Three-valued or."""

    def no(self, part: E) -> E: ...
    def plus(self, left: E, right: E) -> E: ...
    def minus(self, left: E, right: E) -> E: ...
    def times(self, left: E, right: E) -> E: ...
    def one_of(self, value: E, options: Sequence[E]) -> E: ...
    def is_null(self, value: E) -> E: ...
    def same(self, left: E, right: E) -> E:
        """Equal, or both NULL; never NULL."""

    def pick(self, whens: Sequence[tuple[E, E]], otherwise: E | None) -> E:
        """The value of the first condition that is TRUE, else `otherwise`, else NULL."""

    def first(self, parts: Sequence[E]) -> E:
        """The first that is not NULL."""

    def days(self, start: E, end: E) -> E: ...
    def largest(self, parts: Sequence[E]) -> E:
        """NULLs skipped; NULL if nothing is left. So does `smallest`."""

    def smallest(self, parts: Sequence[E]) -> E: ...
    def total(self, parts: Sequence[E]) -> E:
        """NULLs skipped; 0 if nothing is left."""

    def known(self, parts: Sequence[E]) -> E:
        """How many parts are not NULL."""

    def holding(self, parts: Sequence[E]) -> E:
        """How many conditions are TRUE."""

    def joined_bits(self, parts: Sequence[E]) -> E:
        """Bitwise or; NULLs skipped; 0 if nothing is left."""
