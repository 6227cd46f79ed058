"""The manifest of companies, brands and company users."""

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:
    from plugins.megahub.companies.alerts_service import TEMPLATES, Alerts
    from plugins.megahub.companies.alerts_store import PgAlerts
    from plugins.megahub.companies.api import CompaniesApi
    from plugins.megahub.companies.brand_http import brands_controller
    from plugins.megahub.companies.brand_service import Brands
    from plugins.megahub.companies.brand_store import BrandRows
    from plugins.megahub.companies.company_http import companies_controller
    from plugins.megahub.companies.company_service import Companies
    from plugins.megahub.companies.company_store import CompanyRows
    from plugins.megahub.companies.user_http import users_controller
    from plugins.megahub.companies.user_service import Users
    from plugins.megahub.companies.user_store import UserRows
    from plugins.megahub.companies.wire import AdminDetails, Brand, Company, CompanyUser

    zone, people = kernel.installation.time_zone, kernel.accounts.people
    kernel.notifications.register(*TEMPLATES)
    companies = Companies(
        kernel.works,
        CompanyRows(Company, AdminDetails, time_zone=zone),
        kernel.organisations,
        people,
        kernel.accounts.sessions,
        kernel.clock,
    )
    brands = Brands(kernel.works, BrandRows(Brand, time_zone=zone), companies, kernel.usage)
    users = Users(kernel.works, UserRows(CompanyUser, time_zone=zone), companies, kernel.organisations, people)
    return Wired(
        controllers=[companies_controller(companies), brands_controller(brands), users_controller(users)],
        api=CompaniesApi(companies, Alerts(PgAlerts(), kernel.notifications)),
    )


PLUGIN = Plugin(
    name="megahub_companies",
    title=Text(fr="Entreprises, marques et utilisateurs", en="Companies, brands and company users"),
    suites=("megahub",),
    requires=("accounts",),
    claims=("/companies",),
    wire=_wire,
)
