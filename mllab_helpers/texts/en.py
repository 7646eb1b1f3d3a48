"""Texts in English. Keys are `<topic>.<what>`; both catalogues hold the same keys and placeholders."""

from __future__ import annotations

TEXTS: dict[str, str] = {
    # --- errors
    # --- lab
    # --- storage
    # --- identity
    # --- housing
    # --- training
    # --- deployment
    # --- cleanup
    # --- doctor
    # --- cli
    # --- runner
    # --- plots
}
