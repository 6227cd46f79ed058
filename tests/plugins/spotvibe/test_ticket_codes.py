"""The codes of tickets, drawn, printed, verified offline, and scanned (DECISIONS.md section 2, "Tickets")."""

import asyncio
import base64
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pypdfium2
import pytest
import zxingcpp
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from PIL import Image

from adapters.identity.signing import Ed25519Signer
from core.primitives.locale import Locale
from plugins.spotvibe.tickets.code import TicketCodes
from plugins.spotvibe.tickets.printing import local_moment, price_of
from plugins.spotvibe.tickets.ticket_service import IMAGE_KEY_USE, ImagePaths
from tests.cluster import TestCluster
from tests.installation import unique
from tests.plugins.spotvibe.box_office import SCAN, BoxOffice, box_office_on
from tests.scene import Person

PUBLIC_KEY = "/api/events/tickets/public-key/"


@pytest.fixture(scope="module")
async def office(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BoxOffice]:
    """A box office of this module's own."""
    urls = cluster.clone(unique("spotvibe_codes"))
    async with box_office_on(urls, tmp_path_factory.mktemp("office")) as opened:
        yield opened


async def ticket_of(office: BoxOffice, buyer: Person, evenement: Any) -> dict[str, Any]:
    """A ticket that was paid."""
    await office.paid(buyer, evenement)
    return (await office.tickets(buyer))[0]


def decoded(picture: Any) -> str:
    """What an independent reader reads of a picture."""
    (found,) = zxingcpp.read_barcodes(picture)
    text: str = found.text
    return text


class Scanner:
    """A scanner without a network: it knows what `public-key` has told it, and which event it stands at."""

    def __init__(self, told: Any, evenement: int) -> None:
        self._format = told["format"]
        self._pem = told["cle_publique_pem"].encode()
        self._raw = base64.b64decode(told["cle_publique"])
        self._evenement = evenement

    def admits(self, code: str) -> UUID | None:
        """The ticket of a good code; None for any other."""
        if not code.startswith(self._format["prefixe"]):
            return None
        text = code.removeprefix(self._format["prefixe"])
        signed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        named, signature = signed[:24], signed[24:]
        pem = load_pem_public_key(self._pem)
        assert isinstance(pem, Ed25519PublicKey)
        for key in (pem, Ed25519PublicKey.from_public_bytes(self._raw)):
            try:
                key.verify(signature, self._format["contexte"].encode() + named)
            except InvalidSignature:
                return None
        return UUID(bytes=named[:16]) if int.from_bytes(named[16:], "big") == self._evenement else None


async def scanner_at(person: Person, evenement: Any) -> Scanner:
    """A scanner that has fetched the key."""
    told = await person.client.get(PUBLIC_KEY)
    assert told.status_code == 200, told.text
    assert told.json()["algorithme"] == "Ed25519"
    return Scanner(told.json(), evenement["id"])


async def test_a_qr_is_decoded_and_verified_without_the_server(office: BoxOffice) -> None:
    organiser, buyer = await office.scene.person(), await office.scene.person()
    concert, other = await office.concert(organiser), await office.concert(organiser)
    ticket = await ticket_of(office, buyer, concert)
    # nobody's token is needed: the address is signed
    drawn = await office.scene.api().get(ticket["code_qr_url"])
    assert (drawn.status_code, drawn.headers["content-type"]) == (200, "image/png"), drawn.text
    code = decoded(Image.open(io.BytesIO(drawn.content)))
    assert code == await office.code(ticket)
    scanner = await scanner_at(organiser, concert)
    assert scanner.admits(code) == UUID(ticket["uuid"])
    assert (await scanner_at(organiser, other)).admits(code) is None
    forged = TicketCodes(Ed25519Signer(b"somebody else's key".ljust(32))).write(UUID(ticket["uuid"]), concert["id"])
    assert scanner.admits(forged) is None
    admitted = await organiser.client.post(SCAN, json={"code": code})
    assert admitted.status_code == 200, admitted.text


async def test_an_address_of_a_qr_is_signed_and_expires(office: BoxOffice) -> None:
    buyer = await office.scene.person()
    ticket = await ticket_of(office, buyer, await office.concert())
    path, _, query = ticket["code_qr_url"].partition("?")
    asked = dict(pair.split("=") for pair in query.split("&"))
    expires, signature = int(asked["expires"]), asked["signature"]
    assert 3_500 < expires - datetime.now(UTC).timestamp() <= 3_600
    other = f"/media/tickets/{uuid4()}.png"
    for wrong in (
        path,
        f"{path}?expires={expires + 1}&signature={signature}",
        f"{path}?expires={expires}&signature={'0' * 64}",
        f"{path}?expires={expires}&signature=%C3%A9",
        f"{path}?expires=-1&signature={signature}",
        f"{path}?expires=9{expires}99&signature={signature}",
        f"{other}?{query}",
        f"/media/tickets/rien.png?{query}",
        f"{path.removesuffix('.png')}?{query}",
    ):
        missing = await office.scene.api().get(wrong)
        assert missing.status_code == 404, wrong
    past = ImagePaths(office.scene.kernel.derive_key(IMAGE_KEY_USE), office.scene.kernel.clock, timedelta(seconds=-1))
    expired = await office.scene.api().get(past.path(UUID(ticket["uuid"])))
    assert expired.status_code == 404


async def test_a_ticket_that_is_not_paid_has_no_code(office: BoxOffice) -> None:
    buyer, concert = await office.scene.person(), await office.concert()
    await office.begun(buyer, concert)
    (ticket,) = await office.tickets(buyer)
    assert ticket["code_qr_url"] is None
    key = office.scene.kernel.derive_key(IMAGE_KEY_USE)
    path = ImagePaths(key, office.scene.kernel.clock, timedelta(hours=1)).path(UUID(ticket["uuid"]))
    assert (await office.scene.api().get(path)).status_code == 404
    printed = await buyer.client.get(f"/api/events/tickets/{ticket['uuid']}/pdf/")
    assert (printed.status_code, printed.json()["code"]) == (400, "spotvibe_ticket_not_paid")


async def test_a_printed_ticket_says_what_a_holder_needs(office: BoxOffice) -> None:
    buyer = await office.scene.person(first_name="Afiavi", last_name="d'Almeida")
    concert = await office.concert(
        titre="Nuit du Vodoun : fête de l'été à Ouidah #let x = 1 *gras*",
        lieu="Esplanade de la Porte du Non-Retour",
        adresse="Route des Pêches, Ouidah",
        prix="12500",
        date_debut="2031-12-12T19:30:00Z",
        date_fin="2031-12-13T02:00:00Z",
    )
    ticket = await ticket_of(office, buyer, concert)
    path = f"/api/events/tickets/{ticket['uuid']}/pdf/"
    answer = await buyer.client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf"), answer.text
    assert answer.headers["content-disposition"] == f'inline; filename="billet-{ticket["id"]:08}.pdf"'
    document = pypdfium2.PdfDocument(answer.content)
    assert len(document) == 1
    words = " ".join(document[0].get_textpage().get_text_range().replace("\xa0", " ").split())
    for said in (
        "Nuit du Vodoun : fête de l'été à Ouidah #let x = 1 *gras*",
        "vendredi 12 décembre 2031 à 20 h 30",
        "samedi 13 décembre 2031 à 3 h 00",
        "Esplanade de la Porte du Non-Retour",
        "Route des Pêches, Ouidah",
        "Afiavi d'Almeida",
        "12 500 FCFA",
        f"{ticket['id']:08}",
        ticket["uuid"],
    ):
        assert said in words, (said, words)
    assert decoded(document[0].render(scale=2).to_pil()) == await office.code(ticket)
    english = await buyer.client.get(path, headers={"accept-language": "en"})
    words = pypdfium2.PdfDocument(english.content)[0].get_textpage().get_text_range().replace("\xa0", " ")
    assert "Friday 12 December 2031 at 20:30" in words
    assert "12,500 FCFA" in words


@pytest.mark.parametrize("space", [" ", ""])
async def test_the_longest_ticket_is_one_page(office: BoxOffice, space: str) -> None:
    texts = {"titre": "Ẹlẹ́ṣin", "lieu": "Hɛnnu", "adresse": "Ŋutsu"}
    longest = {name: (f"{text}{space}" * 60)[:250] for name, text in texts.items()}
    buyer = await office.scene.person(first_name=f"Ọlá{space}" * 37, last_name=f"Ɖɔvi{space}" * 30)
    ticket = await ticket_of(office, buyer, await office.concert(prix="999999999", **longest))
    answer = await buyer.client.get(f"/api/events/tickets/{ticket['uuid']}/pdf/")
    document = pypdfium2.PdfDocument(answer.content)
    assert (answer.status_code, len(document)) == (200, 1)
    width, height = document[0].get_size()
    words = document[0].get_textpage()
    boxes = [words.get_charbox(place) for place in range(words.count_chars())]
    assert max(box[2] for box in boxes) < width - 36
    assert min(box[1] for box in boxes) > 0 < height
    assert decoded(document[0].render(scale=2).to_pil()) == await office.code(ticket)


async def test_a_ticket_lets_in_once(office: BoxOffice) -> None:
    organiser, buyer = await office.scene.person(), await office.scene.person(first_name="Koffi", last_name="Mensah")
    concert = await office.concert(organiser)
    ticket = await ticket_of(office, buyer, concert)
    admitted = await office.scan(organiser, ticket)
    assert admitted.status_code == 200, admitted.text
    told = admitted.json()
    used = told["billet"].pop("utilise_le")
    assert told == {
        "message": "Billet valable : entrée enregistrée.",
        "billet": {
            "id": ticket["id"],
            "uuid": ticket["uuid"],
            "numero": f"{ticket['id']:08}",
            "evenement_id": concert["id"],
            "evenement_titre": concert["titre"],
            "prix": "10000.00",
            "statut": "UTILISE",
            "porteur": {"id": buyer.id, "nom": "Koffi Mensah"},
        },
    }
    again = await office.scan(organiser, ticket)
    assert (again.status_code, again.json()["code"]) == (409, "spotvibe_ticket_used")
    assert again.json()["utilise_le"] == used
    moment = local_moment(datetime.fromisoformat(used), ZoneInfo("Africa/Porto-Novo"), Locale.FR)
    assert again.json()["error"] == f"Ce billet a déjà été scanné le {moment}."
    staff = await office.scene.person(staff=True)
    english = await staff.client.post(SCAN, json={"code": await office.code(ticket)}, headers={"accept-language": "en"})
    assert english.json()["error"].startswith("This ticket was scanned already on ")
    (shown,) = await office.tickets(buyer)
    assert (shown["statut"], shown["utilise_le"]) == ("UTILISE", used)
    assert shown["code_qr_url"] is not None


async def test_of_many_scans_at_once_one_lets_in(office: BoxOffice) -> None:
    organiser, buyer = await office.scene.person(), await office.scene.person()
    ticket = await ticket_of(office, buyer, await office.concert(organiser))
    answers = await asyncio.gather(*(office.scan(organiser, ticket) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7


async def test_who_may_scan(office: BoxOffice) -> None:
    organiser, buyer, other = [await office.scene.person() for _ in range(3)]
    staff = await office.scene.person(staff=True)
    concert, another = await office.concert(organiser), await office.concert(organiser)
    ticket = await ticket_of(office, buyer, concert)
    for stranger in (buyer, other):
        refused = await office.scan(stranger, ticket)
        assert (refused.status_code, refused.json()["code"]) == (403, "spotvibe_event_not_yours_to_scan")
    elsewhere = await office.scan(organiser, ticket, event_id=another["id"])
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (400, "spotvibe_ticket_of_another_event")
    assert concert["titre"] in elsewhere.json()["error"]
    assert await office.statuts(buyer) == ["PAYE"]
    assert (await office.scan(staff, ticket, event_id=concert["id"])).status_code == 200


async def test_what_lets_nobody_in(office: BoxOffice) -> None:
    organiser, buyer = await office.scene.person(), await office.scene.person()
    concert = await office.concert(organiser)
    ticket = await ticket_of(office, buyer, concert)
    good = await office.code(ticket)
    foreign = TicketCodes(Ed25519Signer(b"another installation".ljust(32))).write(UUID(ticket["uuid"]), concert["id"])
    unknown = await office.code({**ticket, "uuid": str(uuid4())})
    moved = await office.code({**ticket, "evenement_id": concert["id"] + 1})
    flipped = good[:40] + ("A" if good[40] != "A" else "B") + good[41:]
    for code in (foreign, unknown, moved, flipped, "SV1.", good[:-1], good + "A", good.lower(), "é" * 122, good[4:]):
        refused = await organiser.client.post(SCAN, json={"code": code})
        assert (refused.status_code, refused.json()["code"]) == (400, "spotvibe_ticket_forged"), code
        assert set(refused.json()["details"]) == {"code"}
    for body in ({}, {"code": ""}, {"code": None}, {"code": 7}, {"code": "\0"}, {"code": "x" * 501}):
        refused = await organiser.client.post(SCAN, json=body)
        assert (refused.status_code, set(refused.json()["details"])) == (400, {"code"}), body
    for statut, code in (
        ("EN_ATTENTE", "spotvibe_ticket_not_paid"),
        ("REMBOURSE", "spotvibe_ticket_refunded"),
        ("ANNULE", "spotvibe_ticket_cancelled"),
        ("EXPIRE", "spotvibe_ticket_expired"),
    ):
        await office.scene.owner.execute("update spotvibe_billet set statut = $2 where id = $1", ticket["id"], statut)
        refused = await office.scan(organiser, ticket)
        assert (refused.status_code, refused.json()["code"]) == (400, code)
    await office.scene.owner.execute("update spotvibe_billet set statut = 'PAYE' where id = $1", ticket["id"])
    await office.scene.owner.execute("update spotvibe_evenement set statut = 'ANNULE' where id = $1", concert["id"])
    refused = await office.scan(organiser, ticket)
    assert (refused.status_code, refused.json()["code"]) == (400, "spotvibe_event_cancelled")


def test_codes_are_read_as_they_were_written() -> None:
    codes = TicketCodes(Ed25519Signer(bytes(range(32))))
    for evenement in (1, 2**32, 2**63 - 1):
        billet = uuid4()
        code = codes.write(billet, evenement)
        assert len(code) == 122
        assert code.replace("-", "").replace("_", "").replace(".", "").isalnum()
        named = codes.read(code)
        assert named is not None
        assert (named.billet, named.evenement) == (billet, evenement)
        for place in range(4, len(code) - 1):
            altered = code[:place] + ("A" if code[place] != "A" else "B") + code[place + 1 :]
            assert codes.read(altered) is None, place


@pytest.mark.parametrize(
    ("prix", "currency", "fr", "en"),
    [
        ("10000.00", "XOF", "10 000 FCFA", "10,000 FCFA"),
        ("999999999999.00", "XOF", "999 999 999 999 FCFA", "999,999,999,999 FCFA"),
        ("12.50", "EUR", "12,50 EUR", "12.50 EUR"),
        ("0.00", "XOF", "Gratuit", "Free"),
    ],
)
def test_prices_are_printed_as_people_read_them(prix: str, currency: str, fr: str, en: str) -> None:
    assert price_of(Decimal(prix), currency, Locale.FR).replace("\xa0", " ") == fr
    assert price_of(Decimal(prix), currency, Locale.EN).replace("\xa0", " ") == en
