"""`python -m layerledger`: the same as the `layerledger` command."""

import sys

from layerledger.core.app.cli import main

if __name__ == "__main__":
    sys.exit(main())
