"""What every installation has from the start: the roles, an organisation of its own, and its time zone in the
database."""

from adapters.db.migrate import load_rows, row_modules
from adapters.db.tallies import Tallies
from socle.composition import Composition


async def seed(composition: Composition) -> None:
    """Seed an installation; what is there already stays as it is."""
    await composition.kernel.organisations.seed(composition.loaded.settings.organisation)
    # the kept sums of plugins that are off are made anew as well
    load_rows(row_modules("plugins"))
    await Tallies(composition.works).settle_zone(composition.loaded.settings.time_zone)
