"""The service described for programs: OpenAPI 3.1, put together from the schema of reports and from what is checked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from photospec import __version__
from photospec.finding import Action, Level
from photospec.report import report_schema
from photospec.serve.query import CHECK, LANGUAGE
from photospec.serve.settings import Settings

__all__ = ["openapi"]

Schema = dict[str, Any]

_TEXT: Schema = {"$ref": "#/components/schemas/text"}
_RULE: Schema = {
    "code": {"type": "string"},
    "name": {"type": "string"},
    "title": _TEXT,
    "level": {"enum": [str(level) for level in Level]},
    "action": {"enum": [str(action) for action in Action]},
    "clause": {"type": "string"},
    "since": {"type": "string", "description": "Version since which it is stable; empty where it is not yet."},
    "preview": {"type": "boolean"},
    "unit": {"type": "string"},
    "fields": {"type": "object", "description": "Its limits, by name."},
}
_SPEC: Schema = {
    "name": {"type": "string"},
    "title": _TEXT,
    "source": {"type": "string"},
    "digest": {"type": "string"},
    "rules": {"type": "array", "items": {"type": "string"}, "description": "Codes."},
}
_REFUSALS = {
    "400": "The request is not valid HTTP.",
    "401": "The token is missing or wrong.",
    "408": "The body comes too slowly.",
    "413": "The body is too large.",
    "422": "A parameter or the form is not valid; the message says which and what was expected.",
    "503": "Too many photos wait already; `Retry-After` says when to try again.",
}


def openapi(settings: Settings, specs: Sequence[str]) -> Schema:
    """Return the OpenAPI document of a service.

    Parameters
    ----------
    settings : Settings
        Its bounds, which the document names.
    specs : sequence of str
        Names that requests may choose, the default one first.
    """
    names = list(dict.fromkeys(specs))
    secured: Schema = {} if settings.token is None else {"security": [{"token": []}]}
    check = _parameters(CHECK, {"spec": {"type": "string", "enum": names, "default": names[0]}})
    language = _parameters(LANGUAGE)
    photo = {"type": "string", "format": "binary"}
    form = {"type": "object", "required": ["photo"], "properties": {"photo": photo}, "additionalProperties": False}
    name = {
        "name": "X-Photo-Name",
        "in": "header",
        "description": "The file's name for the rules on names and for `path`, percent-encoded UTF-8; never logged.",
        "schema": {"type": "string", "pattern": "^[!-~]*$", "maxLength": 1000},
    }

    def get(summary: str, answer: Schema, *refusals: str, parameters: Sequence[Schema] = ()) -> Schema:
        return {
            "get": {
                "summary": summary,
                "parameters": list(parameters),
                "responses": {"200": answer, **_refused("400", *refusals)},
                **secured,
            }
        }

    def post(summary: str, body: Schema, parameters: Sequence[Schema], answer: Schema) -> Schema:
        return {
            "post": {
                "summary": summary,
                "parameters": list(parameters),
                "requestBody": {"required": True, "content": body},
                "responses": {"200": answer, **_refused("400", "401", "408", "413", "422", "503")},
                **secured,
            }
        }

    report = {"$ref": "#/components/schemas/report"}
    rule = _closed(_RULE)
    explained = _closed({**_RULE, "explanation": _TEXT})
    listed = _closed({"default": {"type": "string"}, "specs": {"type": "array", "items": _closed(_SPEC)}})
    rule_parameter = {"name": "rule", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
    paths = {
        "/v1/check": post(
            f"Check one photo of at most {settings.photo_bytes} bytes.",
            {
                "image/*": {"schema": photo},
                "application/octet-stream": {"schema": photo},
                "multipart/form-data": {"schema": form},
            },
            [*check, name],
            _answer("Its report.", "application/json", report),
        ),
        "/v1/archive": post(
            f"Check the photos of a zip archive of at most {settings.archive_bytes} bytes.",
            {"application/zip": {"schema": photo}},
            check,
            _answer("A report a line, in the order of the names.", "application/x-ndjson", {"type": "string"}),
        ),
        "/v1/specs": get("List the specs.", _json("The specs.", listed), "401", "422", parameters=language),
        "/v1/rules": get(
            "List all rules.", _json("The rules.", {"type": "array", "items": rule}), "401", "422", parameters=language
        ),
        "/v1/rules/{rule}": get(
            "Explain one rule, by its name or code.",
            _json("The rule.", explained),
            "401",
            "404",
            "422",
            parameters=[rule_parameter, *language],
        ),
        "/openapi.json": get("This document.", _json("OpenAPI 3.1.", {"type": "object"}), "401"),
        "/metrics": get("Counters for Prometheus.", _text("The counters."), "401"),
        "/healthz": _open(get("Whether the process lives.", _text("It does."))),
        "/readyz": _open(get("Whether photos are taken.", _text("They are."), "503")),
    }
    document: Schema = {
        "openapi": "3.1.0",
        "info": {
            "title": "photospec",
            "version": __version__,
            "description": "Checks ID photos against a standard. Nothing that is sent is kept, and no name is logged.",
        },
        "paths": paths,
        "components": {"schemas": _schemas()},
    }
    if settings.token is not None:
        document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    return document


def _schemas() -> Schema:
    """Return the schema of reports, as the package has it, and that of refusals, by name."""
    report = report_schema()
    definitions: Schema = report.pop("$defs")
    for key in ("$schema", "$id", "version"):
        report.pop(key)
    refusal = _closed({"error": {"type": "string", "description": "A stable word for programs."}, "message": _TEXT})
    schemas = {"report": report, **definitions, "refusal": refusal}
    moved: Schema = json.loads(json.dumps(schemas).replace('"#/$defs/', '"#/components/schemas/'))
    return moved


def _parameters(known: Mapping[str, tuple[Mapping[str, Any], str]], better: Schema | None = None) -> list[Schema]:
    return [
        {"name": name, "in": "query", "description": text, "schema": (better or {}).get(name, dict(schema))}
        for name, (schema, text) in known.items()
    ]


def _closed(properties: Schema) -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(properties),
        "properties": properties,
    }


def _answer(description: str, media_type: str, schema: Schema) -> Schema:
    return {"description": description, "content": {media_type: {"schema": schema}}}


def _json(description: str, schema: Schema) -> Schema:
    return _answer(description, "application/json", schema)


def _text(description: str) -> Schema:
    return _answer(description, "text/plain", {"type": "string"})


def _refused(*statuses: str) -> Schema:
    refusal = {"$ref": "#/components/schemas/refusal"}
    return {s: _json({"404": "There is no such rule."}.get(s) or _REFUSALS[s], refusal) for s in statuses}


def _open(path: Schema) -> Schema:
    path["get"].pop("security", None)
    return path
