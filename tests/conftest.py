"""What every test gets: no display, no settings of the user, one hypothesis profile."""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import Phase, settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

settings.register_profile("quick", deadline=None, max_examples=5, phases=[Phase.explicit, Phase.generate])
settings.register_profile("default", deadline=None, max_examples=50)
settings.register_profile("ci", deadline=None, max_examples=50, derandomize=True)
settings.register_profile("thorough", deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.fixture(autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test empty configuration, data and cache folders, and returns their parent."""
    home = tmp_path_factory.mktemp("home")
    for name in ("CONFIG", "DATA", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    if sys.platform == "win32":
        monkeypatch.setenv("APPDATA", str(home / "config"))
        monkeypatch.setenv("LOCALAPPDATA", str(home / "data"))
    if sys.platform == "darwin":
        monkeypatch.setenv("HOME", str(home))
    return home
