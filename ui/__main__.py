"""`python -m ui` is `waymark`."""

import sys

from ui.cli import main

sys.exit(main())
