"""A caller of the API in tests: signs in, sends JSON, gives back what came."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

WEBHOOK = {"url": "https://hooks.example.com/", "authentication": "bearer", "auth_token": "secret-1"}
PASSWORD = "correct horse battery staple"


@dataclass(frozen=True)
class Reply:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of an error answer."""
        return self.json["error"]["code"]

    @property
    def wrong_fields(self) -> list[str]:
        """The fields a 422 names."""
        return [detail["field"] for detail in self.json["error"]["details"]]


Send = Callable[[str, str, Mapping[str, str], bytes], Reply]


@dataclass
class Api:
    """The API as one caller uses it."""

    send: Send
    token: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def request(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        if content:
            sent.setdefault("Content-Type", "application/json")
        return self.send(method, path, self.headers | sent, content)

    def get(self, path: str, **headers: str) -> Reply:
        return self.request("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Reply:
        return self.request("POST", path, body, **headers)

    def put(self, path: str, body: Any = None, **headers: str) -> Reply:
        return self.request("PUT", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Reply:
        return self.request("DELETE", path, **headers)

    def signed_in(self, email: str, password: str = PASSWORD) -> "Api":
        """The API as this user."""
        reply = self.post("/v1/admin/auth/login", {"email": email, "password": password})
        assert reply.status == 200, reply.body
        return Api(self.send, reply.json["access_token"], self.headers)

    def a_pipeline(self, **fields: Any) -> dict[str, Any]:
        """A new pipeline."""
        reply = self.post("/v1/admin/pipelines", {"name": "Shop", "type": "web"} | fields)
        assert reply.status == 201, reply.body
        return reply.json

    def an_integration(self, **fields: Any) -> dict[str, Any]:
        """A new integration: a webhook, unless the fields say otherwise."""
        given = {"name": "Webhook", "vendor": "webhook", "config": WEBHOOK, "mapping": {}} | fields
        reply = self.post("/v1/admin/integrations", given)
        assert reply.status == 201, reply.body
        return reply.json

    def attach(self, integration: Mapping[str, Any], pipeline: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
        """An integration attached to a pipeline."""
        reply = self.put(path_of(pipeline, f"/integrations/{integration['id']}"), fields)
        assert reply.status == 200, reply.body
        return reply.json


def path_of(pipeline: Mapping[str, Any], rest: str = "") -> str:
    """The path of a pipeline."""
    return f"/v1/admin/pipelines/{pipeline['id']}{rest}"


def path_of_integration(integration: Mapping[str, Any], rest: str = "") -> str:
    """The path of an integration."""
    return f"/v1/admin/integrations/{integration['id']}{rest}"
