"""The installation file, the environment over it, secrets, and what is refused, in sentences."""

import stat
from pathlib import Path
from typing import Any

import pytest

from adapters.db.database import Database
from adapters.db.work import PgWorks
from adapters.notify.mailbox import MailboxChannel
from adapters.notify.push import FcmChannel
from adapters.notify.sms import SmsChannel
from adapters.notify.smtp import SmtpChannel
from core.notifications.channel import Channel
from core.testkit.clock import FakeClock
from socle.channels import channels_of
from socle.installation import Loaded, load
from socle.keys import secret_key
from socle.refusal import Refused
from tests.adapters.notify.fcm_peer import key_file

KEY = "une-clef-secrete-de-plus-de-32-caracteres"
PRODUCTION = {"SOCLE_ENVIRONMENT": "production", "SOCLE_PUBLIC_URL": "https://api.example.com"}
COMPLETE = {**PRODUCTION, "SOCLE_SECRET_KEY": KEY, "SOCLE_SMTP_HOST": "mail.example.com"}


def loaded(home: Path, text: str = "", environ: dict[str, str] | None = None, **overrides: Any) -> Loaded:
    """The installation of a home with a file and an environment."""
    (home / "socle.toml").write_text(text, encoding="utf-8")
    return load(home, environ or {}, **overrides)


def refusal(home: Path, text: str = "", environ: dict[str, str] | None = None) -> str:
    """The sentences with which an installation is refused."""
    with pytest.raises(Refused) as caught:
        loaded(home, text, environ)
    return "\n".join(caught.value.sentences)


def test_nothing_is_needed(tmp_path: Path) -> None:
    settings = load(tmp_path, {}).settings
    assert (settings.edition, settings.environment, settings.currency) == ("full", "development", "XOF")
    assert settings.time_zone == "Africa/Porto-Novo"


def test_the_command_line_is_over_the_environment_is_over_the_file(tmp_path: Path) -> None:
    text = 'edition = "crm"\npool_size = 3\ncors_origins = ["https://a.example"]\n[accounts]\naccess_lifetime = 60\n'
    from_file = loaded(tmp_path, text).settings
    assert (from_file.edition, from_file.pool_size, from_file.accounts.access_lifetime) == ("crm", 3, 60)
    environ = {
        "SOCLE_EDITION": "driven",
        "SOCLE_POOL_SIZE": "4",
        "SOCLE_ACCOUNTS_ACCESS_LIFETIME": "90",
        "SOCLE_ACCOUNTS_REFRESH_ROTATION": "true",
        "SOCLE_CORS_ORIGINS": "https://b.example, https://c.example",
        "SOCLE_LIMITS_REQUEST_SECONDS": "1.5",
    }
    over = loaded(tmp_path, text, environ).settings
    assert (over.edition, over.pool_size, over.accounts.access_lifetime) == ("driven", 4, 90)
    assert over.accounts.refresh_rotation is True
    assert over.cors_origins == ("https://b.example", "https://c.example")
    assert over.limits.request_seconds == 1.5
    assert loaded(tmp_path, text, environ, edition="full").settings.edition == "full"
    assert loaded(tmp_path, text, environ, edition=None).settings.edition == "driven"


def test_another_file_can_be_named(tmp_path: Path) -> None:
    elsewhere = tmp_path / "other.toml"
    elsewhere.write_text("pool_size = 7\n", encoding="utf-8")
    assert loaded(tmp_path, "pool_size = 3\n", {"SOCLE_CONFIG": str(elsewhere)}).settings.pool_size == 7


@pytest.mark.parametrize(
    ("text", "environ", "said"),
    [
        ("edition =", {}, "socle.toml is not valid TOML"),
        ("colour = 1", {}, "colour"),
        ("[accounts]\ncolour = 1", {}, "colour"),
        ('environment = "staging"', {}, "staging"),
        ("", {"SOCLE_POOL_SIZE": "many"}, "$.pool_size"),
        ("", {"SOCLE_ACCOUNTS_REFRESH_ROTATION": "perhaps"}, "$.accounts.refresh_rotation"),
        ('time_zone = "Mars/Olympus"', {}, 'time_zone "Mars/Olympus" is unknown'),
        ('time_zone = "../etc/passwd"', {}, "is unknown"),
        ('public_url = "example.com"', {}, "is no web address"),
        ('trusted_proxies = ["everyone"]', {}, 'names "everyone"'),
        ('[mounts]\nekigega = "gestion"', {}, "mounts.ekigega"),
        ('[mounts]\nekigega = "/gestion/"', {}, "mounts.ekigega"),
        ('languages = ["fon"]', {}, "languages"),
        ("languages = []", {}, "languages"),
        ('secret_key = "x"', {}, "secret_key"),
        ("", {"SOCLE_SECRET_KEY_FILE": "/nowhere/at/all"}, "SOCLE_SECRET_KEY_FILE names a file that cannot be read"),
    ],
)
def test_what_is_wrong_is_refused_in_a_sentence(tmp_path: Path, text: str, environ: dict[str, str], said: str) -> None:
    assert said in refusal(tmp_path, text, environ)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    said = refusal(tmp_path, 'time_zone = "x"\npublic_url = "y"\nlanguages = ["z"]\n')
    assert len(said.splitlines()) == 3


def test_production_needs_address_key_and_mail_server(tmp_path: Path) -> None:
    said = refusal(tmp_path, "", {"SOCLE_ENVIRONMENT": "production"}).splitlines()
    assert len(said) == 3
    assert load(tmp_path, COMPLETE).production


@pytest.mark.parametrize(
    ("lacking", "said"),
    [
        ("SOCLE_PUBLIC_URL", "production needs public_url"),
        ("SOCLE_SECRET_KEY", "production needs SOCLE_SECRET_KEY"),
        ("SOCLE_SMTP_HOST", "the mailbox is for development"),
    ],
)
def test_production_refuses_what_is_missing(tmp_path: Path, lacking: str, said: str) -> None:
    environ = {name: value for name, value in COMPLETE.items() if name != lacking}
    (sentence,) = refusal(tmp_path, "", environ).splitlines()
    assert said in sentence


def test_production_refuses_a_short_key_and_the_kept_development_key(tmp_path: Path) -> None:
    secret_key(load(tmp_path, {}))
    assert (tmp_path / "keys" / "secret.key").exists()
    without = {name: value for name, value in COMPLETE.items() if name != "SOCLE_SECRET_KEY"}
    assert "SOCLE_SECRET_KEY" in refusal(tmp_path, "", without)
    assert "32 characters" in refusal(tmp_path, "", {**without, "SOCLE_SECRET_KEY": "short"})


def test_half_given_providers_are_named(tmp_path: Path) -> None:
    said = refusal(tmp_path, '[sms]\nprovider = "twilio"\n[push]\nbase_url = "http://fcm.example.com"\n')
    assert "sms.username, sms.sender, SOCLE_SMS_SECRET is missing" in said
    assert "push.base_url" in said
    given = '[sms]\nprovider = "twilio"\nusername = "AC1"\nsender = "+1500"\n'
    assert loaded(tmp_path, given, {"SOCLE_SMS_SECRET": "s"}).settings.sms.provider == "twilio"
    assert "sms.provider is not" in refusal(tmp_path, "", {"SOCLE_SMS_SECRET": "s"})


def channels(tmp_path: Path, text: str = "", environ: dict[str, str] | None = None) -> dict[str, type[Channel]]:
    """The channels of an installation, and what each of them is."""
    installation = loaded(tmp_path, text, environ)
    works = PgWorks(Database("postgresql://nobody@localhost/nothing"), {})
    return {channel.name: type(channel) for channel in channels_of(installation, works, FakeClock())}


def test_the_mailbox_plays_every_channel_that_has_no_provider_in_development_alone(tmp_path: Path) -> None:
    mailbox = dict.fromkeys(("email", "sms", "push"), MailboxChannel)
    assert channels(tmp_path) == mailbox
    assert channels(tmp_path, "", COMPLETE) == {"email": SmtpChannel}
    providers = {
        "SOCLE_SMS_PROVIDER": "africastalking",
        "SOCLE_SMS_USERNAME": "sandbox",
        "SOCLE_SMS_SECRET": "s",
        "SOCLE_PUSH_SERVICE_ACCOUNT": key_file("https://oauth2.googleapis.com"),
    }
    assert channels(tmp_path, "", providers) == {"email": MailboxChannel, "sms": SmsChannel, "push": FcmChannel}
    everything = {"email": SmtpChannel, "sms": SmsChannel, "push": FcmChannel}
    assert channels(tmp_path, "", {**COMPLETE, **providers}) == everything


def test_a_service_account_that_is_none_or_missing_is_named(tmp_path: Path) -> None:
    for text, environ in (("", {"SOCLE_PUSH_SERVICE_ACCOUNT": "{}"}), ('[push]\nproject = "p"\n', {})):
        with pytest.raises(Refused, match="SOCLE_PUSH_SERVICE_ACCOUNT"):
            channels(tmp_path, text, environ)


def test_secrets_come_from_files(tmp_path: Path) -> None:
    kept = tmp_path / "key"
    kept.write_text(f"{KEY}\n", encoding="utf-8")
    environ = {"SOCLE_SECRET_KEY_FILE": str(kept), "SOCLE_DATABASE_URL_FILE": str(kept)}
    found = load(tmp_path, environ)
    assert found.secrets.secret_key is not None
    assert found.secrets.secret_key.reveal() == KEY
    assert found.secrets.database_url is not None
    assert secret_key(found) == KEY.encode()
    both = load(tmp_path, {**environ, "SOCLE_SECRET_KEY": KEY * 2})
    assert secret_key(both) == (KEY * 2).encode()


def test_secrets_show_themselves_nowhere(tmp_path: Path) -> None:
    found = load(tmp_path, {**COMPLETE, "SOCLE_DATABASE_URL": "postgresql://u:hidden@h/d"})
    assert KEY not in repr(found)
    assert "hidden" not in repr(found)
    assert "hidden" not in f"{found.secrets.database_url}"


def test_the_development_key_is_kept_private_and_stays(tmp_path: Path) -> None:
    first = secret_key(load(tmp_path, {}))
    assert len(first) >= 32
    assert secret_key(load(tmp_path, {})) == first
    assert stat.S_IMODE((tmp_path / "keys" / "secret.key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700


def test_hosts_and_limits_follow_the_environment(tmp_path: Path) -> None:
    assert load(tmp_path, COMPLETE).hosts == ("api.example.com",)
    assert load(tmp_path, COMPLETE).per_minute == 30
    assert load(tmp_path, {}).per_minute == 600
    assert load(tmp_path, {"SOCLE_LIMITS_PER_MINUTE": "5"}).per_minute == 5
