"""`python -m mllab_helpers.cli`, where the command `mllab` is not on the path."""

import sys

from mllab_helpers.cli.main import main

sys.exit(main())
