"""What other slices may ask of quotes, in their own unit of work."""

from plugins.crm.uses import Uses


class DevisApi:
    """Quotes, for the slices that refer to them. `uses` takes the kinds of things that keep a quote from being
    deleted."""

    def __init__(self, uses: Uses) -> None:
        self.uses = uses
