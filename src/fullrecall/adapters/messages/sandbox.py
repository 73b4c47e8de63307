"""The template language a lender may use: Jinja syntax cut down to an allow-list, checked before it is
compiled.

Templates print values, choose with `if`, and loop over the lists of the notice. They cannot call, index,
compute, assign, include or reach an attribute that is not a value of the notice, so neither time, memory
nor Python itself is within reach. Jinja's own sandbox stays underneath as a second wall.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import SandboxedEnvironment

from fullrecall.adapters.messages.view import ITEM_NAMES, LIST_NAMES, VIEW_NAMES
from fullrecall.domain.vocabulary import Mistake

TEMPLATE_BYTES_MAX = 32_768
LOOPS_MAX = 20
LOOP_NESTING_MAX = 2
NESTING_MAX = 40
BLOCKS = ("subject", "sms", "push", "opening")
LAYOUT_NAMES = frozenset({"opening", "zh", "en", "subject"})

_BATCH = 500  # pieces joined between two looks at the size; a piece is at most a template long
_FILTERS = frozenset({"upper", "length"})
_LOOP_ATTRIBUTES = frozenset({"first", "last", "index"})
_ALLOWED: tuple[type[nodes.Node], ...] = (
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Getattr,
    nodes.Filter,
    nodes.If,
    nodes.For,
    nodes.Compare,
    nodes.Operand,
    nodes.Const,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.CondExpr,
)


class TemplateRefused(Mistake):
    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, code="template_refused")


class NoticeEnvironment(SandboxedEnvironment):
    """Jinja without globals; the only things with attributes are the dicts of the notice and `loop`."""

    def __init__(self, *, autoescape: bool) -> None:
        super().__init__(
            autoescape=autoescape,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            cache_size=0,
        )
        self.globals.clear()
        self.tests = {}
        self.filters = {name: self.filters[name] for name in _FILTERS}

    def getattr(self, obj: Any, attribute: str) -> Any:
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        if type(obj) is LoopContext and attribute in _LOOP_ATTRIBUTES:
            return getattr(obj, attribute)
        return self.undefined(f"{attribute!r} is not part of the notice", exc=SecurityError)

    def getitem(self, obj: Any, argument: Any) -> Any:
        return self.getattr(obj, argument)

    def is_safe_callable(self, obj: Any) -> bool:
        return False


Block = Callable[[Context], Iterator[str]]


class Compiled:
    """A checked template: `root` for a layout, `blocks` for a notice of one kind."""

    def __init__(self, environment: NoticeEnvironment, source: str, name: str, *, blocks: bool) -> None:
        self.name = name
        try:
            tree = environment.parse(source)
            _check(tree, name, blocks=blocks)
            self._template = environment.from_string(tree)
        except TemplateSyntaxError as error:
            raise TemplateRefused(
                f"Template {name}, line {error.lineno}: {_one_line(error.message)}."
            ) from None
        except (RecursionError, MemoryError, ValueError, OverflowError, SyntaxError):
            raise TemplateRefused(
                f"Template {name} is nested too deeply or holds a number too large."
            ) from None
        self.root: Block = self._template.root_render_func
        self.blocks: dict[str, Block] = self._template.blocks

    def fill(self, block: Block, values: dict[str, Any], characters_max: int) -> str:
        """Render one block with the values of a notice; refuses more than `characters_max` characters."""
        text = ""
        try:
            pieces = iter(block(self._template.new_context(values, shared=True)))
            while len(text) <= characters_max and (batch := list(islice(pieces, _BATCH))):
                text += "".join(batch)
        except (TemplateError, TypeError, ValueError, ArithmeticError, RecursionError) as error:
            raise TemplateRefused(f"Template {self.name} failed: {_one_line(str(error))}.") from None
        if len(text) > characters_max:
            raise TemplateRefused(
                f"Template {self.name} makes more than {characters_max} characters: shorten it or the texts."
            )
        return text.strip()


def _check(tree: nodes.Template, name: str, *, blocks: bool) -> None:
    bodies: list[tuple[nodes.Node, int, int]] = []
    if blocks:
        bodies += [(child, 0, 0) for block in _blocks(tree, name) for child in block.body]
    else:
        bodies += [(child, 0, 0) for child in tree.body]
    targets = {loop.target.name for loop in tree.find_all(nodes.For) if isinstance(loop.target, nodes.Name)}
    values = VIEW_NAMES | LAYOUT_NAMES | {"loop"}
    names = values | targets
    if clash := targets & values:
        raise TemplateRefused(
            f"Template {name}: the loop variable {min(clash)!r} is already a value of the notice."
        )
    if sum(1 for _ in tree.find_all(nodes.For)) > LOOPS_MAX:
        raise TemplateRefused(f"Template {name} has more than {LOOPS_MAX} loops.")
    while bodies:
        node, depth, loops = bodies.pop()
        loops += isinstance(node, nodes.For)
        why = _objection(node, names, loops) or (depth > NESTING_MAX and "it is nested too deeply")
        if why:
            raise TemplateRefused(f"Template {name}, line {node.lineno}: {why}.")
        bodies += [(child, depth + 1, loops) for child in node.iter_child_nodes()]


def _blocks(tree: nodes.Template, name: str) -> list[nodes.Block]:
    found = [node for node in tree.body if isinstance(node, nodes.Block)]
    if tuple(sorted(block.name for block in found)) != tuple(sorted(BLOCKS)):
        raise TemplateRefused(f"Template {name} must consist of the blocks {', '.join(BLOCKS)}, each once.")
    for node in tree.body:
        blank = isinstance(node, nodes.Output) and all(
            isinstance(part, nodes.TemplateData) and not part.data.strip() for part in node.nodes
        )
        if not (isinstance(node, nodes.Block) or blank):
            raise TemplateRefused(
                f"Template {name}, line {node.lineno}: text outside the blocks is never sent."
            )
    return found


def _objection(node: nodes.Node, names: frozenset[str] | set[str], loops: int) -> str:
    """Why this node may not stand in a template; empty when it may."""
    if not isinstance(node, _ALLOWED):
        return f"{type(node).__name__.lower()} is not allowed here; templates print, choose and loop only"
    if isinstance(node, nodes.Name) and node.name not in names:
        return f"{node.name[:40]!r} is not a value of the notice"
    if isinstance(node, nodes.Getattr) and node.attr not in ITEM_NAMES | _LOOP_ATTRIBUTES:
        return f"{node.attr[:40]!r} is not part of a value of the notice"
    if isinstance(node, nodes.Filter) and (node.name not in _FILTERS or node.args or node.kwargs):
        return f"the filter {node.name[:40]!r} is not allowed; use {' or '.join(sorted(_FILTERS))}"
    if isinstance(node, nodes.For):
        if node.recursive or not isinstance(node.iter, nodes.Name) or node.iter.name not in LIST_NAMES:
            return f"a loop runs over one of {', '.join(sorted(LIST_NAMES))}"
        if loops > LOOP_NESTING_MAX:
            return f"loops are nested more than {LOOP_NESTING_MAX} deep"
    return ""


def _one_line(text: object) -> str:
    return " ".join(str(text).split())[:160].rstrip(".")
