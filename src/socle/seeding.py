"""What every installation has from the start: the roles, and an organisation of its own."""

from socle.composition import Composition


async def seed(composition: Composition) -> None:
    """Seed an installation; what is there already stays as it is."""
    await composition.kernel.organisations.seed(composition.loaded.settings.organisation)
