"""The token that every call to Moov carries (mobile-money.md section 4A.2)."""

import base64

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from core.primitives.secret import Secret

KEY_BYTES = 32
_SHORTER_KEYS = (16, 24)
_BLOCK_BITS = 128
_BLOCK_BYTES = 16


def merchant_token(key: Secret, username: str, password: Secret) -> Secret:
    """Return the token of a user: "0:user:password" by AES-256-CBC with an IV of zeros and PKCS#7 padding, in base64.
    The key has 32 bytes; one of 16 or 24 is filled up with zeros. Raises `ValueError` for any other."""
    octets = key.reveal().encode()
    if len(octets) not in (*_SHORTER_KEYS, KEY_BYTES):
        raise ValueError("the key has neither 32, 24 nor 16 bytes")
    padder = PKCS7(_BLOCK_BITS).padder()
    plain = padder.update(f"0:{username}:{password.reveal()}".encode()) + padder.finalize()
    # the IV is Moov's: what it costs is that equal tokens look equal, and there is only one
    cipher = Cipher(algorithms.AES256(octets.ljust(KEY_BYTES, b"\0")), modes.CBC(bytes(_BLOCK_BYTES)))
    encryptor = cipher.encryptor()
    return Secret(base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode())
