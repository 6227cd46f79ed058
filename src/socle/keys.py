"""The installation's secret key. Production gives it; development makes one in its home."""

import os
import secrets
from pathlib import Path

from socle.installation import Loaded


def secret_key(loaded: Loaded) -> bytes:
    """Return the installation's key, of at least 32 bytes."""
    given = loaded.secrets.secret_key
    if given is not None:
        return given.reveal().encode()
    return _kept_key(loaded.home / "keys" / "secret.key")


def _kept_key(path: Path) -> bytes:
    """Read the kept key, or make it; of two processes that make it at once, one key stays."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        made = path.with_name(f"{path.name}.{os.getpid()}")
        made.touch(mode=0o600)
        made.write_text(secrets.token_urlsafe(48), encoding="ascii")
        try:
            os.link(made, path)
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return path.read_text(encoding="ascii").encode()
