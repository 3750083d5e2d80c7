"""Choice of the columns, cards or options that are shown, kept in the display settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from layerledger.gui.document.document import Document
from layerledger.gui.document.settings import NO_CHOICE


class VisibilityChoice:
    """The items that the user turned on or off, over a default: a field of the document's display settings."""

    def __init__(self, document: Document, field: str, default: Callable[[str], bool]) -> None:
        """
        Args:
            document: whose settings hold the choice.
            field: name of a field of DisplaySettings that holds the items that the user turned on or off.
            default: returns whether an item is shown that the user neither turned on nor off.
        """
        self._document, self._field, self._default = document, field, default

    @property
    def _choices(self) -> Mapping[str, bool]:
        return getattr(self._document.settings, self._field)

    def __contains__(self, key: str) -> bool:
        chosen = self._choices.get(key)
        return self._default(key) if chosen is None else chosen

    def is_default(self) -> bool:
        """Return whether the user has turned nothing on or off."""
        return not self._choices

    def show(self, key: str, *, on: bool) -> None:
        """Show or hide an item."""
        if (key in self) != on:
            self._document.change_settings(**{self._field: {**self._choices, key: on}})

    def reset(self) -> None:
        """Return to the default for all items."""
        self._document.change_settings(**{self._field: NO_CHOICE})
