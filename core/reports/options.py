"""The options of reports: declared as layer parameters are, so that the same editors serve both."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, TypeVar, dataclass_transform

from layerledger.core.analysis import Result
from layerledger.core.base.messages import Message
from layerledger.core.base.params import Bool, Choice, Optional, ParamKind, Value, defaults_of, param, params_of
from layerledger.core.base.record import Frozen
from layerledger.core.metrics.registry import COUNTS, METRICS, metrics_on
from layerledger.core.reports.columns import COLUMNS
from layerledger.core.reports.context import ReportContext


class Columns(ParamKind):
    """A list of columns in order, each at most once."""

    options: tuple[str, ...] = tuple(COLUMNS)

    @property
    def hint(self) -> str:
        return Message("columns out of {options}, each once", options=", ".join(self.options))

    def read(self, value: Value, dims: int) -> tuple[str, ...]:
        # A comparison with `value` below finds entries that are not texts.
        keys = tuple(v for v in value if isinstance(v, str)) if isinstance(value, tuple) else ()
        if not keys or keys != value or len(set(keys)) < len(keys) or not set(keys) <= set(self.options):
            raise ValueError
        return keys

    def text(self, value: Value) -> str:
        return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)

    def parse(self, text: str) -> Value:
        return tuple(word for word in text.replace(",", " ").split() if word)


COUNT = Choice(tuple(COUNTS))
COUNT_HELP = "Convention by which operations are counted."


def columns_param(*keys: str) -> tuple[str, ...]:
    """Declare the columns of a report, with the keys of the default."""
    return param(Columns(), default=keys, help="Columns, in order.")


def expand_param(*, default: bool) -> bool:
    """Declare whether each pass of a repeated block has a row."""
    return param(Bool(), default=default, help="A row for each pass of a repeated block, not one for equal passes.")


@dataclass_transform(frozen_default=True, kw_only_default=True, eq_default=False, field_specifiers=(param,))
class Options(Frozen):
    """The options of a format; `params_of` lists the declarations."""

    def __init__(self, **values: Any) -> None:
        if unknown := values.keys() - params_of(type(self)).keys():
            raise TypeError(
                Message(
                    "{options} has no option {unknown}", options=type(self).__name__, unknown=", ".join(sorted(unknown))
                )
            )
        vars(self).update(defaults_of(type(self), 0), **values)


class RowsOptions(Options):
    """The options of every format with a table of layers."""

    columns: tuple[str, ...] = columns_param("path", "times", "type", "outputs", "params", "count", "share")
    count: str = param(COUNT, default="macs", help=COUNT_HELP)
    expand: bool = expand_param(default=False)
    total: bool = param(Bool(), default=True, help="A last row with the totals.")

    def column_keys(self, context: ReportContext) -> tuple[str, ...]:
        """Return the keys of the columns in a context."""
        return self.columns

    def one_pass_a_row(self, result: Result) -> bool:
        """Return whether each row is one pass, by choice or because nothing is repeated."""
        return self.expand or all(row.times == 1 for row in result.rows(expand=False))


DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t"}
DECIMAL_SIGNS = {"point": ".", "comma": ","}
_CSV_COLUMNS = (
    "path",
    "times",
    "type",
    "inputs",
    "outputs",
    *(metric.key for metric in metrics_on("column") if metric.column and metric.column.starts),
    "share",
    "status",
    "problems",
)


class CsvOptions(RowsOptions):
    """The options of a CSV report."""

    columns: tuple[str, ...] = columns_param(*_CSV_COLUMNS)
    expand: bool = expand_param(default=True)
    delimiter: str = param(Choice(tuple(DELIMITERS)), default="comma", help="What stands between two cells.")
    decimal_sign: str = param(Choice(tuple(DECIMAL_SIGNS)), default="point", help="Decimal sign of shares.")
    header: bool = param(Bool(), default=True, help="A first row with the headings.")
    byte_order_mark: bool = param(
        Bool(), default=False, help="Start with the mark by which Excel knows that a file is UTF-8."
    )

    def column_keys(self, context: ReportContext) -> tuple[str, ...]:
        """Return the columns, with the file's where there are several, and the count's where no column shows it."""
        keys = self._with_count(context.count_metric.key)
        return keys if context.of == 1 or "file" in keys else ("file", *keys)

    def _with_count(self, count: str) -> tuple[str, ...]:
        """Return the columns, with the chosen count behind the last that adds up."""
        if count in METRICS or "count" in self.columns:
            return self.columns
        numbers = {metric.key for metric in metrics_on("total")}
        end = max((i + 1 for i, key in enumerate(self.columns) if key in numbers), default=len(self.columns))
        return (*self.columns[:end], "count", *self.columns[end:])

    def one_pass_a_row(self, result: Result) -> bool:
        return self.expand


class JsonOptions(Options):
    """The options of a JSON report."""

    count: str | None = param(Optional(COUNT), default=None, help=f"{COUNT_HELP} It is added as `count`.")
    indent: bool = param(Bool(), default=False, help="Spread the object over lines.")


_O = TypeVar("_O", bound=Options)


def read_options(cls: type[_O], saved: Mapping[str, Value]) -> _O:
    """Return the options that `saved` holds; those that are unknown or do not fit have their defaults."""
    values: dict[str, Any] = {}
    for name, info in params_of(cls).items():
        with suppress(ValueError):
            values[name] = info.read(saved.get(name, info.start), 0)
    return cls(**values)
