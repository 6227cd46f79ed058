"""Forms that no honest client sends."""

from typing import NamedTuple

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PLAIN = b"multipart/form-data; boundary=x"
URLENCODED = b"application/x-www-form-urlencoded"
FIELDS = {"categorie": b"Transport", "montant": b"75.00", "type": b"Taxi"}


class Form(NamedTuple):
    """A body and its `Content-Type`."""

    name: str
    data: bytes
    media: bytes = PLAIN


def part(head: bytes, value: bytes) -> bytes:
    """A part with its delimiter; `head` is its header lines."""
    return b"--x\r\n" + head + b"\r\n\r\n" + value + b"\r\n"


def text(name: bytes, value: bytes, more: bytes = b"") -> bytes:
    """A text part."""
    return part(b'Content-Disposition: form-data; name="' + name + b'"' + more, value)


def file(filename: bytes, value: bytes = PDF, name: bytes = b"justificatif") -> bytes:
    """A file part."""
    return text(name, value, b'; filename="' + filename + b'"\r\nContent-Type: application/pdf')


END = b"--x--\r\n"
VALID = b"".join(text(name.encode(), value) for name, value in FIELDS.items())

REFUSED = [
    Form("no boundary", VALID + END, b"multipart/form-data"),
    Form("empty boundary", VALID + END, b"multipart/form-data; boundary="),
    Form("empty quoted boundary", VALID + END, b'multipart/form-data; boundary=""'),
    Form("another boundary", VALID + END, b"multipart/form-data; boundary=y"),
    Form("boundary too long", VALID + END, b"multipart/form-data; boundary=" + b"x" * 4000),
    Form("boundary of bytes", VALID + END, b"multipart/form-data; boundary=\xff\xfe"),
    Form("boundary of line breaks", VALID + END, b'multipart/form-data; boundary="\\r\\n"'),
    Form("empty", b""),
    Form("only the end", END),
    Form("only dashes", b"--"),
    Form("preamble alone", b"a" * 100_000),
    Form("no end", VALID),
    Form("cut in a value", VALID + file(b"f.pdf")[:-20]),
    Form("cut in a head", VALID + b"--x\r\nContent-Disposition: form-data; na"),
    Form("cut in the delimiter", VALID + b"--x-"),
    Form("part without a name", VALID + part(b"Content-Disposition: form-data", b"1") + END),
    Form("part without a disposition", VALID + part(b"Content-Type: text/plain", b"1") + END),
    Form("part without a head", VALID + b"--x\r\n\r\n1\r\n" + END),
    Form("another disposition", VALID + part(b'Content-Disposition: attachment; name="a"', b"1") + END),
    Form("head without a colon", VALID + part(b"Content-Disposition form-data", b"1") + END),
    Form("head without an end", VALID + b"--x\r\n" + b"a" * 100_000),
    Form("many heads", VALID + part(b"\r\n".join(b"a%d: b" % n for n in range(10_000)), b"1") + END),
    Form("bare line feeds", (VALID + END).replace(b"\r\n", b"\n")),
    Form("unknown charset", text(b"categorie", b"T", b"\r\nContent-Type: text/plain; charset=martien") + VALID + END),
    Form("charset that is no text", text(b"type", b"00", b"\r\nContent-Type: text/plain; charset=hex") + VALID + END),
    Form("charset of nothing", text(b"type", b"T", b"\r\nContent-Type: text/plain; charset=undefined") + VALID + END),
    Form("text that is no UTF-8", VALID + text(b"description", b"\xff\xfe") + END),
    Form("NUL in a text", VALID + text(b"description", b"a\0b") + END),
    Form("NUL in a name", VALID + text(b"a\0b", b"1") + END),
    Form("name that is no UTF-8", VALID + text(b"\xff", b"1") + END),
    Form("1,500 parts", VALID + b"".join(text(b"a%d" % number, b"1") for number in range(1500)) + END),
    Form("100,000 empty parts", b"--x\r\n\r\n\r\n" * 100_000 + END),
    Form("100,000 delimiters", b"--x\r\n" * 100_000 + END),
    Form("file where text belongs", VALID + file(b"f.pdf", name=b"description") + END),
    Form("wrong file behind a good one", VALID + file(b"f.pdf") + file(b"f.pdf", b"<html>") + END),
    Form("1,200 files", VALID + file(b"f.pdf", b"<html>") * 1200 + END),
    Form("urlencoded garbage", b"%&=%zz&&&===" + b"%" * 1000, URLENCODED),
    Form("urlencoded NUL", b"categorie=T&montant=1&type=T&description=%00", URLENCODED),
    Form("urlencoded, no UTF-8", b"categorie=%ff&montant=x&type=T", URLENCODED),
    Form("100,000 pairs", b"&".join(b"a%d=1" % number for number in range(100_000)), URLENCODED),
    Form("urlencoded multipart", VALID + END, URLENCODED),
]
"""To be answered with 400."""

TOLERATED = [
    Form("charset with NUL", text(b"type", b"T", b"\r\nContent-Type: text/plain; charset=\0") + VALID + END),
    Form("NUL in a file name", VALID + file(b"a\0b.pdf") + END),
    Form("file name that is no UTF-8", VALID + file(b"\xff\xfe.pdf") + END),
    Form("file name of paths", VALID + file(b"../../../etc/passwd\\..\\x.pdf") + END),
    Form("file name of 10,000", VALID + file(b"a" * 3000 + b".pdf") + END),
    Form("file name of quotes", VALID + file(b'a\\"b%22;c.pdf') + END),
    Form("file name of dots", VALID + file(b"...") + END),
    Form("file name in RFC 5987", VALID + text(b"justificatif", PDF, b"; filename*=UTF-8''%e2%80%ae.pdf") + END),
    Form("no file chosen", VALID + file(b"", b"") + END),
    Form("same field twice", VALID + VALID + END),
    Form("epilogue", VALID + END + b"behind the end"),
    Form("deeply named", VALID + text(b"[" * 1000, b"1") + END),
    Form("unknown file", VALID + file(b"f.exe", b"MZ", b"inconnu") + END),
    Form("JSON for a form", b'{"categorie":"T","montant":"1","type":"T"}', b"multipart/form-data;boundary={"),
    Form("transfer encoding", VALID + text(b"d", b"!!", b"\r\nContent-Transfer-Encoding: base64") + END),
    Form("utf-16", VALID + text(b"description", "é".encode("utf-16"), b"\r\nContent-Type: a/b; charset=utf-16") + END),
]
"""To be answered with a success or a 400, never a failure of ours."""
