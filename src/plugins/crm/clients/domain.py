"""How a client is addressed."""

import msgspec


class Contact(msgspec.Struct, frozen=True):
    """A client's id, name, company ("" for a private person) and email (None where none is known)."""

    id: int
    nom: str
    societe: str
    email: str | None
