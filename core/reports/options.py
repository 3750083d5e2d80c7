"""What a report can be asked: options declared as layer parameters are, so the same editors serve both."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform

from layerledger.core.analysis import Result
from layerledger.core.base.messages import Message
from layerledger.core.base.params import Bool, Choice, ParamKind, Value, defaults_of, param, params_of
from layerledger.core.base.record import Frozen, Record
from layerledger.core.metrics.device_time import DeviceTarget
from layerledger.core.metrics.metric import COUNTS
from layerledger.core.reports.columns import COLUMNS, View

if TYPE_CHECKING:
    from layerledger.core.analysis.passes.training import TrainingConfig


class Columns(ParamKind):
    """Which columns, in order, each at most once."""

    options: tuple[str, ...] = tuple(COLUMNS)

    @property
    def hint(self) -> str:
        return f"columns out of {', '.join(self.options)}, each once"

    def read(self, value: Value, dims: int) -> tuple[str, ...]:
        keys = tuple(v for v in value if isinstance(v, str)) if isinstance(value, tuple) else ()
        if not keys or keys != value or len(set(keys)) < len(keys) or not set(keys) <= set(self.options):
            raise ValueError
        return keys

    def text(self, value: Value) -> str:
        return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)

    def parse(self, text: str) -> Value:
        return tuple(word for word in text.replace(",", " ").split() if word)


class Part(Record):
    """Where in a call a result stands.

    Attributes:
        file: the file it was read from, as the user called it.
        number: its place among the results that are written, from 0.
        of: how many files the call names.
        target: the device on which the layers are timed, if any.
        fused: whether norms, activation functions and additions move nothing.
        plan: how the network is trained, if that is asked.
        context: the tokens on which a language model runs, if that is asked.
    """

    file: str = ""
    number: int = 0
    of: int = 1
    target: DeviceTarget | None = None
    fused: bool = False
    plan: TrainingConfig | None = None
    context: int | None = None


ALONE = Part()


def view_of(result: Result, count: str, part: Part) -> View:
    """Return how a report looks at a result that stands somewhere in a call."""
    time = part.target.metric(result) if part.target else None
    return View(result, COUNTS[count], part.file, time, part.fused)


COUNT = Choice(tuple(COUNTS))
COUNT_HELP = "Convention by which operations are counted."


def columns_param(*keys: str) -> tuple[str, ...]:
    """Declare which columns a report has, with the keys of those it starts with."""
    return param(Columns(), default=keys, help="Columns, in order.")


def expand_param(*, default: bool) -> bool:
    """Declare whether repeated blocks are written out."""
    return param(Bool(), default=default, help="A row for each pass of a repeated block, not one for equal passes.")


@dataclass_transform(frozen_default=True, kw_only_default=True, eq_default=False, field_specifiers=(param,))
class Options(Frozen):
    """What a report can be asked; `params_of` lists the declarations."""

    def __init__(self, **values: Any) -> None:
        if unknown := values.keys() - params_of(type(self)).keys():
            raise TypeError(
                Message("{name__} has no {unknown}", name__=type(self).__name__, unknown=", ".join(sorted(unknown)))
            )
        vars(self).update(defaults_of(type(self), 0), **values)


class RowsOptions(Options):
    """What every report with a row a layer can be asked."""

    columns: tuple[str, ...] = columns_param("path", "times", "type", "outputs", "params", "count", "share")
    count: str = param(COUNT, default="macs", help=COUNT_HELP)
    expand: bool = expand_param(default=False)
    total: bool = param(Bool(), default=True, help="A last row with the totals.")


_O = TypeVar("_O", bound=Options)


def read_options(cls: type[_O], saved: Mapping[str, Value]) -> _O:
    """Return the options that `saved` holds; what is not known or does not fit is as declared."""
    values: dict[str, Any] = {}
    for name, info in params_of(cls).items():
        with suppress(ValueError):
            values[name] = info.read(saved.get(name, info.start), 0)
    return cls(**values)
