"""The job that CodePipeline hands to a function; the only code that knows how its event looks.

https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-invoke-lambda-function.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Artifact:
    """A zip in S3. An output artifact has its key before anything lies there, and no revision."""

    name: str
    bucket: str
    key: str
    revision: str | None = None

    @property
    def url(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    @classmethod
    def from_event(cls, entry: Mapping[str, Any]) -> Artifact:
        """Read one entry of `inputArtifacts` or `outputArtifacts`."""
        location = entry["location"]["s3Location"]
        return cls(entry["name"], location["bucketName"], location["objectKey"], entry.get("revision"))


@dataclass(frozen=True)
class Credentials:
    """A session that may read and write the artifacts of this job, and is never shown."""

    access_key_id: str = field(repr=False)
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)

    @classmethod
    def from_event(cls, entry: Mapping[str, str]) -> Credentials:
        """Read `artifactCredentials`."""
        return cls(entry["accessKeyId"], entry["secretAccessKey"], entry["sessionToken"])


@dataclass(frozen=True)
class Job:
    """One order to a function.

    `deadline` is the moment, on the clock of `time.monotonic`, by which the work must have ended;
    `key` is the KMS key of the artifact store, if it has one of its own.
    """

    id: str
    user_parameters: str
    inputs: Mapping[str, Artifact]
    outputs: Mapping[str, Artifact]
    credentials: Credentials
    deadline: float
    continuation_token: str | None = None
    key: str | None = None

    @classmethod
    def from_event(cls, event: Mapping[str, Any], deadline: float) -> Job:
        """Read the event of an invoke action.

        Raises:
            ValueError: this is no such event. The message names what is missing and shows nothing of the event.
        """
        try:
            job = event["CodePipeline.job"]
            data = job["data"]
            return cls(
                id=job["id"],
                user_parameters=data["actionConfiguration"]["configuration"].get("UserParameters", ""),
                inputs=_by_name(data.get("inputArtifacts", [])),
                outputs=_by_name(data.get("outputArtifacts", [])),
                credentials=Credentials.from_event(data["artifactCredentials"]),
                deadline=deadline,
                continuation_token=data.get("continuationToken"),
                key=data.get("encryptionKey", {}).get("id"),
            )
        except (KeyError, TypeError, AttributeError) as error:
            missing = f"there is no {error}" if isinstance(error, KeyError) else "its shape is another"
            raise ValueError(f"This is not the event of a CodePipeline job: {missing}") from None


def _by_name(entries: list[Mapping[str, Any]]) -> dict[str, Artifact]:
    artifacts = map(Artifact.from_event, entries)
    return {artifact.name: artifact for artifact in artifacts}
