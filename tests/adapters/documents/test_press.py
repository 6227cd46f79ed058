"""Documents by the press (docs/adr/0016): in a process of its own, one after the other, and it may die."""

import asyncio
import io
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from adapters.documents import pdf
from adapters.documents.pdf import PdfPress
from adapters.documents.qr import qr_png, qr_svg
from core.documents.renderer import DocumentFault
from core.primitives.errors import DomainError, Kind

TEMPLATE = """
#let d = json(bytes(sys.inputs.data))
#set page(width: 100mm, height: 100mm)
= #d.titre
#if "qr" in d { image(bytes(d.qr), format: "svg", width: 60mm) }
#if "lignes" in d { for each in range(d.lignes) [ligne #each #parbreak()] }
"""


@pytest.fixture
async def press() -> AsyncIterator[PdfPress]:
    """A press, closed afterwards: nothing of it is left."""
    made = PdfPress()
    yield made
    await made.close()
    await gone()


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A template."""
    path = tmp_path / "essai.typ"
    path.write_text(TEMPLATE, encoding="utf-8")
    return path


def children() -> list[int]:
    """The presses that this process has started and that are alive."""
    found = psutil.Process().children(recursive=True)
    return [child.pid for child in found if "adapters.documents.press" in command_of(child)]


def command_of(process: psutil.Process) -> str:
    """How a process was started; nothing of one that has ended meanwhile."""
    try:
        return " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return ""


async def gone() -> None:
    """Wait until no press is left."""
    deadline = asyncio.get_running_loop().time() + 5
    while children():
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.05)


def words(document: bytes) -> str:
    """What a document says."""
    pages = pypdfium2.PdfDocument(document)
    return " ".join(" ".join(page.get_textpage().get_text_range().split()) for page in pages)


async def test_texts_are_printed_as_they_are(press: PdfPress, template: Path) -> None:
    said = 'Fête à Ouidah, 10 000 FCFA : ẹ ọ ṣ Ɖ ɛ ɔ ŋ #let x = 1 *gras* $a$ \\ <tag> "œuvre"'
    assert words(await press.pdf(template, {"titre": said})) == said.replace("\u00a0", " ")


async def test_a_process_of_its_own_prints(press: PdfPress, template: Path) -> None:
    assert children() == []
    await press.pdf(template, {"titre": "un"})
    (first,) = children()
    documents = await asyncio.gather(*(press.pdf(template, {"titre": f"n° {number}"}) for number in range(20)))
    assert [words(document) for document in documents] == [f"n° {number}" for number in range(20)]
    assert children() == [first]
    # the compiler is no part of this process
    assert "typst" not in sys.modules


async def test_secrets_are_no_business_of_the_press(
    press: PdfPress, template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOCLE_SECRET_KEY", "une clé que personne ne lit")
    await press.pdf(template, {"titre": "un"})
    (pid,) = children()
    assert not [name for name in psutil.Process(pid).environ() if name.startswith("SOCLE_")]
    assert "PATH" in psutil.Process(pid).environ()


async def test_a_press_that_died_is_replaced(press: PdfPress, template: Path) -> None:
    await press.pdf(template, {"titre": "un"})
    (first,) = children()
    os.kill(first, 9)
    assert words(await press.pdf(template, {"titre": "deux"})) == "deux"
    assert children() != [first]


async def test_a_press_ends_after_a_number_of_orders(
    press: PdfPress, template: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tired = tmp_path / "adapters" / "documents"
    tired.mkdir(parents=True)
    source = Path(pdf.__file__).with_name("press.py").read_text(encoding="utf-8")
    (tired / "press.py").write_text(source.replace("MAX_ORDERS = 500", "MAX_ORDERS = 2"), encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    for number in range(5):
        assert words(await press.pdf(template, {"titre": f"n° {number}"})) == f"n° {number}"


async def test_a_fault_of_the_template_is_told_and_the_press_stays(press: PdfPress, template: Path) -> None:
    await press.pdf(template, {"titre": "un"})
    (first,) = children()
    with pytest.raises(DocumentFault, match="titre"):
        await press.pdf(template, {})
    with pytest.raises(DocumentFault):
        await press.pdf(template.with_name("absent.typ"), {})
    assert words(await press.pdf(template, {"titre": "deux"})) == "deux"
    assert children() == [first]


async def test_nobody_waits_for_ever(template: Path) -> None:
    slow = PdfPress(patience=0.3)
    with pytest.raises(DomainError) as refused:
        await slow.pdf(template, {"titre": "long", "lignes": 200_000})
    assert (refused.value.kind, refused.value.code) == (Kind.UNAVAILABLE, "documents_unavailable")
    await slow.close()
    await gone()


async def test_who_goes_away_spoils_nobody_elses_document(press: PdfPress, template: Path) -> None:
    await press.pdf(template, {"titre": "un"})
    leaving = asyncio.create_task(press.pdf(template, {"titre": "long", "lignes": 20_000}))
    waiting = asyncio.create_task(press.pdf(template, {"titre": "deux"}))
    await asyncio.sleep(0.05)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert words(await waiting) == "deux"


async def test_a_press_that_cannot_start_is_unavailable(template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(DomainError) as refused:
        await PdfPress().pdf(template, {"titre": "un"})
    assert refused.value.kind is Kind.UNAVAILABLE


async def test_codes_are_drawn_so_that_others_read_them(press: PdfPress, template: Path) -> None:
    for text in ("https://exemple.bj/é", "x" * 500):
        (png,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(qr_png(text))))
        printed = pypdfium2.PdfDocument(await press.pdf(template, {"titre": "QR", "qr": qr_svg(text)}))
        (page,) = zxingcpp.read_barcodes(printed[0].render(scale=4).to_pil())
        assert png.text == page.text == text
