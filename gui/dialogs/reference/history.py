"""History of visited pages, with back and forward as in a browser."""

from __future__ import annotations


class PageHistory:
    """Visited pages and the one that is shown."""

    def __init__(self) -> None:
        self._keys: list[str] = []
        self._at = -1
        self._passing = False

    @property
    def current(self) -> str:
        """The page that is shown; empty before the first."""
        return self._keys[self._at] if self._keys else ""

    def visit(self, key: str, *, passing: bool = False) -> None:
        """Go to a page, and drop the pages ahead.

        Args:
            passing: whether the next page replaces this one, as while a search is typed.
        """
        if key == self.current:
            self._passing = self._passing and passing
            return
        kept = self._at if self._passing else self._at + 1
        self._keys[kept:] = [key]
        self._at, self._passing = kept, passing

    def can_walk(self, by: int) -> bool:
        """Return whether there is a page `by` steps ahead, or behind if `by` is negative."""
        return 0 <= self._at + by < len(self._keys)

    def walk(self, by: int) -> str:
        """Move by `by` steps, and return the page there."""
        self._at += by
        self._passing = False
        return self.current
