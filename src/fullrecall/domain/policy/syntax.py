"""Expression text to a sqlglot tree of which nothing but the shape is left to the parser.

The text is tokenised, every token is checked against a short allow-list and counted, and then each name,
literal and function is replaced by a placeholder (`t7`, `f3`: the token's number). The parser therefore only
ever sees operators it may see, it cannot be led into statements, casts or file functions, and each leaf still
knows its exact place.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

import sqlglot
from sqlglot import Token, TokenType, exp
from sqlglot.errors import SqlglotError

from fullrecall.domain.policy.mistakes import shown

CHARACTERS_MAX = 20_000
TOKENS_MAX = 1_500
DEPTH_MAX = 20  # the parser overflows its stack at about 60 open parentheses

FUNCTIONS = (
    "coalesce", "ratio", "days_between", "lag", "max_over", "min_over", "avg_over", "sum_over", "count_over"
)  # fmt: skip
_KEYWORDS = frozenset(
    (
        "and",
        "or",
        "not",
        "between",
        "in",
        "is",
        "null",
        "case",
        "when",
        "then",
        "else",
        "end",
        "true",
        "false",
    )
)
RESERVED = _KEYWORDS | set(FUNCTIONS) | {"as_of", "nan", "infinity", "inf", "date"}
_COMPARISONS = (
    TokenType.EQ, TokenType.NEQ, TokenType.GT, TokenType.GTE, TokenType.LT, TokenType.LTE
)  # fmt: skip
_SYMBOLS = {
    *_COMPARISONS, TokenType.L_PAREN, TokenType.R_PAREN, TokenType.COMMA, TokenType.PLUS, TokenType.DASH,
    TokenType.STAR,
}  # fmt: skip
_LITERALS = (TokenType.STRING, TokenType.NUMBER, TokenType.TRUE, TokenType.FALSE)
_NAME = re.compile(r"[^\W\d]\w*\Z")
_SPELLED = {"=": "=", "<>": "<>", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}

_HINTS = {
    "/": "Engines disagree on division: compare a ratio, such as ratio(balance, credit_limit) > 0.90.",
    "%": "Engines disagree on the remainder: there is no % in a policy.",
    ";": "A rule is one expression: remove the semicolon and what follows.",
    "==": "Write = for equality.",
    "::": "There is no cast: every column has its type and unit.",
    ".": "A number begins with a digit, such as 0.5, and names stand alone.",
    "||": "Texts are compared, not joined.",
    '"': "Write names without quotes, and texts in single quotes.",
}
_NAME_HINTS = {
    "nan": "NaN is never a value: use `is null` for what is unknown.",
    "infinity": "There is no infinity: amounts end at 10^13 minor units.",
    "inf": "There is no infinity: amounts end at 10^13 minor units.",
    "like": "Texts are compared with = and in.",
    "round": "Engines round differently: compare the exact value.",
    "cast": "There is no cast: every column has its type and unit.",
    "now": "Use as_of, the date of the row.",
    "current_date": "Use as_of, the date of the row.",
    "select": "A rule is one expression over the columns of a row.",
    "date": "Write a date as '2024-01-31'.",
    "if": "Write case when ... then ... else ... end.",
}

Report = Callable[[int, str, str], None]  # offset in the text, message, hint


class Parsed:
    """A sqlglot tree of placeholders with the tokens they stand for."""

    def __init__(self, tree: exp.Expression, tokens: list[Token]) -> None:
        self.tree = tree
        self.tokens = tokens

    def token_of(self, node: exp.Expression) -> Token | None:
        """The token behind a placeholder leaf or function."""
        name = node.name if isinstance(node, (exp.Column, exp.Anonymous)) else ""
        return self.tokens[int(name[1:])] if name[1:].isdigit() and name[0] in "tf" else None

    def offset_of(self, node: exp.Expression) -> int:
        """Where a node begins in the text: the first of its leaves."""
        found = [token.start for token in map(self.token_of, _leaves(node)) if token is not None]
        return min(found, default=self.tokens[0].start)


def _leaves(node: exp.Expression) -> list[exp.Expression]:
    return [leaf for leaf in node.walk() if isinstance(leaf, (exp.Column, exp.Anonymous))]


def parse_expression(text: str, report: Report) -> Parsed | None:
    """One expression, or None with every mistake reported."""
    if len(text) > CHARACTERS_MAX:
        report(0, f"The expression has {len(text):,} characters.", f"At most {CHARACTERS_MAX:,}: split it.")
        return None
    tokens = _tokens(text, report)
    if tokens is None or not _all_allowed(text, tokens, report):
        return None
    if not _within_caps(tokens, report) or not _operators_apart(tokens, report):
        return None
    masked, ends = _masked(tokens)
    try:
        trees = sqlglot.parse(masked)
    except SqlglotError as error:
        details = getattr(error, "errors", None) or [{}]
        column = int(details[0].get("col") or len(masked))
        index = next((i for i, end in enumerate(ends) if end >= column), len(tokens) - 1)
        hint = "Something is missing or too much: check operators, commas and parentheses."
        written = shown(tokens[index].text)
        report(tokens[index].start, f"The expression cannot be understood at {written}.", hint)
        return None
    return _only_one(trees[0], tokens, report) if trees else None


def _only_one(tree: object, tokens: list[Token], report: Report) -> Parsed | None:
    if not isinstance(tree, exp.Expression):
        report(0, "This is not one expression.", "A rule is one condition.")
        return None
    parsed = Parsed(tree, tokens)
    for side_by_side in tree.find_all(exp.Alias, exp.Aliases, exp.Tuple):
        odd = _leaves(side_by_side)[-1:] or [tree]
        hint = "Join them with and, or, or an operator."
        report(parsed.offset_of(odd[0]), "Two values stand side by side here.", hint)
        return None
    return parsed


def _tokens(text: str, report: Report) -> list[Token] | None:
    try:
        tokens = list(sqlglot.tokenize(text))
    except SqlglotError:
        start = max(text.rfind("'"), 0)
        report(start, "A text is not closed.", "Put a single quote ' on both sides of it.")
        return None
    if not tokens:
        report(0, "The expression is empty.", "Write a condition such as days_past_due >= 30.")
        return None
    if any(token.comments for token in tokens):
        at = next(token.start for token in tokens if token.comments)
        hint = "Write comments after # on a line of the YAML file."
        report(at, "A comment stands inside the expression.", hint)
        return None
    return tokens


def word(token: Token) -> str:
    """A name as written; keywords of the language in lower case."""
    return token.text.lower() if token.text.lower() in RESERVED else token.text


def is_name(token: Token) -> bool:
    plain = token.token_type not in (TokenType.STRING, TokenType.NUMBER, TokenType.IDENTIFIER)
    return plain and bool(_NAME.match(token.text)) and token.text.lower() not in _KEYWORDS


def _all_allowed(text: str, tokens: list[Token], report: Report) -> bool:
    fine = True
    for index, token in enumerate(tokens):
        written = text[token.start : token.end + 1]
        following = tokens[index + 1].token_type if index + 1 < len(tokens) else None
        if token.token_type in _SYMBOLS and written != "==":
            continue
        if token.token_type is TokenType.STRING and written.startswith("'"):
            continue
        if token.token_type is TokenType.NUMBER:
            fine &= _number_alone(tokens, index, report)
        elif written.lower() in _KEYWORDS:
            continue
        elif not is_name(token):
            hint = _HINTS.get(written, _HINTS.get(written[:1], "It is not part of the policy language."))
            report(token.start, f"{shown(written)} is not allowed in a policy.", hint)
            fine = False
        elif word(token) in _NAME_HINTS or (following is TokenType.L_PAREN and word(token) not in FUNCTIONS):
            fine = _refuse_name(token, report)
        elif word(token) in FUNCTIONS and following is not TokenType.L_PAREN:
            report(
                token.start, f"The function {word(token)} needs its arguments.", f"Write {word(token)}(...)."
            )
            fine = False
    return fine


def _refuse_name(token: Token, report: Report) -> bool:
    hint = _NAME_HINTS.get(token.text.lower(), "The functions are " + ", ".join(FUNCTIONS) + ".")
    report(token.start, f"{shown(token.text)} is not allowed in a policy.", hint)
    return False


def _number_alone(tokens: list[Token], index: int, report: Report) -> bool:
    """A number is digits with at most four decimals, and nothing is glued to it (1e3, 10abc, 1_000)."""
    token = tokens[index]
    glued = index + 1 < len(tokens) and tokens[index + 1].start == token.end + 1
    glued = glued and (tokens[index + 1].text[:1] or ",").replace("_", "0").isalnum()
    if glued or not re.fullmatch(r"\d+(\.\d+)?", token.text, re.ASCII):
        report(
            token.start,
            f"{shown(token.text)} is not a number here.",
            "Write digits with at most four decimals, such as 100.50.",
        )
        return False
    if len(token.text.partition(".")[2]) > 4:
        report(token.start, f"{shown(token.text)} has more than four decimals.", "Write at most four.")
        return False
    whole, _, decimals = token.text.partition(".")
    if len(whole.lstrip("0")) > 14 or int(whole + decimals.ljust(4, "0")) > 10**17:
        report(token.start, f"{shown(token.text)} is beyond 10^13.", "Write a smaller number.")
        return False
    return True


def _operators_apart(tokens: list[Token], report: Report) -> bool:
    """The parser would read `> >` as a shift of bits."""
    for before, token in pairwise(tokens):
        if before.token_type in _COMPARISONS and token.token_type in _COMPARISONS:
            hint = "Something is missing between two operators."
            report(token.start, f"The expression cannot be understood at {shown(token.text)}.", hint)
            return False
    return True


def _within_caps(tokens: list[Token], report: Report) -> bool:
    if len(tokens) > TOKENS_MAX:
        report(
            tokens[TOKENS_MAX].start,
            f"The expression has {len(tokens):,} words.",
            f"At most {TOKENS_MAX:,}: split it.",
        )
        return False
    depth = run = 0
    for token in tokens:
        kind = token.token_type
        run = run + 1 if kind in (TokenType.NOT, TokenType.DASH) else 0
        depth += kind in (TokenType.L_PAREN, TokenType.CASE)
        depth -= kind in (TokenType.R_PAREN, TokenType.END)
        if depth > DEPTH_MAX or run > DEPTH_MAX:
            report(
                token.start, f"Nested deeper than {DEPTH_MAX} levels.", "Name the inner parts as features."
            )
            return False
    return True


def _masked(tokens: list[Token]) -> tuple[str, list[int]]:
    """The text the parser sees, and where each token ends in it."""
    parts: list[str] = []
    for index, token in enumerate(tokens):
        if is_name(token) and word(token) in FUNCTIONS:
            parts.append(f"f{index}")
        elif is_name(token) or token.token_type in _LITERALS:
            parts.append(f"t{index}")
        else:
            parts.append(_SPELLED.get(token.text, token.text.lower()))
    ends, total = [], -1
    for part in parts:
        total += len(part) + 1
        ends.append(total)
    return " ".join(parts), ends
