"""Refusals to start: one sentence each, that says what to change."""


class Refused(Exception):
    """The installation cannot start. `sentences` say why, all reasons at once."""

    def __init__(self, *sentences: str) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences
