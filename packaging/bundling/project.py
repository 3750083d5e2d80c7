"""What the build knows of the project: its names, its folders, and the one place where each is declared."""

import os
import platform
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "build/package"
DIST = ROOT / "build/dist"
SOURCE = WORK / "source"
VENV = WORK / "venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
ICON = ROOT / "resources/icons/layerledger.svg"

NAME = "layerledger"
TITLE = "LayerLedger"
APP_ID = "org.layerledger.LayerLedger"
MIME_TYPE = "application/x-layerledger"
SUFFIX = ".layers"
FOREIGN_ENDINGS = ("onnx", "pt2", "keras", "h5", "hdf5", "tflite", "lite", "gguf", "safetensors", "pt", "pth")
"""Endings of files of other programs that desktops offer to open; others, such as config.json, mean too much else."""


@cache
def pyproject():
    """Return pyproject.toml, where version, summary and requirements are declared."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def version():
    return pyproject()["project"]["version"]


def requirements():
    """Return what the build environment holds besides LayerLedger: what it runs on, and what packages it."""
    project = pyproject()["project"]
    return [*project["dependencies"], *project["optional-dependencies"]["package"]]


def artefact(kind=""):
    """Return the name of an artefact for this system, such as layerledger-0.1.0-linux-x86_64.tar.xz."""
    system = {"linux": "linux", "win32": "windows", "darwin": "macos"}[sys.platform]
    return f"{NAME}-{version()}-{system}-{platform.machine().lower()}{kind}"


@cache
def epoch():
    """Return the time that everything built bears: of the last commit, or of pyproject.toml outside a repository."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    git = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
    try:
        return int(subprocess.run(git, capture_output=True, text=True, check=True).stdout)
    except (OSError, ValueError, subprocess.CalledProcessError):
        return int((ROOT / "pyproject.toml").stat().st_mtime)


def day():
    """Return the date of epoch(), such as 2026-01-31."""
    return datetime.fromtimestamp(epoch(), UTC).strftime("%Y-%m-%d")


def reproducible():
    """Return the environment variables under which equal sources become equal files."""
    return {"SOURCE_DATE_EPOCH": str(epoch()), "PYTHONHASHSEED": "0", "PYTHONNOUSERSITE": "1", "TZ": "UTC"}
