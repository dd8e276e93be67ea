"""An S3 bucket, or what answers like one: objects are listed, read, written on a condition, and deleted. I/O: network.

Only this module loads boto3, and only when a store is used. Whatever goes wrong is a `StoreTrouble` with a sentence.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from signage.runtime.cancel import CancelToken
from signage.runtime.extras import install_command
from signage.runtime.threads import work_on

CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0  # of silence
ATTEMPTS = 2  # of each request; what fails then is tried again at the next publication
CONNECTIONS = 8  # used at the same time
MAX_OBJECT = 16 * 1024 * 1024  # bytes that are read of one object; a manifest has 4 MiB at most
LONGEST_ANSWER = 200  # characters of a store's own words that are quoted
FALLBACK_REGION = "us-east-1"  # which stores without regions expect

CREDENTIALS = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the server's environment"

# what stores answer -> what is wrong, and what to do
_CAUSES = {
    "NoSuchBucket": ("There is no bucket {bucket}.", "create it, or correct to under [publish] in screens.toml."),
    "InvalidAccessKeyId": ("The object store doesn't know the access key.", f"check {CREDENTIALS}."),
    "SignatureDoesNotMatch": ("The object store refuses the secret key.", f"check {CREDENTIALS}."),
    "AccessDenied": (
        "The object store denies access to the bucket {bucket}.",
        "the key must be allowed to list the bucket, and to read, write and delete objects.",
    ),
    "ExpiredToken": ("The credentials for the object store have expired.", "renew them."),
    "RequestTimeTooSkewed": ("The object store's clock and this machine's differ too much.", "check the clock."),
    "QuotaExceeded": ("The object store is full.", "delete what isn't needed there, or raise the quota."),
    "SlowDown": ("The object store is overloaded.", "nothing; it is tried again."),
}
_SAME = {
    "403": "AccessDenied",
    "Forbidden": "AccessDenied",
    "AllAccessDisabled": "AccessDenied",
    "TokenRefreshRequired": "ExpiredToken",
    "InvalidToken": "ExpiredToken",
    "XMinioStorageFull": "QuotaExceeded",
    "XMinioAdminBucketQuotaExceeded": "QuotaExceeded",
    "InsufficientStorage": "QuotaExceeded",
    "507": "QuotaExceeded",
    "503": "SlowDown",
    "ServiceUnavailable": "SlowDown",
    "TooManyRequests": "SlowDown",
}

log = logging.getLogger(__name__)


class StoreTrouble(Exception):
    """The store could not be read or written: a sentence, and what to do about it. `status`: what it answered."""

    def __init__(self, sentence: str, status: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status


class Conflict(Exception):
    """The condition of a write did not hold: another program has written the object."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """`etag` as the store writes it, in quotation marks. `modified`: when it was written, by the store's clock."""

    etag: str
    bytes: int
    modified: datetime


@dataclass(frozen=True, slots=True)
class Condition:
    """Write only over the object with this `etag`; None: only if there is none."""

    etag: str | None


class ObjectStore:
    """What is below `prefix` in a bucket. Thread-safe. Keys are relative to the prefix."""

    def __init__(
        self, bucket: str, prefix: str = "", endpoint: str | None = None, patience: float = READ_SECONDS
    ) -> None:
        """`patience`: how many seconds of silence a request takes; when it is short, none is tried again."""
        self.bucket = bucket
        self.credentials_from = (
            ""  # as boto3 has it: "env", "shared-credentials-file", "iam-role"; once a request was made
        )
        self._patience = patience
        self.endpoint = endpoint
        self._prefix = f"{prefix.strip('/')}/".lstrip("/")
        self._made: Any = None

    @property
    def address(self) -> str:
        """As in screens.toml."""
        return f"s3://{self.bucket}/{self._prefix}".rstrip("/")

    def list(self, prefix: str) -> dict[str, StoredObject]:
        """Every object whose key begins so."""
        found = {}
        with self._clear():
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self.bucket, Prefix=self._prefix + prefix):
                for each in page.get("Contents", ()):
                    key = each["Key"][len(self._prefix) :]
                    found[key] = StoredObject(each["ETag"], each["Size"], each["LastModified"])
        return found

    def get(self, key: str) -> tuple[bytes, str] | None:
        """An object's bytes and its ETag; None when there is none."""
        with self._clear(missing=True):
            answer = self._client.get_object(Bucket=self.bucket, Key=self._prefix + key)
            with answer["Body"] as body:
                return body.read(MAX_OBJECT), answer["ETag"]
        return None

    def put(self, key: str, body: bytes, headers: Mapping[str, str], condition: Condition | None = None) -> str:
        """Write an object; gives its ETag. `headers` in boto3's words. Raises Conflict where the condition fails."""
        conditions = {}
        if condition is not None:
            conditions = {"IfNoneMatch": "*"} if condition.etag is None else {"IfMatch": condition.etag}
        with self._clear():
            answer = self._client.put_object(
                Bucket=self.bucket, Key=self._prefix + key, Body=body, **headers, **conditions
            )
            return str(answer["ETag"])
        raise AssertionError("unreachable")

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects; those that are gone already are no failure."""

        def delete_one(key: str) -> None:  # not all stores can delete many with one request
            with self._clear():
                self._client.delete_object(Bucket=self.bucket, Key=self._prefix + key)

        for _ in work_on([*keys], delete_one, CONNECTIONS, CancelToken(), "delete"):
            pass

    def reader_address(self, key: str) -> str:
        """Where players read an object, without credentials. Raises StoreTrouble."""
        with self._clear():
            request = {"Bucket": self.bucket, "Key": self._prefix + key}
            return str(self._client.generate_presigned_url("get_object", Params=request)).partition("?")[0]
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Drop the connections; the next request reads the credentials again."""
        made, self._made = self._made, None
        if made is not None:
            made.close()

    @property
    def _client(self) -> Any:
        if self._made is None:
            try:
                import boto3
                from botocore.config import Config
            except ModuleNotFoundError:
                raise StoreTrouble(f"Publishing to {self.address} needs boto3. Hint: {install_command('s3')}") from None
            for name in ("boto3", "botocore", "s3transfer"):
                logging.getLogger(name).setLevel(logging.WARNING)
            config = Config(
                connect_timeout=CONNECT_SECONDS,
                read_timeout=self._patience,
                retries={"total_max_attempts": 1 if self._patience < READ_SECONDS else ATTEMPTS, "mode": "standard"},
                max_pool_connections=CONNECTIONS,
                # stores other than Amazon's rarely know its newer checksums, nor buckets as host names
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                s3={"addressing_style": "path" if self.endpoint else "auto"},
            )
            session = boto3.session.Session()
            credentials = session.get_credentials()
            self.credentials_from = credentials.method if credentials else ""
            region = session.region_name or FALLBACK_REGION
            self._made = session.client("s3", endpoint_url=self.endpoint, region_name=region, config=config)
        return self._made

    @contextmanager
    def _clear(self, missing: bool = False) -> Iterator[None]:
        """Put what goes wrong into a sentence. `missing`: that there is no such object is no failure."""
        try:
            yield
        except (StoreTrouble, Conflict):
            raise
        except Exception as error:
            answer = getattr(error, "response", None)
            if not isinstance(answer, dict):
                raise StoreTrouble(self._unreachable(error)) from error
            about = answer.get("Error", {})
            code, status = str(about.get("Code", "")), answer.get("ResponseMetadata", {}).get("HTTPStatusCode")
            if missing and code in ("NoSuchKey", "404", "NotFound"):
                return
            if status in (409, 412) or code == "NoSuchKey":  # the last one where the object was deleted meanwhile
                raise Conflict(code) from error
            known = code if code in _CAUSES or code in _SAME else str(status)
            sentence = self._sentence(known if known in _SAME else code, about.get("Message", ""))
            raise StoreTrouble(sentence, status) from error

    def _sentence(self, code: str, message: str) -> str:
        cause = _CAUSES.get(_SAME.get(code, code))
        if cause is None:
            words = " ".join(str(message).split())[:LONGEST_ANSWER]
            return f"The object store at {self._where} answered {code or 'an error'}: {words}"
        wrong, hint = (part.format(bucket=self.bucket) for part in cause)
        return f"{wrong} The address is {self.address}. Hint: {hint}"

    @property
    def _where(self) -> str:
        return self.endpoint or self.address

    def _unreachable(self, error: Exception) -> str:
        from botocore import exceptions as kinds

        if isinstance(error, kinds.NoCredentialsError | kinds.PartialCredentialsError):
            return f"No credentials for {self.address} were found. Hint: set {CREDENTIALS} (docs/object-store.md)."
        if isinstance(error, kinds.SSLError):
            return f"The certificate of the object store at {self._where} isn't trusted. Hint: set AWS_CA_BUNDLE."
        if isinstance(error, kinds.ConnectTimeoutError | kinds.ReadTimeoutError):
            return f"The object store at {self._where} doesn't answer in time."
        if isinstance(error, kinds.ProfileNotFound | kinds.ConfigNotFound | kinds.ConfigParseError):
            return f"The AWS configuration can't be used: {error}. Hint: check AWS_PROFILE and ~/.aws."
        if isinstance(error, kinds.HTTPClientError | kinds.ConnectionError):
            return f"The object store at {self._where} can't be reached. Hint: check the address and the network."
        return f"The object store at {self._where} can't be used: {type(error).__name__}: {error}"[:500]
