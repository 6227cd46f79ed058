"""Bodies as forms: what the document says of files, which JSON cannot carry."""

from typing import Any

from msgspec import inspect

from adapters.http.documentation.facts import Schema

FILE: Schema = {"type": "string", "format": "binary"}


def form_schema(body: Any, reference: Schema, schemas: dict[str, Schema]) -> Schema:
    """The schema of a body as a form, given that of its JSON and all schemas by name, to which it adds one where the
    body has files: fields whose `Meta.extra` says `"file": True`."""
    info = inspect.type_info(body)
    fields = info.fields if isinstance(info, inspect.StructType) else ()
    files = {field.encode_name: FILE for field in fields if _is_file(field.type)}
    if not files:
        return reference
    name = str(reference["$ref"]).rpartition("/")[2]
    json_schema = schemas[name]
    title = f"{name}Form"
    schemas[title] = {**json_schema, "title": title, "properties": {**json_schema["properties"], **files}}
    return {"$ref": f"#/components/schemas/{title}"}


def _is_file(info: inspect.Type) -> bool:
    if isinstance(info, inspect.UnionType):
        return any(map(_is_file, info.types))
    return isinstance(info, inspect.Metadata) and (bool((info.extra or {}).get("file")) or _is_file(info.type))
