"""The source keeps the rules of the house, and each rule reports what breaks it."""

import pytest

from tests.architecture import rules
from tests.architecture.rules import MODULE_RULES, ROOT, Source, catalogue, locked, sources, spoken


@pytest.mark.parametrize("rule", MODULE_RULES)
def test_the_source_keeps_the_rule(rule: rules.Rule) -> None:
    assert [fault for source in sources() for fault in rule(source)] == []


VIOLATIONS = {
    rules.slice_rings: [
        ("plugins/shop/sales/http.py", "from plugins.shop.sales.store import SaleStore"),
        ("plugins/shop/roles_http.py", "def f():\n    import plugins.shop.roles_store"),
        ("plugins/shop/sales/store.py", "from plugins.shop.sales import http"),
        ("plugins/shop/sales/service.py", "from plugins.shop.sales.store import SaleStore"),
        ("plugins/shop/sales/service.py", "from adapters.db.work import pg"),
        ("plugins/shop/sales/domain.py", "import sqlalchemy as sa"),
    ],
    rules.ambient: [
        ("core/clocks.py", "from datetime import datetime\nNOW = datetime.now()"),
        ("core/clocks.py", "import datetime\nNOW = datetime.datetime.utcnow()"),
        ("core/clocks.py", "import time\nNOW = time.time()"),
        ("core/clocks.py", "from time import monotonic"),
        ("core/places.py", "import os\nHOME = os.environ['HOME']"),
        ("core/places.py", "from os import getenv"),
    ],
    rules.names: [
        ("adapters/http/utils.py", ""),
        ("core/accounts_helpers.py", ""),
        ("plugins/shop/common/http.py", ""),
        ("adapters/http/base.py", ""),
        ("core/store_v2.py", ""),
        ("core/sales.py", "class SaleManager:\n    pass"),
        ("core/sales.py", "class IStore:\n    pass"),
        ("core/sales.py", "class StoreImpl:\n    pass"),
        ("core/sales.py", "class BaseStore:\n    pass"),
    ],
    rules.length: [("core/sales.py", "\n" * 401)],
    rules.products: [
        ("adapters/http/errors.py", "def write_megahub_error():\n    pass"),
        ("adapters/http/errors.py", "PREFIX = '/driven'"),
        ("core/roles.py", "class CrmRole:\n    pass"),
        ("core/roles.py", "def f(spotvibe):\n    return spotvibe"),
    ],
    rules.documented: [
        ("core/sales.py", "X = 1"),
        ("core/sales.py", '"""Sales."""\ndef sell():\n    pass'),
        ("core/sales.py", '"""Sales."""\nclass Sale:\n    pass'),
        ("core/sales.py", '"""Sales."""\nclass Sale:\n    """A sale."""\n    async def sell(self):\n        pass'),
    ],
}


@pytest.mark.parametrize(
    ("rule", "path", "text"), [(rule, *planted) for rule, given in VIOLATIONS.items() for planted in given]
)
def test_a_planted_violation_is_reported(rule: rules.Rule, path: str, text: str) -> None:
    assert rule(Source(path, text))


def test_every_rule_has_a_planted_violation() -> None:
    assert set(VIOLATIONS) == set(MODULE_RULES)


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        (rules.slice_rings, "plugins/shop/sales/http.py", "from plugins.shop.sales.service import Sales"),
        (rules.slice_rings, "plugins/shop/sales/plugin.py", "from plugins.shop.sales.store import SaleStore"),
        (rules.ambient, "core/clocks.py", "from datetime import datetime\ndef f(at: datetime):\n    return at.date()"),
        (rules.names, "core/images.py", "class Image:\n    pass\nclass IdCard:\n    pass"),
        (rules.products, "adapters/http/errors.py", '"""As ekigega writes them."""'),
        (rules.documented, "core/sales.py", '"""Sales."""\ndef _sell():\n    pass'),
    ],
)
def test_what_is_allowed_is_not_reported(rule: rules.Rule, path: str, text: str) -> None:
    assert rule(Source(path, text)) == []


def test_both_languages_say_the_same() -> None:
    texts = [said for source in sources() for said in catalogue(source)]
    assert len(texts) > 100
    assert spoken(texts) == []


@pytest.mark.parametrize(
    "text",
    [
        'A = message("a", fr="Bonjour.", en="")',
        'A = message("a", fr="", en="Hello.")',
        'A = message("a", en="Hello.")',
        'A = message("a", fr="Hello.", en="Hello.")',
        'A = message("a", fr="Bonjour {nom}.", en="Hello {name}.")',
        'A = message("a", fr="Un.", en="One.")\nB = message("a", fr="Deux.", en="Two.")',
        'A = template("a", subject_fr="Salut", subject_en="Hello", body_fr="Un {x}.", body_en="One.")',
        'A = template("a", subject_fr="Salut", subject_en="", body_fr="Un.", body_en="One.")',
        'A = Text(fr="Ventes", en=" ")',
        'A = Text("Ventes", "Ventes")',
    ],
)
def test_a_planted_message_is_reported(text: str) -> None:
    assert spoken(catalogue(Source("core/sales.py", text)))


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_the_lock_pins_by_hash_and_names_no_place(name: str) -> None:
    assert locked((ROOT / name).read_text(encoding="utf-8")) == []


HASH = f"--hash=sha256:{'0' * 64}"
INDEX = "--index" + "-url https:" + "//example.com"
"""Put together, so that nothing that looks for addresses of package indexes finds one here."""


@pytest.mark.parametrize(
    "text",
    [
        "saq==1.0",
        f"saq>=1.0 \\\n    {HASH}",
        f"saq @ https://example.com/saq.whl \\\n    {HASH}",
        f"{INDEX}\nsaq==1.0 \\\n    {HASH}",
        f"./wheels/saq.whl \\\n    {HASH}",
        f"/opt/wheels/saq.whl \\\n    {HASH}",
        f"-e .\nsaq==1.0 \\\n    {HASH}",
        f"saq==1.0 \\\n    {HASH}\n    # via /opt/wheels/x",
    ],
)
def test_a_planted_requirement_is_reported(text: str) -> None:
    assert locked(text)
