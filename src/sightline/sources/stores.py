"""From an `Access` to an open store of the client library.

Secrets are handed over by a callback. That also keeps the environment out: the library reads the
clouds' variables by itself, and a token from there would win over the key of a named connection.
"""

from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from obstore.exceptions import BaseError
from obstore.store import AzureStore, GCSStore, S3Store

from sightline.errors import UnreadableSource
from sightline.sources.address import Address
from sightline.sources.cloud_errors import trouble
from sightline.sources.connections import Access
from sightline.sources.limits import Limits

if TYPE_CHECKING:
    from obstore.store import (
        AzureAccessKey,
        AzureSASToken,
        ClientConfig,
        RetryConfig,
        S3Credential,
    )

Store = AzureStore | GCSStore | S3Store

_OPEN_AT_ONCE = 32


@lru_cache(_OPEN_AT_ONCE)
def open_store(address: Address, access: Access, limits: Limits) -> Store:
    """The store of a whole container, with its pool of connections; nothing is asked yet.

    Raises UnreadableSource for credentials that cannot be used.
    """
    try:
        match access.kind:
            case "azure":
                return _azure(address.bucket, access, limits)
            case "s3":
                return _s3(address.bucket, access, limits)
            case "gcs":
                return _gcs(address.bucket, access, limits)
    except (BaseError, ValueError) as error:
        why = trouble(error, address)
        raise UnreadableSource(
            f"{address.uri} cannot be opened with {access.words}: {why.words}", hint=why.hint
        ) from None


def _azure(container: str, access: Access, limits: Limits) -> AzureStore:
    def key() -> "AzureAccessKey":
        return {"access_key": access.key, "expires_at": None}

    def sas() -> "AzureSASToken":
        return {"sas_token": access.sas, "expires_at": None}

    endpoint = access.endpoint or f"https://{access.account}.blob.core.windows.net"
    return AzureStore(
        container,
        account_name=access.account,
        endpoint=endpoint,
        use_emulator=False,
        skip_signature=access.anonymous,
        credential_provider=key if access.key else sas if access.sas else None,
        client_options=_client(endpoint, limits),
        retry_config=_retry(limits),
    )


def _s3(bucket: str, access: Access, limits: Limits) -> S3Store:
    def key() -> "S3Credential":
        return {
            "access_key_id": access.key_id,
            "secret_access_key": access.key,
            "token": access.token or None,
            "expires_at": None,
        }

    region = access.region or "us-east-1"
    endpoint = access.endpoint or f"https://s3.{region}.amazonaws.com"
    return S3Store(
        bucket,
        endpoint=endpoint,
        region=region,
        virtual_hosted_style_request=False,
        skip_signature=access.anonymous,
        credential_provider=key if access.key else None,
        client_options=_client(endpoint, limits),
        retry_config=_retry(limits),
    )


def _gcs(bucket: str, access: Access, limits: Limits) -> GCSStore:
    endpoint = access.endpoint or "https://storage.googleapis.com"
    file = access.credentials_file
    return GCSStore(
        bucket,
        config={"application_credentials": file} if file else {},
        base_url=endpoint,
        skip_signature=access.anonymous,
        client_options=_client(endpoint, limits),
        retry_config=_retry(limits),
    )


def _client(endpoint: str, limits: Limits) -> "ClientConfig":
    return {
        "allow_http": endpoint.startswith("http://"),
        "connect_timeout": timedelta(seconds=limits.connect),
        "read_timeout": timedelta(seconds=limits.silence),
        "timeout": timedelta(seconds=limits.request),
    }


def _retry(limits: Limits) -> "RetryConfig":
    return {
        "max_retries": limits.retries,
        "retry_timeout": timedelta(seconds=limits.retry_for),
        "backoff": {
            "init_backoff": timedelta(milliseconds=100),
            "max_backoff": timedelta(seconds=10),
            "base": 2,
        },
    }
