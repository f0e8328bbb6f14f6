"""Payloads that customers write as templates, in a small part of Jinja2: values, conditions, loops and a few filters.
Nothing in a template can take long, need much memory, or reach anything but the event.

A template that runs for everybody must be bounded: macros, assignments, calls, `range`, powers and filters that make
long texts of short ones are not in that part, loops have a budget, and what comes out has a largest size.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .formats import text_of

if TYPE_CHECKING:
    from jinja2 import Environment, Template, nodes

LONGEST_TEMPLATE = 16 * 1024  # characters
LARGEST_PAYLOAD = 256 * 1024  # characters
MOST_ITERATIONS = 10_000  # of all loops together
NODES = frozenset(
    {
        *("Template", "Output", "TemplateData", "Name", "Const", "Getattr", "Getitem", "Filter", "Test", "If", "For"),
        *("CondExpr", "Compare", "Operand", "And", "Or", "Not", "Add", "Sub", "Mul", "Div", "Neg", "Pos"),
        *("List", "Tuple", "Dict", "Pair", "Keyword"),
    }
)
TESTS = frozenset(
    {"defined", "undefined", "none", "string", "number", "boolean", "mapping", "sequence", "true", "false"}
)
LOOPS = "_within_budget"  # the filter around what is looped over, and the name of what is left
BUDGET = "_budget"


class PayloadError(ValueError):
    """A template cannot be used, or not for this event; the message says why."""


def check(source: str) -> str:
    """The template, when it can be used.

    Raises PayloadError.
    """
    _compiled(source)
    return source


def rendered(source: str, values: Mapping[str, Any]) -> str:
    """What the template makes of the values.

    Raises PayloadError.
    """
    parts: list[str] = []
    size = 0
    try:
        for part in _compiled(source).generate({**values, BUDGET: [MOST_ITERATIONS]}):
            size += len(part)
            if size > LARGEST_PAYLOAD:
                raise PayloadError(f"the payload is larger than {LARGEST_PAYLOAD:,} characters")
            parts.append(part)
    except PayloadError:
        raise
    except Exception as error:  # whatever a customer's template does, it is its fault
        raise PayloadError(f"the template does not work for this event: {error}") from None
    return "".join(parts)


@lru_cache(maxsize=200)
def _compiled(source: str) -> "Template":
    from jinja2 import TemplateSyntaxError, nodes

    if len(source) > LONGEST_TEMPLATE:
        raise PayloadError(f"must be at most {LONGEST_TEMPLATE:,} characters")
    environment = _environment()
    try:
        tree = environment.parse(source)
        _refuse_unknown(environment, tree)
        for loop in list(tree.find_all(nodes.For)):
            loop.iter = nodes.Filter(loop.iter, LOOPS, [], [], None, None)
        return environment.from_string(tree)
    except TemplateSyntaxError as error:
        raise PayloadError(f"must be a template: {error.message} (line {error.lineno})") from None
    except (RecursionError, SyntaxError, MemoryError):
        raise PayloadError("must be a template that is nested less deeply") from None


def _refuse_unknown(environment: "Environment", tree: "nodes.Node") -> None:
    from jinja2 import nodes

    for node in (tree, *tree.find_all(nodes.Node)):
        kind, name = type(node).__name__, getattr(node, "name", "")
        known = {"Filter": environment.filters, "Test": TESTS}.get(kind)
        if kind not in NODES or (isinstance(node, nodes.For) and node.recursive):
            raise PayloadError(f"must not have {kind} in it (line {node.lineno})")
        if known is not None and (name not in known or name == LOOPS):
            raise PayloadError(f"must not use {name} (line {node.lineno}); there are {', '.join(_names(known))}")
        if kind == "Name" and name.startswith("_"):
            raise PayloadError(f"must not use {name} (line {node.lineno})")


def _names(known: Iterable[str]) -> list[str]:
    return sorted(name for name in known if name != LOOPS)


@lru_cache(maxsize=1)
def _environment() -> "Environment":
    from jinja2 import ChainableUndefined
    from jinja2.runtime import LoopContext, Undefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Bounded(ImmutableSandboxedEnvironment):
        """Objects have their fields and no methods (`items` of a purchase is a field), and only numbers can be added
        and multiplied."""

        def getattr(self, obj: Any, attribute: str) -> Any:
            if isinstance(obj, LoopContext | Undefined):
                return super().getattr(obj, attribute)
            return self.getitem(obj, attribute)

        def getitem(self, obj: Any, argument: Any) -> Any:
            if isinstance(obj, Mapping):
                return obj[argument] if argument in obj else self.undefined(obj=obj, name=str(argument))
            if isinstance(obj, list | str) and isinstance(argument, int) and -len(obj) <= argument < len(obj):
                return obj[argument]
            return self.undefined(obj=obj, name=str(argument))

        intercepted_binops = frozenset({"+", "-", "*", "/"})

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            if not all(isinstance(side, int | float) for side in (left, right)):
                raise PayloadError(f"{operator} is for numbers")
            return super().call_binop(context, operator, left, right)

    # Not escaped: payloads are no HTML, and `tojson` makes JSON of values.
    environment = Bounded(undefined=ChainableUndefined, finalize=_shown, autoescape=False)
    environment.globals.clear()
    environment.filters = _filters()
    return environment


def _filters() -> dict[str, Callable[..., Any]]:
    from jinja2 import pass_context
    from jinja2.runtime import Undefined

    @pass_context
    def within_budget(context: Any, items: Any) -> Iterator[Any]:
        budget = context.resolve(BUDGET)
        for item in items if isinstance(items, list | dict) else ():
            budget[0] -= 1
            if budget[0] < 0:
                raise PayloadError(f"the loops of the template go round more than {MOST_ITERATIONS:,} times")
            yield item

    def default(value: Any, otherwise: Any = "") -> Any:
        return otherwise if value is None or isinstance(value, Undefined) else value

    def join(items: Any, between: str = "") -> str:
        texts = [_shown(item) for item in items] if isinstance(items, list) else []
        if sum(map(len, texts)) + len(texts) * len(str(between)) > LARGEST_PAYLOAD:
            raise PayloadError("join makes too long a text")
        return str(between).join(texts)

    return {
        LOOPS: within_budget,
        "tojson": _tojson,
        "default": default,
        "join": join,
        "lower": lambda value: _shown(value).lower(),
        "upper": lambda value: _shown(value).upper(),
        "trim": lambda value: _shown(value).strip(),
        "string": lambda value: _shown(value),
        "int": lambda value: int(float(value)),
        "float": float,
        "round": lambda value, digits=0: round(float(value), int(digits)),
        "length": lambda value: len(value) if isinstance(value, str | list | dict) else 0,
        "first": lambda value: value[0] if isinstance(value, list) and value else None,
        "last": lambda value: value[-1] if isinstance(value, list) and value else None,
        "items": lambda value: [list(pair) for pair in value.items()] if isinstance(value, dict) else [],
    }


def _tojson(value: Any) -> str:
    """JSON of a value; of one that is not there, null."""
    from jinja2.runtime import Undefined

    text = "null" if isinstance(value, Undefined) else json.dumps(value, ensure_ascii=False)
    if len(text) > LARGEST_PAYLOAD:
        raise PayloadError("tojson makes too long a text")
    return text


def _shown(value: Any) -> str:
    """A value as a text: nothing for what is not there, JSON for what is no text."""
    from jinja2.runtime import Undefined

    return "" if value is None or isinstance(value, Undefined) else text_of(value)
