"""What the tests of core share."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))  # so that they find network_strategies
