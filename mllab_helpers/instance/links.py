"""Links for a browser: inside a notebook instance on AWS, the browser is on another machine.

JupyterLab there passes `/proxy/<port>/` on to the instance's own ports
(https://jupyter-server-proxy.readthedocs.io/en/latest/arbitrary-ports-hosts.html).
"""

from __future__ import annotations

from functools import cache
from urllib.parse import urlsplit, urlunsplit

from botocore.exceptions import BotoCoreError, ClientError

from mllab_helpers.lab.connection import is_loopback, local_endpoint
from mllab_helpers.lab.instance import Instance, this_instance


@cache
def _host(instance: Instance) -> str:
    """Return the host of an instance's JupyterLab, as AWS says it: newer names have a suffix."""
    import boto3

    sagemaker = boto3.client("sagemaker", region_name=instance.region)
    try:
        return str(sagemaker.describe_notebook_instance(NotebookInstanceName=instance.name)["Url"])
    except (BotoCoreError, ClientError):  # a link that may work is better than none
        return f"{instance.name}.notebook.{instance.region}.sagemaker.aws"


def for_browser(url: str) -> str:
    """Return a URL as a browser has to ask for it.

    Args: url: as a program on this machine asks for it.
    Returns: the way through the instance's JupyterLab for what listens inside an instance on AWS; anything
        else as it is. The instance of a local AWS is on the browser's own machine.
    """
    instance, parts = this_instance(), urlsplit(url)
    if instance is None or local_endpoint() or not is_loopback(url) or parts.port is None:
        return url
    host = _host(instance)
    path = f"/proxy/{parts.port}{parts.path or '/'}"
    return urlunsplit(("https", host, path, parts.query, parts.fragment))
