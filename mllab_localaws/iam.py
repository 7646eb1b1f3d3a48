"""IAM operations that moto lacks."""

from __future__ import annotations

from mllab_localaws.caller import decide
from mllab_localaws.moto_backend import statement_applies
from mllab_localaws.platform import Platform
from mllab_localaws.wire.call import Call, Reply, Service, operation
from mllab_localaws.wire.errors import AwsError


class PolicySimulation(Service):
    """SimulatePrincipalPolicy: what would an identity be allowed to do?"""

    name = "iam"

    def __init__(self, platform: Platform) -> None:
        self._roles = platform.roles

    @operation
    def simulate_principal_policy(self, call: Call) -> Reply:
        """Decide each action on each resource by the identity's own policies."""
        source = call.params["PolicySourceArn"]
        documents = self._roles.policies(source)
        if documents is None:
            raise AwsError("NoSuchEntity", f"Entity {source} does not exist", status=404)
        results = []
        for action in call.params["ActionNames"]:
            for resource in call.params.get("ResourceArns") or ["*"]:
                decision = decide(documents, action, resource, statement_applies)
                results.append(
                    {
                        "EvalActionName": action,
                        "EvalResourceName": resource,
                        "EvalDecision": decision,
                        "MatchedStatements": [],
                        "MissingContextValues": [],
                    }
                )
        return {"EvaluationResults": results, "IsTruncated": False}
