"""How to reach a cloud's storage: named connections, and the usual environment variables.

A `Connection` holds no secret, only the names of the environment variables that do. `grant` looks
them up and gives an `Access`, which lives in memory only and does not show its secrets.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sightline.errors import UnreadableSource

Kind = Literal["azure", "s3", "gcs"]

EMULATOR_ACCOUNT = "devstoreaccount1"
EMULATOR_ENDPOINT = f"http://127.0.0.1:10000/{EMULATOR_ACCOUNT}"
EMULATOR_KEY = (  # not a secret: the emulator's documentation gives it to everybody
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A way to a storage account, under a name of its own.

    `endpoint` is the service's address where it is not the cloud's own. Each `…_env` names an
    environment variable: azure takes `connection_string_env`, or `account` with `key_env` or
    `sas_env`; s3 takes `key_id_env` and `key_env` (and `token_env`); gcs takes `credentials_env`,
    which names the file of a service account. Without any, the machine's own identity is used;
    `anonymous` asks without one.
    """

    name: str
    kind: Kind
    account: str = ""
    endpoint: str = ""
    region: str = ""
    connection_string_env: str = ""
    key_id_env: str = ""
    key_env: str = ""
    token_env: str = ""
    sas_env: str = ""
    credentials_env: str = ""
    anonymous: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A connection with its secrets looked up. `name` is empty for the environment's own.

    `ambient` leaves it to the machine (managed identity, role) to say who asks.
    """

    name: str
    kind: Kind
    account: str = ""
    endpoint: str = ""
    region: str = ""
    anonymous: bool = False
    credentials_file: str = ""
    key_id: str = field(default="", repr=False)
    key: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    sas: str = field(default="", repr=False)

    @property
    def ambient(self) -> bool:
        """Whether no secret was given."""
        return not (self.key or self.sas or self.credentials_file or self.anonymous)

    @property
    def words(self) -> str:
        """What a message calls it."""
        return f"the connection {self.name!r}" if self.name else "the environment's credentials"


def usual(kind: Kind, environment: Mapping[str, str]) -> Connection:
    """What the cloud's own tools would take from the environment; unset variables are left out."""

    def first(*names: str) -> str:
        return next((environment[name] for name in names if environment.get(name)), "")

    def which(*names: str) -> str:
        return next((name for name in names if environment.get(name)), "")

    match kind:
        case "azure":
            return Connection(
                name="",
                kind=kind,
                account=first("AZURE_STORAGE_ACCOUNT", "AZURE_STORAGE_ACCOUNT_NAME"),
                connection_string_env=which("AZURE_STORAGE_CONNECTION_STRING"),
                key_env=which("AZURE_STORAGE_KEY", "AZURE_STORAGE_ACCOUNT_KEY"),
                sas_env=which("AZURE_STORAGE_SAS_TOKEN"),
            )
        case "s3":
            return Connection(
                name="",
                kind=kind,
                endpoint=first("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
                region=first("AWS_REGION", "AWS_DEFAULT_REGION"),
                key_id_env=which("AWS_ACCESS_KEY_ID"),
                key_env=which("AWS_SECRET_ACCESS_KEY"),
                token_env=which("AWS_SESSION_TOKEN"),
            )
        case "gcs":
            return Connection(
                name="", kind=kind, credentials_env=which("GOOGLE_APPLICATION_CREDENTIALS")
            )


def grant(connection: Connection, environment: Mapping[str, str]) -> Access:
    """The access of a connection. Raises UnreadableSource for what is missing."""

    def secret(variable: str) -> str:
        if variable and not environment.get(variable):
            raise UnreadableSource(
                f"The connection {connection.name!r} takes a secret from the environment variable "
                f"{variable}, which is not set.",
                hint="Set it where Sightline runs.",
            )
        return environment.get(variable, "").strip() if variable else ""

    if connection.kind == "azure" and connection.connection_string_env:
        return _of_connection_string(
            connection, secret(connection.connection_string_env), connection.connection_string_env
        )
    access = Access(
        name=connection.name,
        kind=connection.kind,
        account=connection.account,
        endpoint=connection.endpoint.rstrip("/"),
        region=connection.region,
        anonymous=connection.anonymous,
        credentials_file=secret(connection.credentials_env),
        key_id=secret(connection.key_id_env),
        key=secret(connection.key_env),
        token=secret(connection.token_env),
        sas=secret(connection.sas_env).removeprefix("?"),
    )
    if access.kind == "azure" and not access.account:
        raise UnreadableSource(
            f"Expected the name of a storage account, but {access.words} have none."
            if not access.name
            else f"Expected an account in {access.words}, got none.",
            hint="Set AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT and "
            "AZURE_STORAGE_KEY, or name a connection: az://container?connection=NAME.",
        )
    return access


def _of_connection_string(connection: Connection, text: str, variable: str) -> Access:
    """`AccountName=…;AccountKey=…;…` as the Azure portal shows it, or the emulator's short form."""
    parts = {
        name.strip().lower(): value.strip()
        for name, is_pair, value in (part.partition("=") for part in text.split(";"))
        if is_pair
    }
    if parts.get("usedevelopmentstorage", "").lower() == "true":
        parts |= {
            "accountname": EMULATOR_ACCOUNT,
            "accountkey": EMULATOR_KEY,
            "blobendpoint": EMULATOR_ENDPOINT,
        }
    key, sas = parts.get("accountkey", ""), parts.get("sharedaccesssignature", "")
    endpoint = parts.get("blobendpoint", "").rstrip("/")
    account = parts.get("accountname") or _account_of(endpoint) or connection.account
    if not account or not (key or sas):
        raise UnreadableSource(
            f"Expected a connection string (AccountName=…;AccountKey=…) in {variable}, got one "
            f"with {', '.join(sorted(parts)) or 'no fields'}.",
            hint="Copy it from 'Access keys' of the storage account.",
        )
    if not endpoint:
        scheme = parts.get("defaultendpointsprotocol", "https")
        endpoint = f"{scheme}://{account}.blob.{parts.get('endpointsuffix', 'core.windows.net')}"
    return Access(
        name=connection.name,
        kind="azure",
        account=account,
        endpoint=endpoint,
        key=key,
        sas=sas.removeprefix("?"),
    )


def _account_of(endpoint: str) -> str:
    """`https://acme.blob.core.windows.net` names its account first; a SAS string names no other."""
    host = endpoint.partition("://")[2].partition("/")[0]
    return host.partition(".")[0] if ".blob." in host else ""
