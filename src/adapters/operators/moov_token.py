"""Moov's token: `0:<username>:<password>` under AES-256-CBC with an IV of zeros (mobile-money.md section 4A.2)."""

import base64
import binascii
import secrets

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from adapters.operators.credentials import MoovCredentials

BLOCK_BITS = 128


def _cipher(key: str) -> Cipher[modes.CBC]:
    return Cipher(algorithms.AES(key.encode()), modes.CBC(bytes(BLOCK_BITS // 8)))


def write_token(credentials: MoovCredentials) -> str:
    """The token of a merchant."""
    padder = PKCS7(BLOCK_BITS).padder()
    text = f"0:{credentials.username}:{credentials.password}".encode()
    encryptor = _cipher(credentials.key).encryptor()
    sealed = encryptor.update(padder.update(text) + padder.finalize()) + encryptor.finalize()
    return base64.b64encode(sealed).decode()


def is_token(credentials: MoovCredentials, token: str) -> bool:
    """Whether a token is the merchant's: its ready-made one, or one that decrypts to its user and password."""
    opaque = credentials.opaque_token
    if opaque and secrets.compare_digest(token.encode(), opaque.encode()):
        return True
    try:
        sealed = base64.b64decode(token, validate=True)
        decryptor = _cipher(credentials.key).decryptor()
        unpadder = PKCS7(BLOCK_BITS).unpadder()
        text = unpadder.update(decryptor.update(sealed) + decryptor.finalize()) + unpadder.finalize()
    except (binascii.Error, ValueError):
        return False
    return secrets.compare_digest(text, f"0:{credentials.username}:{credentials.password}".encode())
