"""A server that speaks as much S3 as the storage needs: path-style PUT, GET, HEAD and DeleteObjects of one bucket.

Every request is signed (Signature Version 4, https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html)."""

import asyncio
import hashlib
import hmac
import re
from base64 import b64encode
from typing import Self
from urllib.parse import urlsplit

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request, ?SignedHeaders=([\w;-]+), ?Signature=(\w+)"
)
_ERROR = '<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>{code}</Message></Error>'


class S3Peer:
    """A bucket on a loopback port. `objects` are what it keeps: content and media type by key; `down` makes every
    request a 503."""

    def __init__(self, bucket: str, access_key: str, secret_key: str, region: str) -> None:
        self.bucket = bucket
        self.access_key = access_key
        self.secret_key = secret_key
        self.region = region
        self.objects: dict[str, tuple[bytes, str]] = {}
        self.requests: list[tuple[str, str]] = []
        self.down = False
        self._writers: list[asyncio.StreamWriter] = []

    async def start(self) -> Self:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.endpoint = f"http://127.0.0.1:{port}"
        return self

    async def stop(self) -> None:
        """Stop listening."""
        self._server.close()
        for writer in self._writers:
            writer.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii").split("\r\n")
                method, target, _ = head[0].split(" ")
                pairs = (line.partition(":") for line in head[1:] if line)
                headers = {name.lower(): value.strip() for name, _, value in pairs}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                status, media, answer = self._answer(method, target, headers, body)
                said = f"HTTP/1.1 {status} Answer\r\ncontent-length: {len(answer)}\r\ncontent-type: {media}\r\n"
                said += f'etag: "{hashlib.md5(answer or body).hexdigest()}"\r\n'
                said += "last-modified: Sat, 21 Nov 2026 10:00:00 GMT\r\n\r\n"
                writer.write(said.encode() + (b"" if method == "HEAD" else answer))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    def _answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
        self.requests.append((method, target))
        if self.down:
            return _refusal(503, "SlowDown")
        if not self._signed(method, target, headers, body):
            return _refusal(403, "SignatureDoesNotMatch")
        bucket, _, key = urlsplit(target).path.removeprefix("/").partition("/")
        if bucket != self.bucket:
            return _refusal(404, "NoSuchBucket")
        if method == "PUT":
            self.objects[key] = body, headers.get("content-type", "binary/octet-stream")
            return 200, "application/xml", b""
        if (method, key, urlsplit(target).query) == ("POST", "", "delete"):
            return self._delete(headers, body)
        if key not in self.objects:
            return _refusal(404, "NoSuchKey")
        found, media = self.objects[key]
        return 200, media, found

    def _delete(self, headers: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
        """DeleteObjects: that a key is not there is no error (S3 API reference)."""
        if headers.get("x-amz-checksum-sha256") != b64encode(hashlib.sha256(body).digest()).decode():
            return _refusal(400, "InvalidRequest")
        keys = re.findall(r"<Key>(.*?)</Key>", body.decode())
        for key in keys:
            self.objects.pop(key, None)
        deleted = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
        return 200, "application/xml", f"<DeleteResult>{deleted}</DeleteResult>".encode()

    def _signed(self, method: str, target: str, headers: dict[str, str], body: bytes) -> bool:
        given = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
        digest = headers.get("x-amz-content-sha256")
        if given is None or digest not in (hashlib.sha256(body).hexdigest(), "UNSIGNED-PAYLOAD"):
            return False
        account, day, region, names, signature = given.groups()
        if (account, region) != (self.access_key, self.region) or not {"host", "x-amz-date"} <= set(names.split(";")):
            return False
        parts = urlsplit(target)
        query = "&".join(sorted(pair if "=" in pair else f"{pair}=" for pair in parts.query.split("&") if pair))
        signed = "".join(f"{name}:{headers.get(name, '')}\n" for name in names.split(";"))
        canonical = f"{method}\n{parts.path}\n{query}\n{signed}\n{names}\n{digest}"
        scope = f"{day}/{region}/s3/aws4_request"
        hashed = hashlib.sha256(canonical.encode()).hexdigest()
        key = f"AWS4{self.secret_key}".encode()
        for step in (day, region, "s3", "aws4_request"):
            key = hmac.digest(key, step.encode(), "sha256")
        expected = hmac.digest(key, f"AWS4-HMAC-SHA256\n{headers['x-amz-date']}\n{scope}\n{hashed}".encode(), "sha256")
        return hmac.compare_digest(expected.hex(), signature)


def _refusal(status: int, code: str) -> tuple[int, str, bytes]:
    return status, "application/xml", _ERROR.format(code=code).encode()
