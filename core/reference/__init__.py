"""How layers are counted, as pages to read: made from the declarations of layer types, metrics and conventions.

Nothing here is needed to count; it is imported when the reference is opened or saved.
"""

from layerledger.core.reference.book import book
from layerledger.core.reference.contents import Entry, contents, page, page_key
from layerledger.core.reference.finding import find

__all__ = ["Entry", "book", "contents", "find", "page", "page_key"]
