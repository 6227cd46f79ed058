"""Hostile input against every operation of the route table: never a 500, every refusal in the dialect with a request
id, and nothing changed by what is refused."""

import json
import os
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from adapters.identity.tokens import JwtSigner
from core.accounts.ports import Claims, TokenKind
from core.primitives.ids import new_id
from socle.keys import secret_key
from tests.adapters.identity.stage import SystemTime
from tests.hostile.bodies import (
    FREE_VALUES,
    NUMERIC_TEXTS,
    TOKENS,
    VALUES,
    Case,
    raw_bodies,
    with_duplicate_key,
    with_ignored_field,
)
from tests.hostile.heads import (
    BAD_COOKIES,
    BAD_IDEMPOTENCY_KEYS,
    BAD_MEDIA,
    HEADERS,
    METHODS,
    PAGES_MISSING,
    QUERIES,
    Pair,
    bad_tokens,
    keys,
)
from tests.hostile.wire import Answer, send
from tests.installation import PASSWORD, Company, Installed
from tests.matrices.footprint import row_counts
from tests.matrices.route_table import Operation, route_table
from tests.matrices.samples import Sample, sample
