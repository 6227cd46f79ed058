"""The installation file `socle.toml`, and the environment over it.

Every setting can be given as `SOCLE_<NAME>` or `SOCLE_<SECTION>_<NAME>` as well. Secrets come from the environment or
from files only (`SOCLE_…_FILE` names one), never from the installation file.
"""

import ipaddress
import logging
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from adapters.notify.settings import PushSettings, SmsSettings, is_safe_url, sms_faults
from core.primitives.secret import Secret
from socle.refusal import Refused

DEVELOPMENT = "development"
PRODUCTION = "production"
SERVER_URL = "SOCLE_SERVER_URL"
OPERATORS_URL = "SOCLE_OPERATORS_URL"


class PluginChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which plugins run beside what the edition says: `only` replaces the edition's list, `off` switches off,
    `retired` keeps history readable and outstanding work settled."""

    only: tuple[str, ...] = ()
    off: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()


class AccountsSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Passwords, tokens and sign-in. Times are in seconds, argon2 memory in KiB (OWASP: 19 MiB, t=2, p=1)."""

    argon2_memory: int = 19_456
    argon2_time: int = 2
    argon2_parallelism: int = 1
    hashing_threads: int = 2
    access_lifetime: int = 900
    refresh_lifetime: int = 604_800
    refresh_rotation: bool = False
    failures_allowed: int = 10
    failures_window: int = 900


class LimitSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Limits of the edge. `per_minute` counts sign-ins, registrations and tenant creations of one address: 600 in
    development, 30 in production unless set. Sizes are in bytes, times in seconds."""

    per_minute: int = 0
    json_body: int = 1_048_576
    form_body: int = 12_582_912
    body_seconds: float = 20
    request_seconds: float = 30


class SmtpSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The mail server. Without a host, `development` keeps mail in the development mailbox."""

    host: str = ""
    port: int = 587
    username: str = ""
    sender: str = "Socle <no-reply@localhost>"
    security: Literal["starttls", "tls", "none"] = "starttls"


class StorageSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where files are kept: in the home, or in an S3 bucket where one is named. `endpoint` is that of another server
    that speaks S3; `plain_http` lets it be one without TLS, for tests."""

    bucket: str = ""
    endpoint: str = ""
    region: str = "us-east-1"
    access_key: str = ""
    plain_http: bool = False


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The installation file, with a default for everything. `demo` lets `socle serve` fill a fresh installation in
    development with two companies that do not exist."""

    edition: str = "full"
    environment: Literal["development", "production"] = "development"
    public_url: str = ""
    time_zone: str = "Africa/Porto-Novo"
    currency: str = "XOF"
    region: str = "BJ"
    languages: tuple[str, ...] = ("fr", "en")
    organisation: str = "Socle"
    allowed_hosts: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    cors_origins: tuple[str, ...] = ()
    pool_size: int = 10
    demo: bool = True
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    mounts: dict[str, str] = {}
    plugins: PluginChoice = PluginChoice()
    settings: dict[str, dict[str, Any]] = {}
    accounts: AccountsSettings = AccountsSettings()
    limits: LimitSettings = LimitSettings()
    smtp: SmtpSettings = SmtpSettings()
    sms: SmsSettings = SmsSettings()
    push: PushSettings = PushSettings()
    storage: StorageSettings = StorageSettings()


class Secrets(msgspec.Struct, frozen=True):
    """What never stands in the installation file."""

    secret_key: Secret | None = None
    database_url: Secret | None = None
    database_owner_url: Secret | None = None
    queue_url: Secret | None = None
    smtp_password: Secret | None = None
    sms_secret: Secret | None = None
    push_service_account: Secret | None = None
    storage_secret_key: Secret | None = None
    ldap_password: Secret | None = None


class Loaded(msgspec.Struct, frozen=True):
    """An installation as it was read: its home, settings and secrets, the address that `socle serve` listens on, and
    that of the operator simulator, empty where there is none. `environment` are the variables that plugins' own
    secrets come from."""

    home: Path
    settings: Settings
    secrets: Secrets
    server_url: str = ""
    operators_url: str = ""
    environment: Mapping[str, Secret] = {}

    def secret_of(self, plugin: str, name: str) -> Secret | None:
        """A plugin's own secret, from SOCLE_<PLUGIN>_<NAME> or the file that …_FILE names. Raises `Refused` where
        that cannot be read."""
        return _secret(f"SOCLE_{plugin}_{name}".upper(), self.environment)

    @property
    def link_base(self) -> str:
        """Where the links in mails lead: the public address, in development the server's own."""
        return self.settings.public_url or self.server_url or "http://127.0.0.1:8000"

    @property
    def production(self) -> bool:
        """Whether this is a production installation."""
        return self.settings.environment == PRODUCTION

    @property
    def demo(self) -> bool:
        """Whether a fresh installation gets the demonstration: in development alone."""
        return self.settings.demo and not self.production

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts that the server answers to: those that are listed, and the public address's own."""
        public = urlsplit(self.settings.public_url).hostname
        return tuple(dict.fromkeys([*self.settings.allowed_hosts, *([public] if public else [])]))

    @property
    def log_level(self) -> int:
        """The least level of log lines that are written."""
        return logging.getLevelNamesMapping()[self.settings.log_level.upper()]

    @property
    def zone(self) -> ZoneInfo:
        """The installation's time zone."""
        return ZoneInfo(self.settings.time_zone)

    @property
    def per_minute(self) -> int:
        """Sign-ins, registrations and tenant creations allowed to one address in a minute."""
        return self.settings.limits.per_minute or (30 if self.production else 600)


def load(home: Path, environ: Mapping[str, str] | None = None, **overrides: Any) -> Loaded:
    """Read the installation of a home directory. `overrides` are the command line's, None for what was not given.

    Raises `Refused` with every fault found.
    """
    environ = os.environ if environ is None else environ
    file = Path(environ.get("SOCLE_CONFIG") or home / "socle.toml")
    data: dict[str, Any] = {}
    if file.exists():
        try:
            data = tomllib.loads(file.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise Refused(f"{file.name} is not valid TOML: {error}.") from error
    _merge_environment(data, Settings, "SOCLE_", environ)
    data.update({name: value for name, value in overrides.items() if value is not None})
    try:
        settings = msgspec.convert(data, Settings)
    except msgspec.ValidationError as error:
        raise Refused(f"{file.name} or a SOCLE_ variable is wrong: {error}.") from error
    variables = {name: Secret(value) for name, value in environ.items() if name.startswith("SOCLE_")}
    loaded = Loaded(
        home.resolve(),
        settings,
        _read_secrets(variables),
        environ.get(SERVER_URL, ""),
        "" if settings.environment == PRODUCTION else environ.get(OPERATORS_URL, ""),
        variables,
    )
    faults = list(_faults(loaded))
    if faults:
        raise Refused(*faults)
    return loaded


def _merge_environment(data: dict[str, Any], kind: Any, prefix: str, environ: Mapping[str, str]) -> None:
    for name, hint in get_type_hints(kind).items():
        variable = prefix + name.upper()
        if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
            section = dict(data.get(name, {}))
            _merge_environment(section, hint, f"{variable}_", environ)
            if section:
                data[name] = section
        elif variable in environ and get_origin(hint) is not dict:
            data[name] = _typed(environ[variable], hint)


def _typed(text: str, hint: Any) -> Any:
    if get_origin(hint) is tuple:
        return [part.strip() for part in text.split(",") if part.strip()]
    if get_origin(hint) is Literal or hint is str:
        return text
    if hint is bool:
        return {"1": True, "true": True, "0": False, "false": False}.get(text.lower(), text)
    try:
        return hint(text)
    except ValueError:
        return text


def _read_secrets(variables: Mapping[str, Secret]) -> Secrets:
    found = {name: _secret(f"SOCLE_{name.upper()}", variables) for name in Secrets.__struct_fields__}
    return Secrets(**found)


def _secret(variable: str, variables: Mapping[str, Secret]) -> Secret | None:
    given, file = variables.get(variable), variables.get(f"{variable}_FILE")
    if given is not None and given.reveal():
        return given
    if file is None or not file.reveal():
        return None
    try:
        return Secret(Path(file.reveal()).read_text(encoding="utf-8").strip())
    except OSError as error:
        raise Refused(f"{variable}_FILE names a file that cannot be read: {error.strerror}.") from error


def _faults(loaded: Loaded) -> Any:
    settings = loaded.settings
    try:
        ZoneInfo(settings.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        yield f'time_zone "{settings.time_zone}" is unknown: write one of the IANA names, such as "Africa/Porto-Novo".'
    if settings.public_url:
        parts = urlsplit(settings.public_url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            yield f'public_url "{settings.public_url}" is no web address: write it like "https://api.example.com".'
    for network in settings.trusted_proxies:
        try:
            ipaddress.ip_network(network, strict=False)
        except ValueError:
            yield f'trusted_proxies names "{network}", which is no address or network: write it like "10.0.0.0/8".'
    for suite, prefix in settings.mounts.items():
        if not prefix.startswith("/") or (prefix != "/" and prefix.endswith("/")) or "//" in prefix:
            yield f'mounts.{suite} is "{prefix}": write a prefix that starts and does not end with a slash, or "/".'
    if settings.storage.bucket and loaded.secrets.storage_secret_key is None:
        yield "storage.bucket is set and SOCLE_STORAGE_SECRET_KEY is missing: files cannot be kept."
    yield from sms_faults(settings.sms, loaded.secrets.sms_secret)
    if not is_safe_url(settings.push.base_url):
        yield "push.base_url must begin with https:// and name a host: it is given credentials."
    unknown = set(settings.languages) - set(get_args(Literal["fr", "en"]))
    if unknown or not settings.languages:
        yield 'languages may hold "fr" and "en" only.'
    if loaded.production:
        yield from _production_faults(loaded)


def _production_faults(loaded: Loaded) -> Any:
    settings, secrets = loaded.settings, loaded.secrets
    if not settings.public_url:
        yield "production needs public_url (or SOCLE_PUBLIC_URL): the address that clients see."
    if secrets.secret_key is None or len(secrets.secret_key.reveal()) < 32:
        yield "production needs SOCLE_SECRET_KEY (or SOCLE_SECRET_KEY_FILE) of at least 32 characters."
    if not settings.smtp.host:
        yield "production needs a mail server: set smtp.host (or SOCLE_SMTP_HOST); the mailbox is for development."
