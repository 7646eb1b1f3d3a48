"""Which container images the local AWS has programs for."""

from __future__ import annotations

import pytest

from mllab_localaws.sagemaker.images import XGBOOST_TAGS, Image, resolve
from mllab_localaws.wire.errors import AwsError

XGBOOST = "mllab_localaws.images.xgboost"
SKLEARN = "mllab_localaws.images.sklearn"


@pytest.mark.parametrize("tag", XGBOOST_TAGS)
@pytest.mark.parametrize("suffix", ["", "-cpu-py3"])
@pytest.mark.parametrize(
    "registry",
    [
        "683313688378.dkr.ecr.us-east-1.amazonaws.com",
        "141502667606.dkr.ecr.eu-west-1.amazonaws.com",
        "450853457545.dkr.ecr.cn-north-1.amazonaws.com.cn",
    ],
)
def test_every_published_xgboost_tag_has_a_program_in_every_region(
    registry: str, tag: str, suffix: str
) -> None:
    image = resolve(f"{registry}/sagemaker-xgboost:{tag}{suffix}")
    assert image == Image("sagemaker-xgboost", tag, XGBOOST)


@pytest.mark.parametrize("tag", ["1", "latest"])
def test_the_legacy_repository_has_only_its_two_tags(tag: str) -> None:
    registry = "811284229777.dkr.ecr.us-east-1.amazonaws.com"
    assert resolve(f"{registry}/xgboost:{tag}") == Image("xgboost", tag, XGBOOST)
    with pytest.raises(AwsError, match=r"published tags of xgboost: 1, latest\."):
        resolve(f"{registry}/xgboost:3.2-0")


def test_scikit_learn_images_of_any_tag_have_a_program() -> None:
    uri = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-cpu-py3"
    assert resolve(uri) == Image("sagemaker-scikit-learn", "1.4-2", SKLEARN)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "xgboost",
        "sagemaker-xgboost:3.2-0",
        "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost",
        "683313688378.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1",
        "123456789012.dkr.ecr.us-east-1.amazonaws.com/mine:1",
        "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0\n",
    ],
)
def test_other_images_are_refused_with_what_there_is(uri: str) -> None:
    with pytest.raises(AwsError) as caught:
        resolve(uri)
    assert caught.value.code == "ValidationException"
    assert "sagemaker-xgboost and sagemaker-scikit-learn" in caught.value.message


def test_an_xgboost_tag_that_was_never_published_is_refused_with_those_that_were() -> None:
    with pytest.raises(AwsError, match=r"published tags of sagemaker-xgboost: 0\.90-1, .*, 3\.2-0\."):
        resolve("683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:2.0-1")
