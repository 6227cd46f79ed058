"""What other plugins of the suite may call of companies."""

from typing import Any

import msgspec

from plugins.megahub.companies.alerts_service import Alerts
from plugins.megahub.companies.company_service import Companies


class CompaniesApi(msgspec.Struct, frozen=True):
    """`companies.inside(caller, number)` finds a company that the caller may see, and narrows a superuser to it;
    `companies.founding` makes what else a new company needs, `companies.expansions` adds to its details;
    `alerts.raise_or_clear` brings its alerts to what is used."""

    companies: Companies[Any]
    alerts: Alerts
