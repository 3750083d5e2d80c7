"""The way back: snapshots in a row, and where we are among them.

Not Qt's QUndoStack: its commands would be Python objects that Qt frees, and when Python's garbage collector meets them
in a cycle with their document it frees them too, which ends the process.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

Snapshot = TypeVar("Snapshot")


@dataclass(slots=True)
class UndoStep(Generic[Snapshot]):
    """One step from a snapshot to the next."""

    text: str
    before: Snapshot
    after: Snapshot
    merge_key: Hashable | None = None


class UndoStack(Generic[Snapshot]):
    """Steps that can be undone and redone. Method names are those of Qt's class."""

    def __init__(self, show: Callable[[Snapshot], None], changed: Callable[[], None], *, limit: int) -> None:
        """
        Args:
            show: shows a snapshot.
            changed: is called after each change of what can be undone or redone, or of what is saved.
            limit: most steps that are kept.
        """
        self._show, self._changed, self._limit = show, changed, limit
        self._steps: list[UndoStep[Snapshot]] = []
        self._index = 0
        self._clean: int | None = 0

    def push(self, step: UndoStep[Snapshot]) -> None:
        """Take a step; steps of one merge key that follow one another become one."""
        del self._steps[self._index :]
        if self._clean is not None and self._clean > self._index:
            self._clean = None
        if self._merges(step):
            self._merge(step)
        else:
            self._append(step)
        self._show(step.after)
        self._changed()

    def _merges(self, step: UndoStep[Snapshot]) -> bool:
        last = self._steps[-1] if self._steps else None
        saved_here = self._clean == self._index
        return last is not None and step.merge_key is not None and last.merge_key == step.merge_key and not saved_here

    def _merge(self, step: UndoStep[Snapshot]) -> None:
        last = self._steps[-1]
        last.after = step.after
        if _same(last.before, last.after):  # typed back to what it was: there is nothing to undo
            self._steps.pop()
            self._index -= 1

    def _append(self, step: UndoStep[Snapshot]) -> None:
        self._steps.append(step)
        self._index += 1
        if len(self._steps) > self._limit:
            del self._steps[0]
            self._index -= 1
            self._clean = None if not self._clean else self._clean - 1

    def undo(self) -> None:
        """Goes one step back, if there is one."""
        if self.canUndo():
            self._index -= 1
            self._seal()
            self._show(self._steps[self._index].before)
            self._changed()

    def redo(self) -> None:
        """Goes one step forward again, if there is one."""
        if self.canRedo():
            self._index += 1
            self._seal()
            self._show(self._steps[self._index - 1].after)
            self._changed()

    def _seal(self) -> None:
        """Keep what is typed next from becoming part of a step that was undone or done again."""
        if self._index:
            self._steps[self._index - 1].merge_key = None

    def clear(self) -> None:
        """Forgets all steps; what is shown counts as saved."""
        self._steps.clear()
        self._index = self._clean = 0
        self._changed()

    def setClean(self) -> None:
        """Says that what is shown is saved."""
        self._clean = self._index
        self._changed()

    def isClean(self) -> bool:
        """Return whether what is shown is saved."""
        return self._clean == self._index

    def canUndo(self) -> bool:
        """Return whether there is a step back."""
        return self._index > 0

    def canRedo(self) -> bool:
        """Return whether there is a step forward."""
        return self._index < len(self._steps)

    def undoText(self) -> str:
        """Return what `undo` would take back; nothing where it cannot."""
        return self._steps[self._index - 1].text if self.canUndo() else ""

    def redoText(self) -> str:
        """Return what `redo` would do again; nothing where it cannot."""
        return self._steps[self._index].text if self.canRedo() else ""

    def count(self) -> int:
        """Return how many steps are kept."""
        return len(self._steps)

    def index(self) -> int:
        """Return how many of them are done."""
        return self._index


def _same(before: object, after: object) -> bool:
    """Return whether two snapshots show the same network."""
    return before is after or (isinstance(before, tuple) and isinstance(after, tuple) and before[0] is after[0])
