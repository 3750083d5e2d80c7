"""The reference *How layers are counted*, derived from the declarations of layer types, metrics and conventions.

Nothing here is needed to count; it is imported when the reference is opened or saved.
"""

from layerledger.core.library.reference.book import book
from layerledger.core.library.reference.contents import Entry, contents, page, page_key
from layerledger.core.library.reference.search import find

__all__ = ["Entry", "book", "contents", "find", "page", "page_key"]
