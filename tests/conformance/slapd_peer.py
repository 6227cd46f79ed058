"""A real OpenLDAP server (Debian's `slapd`) on loopback ports of its own, with certificates of its own."""

import ipaddress
import os
import shutil
import socket
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PLACES = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/lib/openldap", "/usr/libexec"])
BASE = "dc=example,dc=com"
PEOPLE = f"ou=people,{BASE}"
SEARCH_DN = f"cn=chercheur,{BASE}"
SEARCH_PASSWORD = "Mot-de-passe-du-chercheur"

_CONFIGURATION = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
pidfile {home}/slapd.pid
argsfile {home}/slapd.args
TLSCACertificateFile {home}/ca.pem
TLSCertificateFile {home}/server.pem
TLSCertificateKeyFile {home}/server.key
database ldif
suffix "{base}"
directory "{home}/data"
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="{search}" read by anonymous auth by * none
"""
_ENTRIES = """
dn: {base}
objectClass: dcObject
objectClass: organization
o: Exemple
dc: example

dn: {people}
objectClass: organizationalUnit
ou: people

dn: {search}
objectClass: applicationProcess
objectClass: simpleSecurityObject
cn: chercheur
userPassword: {password}
"""
_PERSON = """
dn: {dn}
objectClass: inetOrgPerson
uid: {uid}
cn: {uid}
sn: {uid}
"""


class SlapdPeer:
    """The server. `passwords` are those of its people by uid; "" makes an entry without a password. Two entries share
    the employee number 7."""

    def __init__(self, home: Path, passwords: dict[str, str]) -> None:
        self.home = home
        self.port, self.tls_port = _free_ports()
        self.ca_file = home / "ca.pem"
        self.other_ca_file = home / "other.pem"
        (home / "data").mkdir(parents=True)
        _write_certificates(home)
        configuration = home / "slapd.conf"
        configuration.write_text(_CONFIGURATION.format(home=home, base=BASE, search=SEARCH_DN), encoding="utf-8")
        entries = _ENTRIES.format(base=BASE, people=PEOPLE, search=SEARCH_DN, password=SEARCH_PASSWORD)
        for index, (uid, password) in enumerate(passwords.items()):
            entries += _PERSON.format(dn=f"uid={uid},{PEOPLE}", uid=uid)
            entries += f"employeeNumber: {7 if index < 2 else 100 + index}\n"
            entries += f"userPassword: {password}\n" if password else ""
        (home / "entries.ldif").write_text(entries, encoding="utf-8")
        _run("slapadd", "-f", str(configuration), "-l", str(home / "entries.ldif"))
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Listen."""
        urls = f"ldap://127.0.0.1:{self.port}/ ldaps://127.0.0.1:{self.tls_port}/"
        self._process = subprocess.Popen(
            [_program("slapd"), "-f", str(self.home / "slapd.conf"), "-h", urls, "-d", "0"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(100):
            if self._process.poll() is not None:
                raise RuntimeError(f"slapd ended with status {self._process.returncode}")
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise RuntimeError("slapd does not listen")

    def stop(self) -> None:
        """Stop listening."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None


def _program(name: str) -> str:
    found = shutil.which(name, path=PLACES)
    if found is None:
        raise RuntimeError(f"{name} is missing: install Debian's package slapd")
    return found


def _run(name: str, *arguments: str) -> None:
    done = subprocess.run([_program(name), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{name}: {done.stderr}")


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


def _write_certificates(home: Path) -> None:
    """An authority, a certificate of 127.0.0.1 that it signed, and an authority that signed nothing."""
    authority, authority_key = _authority("Exemple CA")
    stranger, _ = _authority("Autre CA")
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        _certificate("127.0.0.1", authority.subject, key.public_key())
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    for name, each in (("ca.pem", authority), ("other.pem", stranger), ("server.pem", certificate)):
        (home / name).write_bytes(each.public_bytes(serialization.Encoding.PEM))
    (home / "server.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def _authority(name: str) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name(name)
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    made = (
        _certificate(name, subject, key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return made, key


def _certificate(name: str, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
