"""Traffic: broken requests spread evenly, a steady pace, and an endpoint that is not there."""

from __future__ import annotations

import pytest

from mllab_helpers.errors import AwsRefused, RowNotNumeric, TooFewRequests
from mllab_helpers.monitoring import traffic


class Endpoint:
    """Answers every request and remembers it; what is not numbers is refused as the container would."""

    def __init__(self, lab):
        self.bodies = []
        self._errors = lab.client("sagemaker-runtime").exceptions

    def invoke_endpoint(self, **request):
        self.bodies.append(request["Body"].decode())
        if not self.bodies[-1][0].isdigit():
            raise self._errors.ModelError({"Error": {"Code": "ModelError"}}, "InvokeEndpoint")


@pytest.fixture
def endpoint(lab, monkeypatch):
    made = Endpoint(lab)
    lab._clients["sagemaker-runtime"] = made
    return made


def test_broken_requests_are_spread_evenly_among_the_others(lab, endpoint):
    sent = traffic.send_traffic(lab, "houses", [[1, 2]], count=12, broken_share=0.25)
    broken = [number for number, body in enumerate(endpoint.bodies) if body == traffic.BROKEN_BODY]
    assert broken == [3, 7, 11]
    assert (sent.answered, sent.failed) == (9, 3)


def test_requests_keep_the_pace(lab, endpoint, hand_clock):
    sent = traffic.send_traffic(lab, "houses", [[1], [2]], count=11, per_second=5)
    assert sent.ended - sent.started == pytest.approx(2.0)
    assert endpoint.bodies[:3] == ["1", "2", "1"]


def test_no_requests_or_no_numbers_are_refused_before_anything_is_sent(lab, endpoint):
    with pytest.raises(TooFewRequests):
        traffic.send_traffic(lab, "houses", [[1]], count=0)
    with pytest.raises(RowNotNumeric):
        traffic.send_traffic(lab, "houses", [["big"]], count=1)
    assert endpoint.bodies == []


def test_an_endpoint_that_does_not_exist_is_not_counted_as_a_failed_request(lab, stub):
    stub("sagemaker-runtime").add_client_error("invoke_endpoint", "ValidationError", "Endpoint not found")
    with pytest.raises(AwsRefused, match="not found"):
        traffic.send_traffic(lab, "houses", [[1]], count=1)
