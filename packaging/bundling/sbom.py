"""The bill of materials: CycloneDX 1.6 as JSON, of what a built app holds, with a hash of each file of others."""

import hashlib
import json
import re
import uuid
from datetime import UTC, datetime

from bundling import contents, project

_SPDX = re.compile(r"^[A-Za-z]+-?\d[\w.-]*(?: (?:AND|OR) [\w.-]+)*$|^(?:MIT|ICU|Zlib)$")


def text(app):
    """Return the bill of materials of a built app; equal apps have equal ones."""
    root, *others = ({**entry, "ref": entry["purl"]} for entry in contents.entries(app))
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(project.epoch(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {**_component(root, app), "type": "application"},
        },
        "components": [_component(entry, app) for entry in others],
        "dependencies": _dependencies(root, others),
    }
    serial = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(bill, sort_keys=True))
    return json.dumps({**bill, "serialNumber": f"urn:uuid:{serial}"}, indent=2, ensure_ascii=False) + "\n"


def _component(entry, app):
    described = {"type": "library", "bom-ref": entry["ref"], "name": entry["name"], "version": entry["version"]}
    if licence := entry["licence"]:
        described["licenses"] = [{"expression": licence} if _SPDX.match(licence) else {"license": {"name": licence}}]
    files = [found for name in entry["files"] if (found := _file(name, entry["ref"], app))]
    return {**described, "purl": entry["purl"], **({"components": files} if files else {})}


def _file(name, owner, app):
    places = (app / "_internal" / name, app / "Contents/Frameworks" / name)
    found = next((path for path in places if path.is_file()), None)
    if not found:
        return None
    hashed = {"alg": "SHA-256", "content": hashlib.sha256(found.read_bytes()).hexdigest()}
    return {"type": "file", "bom-ref": f"{owner}#{name}", "name": name, "hashes": [hashed]}


def _dependencies(root, others):
    """Return who needs whom: as distributions declare it; Qt and libraries of the system are the binding's needs."""
    refs = {entry["name"].lower().replace("_", "-"): entry["ref"] for entry in others}
    runtime = [entry["ref"] for entry in others if not entry["purl"].startswith("pkg:pypi/")]
    result = []
    for entry in (root, *others):
        needed = [refs[name] for name in map(_normal, entry["requires"]) if name in refs]
        needed += runtime if entry is root else []
        result.append({"ref": entry["ref"], "dependsOn": sorted(set(needed))})
    return result


def _normal(name):
    return name.lower().replace("_", "-")
