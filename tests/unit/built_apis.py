"""The API of notebook 04, built in one call as its cells build it."""

from __future__ import annotations

from mllab_helpers.web import web_api


def ensure_api(lab, function):
    """Create the API with one route to a function (its ARN) and deploy it, or bring it up to date."""
    api = web_api.find_api(lab)
    if api is None:
        lab.note_creating("api", web_api.api_name(lab))
        tags = {tag["Key"]: tag["Value"] for tag in lab.tags}
        created = lab.client("apigateway").create_rest_api(name=web_api.api_name(lab), tags=tags)
        api = created["id"]
    web_api.ensure_route(lab, api, web_api.PATH, function)
    deploy(lab, api)
    return api


def deploy(lab, api):
    """Show clients what is built, unless they see it already; tell whether there was anything to show."""
    version = web_api.draft_version(lab, api)
    if web_api.deployed_version(lab, api) == version:
        return False
    lab.client("apigateway").create_deployment(restApiId=api, stageName=web_api.STAGE, description=version)
    return True
