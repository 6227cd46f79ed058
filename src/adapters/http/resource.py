"""The controller of a plain resource, made by a factory that binds the concrete structs: list, create, read, replace,
change, delete. A feature declares only what is special to it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar, get_type_hints
from urllib.parse import quote

import msgspec
from litestar import Controller, Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody
from litestar.types import Method
from msgspec import UNSET, UnsetType

from adapters.http.dialect import Dialect, Pagination
from adapters.http.handler import Shown
from adapters.http.listing import page_url, read_list_query
from adapters.http.operations import Facts, Rate, asked_version, etag_of, is_fresh, operation
from adapters.http.request import StrictRequest, asked_path
from adapters.http.samples import encoded, sample_of
from core.access.principal import Action
from core.access.rules import Allowed, Rule
from core.primitives.errors import missing
from core.primitives.locale import Text
from core.primitives.page import Listing, ListQuery, Page, Versioned
from core.resources import Resource, ResourceId

W = TypeVar("W")

ALL_ACTIONS = ("list", "create", "get", "replace", "update", "delete")

_ACTIONS: Mapping[str, Action] = {
    "list": Action.READ,
    "create": Action.CREATE,
    "get": Action.READ,
    "replace": Action.UPDATE,
    "update": Action.UPDATE,
    "delete": Action.DELETE,
}


def _plainly(request: StrictRequest, value: Any) -> Any:  # noqa: ARG001
    """Show a value as it is."""
    return value


class ResourceSpec(msgspec.Struct, Generic[W], frozen=True, kw_only=True):
    """A resource as HTTP sees it.

    `singular` and `plural` make the operation ids (`list_produits`, `create_produit`, …), `one` and `many` ("un
    produit", "les produits") their summaries; `resource` is its name in role permissions; `rules` replace the
    permission rule of single actions, `rates` limit them by address; `said` is what products with messages say of an
    action; `example` is a request body. With `form`, bodies may be forms as well; `present` completes what is shown by
    what only the request tells (absolute addresses). `pagination` is the resource's own where it differs from its
    product's.
    """

    dialect: Dialect
    path: str
    singular: str
    plural: str
    one: Text
    many: Text
    service: Resource[W]
    out: type[W]
    body: type[Any] | None = None
    listing: Listing = Listing()
    resource: str = ""
    rules: Mapping[str, Rule] = {}
    rates: Mapping[str, Rate] = {}
    said: Mapping[str, Text] = {}
    actions: Sequence[str] = ALL_ACTIONS
    pagination: Pagination | None = None
    example: Any = None
    form: bool = False
    present: Callable[[StrictRequest, W], W] = _plainly
    controller: type[Controller] = Controller

    def rule(self, action: str) -> Rule:
        """Who is admitted to an action."""
        return self.rules.get(action) or Allowed(self.resource, _ACTIONS[action])

    def operation_name(self, action: str) -> str:
        """The operation id of an action."""
        return self.dialect.operation_names[action].format(singular=self.singular, plural=self.plural)

    def pages(self) -> Pagination:
        """How the resource is paginated."""
        return self.pagination or self.dialect.pagination

    def shown(self, request: StrictRequest, action: str, written: Versioned[W]) -> tuple[Any, dict[str, str]]:
        """The wire form of a value, and its headers."""
        value = self.dialect.success.write(self.said.get(action), self.present(request, written.value))
        return value, {"etag": etag_of(written)} if self.dialect.entity_tags else {}

    def answer(self, request: StrictRequest, action: str, written: Versioned[W]) -> Shown[Any]:
        """The answer that shows a value."""
        value, headers = self.shown(request, action, written)
        return Shown(value, headers)


def partial(body: type[Any]) -> type[Any]:
    """The struct of a PATCH: every field of the body, each of them absent unless given."""
    hints = get_type_hints(body, include_extras=True)
    fields = [
        (
            field.name,
            hints[field.name] | UnsetType,
            msgspec.field(default=UNSET, name=field.encode_name),
        )
        for field in msgspec.structs.fields(body)
    ]
    return msgspec.defstruct(f"{body.__name__}Patch", fields, kw_only=True, module=body.__module__)


def given(data: Any) -> dict[str, Any]:
    """The fields of a struct that were given."""
    return {field: value for field in data.__struct_fields__ if (value := getattr(data, field)) is not UNSET}


def key_of(dialect: Dialect, text: str) -> ResourceId:
    """Read a path id. Raises `DomainError` of kind missing for a malformed one (DECISIONS.md section 0)."""
    key = dialect.parse_id(text)
    if key is None:
        raise missing()
    return key


def resource_controller(spec: ResourceSpec[W], *beside: HTTPRouteHandler) -> type[Controller]:
    """Return the controller of a resource, with other operations beside its own (`adapters.http.resource_paths`)."""
    made = [*beside, *(_BUILDERS[action](spec) for action in spec.actions)]
    handlers: dict[str, Any] = {handler.fn.__name__: handler for handler in made}
    return type(
        f"{spec.singular.title().replace('_', '')}Controller",
        (spec.controller,),
        {"path": spec.path, "tags": [spec.plural], "__module__": spec.out.__module__, **handlers},
    )


def base_of(request: StrictRequest) -> str:
    """What absolute addresses begin with: the installation's public address, in development that of the request."""
    public: str = request.app.state.public_url
    return public or str(request.base_url).rstrip("/")


async def respond_page(
    dialect: Dialect,
    request: StrictRequest,
    listing: Listing,
    find: Any,
    *,
    pagination: Pagination | None = None,
    said: Text | None = None,
) -> Any:
    """Answer with a page: `find` takes the `ListQuery` and returns a `Page`."""
    pairs = request.pairs
    pages = pagination or dialect.pagination
    query = read_list_query(listing, pairs, dialect, pages)
    page = await find(query)
    pages.check(page, query.page, query.page_size)
    base = base_of(request)
    path = quote(asked_path(request.scope))
    body = pages.write(page, query.page, query.page_size, lambda number: page_url(base, path, pairs, number), said)
    headers = pages.headers(page)
    return Shown(body, headers) if headers else body


def named(handler: Any, name: str, **annotations: Any) -> Any:
    """Give a handler the name and the annotations that the framework reads."""
    handler.__name__ = handler.__qualname__ = name
    handler.__annotations__ = {"request": StrictRequest, **annotations}
    return handler


def _build_list(spec: ResourceSpec[W]) -> Any:
    async def handler(self: Any, request: StrictRequest) -> Any:  # noqa: ARG001
        async def find(query: ListQuery) -> Page[W]:
            page = await spec.service.page(request.caller, query)
            if spec.present is _plainly:
                return page
            return Page(page.count, [spec.present(request, item) for item in page.items])

        said = spec.said.get("list")
        return await respond_page(spec.dialect, request, spec.listing, find, pagination=spec.pagination, said=said)

    name = spec.operation_name("list")
    return operation(
        "GET",
        "/",
        name=name,
        rule=spec.rule("list"),
        summary=Text(fr=f"Lister {spec.many.fr}", en=f"List {spec.many.en}"),
        facts=Facts(
            listing=spec.listing,
            pagination=spec.pagination,
            errors=(400, 404),
            response_example=_sample_page(spec),
        ),
    )(named(handler, name, **{"return": spec.pages().schema(spec.out)}))


def _build_create(spec: ResourceSpec[W]) -> Any:
    async def handler(self: Any, request: StrictRequest, data: Any) -> Any:  # noqa: ARG001
        return spec.answer(request, "create", await spec.service.create(request.caller, given(data)))

    def encode(request: StrictRequest, made: Versioned[W]) -> tuple[bytes, dict[str, str]]:
        value, headers = spec.shown(request, "create", made)
        return msgspec.json.encode(value), headers

    name = spec.operation_name("create")
    return operation(
        "POST",
        "/",
        name=name,
        rule=spec.rule("create"),
        rate=spec.rates.get("create"),
        summary=Text(fr=f"Créer {spec.one.fr}", en=f"Create {spec.one.en}"),
        creates=encode,
        form=spec.form,
        facts=Facts(
            errors=(400, 409, 415),
            versioned=spec.dialect.entity_tags,
            request_example=spec.example,
            response_example=sample_answer(spec, "create"),
        ),
    )(named(handler, name, data=JSONBody[_body(spec)], **{"return": shown_type(spec)}))  # type: ignore[misc]


def _build_get(spec: ResourceSpec[W]) -> Any:
    async def handler(self: Any, request: StrictRequest, key: str) -> Any:  # noqa: ARG001
        found = await spec.service.get(request.caller, key_of(spec.dialect, key))
        # what `present` completes expires, though the version stays
        if spec.dialect.entity_tags and spec.present is _plainly and is_fresh(request, tag := etag_of(found)):
            return Response(None, status_code=304, headers={"etag": tag})
        return spec.answer(request, "get", found)

    name = spec.operation_name("get")
    return operation(
        "GET",
        "/{key:str}",
        name=name,
        rule=spec.rule("get"),
        summary=Text(fr=f"Lire {spec.one.fr}", en=f"Read {spec.one.en}"),
        facts=Facts(errors=(404,), versioned=spec.dialect.entity_tags, response_example=sample_answer(spec, "get")),
    )(named(handler, name, key=FromPath[str], **{"return": shown_type(spec)}))


async def _version(spec: ResourceSpec[W], request: StrictRequest, key: ResourceId) -> int | None:
    if not spec.dialect.entity_tags:
        return None

    async def present() -> int:
        return (await spec.service.get(request.caller, key)).version

    return await asked_version(request, present)


def _build_write(spec: ResourceSpec[W], method: Method, action: str, body: type[Any], title: Text) -> Any:
    async def handler(self: Any, request: StrictRequest, key: str, data: Any) -> Any:  # noqa: ARG001
        found = key_of(spec.dialect, key)
        changed = await spec.service.change(request.caller, found, given(data), await _version(spec, request, found))
        return spec.answer(request, action, changed)

    name = spec.operation_name(action)
    return operation(
        method,
        "/{key:str}",
        name=name,
        rule=spec.rule(action),
        form=spec.form,
        summary=title,
        facts=Facts(
            errors=(400, 404, 412, 415) if spec.dialect.entity_tags else (400, 404, 409, 415),
            versioned=spec.dialect.entity_tags,
            request_example=spec.example,
            response_example=sample_answer(spec, action),
        ),
    )(named(handler, name, key=FromPath[str], data=JSONBody[body], **{"return": shown_type(spec)}))  # type: ignore[misc,valid-type]


def _build_replace(spec: ResourceSpec[W]) -> Any:
    title = Text(fr=f"Remplacer {spec.one.fr}", en=f"Replace {spec.one.en}")
    return _build_write(spec, "PUT", "replace", _body(spec), title)


def _build_update(spec: ResourceSpec[W]) -> Any:
    title = Text(fr=f"Modifier {spec.one.fr}", en=f"Change {spec.one.en}")
    return _build_write(spec, spec.dialect.change_method, "update", partial(_body(spec)), title)


def _build_delete(spec: ResourceSpec[W]) -> Any:
    nothing = spec.dialect.success.of_nothing

    async def handler(self: Any, request: StrictRequest, key: str) -> Any:  # noqa: ARG001
        found = key_of(spec.dialect, key)
        await spec.service.delete(request.caller, found, await _version(spec, request, found))
        return None if nothing is None else spec.dialect.success.write(spec.said.get("delete"), UNSET)

    name = spec.operation_name("delete")
    return operation(
        "DELETE",
        "/{key:str}",
        name=name,
        rule=spec.rule("delete"),
        status=204 if nothing is None else 200,
        summary=Text(fr=f"Supprimer {spec.one.fr}", en=f"Delete {spec.one.en}"),
        facts=Facts(errors=(404, 412) if spec.dialect.entity_tags else (404, 409)),
    )(named(handler, name, key=FromPath[str], **{"return": nothing}))


def _sample_page(spec: ResourceSpec[W]) -> Any:
    page = Page(1, [sample_of(spec.out, spec.example)])
    return encoded(spec.pages().write(page, 1, 20, str, spec.said.get("list")))


def sample_answer(spec: ResourceSpec[W], action: str) -> Any:
    """An example of the answer that shows one."""
    return encoded(spec.dialect.success.write(spec.said.get(action), sample_of(spec.out, spec.example)))


def shown_type(spec: ResourceSpec[W]) -> Any:
    """The type of the answer that shows one."""
    return Response[spec.dialect.success.schema(spec.out)]  # type: ignore[misc]


def _body(spec: ResourceSpec[W]) -> type[Any]:
    if spec.body is None:
        raise TypeError(f"{spec.plural} is written without a body struct")
    return spec.body


_BUILDERS: Mapping[str, Any] = {
    "list": _build_list,
    "create": _build_create,
    "get": _build_get,
    "replace": _build_replace,
    "update": _build_update,
    "delete": _build_delete,
}
