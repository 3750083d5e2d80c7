"""Undo stack of document snapshots.

The stack only keeps steps: `undo` and `redo` return the snapshot to show, and its owner shows it.

Not Qt's QUndoStack: its commands would be Python objects owned by Qt. When Python's garbage collector finds them in a
cycle with their document, it frees them a second time, which ends the process.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

Snapshot = TypeVar("Snapshot")


@dataclass(slots=True)
class UndoStep(Generic[Snapshot]):
    """One step from a snapshot to the next.

    Attributes:
        text: name of the step, shown behind Undo and Redo.
        merge_key: consecutive steps with an equal key become one step; None never merges.
    """

    text: str
    before: Snapshot
    after: Snapshot
    merge_key: Hashable | None = None


class UndoStack(Generic[Snapshot]):
    """Steps that can be undone and redone. Method names are those of Qt's class."""

    def __init__(self, *, limit: int) -> None:
        """`limit` is the number of steps to keep; the oldest are dropped first."""
        self._limit = limit
        self._steps: list[UndoStep[Snapshot]] = []
        self._index = 0
        self._clean: int | None = 0

    def push(self, step: UndoStep[Snapshot]) -> None:
        """Add a step, merged into the last one if their merge keys are equal. Undone steps are dropped."""
        del self._steps[self._index :]
        if self._clean is not None and self._clean > self._index:
            self._clean = None
        if self._merges(step):
            self._merge(step)
        else:
            self._append(step)

    def _merges(self, step: UndoStep[Snapshot]) -> bool:
        last = self._steps[-1] if self._steps else None
        saved_here = self._clean == self._index
        return last is not None and step.merge_key is not None and last.merge_key == step.merge_key and not saved_here

    def _merge(self, step: UndoStep[Snapshot]) -> None:
        last = self._steps[-1]
        last.after = step.after
        if _same(last.before, last.after):  # typed back to the old value: nothing to undo
            self._steps.pop()
            self._index -= 1

    def _append(self, step: UndoStep[Snapshot]) -> None:
        self._steps.append(step)
        self._index += 1
        if len(self._steps) > self._limit:
            del self._steps[0]
            self._index -= 1
            self._clean = None if not self._clean else self._clean - 1

    def undo(self) -> Snapshot | None:
        """Go one step back. Return the snapshot to show, or None if there is no step to undo."""
        if not self.canUndo():
            return None
        self._index -= 1
        self._seal()
        return self._steps[self._index].before

    def redo(self) -> Snapshot | None:
        """Go one step forward. Return the snapshot to show, or None if there is no step to redo."""
        if not self.canRedo():
            return None
        self._index += 1
        self._seal()
        return self._steps[self._index - 1].after

    def _seal(self) -> None:
        """Prevent the next edit from merging into a step that was undone or redone."""
        if self._index:
            self._steps[self._index - 1].merge_key = None

    def discard(self) -> Snapshot | None:
        """Drop the last step as if it had not been made. Return the snapshot before it, or None without a step."""
        if not self.canUndo():
            return None
        del self._steps[self._index :]
        self._index -= 1
        return self._steps.pop().before

    def lastKey(self) -> Hashable | None:
        """Return the merge key of the last step; None without one."""
        return self._steps[self._index - 1].merge_key if self.canUndo() else None

    def clear(self) -> None:
        """Drop all steps; the current snapshot counts as saved."""
        self._steps.clear()
        self._index = self._clean = 0

    def setClean(self) -> None:
        """Mark the current snapshot as saved."""
        self._clean = self._index

    def isClean(self) -> bool:
        """Return whether the current snapshot is saved."""
        return self._clean == self._index

    def canUndo(self) -> bool:
        """Return whether there is a step to undo."""
        return self._index > 0

    def canRedo(self) -> bool:
        """Return whether there is a step to redo."""
        return self._index < len(self._steps)

    def undoText(self) -> str:
        """Return the name of the step to undo, or an empty string."""
        return self._steps[self._index - 1].text if self.canUndo() else ""

    def redoText(self) -> str:
        """Return the name of the step to redo, or an empty string."""
        return self._steps[self._index].text if self.canRedo() else ""

    def count(self) -> int:
        """Return the number of steps kept."""
        return len(self._steps)

    def index(self) -> int:
        """Return the number of steps that are not undone."""
        return self._index


def _same(before: object, after: object) -> bool:
    """Return whether two snapshots hold the same network."""
    return before is after or (isinstance(before, tuple) and isinstance(after, tuple) and before[0] is after[0])
