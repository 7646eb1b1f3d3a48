"""What a learner reads at run time: one catalogue per language, one current language.

The language is a property of the process, like a locale: `Lab.open` sets it once, and every message,
axis label and error of the helpers is looked up here.
"""

from __future__ import annotations

import errno
from importlib import import_module

LANGUAGES = ("es", "en")
DEFAULT_LANGUAGE = "es"

_current = {"language": DEFAULT_LANGUAGE}


def use(language: str) -> None:
    """Choose the language of everything that is said from now on.

    Raises: ValueError: the language has no catalogue.
    """
    if language not in LANGUAGES:
        raise ValueError(f"language {language!r} has no catalogue; choose one of {', '.join(LANGUAGES)}")
    _current["language"] = language


def language() -> str:
    """Return the current language's code, `es` or `en`."""
    return _current["language"]


def catalogue(code: str) -> dict[str, str]:
    """Return all texts of one language, by key."""
    texts: dict[str, str] = import_module(f"{__name__}.{code}").TEXTS
    return texts


def say(key: str, **values: object) -> str:
    """Return one text in the current language, its `{placeholders}` filled in.

    Raises: KeyError: the key is in no catalogue, or a placeholder has no value.
    """
    return catalogue(_current["language"])[key].format(**values)


def say_os_error(error: OSError) -> str:
    """Return why the operating system refused something; in its own words where the catalogue has none."""
    name = errno.errorcode.get(error.errno or 0, "").lower()
    if f"os.{name}" in catalogue(_current["language"]):
        return say(f"os.{name}")
    return error.strerror or str(error)
