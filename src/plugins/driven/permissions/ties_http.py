"""Tied permissions on the wire: below a role and below a function alike."""

from typing import Any, TypeVar

import msgspec
from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody
from litestar.types import Method

from adapters.http.operations import Facts, operation
from adapters.http.request import StrictRequest
from adapters.http.resource import ResourceSpec, key_of, named, sample_answer, shown_type
from adapters.http.samples import encoded, sample_of
from core.primitives.locale import Text
from plugins.driven.envelope import Envelope, enveloped
from plugins.driven.permissions.ties_service import TiedPermission, Ties
from plugins.driven.scalars import IdSet, PathId
from plugins.driven.wire import SIGNED_IN

W = TypeVar("W")


class PermissionIds(msgspec.Struct):
    """Permissions by their ids."""

    permission_ids: IdSet


class TieTexts(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of tied permissions: `of` is what they are tied to ("un rôle")."""

    of: Text
    shown: Text
    assigned: Text
    removed: Text


def tie_operations(spec: ResourceSpec[W], ties: Ties[W], texts: TieTexts) -> list[HTTPRouteHandler]:
    """The operations of `…/{id}/permissions`: `get_<singular>_permissions`, `assign_…`, `remove_…`."""
    fr, en = texts.of.fr, texts.of.en
    return [
        _show(spec, ties, Text(fr=f"Lister les permissions d'{fr}", en=f"List the permissions of {en}"), texts.shown),
        _change(
            spec,
            "POST",
            f"assign_{spec.singular}_permissions",
            Text(fr=f"Assigner des permissions à {fr}", en=f"Assign permissions to {en}"),
            texts.assigned,
            ties.assign,
        ),
        _change(
            spec,
            "DELETE",
            f"remove_{spec.singular}_permissions",
            Text(fr=f"Retirer des permissions d'{fr}", en=f"Remove permissions from {en}"),
            texts.removed,
            ties.remove,
        ),
    ]


def _show(spec: ResourceSpec[W], ties: Ties[W], summary: Text, said: Text) -> HTTPRouteHandler:
    async def handler(self: Any, request: StrictRequest, key: str) -> Any:  # noqa: ARG001
        return enveloped(said, await ties.shown(request.caller, key_of(spec.dialect, key)))

    name = f"get_{spec.singular}_permissions"
    example = encoded(enveloped(said, [sample_of(TiedPermission, {"nom": "CREATE", "description": "Créer"})]))
    return operation(
        "GET",
        "/{key:str}/permissions",
        name=name,
        rule=SIGNED_IN["get"],
        summary=summary,
        facts=Facts(errors=(404,), response_example=example),
    )(named(handler, name, key=FromPath[str], **{"return": Envelope[list[TiedPermission]]}))


def _change(
    spec: ResourceSpec[W], method: Method, name: str, summary: Text, said: Text, use_case: Any
) -> HTTPRouteHandler:
    async def handler(self: Any, request: StrictRequest, key: str, data: Any) -> Any:  # noqa: ARG001
        owner = await use_case(request.caller, key_of(spec.dialect, key), data.permission_ids)
        return Response(enveloped(said, owner))

    return operation(
        method,
        "/{key:str}/permissions",
        name=name,
        rule=SIGNED_IN["update"],
        status=200,
        summary=summary,
        facts=Facts(
            errors=(400, 404, 415),
            request_example={"permission_ids": [1, 2, 3]},
            response_example=sample_answer(spec, "update"),
        ),
    )(named(handler, name, key=FromPath[str], data=JSONBody[PermissionIds], **{"return": shown_type(spec)}))


def tie_one_operation(spec: ResourceSpec[W], ties: Ties[W], *, key: str, summary: Text, said: Text) -> HTTPRouteHandler:
    """The operation of `…/{id}/permissions/{permission_id}`: `assign_<singular>_permission`. `key` is what the
    documentation calls the first id."""

    async def handler(self: Any, request: StrictRequest, key: str, permission_id: str) -> Any:  # noqa: ARG001
        owner, permission = key_of(spec.dialect, key), key_of(spec.dialect, permission_id)
        return Response(enveloped(said, await ties.assign(request.caller, owner, [permission])))  # type: ignore[list-item]

    name = f"assign_{spec.singular}_permission"
    return operation(
        "POST",
        "/{key:str}/permissions/{permission_id:str}",
        name=name,
        rule=SIGNED_IN["update"],
        status=200,
        summary=summary,
        facts=Facts(errors=(404,), response_example=sample_answer(spec, "update"), key=key),
    )(named(handler, name, key=FromPath[str], permission_id=PathId, **{"return": shown_type(spec)}))
