"""The host name under which a browser reaches this machine, when it is a SageMaker notebook instance.

JupyterLab's proxy there hands requests on with the host name that the browser asked for
(`/proxy/<port>/` of https://github.com/jupyterhub/jupyter-server-proxy).
"""

from __future__ import annotations

import json
import os
from pathlib import Path

_METADATA = "/opt/ml/metadata/resource-metadata.json"
_KIND = ":notebook-instance/"


def instance_host() -> str | None:
    """Return `<name>.notebook.<region>.sagemaker.aws`; None on any other machine."""
    path = Path(os.environ.get("MLLAB_INSTANCE_METADATA") or _METADATA)
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        arn, name = str(about["ResourceArn"]), str(about["ResourceName"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return f"{name}.notebook.{arn.split(':')[3]}.sagemaker.aws".lower() if _KIND in arn else None
