"""TLS over real sockets: the clients of this machine trust what the server names, and nobody else is believed to be secure."""

import asyncio
import json
import os
import signal
import ssl

import httpx
import pytest
from certificates import write_certificate
from serving import running, settings_in, until

from rangeops.client.api import Client
from rangeops.client.calls import address_of
from rangeops.client.feed import Connected, feed
from rangeops.domain.errors import Invalid, Unavailable
from rangeops.server.secure import is_secure
from rangeops.wire.picture import RangePicture


@pytest.fixture
def secured(tmp_path):
    certificate, key = write_certificate(tmp_path)
    return settings_in(tmp_path / "data", tls_cert=str(certificate), tls_key=str(key))


async def test_clients_of_this_machine_find_and_trust_it(secured):
    async with running(secured) as client:
        address = address_of(secured)
        assert address.url.startswith("https://127.0.0.1:")
        assert (await client.status()).range_id == "twente"
        following = feed(client)
        assert isinstance(await anext(following), Connected)
        assert isinstance(await anext(following), RangePicture)
        await following.aclose()


async def test_nobody_who_wasn_t_told_trusts_it(secured, tmp_path):
    async with running(secured) as client:
        async with httpx.AsyncClient(trust_env=False) as stranger:
            with pytest.raises(httpx.ConnectError, match=r"(?i)certificate.verify.failed"):
                await stranger.get(f"{client.address().url}/api/v1/health")
        told = json.loads(secured.server_file.read_text())
        told["certificate"] = write_certificate(tmp_path, "another")[0].read_text()
        secured.server_file.write_text(json.dumps(told))
        async with Client.from_settings(secured) as misled:
            with pytest.raises(Unavailable, match="can't be reached"):
                await misled.status()


async def test_plain_http_and_old_tls_get_no_answer(secured):
    async with running(secured) as client:
        url = client.address().url
        async with httpx.AsyncClient(trust_env=False) as plain:
            with pytest.raises(httpx.HTTPError):
                await plain.get(f"{url.replace('https', 'http')}/api/v1/health")
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.minimum_version = ssl.TLSVersion.TLSv1_2
        host, port = url.removeprefix("https://").split(":")
        _, writer = await asyncio.open_connection(host, int(port), ssl=old)
        assert writer.get_extra_info("ssl_object").version() in ("TLSv1.2", "TLSv1.3")
        writer.close()


async def test_a_renewed_certificate_is_served_after_a_signal_and_old_clients_find_it(secured, tmp_path):
    async with running(secured) as client:
        await client.status()
        first = address_of(secured).certificate
        certificate, key = write_certificate(tmp_path, "renewed")
        certificate.replace(secured.tls_cert)
        key.replace(secured.tls_key)
        os.kill(os.getpid(), signal.SIGHUP)
        await until(lambda: address_of(secured).certificate != first)
        async with Client.from_settings(secured) as fresh:
            assert (await fresh.status()).range_id == "twente"
        await client._http.aclose()  # its connection is gone, as after a night
        del client.__dict__["_http"]
        client.forget_address()
        assert (await client.status()).range_id == "twente"


async def test_a_bad_certificate_stops_the_start_in_a_sentence(tmp_path):
    certificate, _ = write_certificate(tmp_path, "one")
    _, key = write_certificate(tmp_path, "two")
    settings = settings_in(tmp_path / "data", tls_cert=str(certificate), tls_key=str(key))
    with pytest.raises(Invalid, match="it isn't the key"):
        async with running(settings):
            pass


# Proxies.


FORWARDED = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"}


async def seen_by(settings, headers, monkeypatch):
    """Scheme and client of one request as the application got it, and whether that counts as secure."""
    scopes = []
    monkeypatch.setattr("rangeops.server.observing.route_of", lambda scope: scopes.append(dict(scope)) or "route")
    async with running(settings) as client, httpx.AsyncClient(base_url=client.address().url, trust_env=False) as http:
        await http.get("/api/v1/health", headers=headers)
        (scope,) = [each for each in scopes if each["path"] == "/api/v1/health"]
        return scope["scheme"], scope["client"][0], is_secure(scope)


async def test_nobody_is_secure_because_he_says_so(tmp_path, monkeypatch):
    scope = await seen_by(settings_in(tmp_path), FORWARDED, monkeypatch)
    assert scope == ("http", "127.0.0.1", False)


async def test_a_proxy_that_is_named_is_believed(tmp_path, monkeypatch):
    settings = settings_in(tmp_path, trusted_proxies="127.0.0.0/8, ::1")
    scope = await seen_by(settings, FORWARDED, monkeypatch)
    assert scope == ("https", "203.0.113.7", True)


async def test_of_a_chain_the_last_that_no_proxy_vouches_for_is_the_client(tmp_path, monkeypatch):
    settings = settings_in(tmp_path, trusted_proxies="127.0.0.1,10.0.0.0/8")
    chain = {**FORWARDED, "X-Forwarded-For": "198.51.100.1, 203.0.113.7, 10.0.0.3"}
    scope = await seen_by(settings, chain, monkeypatch)
    assert scope[1] == "203.0.113.7"


async def test_another_proxy_is_not(tmp_path, monkeypatch):
    scope = await seen_by(settings_in(tmp_path, trusted_proxies="10.0.0.0/8"), FORWARDED, monkeypatch)
    assert scope == ("http", "127.0.0.1", False)


async def test_the_public_name_is_served_and_no_other(tmp_path):
    settings = settings_in(tmp_path, public_url="https://range.example:8443")
    async with running(settings) as client, httpx.AsyncClient(base_url=client.address().url, trust_env=False) as http:
        for host, status in (("range.example", 200), ("RANGE.example:8443", 200), ("evil.example", 403)):
            answer = await http.get("/api/v1/health", headers={"Host": host})
            assert answer.status_code == status
