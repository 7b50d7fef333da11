"""Deploy/S3: an artifact goes into a bucket, as the zip it is or file by file.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-S3Deploy.html
In an ObjectKey, `{datetime}` and `{uuid}` stand for the time and for a new ID.
"""

from __future__ import annotations

import mimetypes
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.codepipeline.model import variables
from serverless_pipeline.local.codepipeline.providers import failures, members
from serverless_pipeline.local.codepipeline.providers.failures import UnusableError
from serverless_pipeline.local.codepipeline.providers.work import Failed, Provider, Succeeded

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterator, Mapping

    from serverless_pipeline.local.codepipeline.model.declaration import Action
    from serverless_pipeline.local.codepipeline.providers.work import Outcome, Work

ACLS = (
    "private",
    "public-read",
    "public-read-write",
    "aws-exec-read",
    "authenticated-read",
    "bucket-owner-read",
    "bucket-owner-full-control",
)
_SMALL = 8 * 1024**2
"""The bytes up to which a file is sent in one request."""
_KINDS = mimetypes.MimeTypes()
_OTHER_KIND = "binary/octet-stream"


def start(work: Work) -> Outcome:
    """Put the artifact, or each file of it."""
    from botocore.exceptions import ClientError

    configuration = work.run.resolved_configuration
    bucket = configuration["BucketName"]
    if mistake := next(_mistakes(work.run.action.name, configuration), ""):
        return Failed("ConfigurationError", mistake)
    key = _key(configuration.get("ObjectKey", ""), work.now)
    try:
        return _extract(work, bucket, key) if _extracts(configuration) else _copy(work, bucket, key)
    except UnusableError as error:
        return Failed("ConfigurationError", str(error))
    except ClientError as error:
        return failures.of_client(error, work, f"deploy to s3://{bucket}/{key}")


def check(action: Action) -> Iterator[str]:
    """What of the configuration AWS would not take; values that a variable makes are looked at when it runs."""
    yield from _mistakes(action.name, action.configuration)


def _mistakes(action: str, configuration: Mapping[str, str]) -> Iterator[str]:
    extract, acl = configuration["Extract"], configuration.get("CannedACL", "")
    if not any(variables.references(extract)) and extract not in ("true", "false"):
        yield f"Extract in action '{action}' is '{extract}'; it must be true or false"
    if extract == "false" and not configuration.get("ObjectKey"):
        yield f"Action configuration for action '{action}' is missing required configuration 'ObjectKey'"
    if acl and not any(variables.references(acl)) and acl not in ACLS:
        yield f"CannedACL in action '{action}' is '{acl}'; it must be one of {', '.join(ACLS)}"


def _extracts(configuration: Mapping[str, str]) -> bool:
    return configuration["Extract"] == "true"


def _key(template: str, now: float) -> str:
    moment = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d_%H-%M-%S")
    return template.replace("{datetime}", moment).replace("{uuid}", str(uuid.uuid4()))


def _copy(work: Work, bucket: str, key: str) -> Succeeded:
    """The zip itself; it is fetched and put, since the role need not be allowed to copy."""
    artifact = work.run.inputs[0]
    client = work.credentials.client("s3", work.region)
    stored = client.get_object(Bucket=artifact.bucket, Key=artifact.key)["Body"]
    client.upload_fileobj(stored, bucket, key, ExtraArgs=_options(work, key))
    return Succeeded(f"Deployed the artifact {artifact.name} to s3://{bucket}/{key}")


def _extract(work: Work, bucket: str, key: str) -> Succeeded:
    artifact, prefix = work.run.inputs[0], f"{key.rstrip('/')}/" if key else ""
    client = work.credentials.client("s3", work.region)
    with members.opened(work, artifact) as archive:
        entries = members.files(artifact, archive)
        for entry in entries:
            place = {"Bucket": bucket, "Key": prefix + entry.filename}
            _put(client, archive, entry, place | _options(work, entry.filename))
    return Succeeded(f"Deployed {len(entries)} files of the artifact {artifact.name} to s3://{bucket}/{prefix}")


def _put(client: Any, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, place: dict[str, str]) -> None:  # noqa: ANN401
    if entry.file_size <= _SMALL:
        client.put_object(Body=archive.read(entry), **place)
        return
    options = {name: value for name, value in place.items() if name not in ("Bucket", "Key")}
    with archive.open(entry) as content:
        client.upload_fileobj(content, place["Bucket"], place["Key"], ExtraArgs=options)


def _options(work: Work, name: str) -> dict[str, str]:
    configuration = work.run.resolved_configuration
    options = {"ContentType": _KINDS.guess_type(name)[0] or _OTHER_KIND}
    if acl := configuration.get("CannedACL"):
        options["ACL"] = acl
    if cache_control := configuration.get("CacheControl"):
        options["CacheControl"] = cache_control
    if key := configuration.get("KMSEncryptionKeyARN"):
        options |= {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    return options


PROVIDER = Provider(
    category="Deploy",
    name="S3",
    inputs=(1, 1),
    outputs=(0, 0),
    required=("BucketName", "Extract"),
    optional=("ObjectKey", "CannedACL", "CacheControl", "KMSEncryptionKeyARN"),
    start=start,
    check=check,
    timeout=90 * 60.0,
)
