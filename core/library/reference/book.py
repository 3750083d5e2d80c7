"""The whole reference as one self-contained HTML file."""

from __future__ import annotations

from itertools import groupby

from layerledger.core.library.reference.contents import contents, page
from layerledger.core.library.reference.markup import BREAK, links

TITLE = "How layers are counted"

_STYLE = """
:root { color-scheme: light dark;
  --text: #1b2430; --muted: #5f6a79; --back: #ffffff; --line: #e3e6eb; --link: #2563eb; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6eaf0; --muted: #95a1b1; --back: #1b2027; --line: #2b323b; --link: #6ea1ff; }
}
body { font: 15px/1.5 Inter, system-ui, sans-serif; color: var(--text); background: var(--back);
  max-width: 62rem; margin: 2rem auto; padding: 0 1.2rem; }
a { color: var(--link); text-decoration: none; }
h1 { font-size: 1.5rem; margin: 0 0 0.3rem; }
h2 { font-size: 1.05rem; margin: 1.4rem 0 0.4rem; }
section { border-top: 1px solid var(--line); padding: 1.6rem 0; break-inside: avoid-page; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.3rem 0.9rem 0.3rem 0; border-bottom: 1px solid var(--line); }
th { color: var(--muted); font-weight: normal; font-size: 0.87rem; }
p { margin: 0.4rem 0; }
code { font: 0.92em ui-monospace, Consolas, monospace; }
pre { font: 0.86em/1.4 ui-monospace, Consolas, monospace; overflow-x: auto; margin: 0.2rem 0 0.6rem; }
.math { font-family: "STIX Two Text", Cambria, Georgia, serif; }
.name { white-space: nowrap; }
.muted { color: var(--muted); }
""".strip()


def book() -> str:
    """Return the whole reference."""
    sections = "".join(f'<section id="{entry.key}">\n{page(entry.key)}</section>\n' for entry in contents())
    body = f"<nav>\n{_index()}</nav>\n{sections}".replace(BREAK, "<wbr/>")
    head = f'<meta charset="utf-8"/>\n<title>{TITLE} – LayerLedger</title>\n<style>\n{_STYLE}\n</style>'
    return f'<!DOCTYPE html>\n<html lang="en">\n<head>\n{head}\n</head>\n<body>\n{body}</body>\n</html>\n'


def _index() -> str:
    groups = groupby(contents(), key=lambda entry: entry.group)
    return "".join(
        f"<p><b>{group}</b>: {links((entry.key, entry.title) for entry in entries)}</p>\n" for group, entries in groups
    )
