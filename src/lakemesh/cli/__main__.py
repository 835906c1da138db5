"""`python -m lakemesh.cli`, the same as the command `lakemesh`."""

import sys

from lakemesh.cli import main

if __name__ == "__main__":
    sys.exit(main())
