"""Hostile forms against the operations that read forms: never a 500, every refusal in the dialect, nothing left."""

from typing import Any

import pytest

from tests.hostile.forms import REFUSED, TOLERATED, Form
from tests.hostile.test_hostile import in_dialect
from tests.hostile.wire import Answer, send
from tests.installation import Company, Installed
from tests.matrices.footprint import row_counts

VERBS = ("POST", "PUT", "PATCH")


class Clerk:
    """Sends forms as the owner of a company."""

    def __init__(self, installed: Installed, company: Company, key: str) -> None:
        self.installed = installed
        self.token = company.owner.token or ""
        self.key = key

    async def send(self, method: str, form: Form) -> Answer:
        """Send a form and check what every answer must be."""
        path = "/api/depenses/" if method == "POST" else f"/api/depenses/{self.key}/"
        headers = [
            (b"host", b"testserver"),
            (b"authorization", f"Bearer {self.token}".encode()),
            (b"content-type", form.media),
            (b"content-length", str(len(form.data)).encode()),
        ]
        answer = await send(self.installed.app, method, path.encode(), headers=headers, body=form.data)
        where = f"{method} [{form.name}]: {answer.status} {answer.body[:300]!r}"
        assert answer.status < 500, where
        assert answer.headers.get(b"x-request-id"), where
        in_dialect(answer, where, silent=False)
        return answer


@pytest.fixture
async def clerk(installed: Installed, company: Company) -> Clerk:
    """A company with an expense."""
    return Clerk(installed, company, (await company.depense())["id"])


@pytest.mark.parametrize("form", REFUSED, ids=lambda form: form.name)
async def test_what_is_no_form_is_400_and_leaves_nothing(form: Form, clerk: Clerk, owner: Any) -> None:
    before = await row_counts(owner)
    answer = await clerk.send("POST", form)
    assert answer.status == 400, f"{answer.status} {answer.body[:300]!r}"
    assert await row_counts(owner) == before
    for method in ("PUT", "PATCH"):
        assert (await clerk.send(method, form)).status in (200, 400)


@pytest.mark.parametrize("form", TOLERATED, ids=lambda form: form.name)
async def test_what_is_strange_is_taken_or_refused(form: Form, clerk: Clerk) -> None:
    for method in VERBS:
        assert (await clerk.send(method, form)).status in (200, 201, 400)
