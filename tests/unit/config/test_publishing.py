"""`[publish]`: where an object store is."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from signage.config.publishing import Publishing


@pytest.mark.parametrize(
    ("to", "bucket", "prefix"),
    [
        ("s3://heim-skjermer/info", "heim-skjermer", "info"),
        ("s3://heim-skjermer/info/", "heim-skjermer", "info"),
        ("s3://heim", "heim", ""),
        ("s3://heim.no/a/b_c.d", "heim.no", "a/b_c.d"),
    ],
)
def test_bucket_and_prefix(to: str, bucket: str, prefix: str) -> None:
    found = Publishing.model_validate({"to": to})
    assert (found.bucket, found.prefix) == (bucket, prefix)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"to": "https://minio.heim.no/bucket"}, "isn't an address of an object store"),
        ({"to": "s3://Heim/info"}, "isn't an address of an object store"),
        ({"to": "s3://heim/../other"}, "isn't an address of an object store"),
        ({"to": "s3://heim/a b"}, "isn't an address of an object store"),
        ({"to": "s3://key:secret@heim/info"}, "isn't an address of an object store"),
        ({"to": "s3://heim", "endpoint": "https://key:secret@minio.heim.no"}, "There is a login in endpoint"),
        ({"endpoint": "https://minio.heim.no"}, "no store"),
        ({"to": "s3://heim", "secret_key": "x"}, "Extra inputs"),
    ],
)
def test_what_is_wrong_is_a_sentence_that_quotes_no_password(written: dict[str, str], message: str) -> None:
    with pytest.raises(ValidationError, match=message) as caught:
        Publishing.model_validate(written)
    if "Heim" not in str(written):
        assert "key:secret@minio" not in str(caught.value)


def test_without_the_section_nothing_is_published_elsewhere() -> None:
    assert Publishing().bucket == ""
