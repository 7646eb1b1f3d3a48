"""Mapping templates and parameter mappings, as far as they are plain: variables in a text, quoted constants.

The template language's directives and functions (`#set`, `$input`, `$util`) are not part of the local AWS; a
template that has them is refused when it is put, not when a caller meets it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from mllab_localaws.apigateway.errors import bad_request, not_part

_NAME = r"(?:context|stageVariables)(?:\.[A-Za-z0-9_]+)+"
_VARIABLE = re.compile(rf"\$\{{({_NAME})\}}|\$({_NAME})")
_DIRECTIVE = re.compile(r"^\s*#[a-z#*]|#(set|if|else|elseif|end|foreach)\b", re.MULTILINE)
_CONSTANT = re.compile(r"'[^'\r\n]*'")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]+")

Variables = Mapping[str, str]


def check_templates(templates: Mapping[str, str], where: str) -> None:
    """Refuse templates that do more than name variables.

    Raises: AwsError: `BadRequestException`.
    """
    for content_type, template in templates.items():
        rest = _VARIABLE.sub("", template)
        if "$" in rest or _DIRECTIVE.search(rest):
            what = f"The template for {content_type} of {where}: more than $context and $stageVariables in it"
            raise not_part(what)


def render(template: str, variables: Variables) -> str:
    """Return a template's text; a variable that has no value here is empty.

    Args: variables: e.g. `context.requestId`.
    """
    return _VARIABLE.sub(lambda found: variables.get(found[1] or found[2], ""), template)


def check_mappings(mappings: Mapping[str, str], target: str, sources: tuple[str, ...]) -> None:
    """Check parameter mappings, e.g. `method.response.header.X` from `'*'`.

    Args: target: what the names begin with; sources: what the values may begin with, unless constant.
    Raises: AwsError: `BadRequestException` naming the first that is not valid.
    """
    for name, value in mappings.items():
        if not name.startswith(target) or not is_header_name(name.removeprefix(target)):
            raise invalid_mapping(name)
        if not _CONSTANT.fullmatch(value) and not value.startswith(sources):
            raise invalid_mapping(value)


def invalid_mapping(expression: str) -> Exception:
    """Say that an expression maps nothing."""
    return bad_request(
        "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping "
        f"expression parameter specified: {expression}]"
    )


def mapped_headers(
    mappings: Mapping[str, str], target: str, sources: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Return the headers that mappings stand for; those whose source has nothing are left out.

    Args: target: what the mappings' names begin with.
    """
    for name, value in mappings.items():
        text = value[1:-1] if _CONSTANT.fullmatch(value) else sources.get(value)
        if text is not None:
            # A caller's own words may be among the sources: they must not begin a header of their own.
            yield name.removeprefix(target), header_text(_CONTROL.sub(" ", text))


def is_header_name(name: str) -> bool:
    """Say whether HTTP allows this name."""
    return _HEADER_NAME.fullmatch(name) is not None


def is_header_value(text: str) -> bool:
    """Say whether HTTP allows this value, once it is encoded."""
    return _CONTROL.search(text) is None


def header_text(text: str) -> str:
    """Return a header's value as the server writes it: UTF-8 bytes, each as a character."""
    return text.encode("utf-8", "replace").decode("latin-1")
