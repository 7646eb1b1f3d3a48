"""Links for a browser: inside a notebook instance on AWS, the browser is on another machine.

JupyterLab there passes `/proxy/<port>/` on to the instance's own ports
(https://jupyter-server-proxy.readthedocs.io/en/latest/arbitrary-ports-hosts.html).
"""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from mllab_helpers.lab.connection import is_loopback, local_endpoint
from mllab_helpers.lab.instance import this_instance


def for_browser(url: str) -> str:
    """Return a URL as a browser has to ask for it.

    Args: url: as a program on this machine asks for it.
    Returns: the way through the instance's JupyterLab for what listens inside an instance on AWS; anything
        else as it is. The instance of a local AWS is on the browser's own machine.
    """
    instance, parts = this_instance(), urlsplit(url)
    if instance is None or local_endpoint() or not is_loopback(url) or parts.port is None:
        return url
    host = f"{instance.name}.notebook.{instance.region}.sagemaker.aws"
    path = f"/proxy/{parts.port}{parts.path or '/'}"
    return urlunsplit(("https", host, path, parts.query, parts.fragment))
