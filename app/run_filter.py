"""One expression that says which runs are shown."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

Facts = Mapping[str, Any]
_Look = Callable[[Facts], Any]

EXAMPLE = 'method == "set" and best_accuracy > 0.95 and "paper" in tags'
"""What such an expression looks like."""

_WORDS = re.compile(r"[\w\s.-]+")
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda part, whole: part in whole,
    ast.NotIn: lambda part, whole: part not in whole,
}
_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


class RunFilterError(ValueError):
    """An expression that cannot be read; the message quotes it, or the part that is wrong."""


class RunFilter:
    """Runs of which an expression holds.

    The expression compares facts of a run by `==`, `!=`, `<`, `<=`, `>`, `>=`, `in` and `not in`,
    joined by `and`, `or`, `not` and parentheses; numbers may be reckoned with by `+ - * /`. A
    comparison with what a run has not, such as the accuracy of an RBM, does not hold; `None` asks
    for that. Words alone are looked for in all texts of a run. Nothing in it is ever executed.

    Args:
        text: the expression; every run passes if it is empty.
        names: of the facts that it may ask for.
        searched: those that words are looked for in; all if None.

    Raises:
        RunFilterError: if it is none.

    >>> good = RunFilter('method == "set" and best_accuracy > 0.9', ["method", "best_accuracy"])
    >>> good.passes({"method": "set", "best_accuracy": 0.95})
    True
    >>> RunFilter("colour == 'red'", ["method", "seed"])
    Traceback (most recent call last):
    app.run_filter.RunFilterError: 'colour' is no fact of a run; it must be one of method, seed
    """

    def __init__(
        self, text: str, names: Collection[str], searched: Collection[str] | None = None
    ) -> None:
        self._names = names
        self._searched = names if searched is None else searched
        self._holds = self._look(text.strip())

    def passes(self, facts: Facts) -> bool:
        """Whether the expression holds of a run.

        Args:
            facts: by name, all names of which the filter knows; None where a run has none.
        """
        return bool(self._holds(facts))

    def _look(self, text: str) -> _Look:
        if not text:
            return lambda _: True
        if _WORDS.fullmatch(text) and not self._is_expression(text):
            words = text.casefold().split()
            return lambda facts: all(word in self._texts(facts) for word in words)
        try:
            tree = ast.parse(text, mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            at = f" from character {error.offset} on" if isinstance(error, SyntaxError) else ""
            raise RunFilterError(
                f"the filter {text!r} cannot be read{at}; it must be like {EXAMPLE}"
            ) from None
        return self._node(tree.body)

    def _texts(self, facts: Facts) -> str:
        found: list[str] = []
        for name in self._searched:
            value = facts[name]
            if isinstance(value, str):
                found.append(value)
            elif isinstance(value, tuple):
                found.extend(map(str, value))
        return "\n".join(found).casefold()

    def _is_expression(self, text: str) -> bool:
        """Whether words alone are one: `not is_baseline`, but not `mnist`."""
        words = text.split()
        return any(word in self._names for word in words)

    def _node(self, node: ast.expr) -> _Look:
        match node:
            case ast.BoolOp(op, values):
                parts, together = [self._node(value) for value in values], _joined(op)
                return lambda facts: together(bool(part(facts)) for part in parts)
            case ast.UnaryOp(ast.Not(), operand):
                inner = self._node(operand)
                return lambda facts: not inner(facts)
            case ast.UnaryOp(ast.USub(), operand):
                inner = self._node(operand)
                return lambda facts: _of_known(operator.neg, inner(facts))
            case ast.Compare(left, operators, rights):
                return self._comparison([left, *rights], operators)
            case ast.BinOp(left, operation, right) if type(operation) in _ARITHMETIC:
                reckon, a, b = _ARITHMETIC[type(operation)], self._node(left), self._node(right)
                return lambda facts: _of_known(reckon, a(facts), b(facts))
            case ast.List(elements) | ast.Tuple(elements):
                members = [self._node(element) for element in elements]
                return lambda facts: [member(facts) for member in members]
            case ast.Constant(str() | int() | float() | None as value):
                return lambda _: value
            case ast.Name(name):
                return self._fact(name)
        raise RunFilterError(
            f"{ast.unparse(node)!r} is more than a filter may say; it must be like {EXAMPLE}"
        )

    def _fact(self, name: str) -> _Look:
        if name not in self._names:
            raise RunFilterError(
                f"{name!r} is no fact of a run; it must be one of {', '.join(self._names)}"
            )
        return lambda facts: facts[name]

    def _comparison(self, nodes: Sequence[ast.expr], operators: Sequence[ast.cmpop]) -> _Look:
        for one in operators:
            if type(one) not in _COMPARISONS:
                raise RunFilterError(f"a filter cannot compare by 'is'; it must be like {EXAMPLE}")
        looks = [self._node(node) for node in nodes]
        steps = [_COMPARISONS[type(one)] for one in operators]
        asks_for_none = [isinstance(node, ast.Constant) and node.value is None for node in nodes]

        def holds(facts: Facts) -> bool:
            values = [look(facts) for look in looks]
            for number, step in enumerate(steps):
                pair = values[number : number + 2]
                if None in pair and not any(asks_for_none[number : number + 2]):
                    return False
                if not _compared(step, *pair):
                    return False
            return True

        return holds


def _compared(step: Callable[[Any, Any], Any], left: Any, right: Any) -> bool:
    try:
        return bool(step(left, right))
    except TypeError:  # a text and a number are in no order
        return False


def _joined(op: ast.boolop) -> Callable[..., bool]:
    return all if isinstance(op, ast.And) else any


def _of_known(reckon: Callable[..., Any], *values: Any) -> Any:
    if not all(isinstance(value, int | float) for value in values):
        return None
    try:
        return reckon(*values)
    except (ArithmeticError, ValueError):
        return None
