"""Registration, members, roles, organisations."""

from typing import Any
from uuid import UUID

import pytest

from core.access.principal import Action, Caller
from core.access.roles import SEEDED_ROLES
from core.accounts.people import Candidate
from core.organisations.entities import OWN_ORGANISATION
from core.primitives.errors import DomainError, Kind
from core.primitives.ids import new_id
from core.primitives.page import ListQuery
from tests.adapters.identity.stage import PASSWORD, Stage, anonymous, unique


async def _problems(running: Any) -> set[tuple[Any, str]]:
    with pytest.raises(DomainError) as refused:
        await running
    assert refused.value.kind is Kind.INVALID
    return {(problem.path[0] if problem.path else "", problem.message.code) for problem in refused.value.problems}


async def _role(stage: Stage, permissions: dict[str, list[str]]) -> tuple[str, UUID]:
    made = await stage.roles.create(Caller(), {"nom": unique("ROLE"), "permissions": permissions, "description": ""})
    return made.value.nom, made.value.id


# registration


async def test_first_account_becomes_the_owner(stage: Stage) -> None:
    organisation = await stage.organisation()
    first = await stage.join(organisation, "VENTES")
    second = await stage.join(organisation, "LECTURE")
    assert (first.place.owner, second.place.owner) == (True, False)
    assert first.place.role.name == "VENTES"
    assert first.place.id == first.account.id
    assert first.signed_in is not None
    principal = await stage.principal(first.signed_in)
    assert principal is not None
    assert principal.can("logs", Action.DELETE)
    assert principal.administers


async def test_roles_that_can_be_asked_for(stage: Stage) -> None:
    organisation = await stage.organisation()
    guarded, guarded_id = await _role(stage, {"accounts": ["read"]})
    plain, plain_id = await _role(stage, {"products": ["read"]})
    assert await _problems(stage.join(organisation, "SUPER_ADMIN")) == {("role", "super_admin_never")}
    assert await _problems(stage.join(organisation, guarded)) == {("role", "role_not_for_asking")}
    assert await _problems(stage.join(organisation, str(guarded_id))) == {("role", "role_not_for_asking")}
    assert await _problems(stage.join(organisation, "NO_SUCH_ROLE")) == {("role", "role_unknown")}
    assert (await stage.join(organisation, "ADMIN")).place.owner
    assert await _problems(stage.join(organisation, "ADMIN")) == {("role", "role_not_for_asking")}
    assert (await stage.join(organisation, str(plain_id))).place.role.name == plain


async def test_registration_names_every_failing_field(stage: Stage) -> None:
    taken = await stage.join(await stage.organisation())
    candidate = Candidate(email=taken.account.email.upper(), password="12345678")
    found = await _problems(stage.organisations.joining.register(anonymous(), candidate, new_id(), "SUPER_ADMIN"))
    assert found == {
        ("email", "email_taken"),
        ("password", "password_numeric"),
        ("password", "password_common"),
        ("entreprise", "organisation_unknown"),
        ("role", "super_admin_never"),
    }


async def test_nobody_registers_into_closed_or_own_organisations(stage: Stage) -> None:
    organisation = await stage.organisation()
    _, owner = await stage.member(organisation, "ADMIN")
    await stage.companies.delete(owner, organisation)
    for closed in (organisation, OWN_ORGANISATION):
        assert await _problems(stage.join(closed)) == {("entreprise", "organisation_unknown")}


async def test_username_is_the_email_and_unique(stage: Stage) -> None:
    organisation = await stage.organisation()
    first = await stage.join(organisation)
    assert first.account.username == first.account.email
    candidate = Candidate(email=f"{unique('x')}@exemple.bj", password=PASSWORD, username=first.account.email)
    assert await _problems(stage.organisations.joining.register(anonymous(), candidate, organisation, "LECTURE")) == {
        ("username", "username_invalid")
    }


async def test_later_account_waits_in_production(production: Stage) -> None:
    organisation = await production.organisation()
    owner_registered, owner = await production.member(organisation, "ADMIN")
    assert owner_registered.place.status == "actif"
    waiting = await production.join(organisation, "VENTES")
    assert waiting.place.status == "en_attente"
    assert waiting.signed_in is None
    with pytest.raises(DomainError) as refused:
        await production.sign_in(waiting.account.email)
    assert refused.value.kind is Kind.UNAUTHENTICATED
    await production.members.change(owner, waiting.place.id, {"status": "actif"})
    assert (await production.sign_in(waiting.account.email)).place is not None


# members


async def test_owner_stays(stage: Stage) -> None:
    organisation = await stage.organisation()
    registered, owner = await stage.member(organisation, "ADMIN")
    key = registered.place.id
    assert await _problems(stage.members.change(owner, key, {"status": "inactif"})) == {("status", "owner_stays")}
    assert await _problems(stage.members.change(owner, key, {"role": "LECTURE"})) == {("role", "owner_stays")}
    assert await _problems(stage.members.delete(owner, key)) == {("", "owner_stays")}


async def test_change_takes_effect_at_once(stage: Stage) -> None:
    organisation = await stage.organisation()
    _, owner = await stage.member(organisation, "ADMIN")
    registered, _ = await stage.member(organisation, "VENTES")
    assert registered.signed_in is not None
    await stage.members.change(owner, registered.place.id, {"role": "lecture"})
    principal = await stage.principal(registered.signed_in)
    assert principal is not None
    assert not principal.can("products", Action.CREATE)
    await stage.members.change(owner, registered.place.id, {"status": "inactif"})
    assert await stage.principal(registered.signed_in) is None
    assert stage.forgotten == 2


async def test_removed_member_keeps_its_account(stage: Stage, owner: Any) -> None:
    organisation = await stage.organisation()
    _, administrator = await stage.member(organisation, "ADMIN")
    registered, _ = await stage.member(organisation, "VENTES")
    assert registered.signed_in is not None
    await stage.members.delete(administrator, registered.place.id)
    assert await stage.principal(registered.signed_in) is None
    assert await owner.fetchval("select is_active from account where id = $1", registered.account.id)
    with pytest.raises(DomainError) as refused:
        await stage.members.delete(administrator, registered.place.id)
    assert refused.value.kind is Kind.MISSING


async def test_only_administrators_change_members(stage: Stage) -> None:
    organisation = await stage.organisation()
    await stage.member(organisation, "ADMIN")
    registered, ordinary = await stage.member(organisation, "VENTES")
    for caller, kind in ((ordinary, Kind.FORBIDDEN), (anonymous(), Kind.UNAUTHENTICATED)):
        with pytest.raises(DomainError) as refused:
            await stage.members.change(caller, registered.place.id, {"role": "ADMIN"})
        assert refused.value.kind is kind
        with pytest.raises(DomainError) as refused:
            await stage.members.delete(caller, registered.place.id)
        assert refused.value.kind is kind


async def test_nobody_grants_what_he_lacks(stage: Stage) -> None:
    organisation = await stage.organisation()
    _, owner = await stage.member(organisation, "VENTES")
    admin_registered, _ = await stage.member(organisation, "LECTURE")
    target, _ = await stage.member(organisation, "LECTURE")
    await stage.members.change(owner, admin_registered.place.id, {"role": "ADMIN"})
    administrator = await stage.caller(await stage.sign_in(admin_registered.account.email))
    await stage.members.change(administrator, target.place.id, {"role": "ADMIN"})
    found = await _problems(stage.members.change(administrator, target.place.id, {"role": "SUPER_ADMIN"}))
    assert found == {("role", "super_admin_never")}
    assert await _problems(stage.members.change(owner, target.place.id, {"role": "SUPER_ADMIN"})) == found
    async with stage.works.everywhere(Caller()) as work:
        admin_role = await stage.organisations.stores.roles.find(work, "ADMIN")
    assert admin_role is not None
    richer, _ = await _role_beyond_admin(stage)
    assert await _problems(stage.members.change(administrator, target.place.id, {"role": richer})) == {
        ("role", "role_not_grantable")
    }
    await stage.members.change(owner, target.place.id, {"role": richer})


async def _role_beyond_admin(stage: Stage) -> tuple[str, UUID]:
    name = unique("ROLE")
    made = await stage.roles.create(Caller(), {"nom": name, "description": "", "permissions": {}})
    async with stage.works.everywhere(Caller()) as work:
        await work.connection.execute(
            """update role set permissions = '{"slots": ["read"]}' where id = $1""", made.value.id
        )
        await work.commit()
    return name, made.value.id


async def test_another_organisations_member_is_missing(stage: Stage) -> None:
    _, owner = await stage.member(await stage.organisation(), "ADMIN")
    stranger, _ = await stage.member(await stage.organisation(), "ADMIN")
    for running in (
        stage.members.get(owner, stranger.place.id),
        stage.members.change(owner, stranger.place.id, {"role": "LECTURE"}),
        stage.members.delete(owner, stranger.place.id),
    ):
        with pytest.raises(DomainError) as refused:
            await running
        assert refused.value.kind is Kind.MISSING
    page = await stage.members.page(owner, ListQuery())
    assert page.count == 1


async def test_stale_version_of_a_member(stage: Stage) -> None:
    organisation = await stage.organisation()
    _, owner = await stage.member(organisation, "ADMIN")
    registered, _ = await stage.member(organisation)
    await stage.members.change(owner, registered.place.id, {"role": "FINANCE"}, 1)
    with pytest.raises(DomainError) as refused:
        await stage.members.change(owner, registered.place.id, {"role": "VENTES"}, 1)
    assert refused.value.kind is Kind.STALE


# roles


async def test_seeded_roles(stage: Stage) -> None:
    await stage.organisations.seed("Installation")
    async with stage.works.everywhere(Caller()) as work:
        for seeded in SEEDED_ROLES:
            role = await stage.organisations.stores.roles.find(work, seeded.name)
            assert role is not None
            assert role.seeded
            assert role.permissions == seeded.permissions


async def test_seeded_roles_are_neither_deleted_nor_renamed(stage: Stage) -> None:
    async with stage.works.everywhere(Caller()) as work:
        role = await stage.organisations.stores.roles.find(work, "lecture")
    assert role is not None
    assert await _problems(stage.roles.delete(Caller(), role.id)) == {("", "role_seeded")}
    assert await _problems(stage.roles.change(Caller(), role.id, {"nom": "AUTRE"})) == {("nom", "role_seeded")}
    await stage.roles.change(Caller(), role.id, {"nom": "LECTURE", "description": "Lecture seule"})


async def test_role_in_use_is_not_deleted(stage: Stage) -> None:
    name, key = await _role(stage, {"products": ["read"]})
    await stage.join(await stage.organisation(), name)
    assert await _problems(stage.roles.delete(Caller(), key)) == {("", "role_in_use")}
    _, unused = await _role(stage, {})
    await stage.roles.delete(Caller(), unused)


async def test_role_names_are_unique(stage: Stage) -> None:
    name, key = await _role(stage, {})
    other, _ = await _role(stage, {})
    taken = {("nom", "role_name_taken")}
    assert await _problems(stage.roles.create(Caller(), {"nom": name.lower(), "permissions": {}})) == taken
    assert await _problems(stage.roles.change(Caller(), key, {"nom": other.lower()})) == taken
    await stage.roles.change(Caller(), key, {"nom": name.lower()})


async def test_permissions_are_checked(stage: Stage) -> None:
    for permissions in ({"planes": ["read"]}, {"products": ["fly"]}, {"products": "read"}, {"products": [["read"]]}):
        found = await _problems(stage.roles.create(Caller(), {"nom": unique("R"), "permissions": permissions}))
        assert {field for field, _ in found} == {"permissions"}
    made = await stage.roles.create(
        Caller(), {"nom": unique("R"), "description": "", "permissions": {"sales": ["read", "create", "read"]}}
    )
    assert made.value.permissions == {"sales": ["create", "read"]}


async def test_permissions_change_takes_effect_at_once(stage: Stage) -> None:
    name, key = await _role(stage, {"products": ["read"]})
    organisation = await stage.organisation()
    await stage.join(organisation, "ADMIN")
    registered, caller = await stage.member(organisation, name)
    assert caller.principal is not None
    assert caller.principal.can("products", Action.READ)
    await stage.roles.change(Caller(), key, {"permissions": {"sales": ["read"]}})
    assert registered.signed_in is not None
    principal = await stage.principal(registered.signed_in)
    assert principal is not None
    assert not principal.can("products", Action.READ)
    assert principal.can("sales", Action.READ)
    assert stage.forgotten == 1


# organisations


async def test_only_its_administrators_change_an_organisation(stage: Stage) -> None:
    organisation = await stage.organisation()
    _, owner = await stage.member(organisation, "ADMIN")
    _, ordinary = await stage.member(organisation, "VENTES")
    _, stranger = await stage.member(await stage.organisation(), "ADMIN")
    for caller, kind in (
        (anonymous(), Kind.UNAUTHENTICATED),
        (ordinary, Kind.FORBIDDEN),
        (stranger, Kind.FORBIDDEN),
    ):
        for running in (
            stage.companies.change(caller, organisation, {"taille": 9}),
            stage.companies.delete(caller, organisation),
        ):
            with pytest.raises(DomainError) as refused:
                await running
            assert refused.value.kind is kind
    changed = await stage.companies.change(owner, organisation, {"taille": 9, "nom": "Autre"})
    assert (changed.value.nom, changed.value.taille) == ("Autre", 9)


async def test_archived_organisation_vanishes_and_keeps_everything(stage: Stage, owner: Any) -> None:
    organisation = await stage.organisation()
    registered, administrator = await stage.member(organisation, "ADMIN")
    await stage.companies.delete(administrator, organisation)
    assert registered.signed_in is not None
    assert await stage.principal(registered.signed_in) is None
    with pytest.raises(DomainError) as refused:
        await stage.sign_in(registered.account.email)
    assert refused.value.kind is Kind.UNAUTHENTICATED
    with pytest.raises(DomainError) as refused:
        await stage.companies.get(Caller(), organisation)
    assert refused.value.kind is Kind.MISSING
    assert await owner.fetchval("select count(*) from membership where organisation_id = $1", organisation) == 1


async def test_own_organisation_stays(stage: Stage) -> None:
    root = await stage.superuser()
    assert await _problems(stage.companies.delete(root, OWN_ORGANISATION)) == {("", "own_organisation_stays")}


async def test_production_shows_an_account_its_own_organisation(production: Stage) -> None:
    organisation, other = await production.organisation(), await production.organisation()
    _, owner = await production.member(organisation, "ADMIN")
    page = await production.companies.page(owner, ListQuery())
    assert [each.id for each in page.items] == [organisation]
    injected = await production.companies.page(owner, ListQuery(filters=(("id", other),)))
    assert [each.id for each in injected.items] == [organisation]
    assert (await production.companies.page(anonymous(), ListQuery())).count == 0
    with pytest.raises(DomainError):
        await production.companies.get(owner, other)
    root = await production.superuser()
    assert (await production.companies.page(root, ListQuery())).count > 2
    assert (await production.companies.get(root, other)).value.id == other


async def test_search_and_order_by_wire_names(stage: Stage) -> None:
    word = unique("Épicerie")
    for name in ("b", "a"):
        await stage.organisation(f"{word} {name}")
    page = await stage.companies.page(Caller(), ListQuery(search=word.replace("É", "e").upper()))
    assert page.count == 2


async def test_command_line_accounts(stage: Stage) -> None:
    root = await stage.superuser()
    assert root.superuser
    assert root.principal is not None
    assert root.principal.membership is not None
    assert root.principal.membership.organisation == OWN_ORGANISATION
    assert root.principal.membership.role == "SUPER_ADMIN"
    candidate = Candidate(email=f"{unique('x')}@exemple.bj", password="12345678")
    assert ("password", "password_common") in await _problems(
        stage.organisations.joining.create_account(Caller(), candidate)
    )
