"""Where the database is: the one that the installation names, or the embedded one of its home."""

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from socle.installation import Loaded
from socle.refusal import Refused

APPLICATION_ROLE = "socle_app"


class DatabaseUrls(msgspec.Struct, frozen=True):
    """The URL that the application serves with, and the owner's that migrates (empty where it is not given)."""

    app: str
    owner: str
    embedded: bool


def given_urls(loaded: Loaded) -> DatabaseUrls:
    """The URLs that the environment gives. Raises `Refused` where it gives none."""
    app, owner = loaded.secrets.database_url, loaded.secrets.database_owner_url
    if app is None:
        raise Refused("SOCLE_DATABASE_URL is missing.")
    return DatabaseUrls(app.reveal(), owner.reveal() if owner else "", embedded=False)


@contextmanager
def database_urls(loaded: Loaded) -> Iterator[DatabaseUrls]:
    """The database's URLs; the embedded server runs for as long as the block needs it, unless another process of
    the installation runs it already."""
    if loaded.secrets.database_url is not None:
        yield given_urls(loaded)
        return
    from adapters.db.embedded import EmbeddedError, start

    try:
        cluster = start(loaded.home)
    except EmbeddedError as error:
        raise Refused(str(error)) from error
    try:
        yield DatabaseUrls(cluster.url(role=APPLICATION_ROLE), cluster.url(), embedded=True)
    finally:
        cluster.stop()
