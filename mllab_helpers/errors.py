"""What can go wrong for a learner: one base class, one subclass per cause.

A message says what happened, to which resource, and what to do next, in that order. The text is in the
catalogue under `errors.<key>`, in the language of the lab.
"""

from __future__ import annotations

from typing import ClassVar

from mllab_helpers.texts import say


class LabError(Exception):
    """Base of every error that the helpers raise on purpose.

    Args: values: what the catalogue's text for this error needs.
    The `ClientError` of boto3 that led here, if there was one, stays as `__cause__`.
    """

    key: ClassVar[str] = ""

    def __init__(self, **values: object) -> None:
        self.values = values
        super().__init__(say(f"errors.{self.key}", **values))


# --- names and order


class WrongStudentName(LabError):
    """AWS, or the lab's way of finding a student's resources, would not accept the name."""

    key: ClassVar[str] = "wrong_student_name"


class WrongResourceName(LabError):
    """SageMaker would refuse the name, or clean-up would not find it."""

    key: ClassVar[str] = "wrong_resource_name"


class OutOfOrder(LabError):
    """A notebook needs what another one has not done yet."""

    key: ClassVar[str] = "out_of_order"


class NotesUnwritable(LabError):
    """What the notebooks have to tell each other cannot be written down."""

    key: ClassVar[str] = "notes_unwritable"


class TookTooLong(LabError):
    """Something on AWS did not settle within the time that it should need."""

    key: ClassVar[str] = "took_too_long"


# --- which AWS, and who is asking


class UnknownBackend(LabError):
    """The backend is none of `local`, `aws` and `auto`."""

    key: ClassVar[str] = "unknown_backend"


class UnknownLanguage(LabError):
    """There is no catalogue in the language."""

    key: ClassVar[str] = "unknown_language"


class UnknownRegion(LabError):
    """AWS has no region of that name where SageMaker works."""

    key: ClassVar[str] = "unknown_region"


class NoCredentials(LabError):
    """boto3 finds no credentials for AWS."""

    key: ClassVar[str] = "no_credentials"


class ExpiredCredentials(LabError):
    """The credentials were good once."""

    key: ClassVar[str] = "expired_credentials"


class ExpiredWhileWaiting(ExpiredCredentials):
    """They ended while something was waited for, which goes on without them."""

    key: ClassVar[str] = "expired_while_waiting"


class WrongClock(LabError):
    """This machine's clock and AWS's are too far apart for its signatures to count."""

    key: ClassVar[str] = "wrong_clock"


class WrongCredentials(LabError):
    """AWS does not know the credentials."""

    key: ClassVar[str] = "wrong_credentials"


class NoConnection(LabError):
    """AWS cannot be reached from here."""

    key: ClassVar[str] = "no_connection"


class LocalAwsDied(LabError):
    """The local AWS no longer answers."""

    key: ClassVar[str] = "local_aws_died"


class LocalAwsForgot(LabError):
    """The local AWS was restarted since; it holds nothing of what was done before."""

    key: ClassVar[str] = "local_aws_forgot"


class LocalAwsFailed(LabError):
    """The local AWS does not start."""

    key: ClassVar[str] = "local_aws_failed"


class ForeignDirectory(LabError):
    """The local AWS was to use a directory that holds something else."""

    key: ClassVar[str] = "foreign_directory"


class PortInUse(LabError):
    """Another program listens where the local AWS should."""

    key: ClassVar[str] = "port_in_use"


# --- what AWS refuses


class AwsRefused(LabError):
    """AWS refused a call for a reason that has no class of its own."""

    key: ClassVar[str] = "aws_refused"


class BadRequest(LabError):
    """boto3 refused a call before sending it."""

    key: ClassVar[str] = "bad_request"


class Denied(LabError):
    """The caller may not do that."""

    key: ClassVar[str] = "denied"


class QuotaExceeded(LabError):
    """The account's quota does not allow one more."""

    key: ClassVar[str] = "quota_exceeded"


class Throttled(LabError):
    """AWS was called more often than it allows, and boto3's own retries were not enough."""

    key: ClassVar[str] = "throttled"


# --- storage


class BucketTaken(LabError):
    """The bucket's name exists in somebody else's account."""

    key: ClassVar[str] = "bucket_taken"


class NoBucket(LabError):
    """The lab's bucket does not exist."""

    key: ClassVar[str] = "no_bucket"


class NoSuchObject(LabError):
    """The bucket holds nothing under the key."""

    key: ClassVar[str] = "no_such_object"


class EmptyPrefix(LabError):
    """No object's key begins with the prefix."""

    key: ClassVar[str] = "empty_prefix"


class UploadDamaged(LabError):
    """What S3 stored is not what was sent."""

    key: ClassVar[str] = "upload_damaged"


# --- training


class UnknownInstanceType(LabError):
    """SageMaker offers no such instance type for this use."""

    key: ClassVar[str] = "unknown_instance_type"


class TooFewRequests(LabError):
    """A measurement needs at least one request."""

    key: ClassVar[str] = "too_few_requests"


class BadHyperparameter(LabError):
    """The algorithm would refuse a hyperparameter, minutes after the job has started."""

    key: ClassVar[str] = "bad_hyperparameter"


class UnknownImage(LabError):
    """There is no such version of the algorithm's image."""

    key: ClassVar[str] = "unknown_image"


class JobNameInUse(LabError):
    """A training job of that name exists; names of jobs are used once."""

    key: ClassVar[str] = "job_name_in_use"


class JobNotFound(LabError):
    """There is no training job of that name."""

    key: ClassVar[str] = "job_not_found"


class TrainingFailed(LabError):
    """The training job ended as `Failed`."""

    key: ClassVar[str] = "training_failed"


class NoMetrics(LabError):
    """The job's log holds no metric lines."""

    key: ClassVar[str] = "no_metrics"


class ArtefactDamaged(LabError):
    """model.tar.gz is no archive with a model in it."""

    key: ClassVar[str] = "artefact_damaged"


# --- deployment


class EndpointFailed(LabError):
    """The endpoint did not become, or stay, `InService`."""

    key: ClassVar[str] = "endpoint_failed"


class EndpointNotFound(LabError):
    """There is no endpoint of that name in service."""

    key: ClassVar[str] = "endpoint_not_found"


class WrongContentType(LabError):
    """The model's container does not read what was sent (415)."""

    key: ClassVar[str] = "wrong_content_type"


class ModelRejected(LabError):
    """The model's container answered with an error."""

    key: ClassVar[str] = "model_rejected"


class RowNotNumeric(LabError):
    """A row to predict holds something that is no number."""

    key: ClassVar[str] = "row_not_numeric"


class RowsRagged(LabError):
    """Rows to predict have different lengths, or there are none."""

    key: ClassVar[str] = "rows_ragged"


# --- monitoring


class NoSuchAlarm(LabError):
    """There is no alarm of that name."""

    key: ClassVar[str] = "no_such_alarm"


class WrongThreshold(LabError):
    """No request can take that long."""

    key: ClassVar[str] = "wrong_threshold"


# --- a better model


class MetricNotTunable(LabError):
    """The algorithm does not report the metric that a tuning job is to improve."""

    key: ClassVar[str] = "metric_not_tunable"


class TuningFailed(LabError):
    """No training job of a tuning job ended with a value of the objective."""

    key: ClassVar[str] = "tuning_failed"


# --- a model's life


class NoPipelineExecution(LabError):
    """The pipeline was not started, or an execution did not get as far as was asked."""

    key: ClassVar[str] = "no_pipeline_execution"


class NoModelPackage(LabError):
    """Nothing is registered in the group."""

    key: ClassVar[str] = "no_model_package"


class RollOutFailed(LabError):
    """The endpoint does not serve the version that was approved."""

    key: ClassVar[str] = "roll_out_failed"


class NothingCaptured(LabError):
    """Fewer requests than expected were stored for the monitor."""

    key: ClassVar[str] = "nothing_captured"


class MonitoringFailed(LabError):
    """The analyzer's job ended without a report."""

    key: ClassVar[str] = "monitoring_failed"


# --- clean-up


class LeftBehind(LabError):
    """Resources of the lab are still there after a sweep."""

    key: ClassVar[str] = "left_behind"


class WhichStudent(LabError):
    """Several students worked here: the one who is meant must be named."""

    key: ClassVar[str] = "which_student"


class WhichRegion(LabError):
    """A student has labs in several regions: the one that is meant must be named."""

    key: ClassVar[str] = "which_region"


class WhoseLab(LabError):
    """Nobody has worked with AWS on this machine, so that the student must be named."""

    key: ClassVar[str] = "whose_lab"
