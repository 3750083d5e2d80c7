"""What a built app says of its own parts: the list that was written into it when it was built."""

import json

from bundling import project


def entries(app):
    """Return the parts of a built app, LayerLedger first; licences.py describes their form."""
    return json.loads((folder(app) / "components.json").read_text("utf-8"))


def folder(app):
    """Return the folder in a built app where the list and the licence texts lie."""
    return next(path.parent for path in sorted(app.rglob("components.json")) if path.parent.name == "licences")


def licences(app):
    """Return the licences of all parts as one text for people."""
    rule = "=" * 78
    lines = [f"{project.TITLE} {project.version()} is made of these parts, each under its own licence.\n"]
    for entry in entries(app):
        lines.append(f"{rule}\n{entry['name']} {entry['version']}: {entry['licence']}\n{rule}\n")
        lines += [(folder(app) / name).read_text("utf-8") for name in entry["texts"]]
    return "\n".join(lines)
