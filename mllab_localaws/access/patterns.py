"""IAM's patterns: stars, question marks, policy variables, and ARNs that are compared part by part.

Source: IAM User Guide, "IAM JSON policy elements", the pages on resources, condition operators and variables.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

# By condition key in lower case; keys of a request may have several values.
Context = Mapping[str, Sequence[str]]

_ARN_PARTS = 6
_TOKEN = re.compile(r"\$\{([^}]*)\}|(\*)|(\?)|([^$*?]+|\$)")
_VARIABLE = re.compile(r"\s*(?P<key>[^,]+?)\s*(?:,\s*'(?P<default>[^']*)'\s*)?")
_SPECIAL = ("*", "?", "$")


def like(value: str, pattern: str, context: Context | None = None) -> bool:
    """Compare a value with a pattern; case matters.

    Args: context: where the pattern's variables are looked up; None takes `${...}` for what it says.
    """
    regex = _compiled(pattern, context)
    return regex is not None and regex.fullmatch(value) is not None


def equal(value: str, wanted: str, context: Context | None = None) -> bool:
    """Compare a value with a text in which a star is a star, and only variables are replaced."""
    if context is None or "${" not in wanted:
        return value == wanted
    regex = _substituted(wanted, context, wildcards=False)
    return regex is not None and regex.fullmatch(value) is not None


def arn_like(value: str, pattern: str, context: Context | None = None) -> bool:
    """Compare ARNs part by part: a star does not reach over a colon, except in the last part or alone.

    A pattern with fewer parts than an ARN has ends in stars, as AWS completes it.
    """
    if pattern == "*":
        return True
    parts, patterns = value.split(":", _ARN_PARTS - 1), _arn_parts(pattern)
    if len(parts) != _ARN_PARTS:
        return like(value, pattern, context)
    patterns += ["*"] * (_ARN_PARTS - len(patterns))
    return all(like(part, each, context) for part, each in zip(parts, patterns, strict=True))


def variables(text: str) -> list[str]:
    """Return the condition keys that a text's variables need, in lower case; those with a default do not."""
    found = [_VARIABLE.fullmatch(name) for name in re.findall(r"\$\{([^}]*)\}", text)]
    needed = [each["key"].lower() for each in found if each and each["default"] is None]
    return [key for key in needed if key not in _SPECIAL]


def _arn_parts(pattern: str) -> list[str]:
    """Split at colons, but not at those inside a variable."""
    return re.split(r":(?![^${}]*\})", pattern, maxsplit=_ARN_PARTS - 1)


def _compiled(pattern: str, context: Context | None) -> re.Pattern[str] | None:
    if context is None or "${" not in pattern:
        return _plain(pattern)
    return _substituted(pattern, context, wildcards=True)


@lru_cache(4096)
def _plain(pattern: str) -> re.Pattern[str]:
    text = re.sub(r"\*+", "*", pattern)  # several in a row would only be slow
    return re.compile(
        "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in text), re.DOTALL
    )


def _substituted(pattern: str, context: Context, *, wildcards: bool) -> re.Pattern[str] | None:
    """Return the pattern with its variables' values, taken literally; None when one is missing."""
    regex = ""
    for variable, star, question, text in _TOKEN.findall(pattern):
        if star or question:
            regex += {"*": ".*", "?": "."}[star or question] if wildcards else re.escape(star or question)
        elif text:
            regex += re.escape(text)
        else:
            value = _value(variable, context)
            if value is None:
                return None
            regex += re.escape(value)
    return re.compile(regex, re.DOTALL)


def _value(variable: str, context: Context) -> str | None:
    if variable in _SPECIAL:
        return variable
    named = _VARIABLE.fullmatch(variable)
    if named is None:
        return None
    values = context.get(named["key"].lower(), ())
    # A key with several values stands for none of them.
    return values[0] if len(values) == 1 else named["default"]
