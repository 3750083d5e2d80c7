"""What the tests of core share."""

import sys
from pathlib import Path

import pytest

from layerledger.core.layers import LAYER_TYPES

sys.path.append(str(Path(__file__).parent))  # so that they find network_strategies


@pytest.fixture
def own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let one test add layer types: LAYER_TYPES has copies of its tables meanwhile."""
    monkeypatch.setattr(LAYER_TYPES, "_registered", dict(LAYER_TYPES.items()))
    monkeypatch.setattr(LAYER_TYPES, "_sorted", {})
