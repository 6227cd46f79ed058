"""The OpenAPI document in other forms: a Postman collection (which Bruno imports as well), and a reference to read."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

METHODS = ("get", "post", "put", "patch", "delete")
POSTMAN = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"

Document = Mapping[str, Any]
Operation = Mapping[str, Any]


def operations(document: Document) -> Iterator[tuple[str, str, Operation]]:
    """Every operation: method, path, what is said of it."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield method.upper(), path, item[method]


def titles(document: Document) -> dict[str, str]:
    """The titles of the tags."""
    return {tag["name"]: tag.get("x-displayName", tag["name"]) for tag in document.get("tags", ())}


def collection(document: Document) -> bytes:
    """The document as a Postman collection, version 2.1.

    Its variables are `base`, `access` and `refresh`; the requests of login and register keep what they answer in them.
    """
    folders: dict[str, list[dict[str, Any]]] = {}
    for method, path, operation in operations(document):
        folders.setdefault(operation["tags"][0], []).append(_item(method, path, operation))
    named = titles(document)
    return msgspec.json.format(
        msgspec.json.encode(
            {
                "info": {"name": document["info"]["title"], "schema": POSTMAN},
                "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{access}}", "type": "string"}]},
                "variable": [
                    {"key": "base", "value": "http://127.0.0.1:8000"},
                    {"key": "access", "value": ""},
                    {"key": "refresh", "value": ""},
                ],
                "item": [{"name": named.get(tag, tag), "item": items} for tag, items in folders.items()],
            }
        ),
        indent=2,
    )


def _item(method: str, path: str, operation: Operation) -> dict[str, Any]:
    parameters = operation.get("parameters", ())
    request: dict[str, Any] = {
        "method": method,
        "description": f"{operation.get('summary', '')}\n\n{operation.get('description', '')}",
        "url": {
            "raw": "{{base}}" + path.replace("{", ":").replace("}", ""),
            "host": ["{{base}}"],
            "path": [part.replace("{", ":").replace("}", "") for part in path.strip("/").split("/")] + [""],
            "query": [
                {"key": each["name"], "value": "", "description": each.get("description", ""), "disabled": True}
                for each in parameters
                if each["in"] == "query"
            ],
            "variable": [{"key": each["name"], "value": ""} for each in parameters if each["in"] == "path"],
        },
        "header": [
            {"key": each["name"], "value": "", "disabled": True} for each in parameters if each["in"] == "header"
        ],
    }
    if not operation.get("security"):
        request["auth"] = {"type": "noauth"}
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        request["header"].append({"key": "Content-Type", "value": "application/json"})
        example = content["application/json"].get("example", {})
        raw = msgspec.json.format(msgspec.json.encode(example), indent=2).decode()
        request["body"] = {"mode": "raw", "raw": raw, "options": {"raw": {"language": "json"}}}
    item: dict[str, Any] = {"name": operation["operationId"], "request": request}
    if operation["operationId"] in ("sign_in", "register"):
        keep = [
            "const body = pm.response.json();",
            "if (body.access) { pm.collectionVariables.set('access', body.access); }",
            "if (body.refresh) { pm.collectionVariables.set('refresh', body.refresh); }",
        ]
        item["event"] = [{"listen": "test", "script": {"type": "text/javascript", "exec": keep}}]
    return item


def reference(document: Document) -> str:
    """The document as tables in Markdown, one for each feature."""
    named = titles(document)
    tables: dict[str, list[str]] = {}
    for method, path, operation in operations(document):
        tag = operation["tags"][0]
        tables.setdefault(named.get(tag, tag), []).append(_row(method, path, operation))
    lines: list[str] = []
    for title, rows in tables.items():
        lines += [f"### {title}", "", "| request | operationId | what it does | answers |"]
        lines += ["| --- | --- | --- | --- |", *rows, ""]
    return "\n".join(lines)


def _row(method: str, path: str, operation: Operation) -> str:
    lock = " 🔒" if operation.get("security") else ""
    query = [each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"]
    asked = f"<br>`?{'`, `?'.join(query)}`" if query else ""
    answers = ", ".join(operation["responses"])
    what = f"{operation['summary']} · {operation['description']}"
    return f"| `{method} {path}`{lock}{asked} | `{operation['operationId']}` | {what} | {answers} |"
