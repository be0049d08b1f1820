"""A server whose TLS cannot be trusted, or that has none, gets no password in clear text."""

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from engine.ports import SourceFailed
from engine.sources.mysql import MysqlProfile, MysqlSource
from engine.sources.postgres import PostgresProfile, PostgresSource
from tests.contracts.servers import mariadb_program, mariadb_server
from tests.contracts.shop import ask

SECRET = "hunter2"
Speak = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def self_signed(folder: Path) -> tuple[ssl.SSLContext, str]:
    """Return what a server has that signed its certificate itself, and the certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    today = datetime.now(UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = certificate.public_bytes(serialization.Encoding.PEM)
    file.write_bytes(private + public)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    return context, public.decode()


@asynccontextmanager
async def listening(speak: Speak, heard: bytearray) -> AsyncIterator[int]:
    """Listen on a port, and note what is said in clear text after the server has spoken."""

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await speak(reader, writer)
            heard.extend(await reader.read(10_000))
        except (OSError, EOFError):
            pass  # The client has heard enough.
        finally:
            writer.close()

    server = await asyncio.start_server(served, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    (context, _), heard = self_signed(tmp_path), bytearray()
    async with listening(_postgres_with(context), heard) as port:
        source = PostgresSource("db", secure(port))
        with pytest.raises(SourceFailed, match="its certificate is not trusted") as failed:
            await ask(source, "SELECT 1")
        await source.close()
    assert failed.value.info.code == "source_down"
    assert not heard


async def test_an_authority_of_ones_own_vouches(tmp_path: Path) -> None:
    (context, certificate), heard = self_signed(tmp_path), bytearray()
    async with listening(_postgres_with(context), heard) as port:
        source = PostgresSource("db", secure(port, authority=certificate))
        with pytest.raises(SourceFailed):  # Our server knows no more than TLS.
            await ask(source, "SELECT 1")
        await source.close()
    assert b"somebody" in heard


async def test_an_authority_must_be_a_certificate() -> None:
    source = PostgresSource("db", secure(1, authority="-----BEGIN nothing"))
    with pytest.raises(SourceFailed, match="not a certificate"):
        await ask(source, "SELECT 1")
    await source.close()


def secure(port: int, **more: Any) -> PostgresProfile:
    return PostgresProfile(
        host="127.0.0.1",
        port=port,
        database="x",
        user="somebody",
        password=SECRET,
        tls="verify-full",
        **more,
    )


def _postgres_with(context: ssl.SSLContext) -> Speak:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(8)  # SSLRequest
        writer.write(b"S")
        await writer.drain()
        await writer.start_tls(context)

    return speak


async def test_a_server_without_tls_is_not_spoken_to_where_tls_is_asked_for() -> None:
    heard = bytearray()

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(8)
        writer.write(b"N")

    async with listening(speak, heard) as port:
        profile = PostgresProfile(
            host="127.0.0.1", port=port, database="x", user="x", password=SECRET, tls="require"
        )
        source = PostgresSource("db", profile)
        with pytest.raises(SourceFailed, match="does not speak TLS"):
            await ask(source, "SELECT 1")
        await source.close()
    assert not heard


@pytest.mark.skipif(
    mariadb_program() is None, reason="no MariaDB server on this machine (Debian: mariadb-server)"
)
async def test_mysql_without_tls_is_not_spoken_to_where_tls_is_asked_for() -> None:
    with mariadb_server() as server:
        profile = MysqlProfile(
            host=server.host, port=server.port, database="x", user="x", password=SECRET, tls=True
        )
        source = MysqlSource("db", profile)
        with pytest.raises(SourceFailed, match="does not speak TLS") as failed:
            await ask(source, "SELECT 1")
        await source.close()
    assert failed.value.info.code == "source_down"
