"""Where AWS keeps the images that the lab runs: registry accounts per region.

https://docs.aws.amazon.com/sagemaker/latest/dg-ecr-paths/sagemaker-algo-docker-registry-paths.html
A client that has only boto3 needs the table; the SageMaker SDK carries its own (`image_uris.retrieve`).
"""

from __future__ import annotations

from mllab_helpers.errors import UnknownImage, UnknownRegion

REPOSITORY = "sagemaker-xgboost"
CURRENT_VERSION = "3.2-0"
SKLEARN_REPOSITORY = "sagemaker-scikit-learn"
SKLEARN_TAG = "1.4-2-cpu-py3"
ANALYZER_REPOSITORY = "sagemaker-model-monitor-analyzer"
# Tags as they stand in the registry. `latest` is missing on purpose: there it means XGBoost 0.72.
_TAGS = {
    "0.90-1": "0.90-1-cpu-py3",
    "0.90-2": "0.90-2-cpu-py3",
    "1.0-1": "1.0-1-cpu-py3",
    "1.2-1": "1.2-1",
    "1.2-2": "1.2-2",
    "1.3-1": "1.3-1",
    "1.5-1": "1.5-1",
    "1.7-1": "1.7-1",
    "3.0-5": "3.0-5",
    "3.2-0": "3.2-0",
}
_REGISTRY_ACCOUNTS = {
    "af-south-1": "510948584623",
    "ap-east-1": "651117190479",
    "ap-northeast-1": "354813040037",
    "ap-northeast-2": "366743142698",
    "ap-northeast-3": "867004704886",
    "ap-south-1": "720646828776",
    "ap-south-2": "628508329040",
    "ap-southeast-1": "121021644041",
    "ap-southeast-2": "783357654285",
    "ap-southeast-3": "951798379941",
    "ap-southeast-4": "106583098589",
    "ca-central-1": "341280168497",
    "ca-west-1": "190319476487",
    "eu-central-1": "492215442770",
    "eu-central-2": "680994064768",
    "eu-north-1": "662702820516",
    "eu-south-1": "978288397137",
    "eu-south-2": "104374241257",
    "eu-west-1": "141502667606",
    "eu-west-2": "764974769150",
    "eu-west-3": "659782779980",
    "il-central-1": "898809789911",
    "me-central-1": "272398656194",
    "me-south-1": "801668240914",
    "sa-east-1": "737474898029",
    "us-east-1": "683313688378",
    "us-east-2": "257758044811",
    "us-west-1": "746614075791",
    "us-west-2": "246618743249",
}
# Of Model Monitor's analyzer, where the accounts are others.
_ANALYZER_ACCOUNTS = {
    "af-south-1": "875698925577",
    "ap-east-1": "001633400207",
    "ap-northeast-1": "574779866223",
    "ap-northeast-2": "709848358524",
    "ap-northeast-3": "990339680094",
    "ap-south-1": "126357580389",
    "ap-southeast-1": "245545462676",
    "ap-southeast-2": "563025443158",
    "ap-southeast-3": "669540362728",
    "ca-central-1": "536280801234",
    "eu-central-1": "048819808253",
    "eu-central-2": "590183933784",
    "eu-north-1": "895015795356",
    "eu-south-1": "933208885752",
    "eu-south-2": "437450045455",
    "eu-west-1": "468650794304",
    "eu-west-2": "749857270468",
    "eu-west-3": "680080141114",
    "il-central-1": "843974653677",
    "me-central-1": "588750061953",
    "me-south-1": "607024016150",
    "sa-east-1": "539772159869",
    "us-east-1": "156813124566",
    "us-east-2": "777275614652",
    "us-west-1": "890145073186",
    "us-west-2": "159807026194",
}


def registry_account(region: str) -> str:
    """Return the AWS account that holds the image in a region.

    Raises: UnknownRegion: the image is not published there.
    """
    if region not in _REGISTRY_ACCOUNTS:
        raise UnknownRegion(region=region, known=", ".join(_REGISTRY_ACCOUNTS))
    return _REGISTRY_ACCOUNTS[region]


def xgboost_image(region: str, version: str = CURRENT_VERSION) -> str:
    """Return the address of the XGBoost image.

    Args: version: of the image, e.g. `3.2-0`.
    Raises: UnknownImage, UnknownRegion.
    """
    if version not in _TAGS:
        raise UnknownImage(version=version, known=", ".join(_TAGS))
    return f"{registry_account(region)}.dkr.ecr.{region}.amazonaws.com/{REPOSITORY}:{_TAGS[version]}"


def sklearn_image(region: str) -> str:
    """Return the address of the scikit-learn image, which runs scripts; XGBoost's account holds it too.

    Raises: UnknownRegion.
    """
    return f"{registry_account(region)}.dkr.ecr.{region}.amazonaws.com/{SKLEARN_REPOSITORY}:{SKLEARN_TAG}"


def analyzer_image(region: str) -> str:
    """Return the address of Model Monitor's analyzer.

    Raises: UnknownRegion.
    """
    if region not in _ANALYZER_ACCOUNTS:
        raise UnknownRegion(region=region, known=", ".join(_ANALYZER_ACCOUNTS))
    return f"{_ANALYZER_ACCOUNTS[region]}.dkr.ecr.{region}.amazonaws.com/{ANALYZER_REPOSITORY}"


def repository_arns(region: str) -> list[str]:
    """Return the ARNs of the repositories that the lab's images come from.

    Raises: UnknownRegion.
    """
    algorithms = f"arn:aws:ecr:{region}:{registry_account(region)}:repository"
    arns = [f"{algorithms}/{REPOSITORY}", f"{algorithms}/{SKLEARN_REPOSITORY}"]
    if region in _ANALYZER_ACCOUNTS:
        arns.append(f"arn:aws:ecr:{region}:{_ANALYZER_ACCOUNTS[region]}:repository/{ANALYZER_REPOSITORY}")
    return arns
