"""Files made to do harm: each is refused with one sentence, or opens with what is wrong said; nothing else happens."""

import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from layerledger.core import FormatError, analyze, open_network
from layerledger.core.formats.importing.notes import notes_of
from tests.core.foreign_files import manifest, put

FILES = {case["file"]: case for case in manifest("hostile")}
CASES = pytest.mark.parametrize("name", FILES)
MOST_BYTES = 150 * 2**20


def outcome(path: Path) -> tuple[str, list[Any]]:
    """Return the sentence of a refusal, and what is said of a network that opens."""
    try:
        network = open_network(path)
    except FormatError as error:
        return str(error), []
    return "", [*notes_of(network), *analyze(network).problems]


@CASES
def test_it_is_refused_or_what_is_wrong_is_said(name: str, tmp_path: Path) -> None:
    expected: str = FILES[name]["expect"]
    path = put("hostile", name, tmp_path)
    before = sorted(tmp_path.iterdir())
    tracemalloc.start()
    refused, said = outcome(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < MOST_BYTES
    if refused:
        assert "refused" in expected
        assert refused.startswith(f"{name}: ")
        assert "\n" not in refused
        assert len(refused) < 2_000
    else:
        assert "opens" in expected or ("noted" in expected and said)
    assert sorted(tmp_path.iterdir()) == before


_AUDITED = """
import os, sys
seen = []
FORBIDDEN = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "pickle.find_class", "ctypes.",
             "os.remove", "os.rename", "os.mkdir", "shutil.", "tempfile.", "urllib.")
def watch(event, args):
    if event.startswith(FORBIDDEN):
        seen.append(event)
    elif event == "open" and isinstance(args[0], str):
        writes = isinstance(args[1], str) and set(args[1]) & set("wax+")
        inside = args[0].startswith(tuple(sys.path) + (sys.prefix, sys.base_prefix, "/usr/lib", "/proc/", "/dev/null"))
        if writes or not (inside or args[0] in sys.argv[1:]):
            seen.append(f"open {args[0]}")
    elif event == "import" and args[0].split(".")[0] in ("subprocess", "socket", "os_evil"):
        seen.append(f"import {args[0]}")
from layerledger.core import FormatError, analyze, open_network
from layerledger.core.layers import LAYER_TYPES
len(LAYER_TYPES)
sys.addaudithook(watch)
for name in sys.argv[1:]:
    try:
        analyze(open_network(name))
    except FormatError:
        pass
print(*dict.fromkeys(seen), sep="\\n", end="")
"""


def test_nothing_is_run_written_or_opened_but_the_file_itself(tmp_path: Path) -> None:
    """An audit hook of Python sees every file that is opened and every process and socket that is made."""
    paths = [str(put("hostile", name, tmp_path)) for name in FILES]
    done: Any = subprocess.run([sys.executable, "-c", _AUDITED, *paths], capture_output=True, text=True, check=True)
    assert done.stdout == ""
