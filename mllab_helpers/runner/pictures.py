"""Pictures that a notebook's text shows, put into the notebook itself, so that the copy can go anywhere."""

from __future__ import annotations

import base64
import mimetypes
import re
from pathlib import Path

from nbformat import NotebookNode

_IMAGE = re.compile(r"(!\[[^\]]*\]\()([^)\s:]+)(\))")


def embed_pictures(notebook: NotebookNode, folder: Path) -> None:
    """Turn links to picture files into attachments of their cells; what is no file there stays as it is.

    Args: folder: what the links are relative to: where the notebook came from.
    """
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            continue
        for _opening, link, _closing in _IMAGE.findall(cell.source):
            picture = folder / link
            kind, _encoding = mimetypes.guess_type(picture.name)
            if kind and picture.is_file():
                data = base64.b64encode(picture.read_bytes()).decode("ascii")
                cell.setdefault("attachments", NotebookNode())[picture.name] = {kind: data}
                cell.source = cell.source.replace(f"]({link})", f"](attachment:{picture.name})")
