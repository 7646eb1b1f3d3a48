"""Headless runs: the notebooks in order, with progress, a table and a report.

papermill loads `runner.engine` by its entry point while papermill itself is being imported. Importing
papermill here, before any module of this package, makes that the only order there is.
"""

from __future__ import annotations

import papermill as papermill
