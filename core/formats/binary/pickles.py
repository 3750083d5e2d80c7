"""Closed reader of pickles: nothing is imported and nothing is called but the few functions that a reader passes.

The format is that of Python's module pickletools, whose `genops` decodes the instructions. A name in a pickle becomes a
mark if it is allowed, and a call of it what the reader's function makes of the arguments. Any other name is refused,
since the pickle would run it. Steps, items and texts are bounded; keys are plain, as a hash of nested tuples can crash.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable, Mapping, Sized
from typing import IO, Any, NamedTuple, TypeAlias

from layerledger.core.base.files import FormatError
from layerledger.core.base.messages import Message
from layerledger.core.base.values import show

MAX_STEPS = 500_000
"""Most instructions of a pickle, and items that they move; they take a second. A tensor of torch takes some 40."""

Call: TypeAlias = Callable[[tuple[Any, ...]], object]


class PickleName(NamedTuple):
    """A name that a pickle may hold, with a dot between module and member."""

    text: str


class OpaqueValue(NamedTuple):
    """A value of which only the name is known, such as a device."""

    name: str


class PickleRules(NamedTuple):
    """The names that are allowed in a pickle.

    Attributes:
        names: the call of each; None for one that is only named.
        persistent: makes a value of a persistent id, a reference to data outside of the pickle.
        refusal: makes the sentence on any other name.
    """

    names: Mapping[str, Call | None]
    persistent: Call
    refusal: Callable[[str], str]


def read_pickle(file: IO[bytes], rules: PickleRules) -> object:
    """Return the value of the pickle that starts where the file is, and leave the file behind it.

    Raises:
        FormatError: it names what is not allowed, is damaged or too long.
    """
    machine = _Machine(rules)
    try:
        for instruction, argument, _ in pickletools.genops(file):
            machine.spend(1)
            machine.step(instruction.name, argument)
        return machine.top()
    except FormatError:
        raise
    # What damaged pickles raise: a stack or a memo without the value, an argument that is cut, a value of another type;
    # where warnings are errors, a wrong escape in a text too.
    except (LookupError, ValueError, TypeError, AttributeError, OverflowError, DeprecationWarning):
        raise FormatError("the pickle in this file is damaged") from None


class _Machine:
    """The stack, the marks in it and the memo of a pickle."""

    def __init__(self, rules: PickleRules) -> None:
        self._rules = rules
        self._stack: list[Any] = []
        self._marks: list[int] = []
        self._memo: dict[int, Any] = {}
        self._steps_left = MAX_STEPS

    def spend(self, steps: int) -> None:
        self._steps_left -= steps
        if self._steps_left < 0:
            raise FormatError(Message("the pickle in this file has more than {most:,} steps", most=MAX_STEPS))

    def top(self) -> object:
        return self._stack[-1]

    def step(self, name: str, argument: Any) -> None:
        """Run one instruction; those that only hold a value push their argument."""
        match name:
            case "PROTO" | "FRAME" | "STOP":
                pass
            case "MARK":
                self._marks.append(len(self._stack))
            case "PUT" | "BINPUT" | "LONG_BINPUT":
                self._memo[argument] = self._stack[-1]
            case "MEMOIZE":
                self._memo[len(self._memo)] = self._stack[-1]
            case "GET" | "BINGET" | "LONG_BINGET":
                self._stack.append(self._memo[argument])
            case "POP":
                self._stack.pop()
            case "POP_MARK":
                self._above_mark()
            case "NONE":
                self._stack.append(None)
            case "NEWTRUE" | "NEWFALSE":
                self._stack.append(name == "NEWTRUE")
            case "BINPERSID":
                self._stack.append(self._rules.persistent(_checked(self._stack.pop(), tuple)))
            case "GLOBAL":
                self._name(".".join(argument.split(" ", 1)))
            case "STACK_GLOBAL":
                member, module = self._stack.pop(), self._stack.pop()
                self._name(f"{_checked(module, str)}.{_checked(member, str)}")
            case "REDUCE":
                arguments = _checked(self._stack.pop(), tuple)
                self._call(self._stack.pop(), arguments)
            case "BUILD":
                self._stack.pop()  # attributes of a value, such as a state dict's _metadata
            case _ if name in _PLAIN:
                self._stack.append(argument)
            case _:
                self._collect(name)

    def _collect(self, name: str) -> None:
        """Run an instruction that makes or fills a container."""
        stack = self._stack
        match name:
            case "EMPTY_DICT":
                stack.append({})
            case "EMPTY_LIST" | "EMPTY_SET":
                stack.append([])
            case "EMPTY_TUPLE":
                stack.append(())
            case "TUPLE1" | "TUPLE2" | "TUPLE3":
                count = int(name[-1])
                found = tuple(stack[-count:])
                if len(found) < count:
                    raise IndexError
                stack[-count:] = [found]
            case "TUPLE" | "FROZENSET":
                stack.append(tuple(self._above_mark()))
            case "LIST":
                stack.append(self._above_mark())
            case "DICT":
                stack.append(_pairs(self._above_mark()))
            case "APPEND":
                value = stack.pop()
                _checked(stack[-1], list).append(value)
            case "APPENDS" | "ADDITEMS":
                values = self._above_mark()
                _checked(stack[-1], list).extend(values)
            case "SETITEM":
                pair = [stack.pop(), stack.pop()][::-1]
                _checked(stack[-1], dict).update(_pairs(pair))
            case "SETITEMS":
                values = self._above_mark()
                _checked(stack[-1], dict).update(_pairs(values))
            case _:
                raise FormatError(
                    Message("the pickle in this file has the instruction {name}, which is not run", name=name)
                )

    def _above_mark(self) -> list[Any]:
        start = self._marks.pop()
        values = self._stack[start:]
        del self._stack[start:]
        return values

    def _name(self, text: str) -> None:
        if text not in self._rules.names:
            raise FormatError(self._rules.refusal(text))
        self._stack.append(PickleName(text))

    def _call(self, function: object, arguments: tuple[Any, ...]) -> None:
        call = self._rules.names.get(_checked(function, PickleName).text)
        if call is None:
            raise FormatError(Message("the pickle in this file calls {name}", name=show(str(function))))
        # A call may copy what its arguments hold, and a memo lets it do so with one list again and again.
        self.spend(sum(len(each) for each in arguments if isinstance(each, Sized)))
        self._stack.append(call(arguments))


_PLAIN = frozenset(
    (
        *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"),
        *("STRING", "BINSTRING", "SHORT_BINSTRING", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"),
        *("UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"),
    )
)


def _checked(value: Any, kind: type[Any]) -> Any:
    """Return a value, which must be of a type itself: a mark is a tuple by inheritance only."""
    if type(value) is not kind:
        raise TypeError
    return value


def _pairs(values: list[Any]) -> dict[Any, Any]:
    """Return a dict of keys and values in turn."""
    keys = values[::2]
    if len(values) % 2 or not all(type(key) in (str, int, float, bool, bytes, type(None)) for key in keys):
        raise TypeError
    return dict(zip(keys, values[1::2], strict=True))
