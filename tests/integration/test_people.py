"""Users and registers over the real API: who is let in, what each may do, and two persons with a token each."""

import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from desk import D07
from serving import until
from shell import rangeops

from rangeops.adapters.hardware.seal import sealed
from rangeops.adapters.sealing import signing_key
from rangeops.client.api import Client
from rangeops.client.calls import Address
from rangeops.domain.certificates import Certificate, parameters_sha256
from rangeops.domain.commands import CommandKind, CommandOrder, CommandStage
from rangeops.domain.errors import Conflict, Forbidden, Invalid, NotFound, RangeopsError, Refused
from rangeops.wire.api import SlotRequest
from rangeops.wire.people import UserChange

SECRET = "correct horse battery"


@pytest.fixture
async def client(client):
    await client.set_password("op1", SECRET)
    return client


@pytest.fixture
async def acting(client):
    """A client that acts for a new user with these roles."""
    clients = []

    async def act(name, *roles, company=""):
        await client.add_user(name, full_name=name, roles=roles, company=company, confirm=SECRET)
        token = (await client.new_token(name, confirm=SECRET)).token
        url = client.address().url
        clients.append(Client(lambda: Address(url, token)))
        return clients[-1]

    yield act
    for each in clients:
        await each.close()


def request(company="ACME"):
    starts = datetime.now(UTC)
    return SlotRequest(
        company, "NORTH", starts, starts + timedelta(minutes=30), D07, "D07", "survey-quad", "ch 2"
    )  # fmt: skip


async def test_each_token_acts_for_its_own_user_and_a_disabled_one_for_nobody(client, acting):
    jan = await acting("jan", "observer")
    assert ((await client.status()).user, (await jan.status()).user) == ("op1", "jan")
    (user,) = [user for user in await client.users() if user.name == "jan"]
    await client.change_user("jan", UserChange(user.version, disabled=True, confirm=SECRET))
    with pytest.raises(Forbidden, match="token is missing or wrong"):
        await jan.status()


@pytest.mark.parametrize("token", ["x", "Bearer x", "ü", "a" * 10_000])
async def test_a_token_that_is_nobodys_is_refused(client, token):
    async with httpx.AsyncClient() as http:
        headers = {"Authorization": f"Bearer {token}".encode()}
        answer = await http.get(f"{client.address().url}/api/v1/users", headers=headers)
    assert answer.status_code == 401
    assert "WWW-Authenticate" in answer.headers


async def test_an_observer_sees_and_changes_nothing(client, acting, watch):
    observer = await acting("olga", "observer")
    slot = await client.book(request())
    assert [each.id for each in await observer.slots()] == [slot.id]
    for attempt in (
        observer.command(D07, CommandKind.HOLD, reason="x"),
        observer.book(request()),
        observer.clear(slot.id),
        observer.add_link("udpin:127.0.0.1:14599"),
        observer.register("company", {"id": "X", "name": "X"}),
        observer.add_user("eve", full_name="", roles=["admin"]),
        observer.set_password("op1", SECRET),
        observer.new_token("op1"),
    ):
        with pytest.raises(Forbidden, match="olga"):
            await attempt
    assert not watch.of(CommandOrder)


async def test_a_companys_member_books_for_his_company_and_reads_nothing_of_others(client, acting):
    eve = await acting("eve", "company-member", company="ACME")
    assert (await eve.book(request())).company == "ACME"
    with pytest.raises(Forbidden, match="for ACME alone"):
        await eve.book(request("SAXN"))
    assert {entry.company for entry in await eve.registers()} == {"ACME"}
    await client.book(replace(request("SAXN"), sysid=8, volume="WEST"))
    assert {slot.company for slot in await eve.slots()} == {"ACME"}
    with pytest.raises(NotFound, match="no such slot"):
        await eve.slot("S2")
    assert await eve.plans() == await eve.incidents() == ()
    for attempt in (eve.log(), eve.users(), eve.links(), eve.handover(), eve.calls()):
        with pytest.raises(Forbidden, match="may not read this"):
            await attempt


async def test_two_persons_one_a_safety_officer_complete_a_termination(client, acting, watch):
    other, officer = await acting("omar", "operator"), await acting("rita", "range-safety-officer")

    async def terminate(person):
        return await person.command(D07, CommandKind.TERMINATE, reason="fly-away", typed="7")

    asked = await terminate(other)
    assert (asked.stage, asked.detail[:8]) == (CommandStage.QUEUED, "not sent")
    with pytest.raises(Conflict, match="one person can't complete it"):
        await terminate(other)
    with pytest.raises(Forbidden, match=r"may not complete a termination.*range safety officer"):
        await terminate(await acting("ole", "operator"))
    confirmed = await terminate(officer)
    assert (confirmed.order.by, confirmed.order.second) == ("omar", "rita")
    order = (await until(lambda: watch.of(CommandOrder)))[0]
    assert order.has_two_persons
    assert [each.kind for each in watch.of(CommandOrder)] == [CommandKind.TERMINATE]


async def test_registers_go_in_and_out_by_csv_and_a_wrong_line_changes_nothing(client):
    good = b"id,company,name,certificate,certificate_until\nP1,ACME,J. Jansen,A2,2031-01-31\n"
    done = await client.import_register("pilot", good, name="pilots.csv", reason="list of May")
    assert (done.added, done.changed) == (1, 0)
    exported = await client.export_register("pilot")
    again = await client.import_register("pilot", exported, name="again.csv")
    assert (again.added, again.changed) == (0, 0)
    with pytest.raises(Invalid, match=r"pilots\.csv line 3: certificate_until is '31-1-2031'"):
        await client.import_register(
            "pilot", good.replace(b"A2", b"STS") + b"P2,ACME,P. Puk,A2,31-1-2031\n", name="pilots.csv"
        )
    entry = await client.register_entry("pilot", "P1")
    assert (entry.fields["certificate"], entry.version) == ("A2", 1)


async def test_an_unknown_company_gets_a_slot_once_it_is_registered_and_not_before(client):
    with pytest.raises(Refused, match=r"company NEW is not in the register.*rangeops register add company id=NEW"):
        await client.book(request("NEW"))
    await client.register("company", {"id": "NEW", "name": "New B.V."})
    for kind, fields in (
        ("aircraft", {"id": "N1", "airframe": "survey-quad", "serial": "1", "mtom_kg": "5"}),
        ("pilot", {"id": "NP", "name": "P. Puk", "certificate": "A2", "certificate_until": "2031-01-01"}),
        ("document", {"id": "NI", "document": "insurance", "valid_until": "2031-01-01"}),
    ):
        with pytest.raises(Refused):
            await client.book(request("NEW"))
        await client.register(kind, {"company": "NEW", **fields})
    with pytest.raises(Refused, match="NEW's authorisation was never shown"):
        await client.book(request("NEW"))
    fields = {"id": "NA", "company": "NEW", "document": "authorisation", "valid_until": "2031-01-01"}
    await client.register("document", fields)
    assert (await client.book(request("NEW"))).company == "NEW"


async def test_an_entry_with_a_slash_in_its_id_is_itself(client):
    await client.register("company", {"id": "A/B & C", "name": "A/B"})
    seen = await client.register_entry("company", "A/B & C")
    retired = await client.retire_entry("company", "A/B & C", version=seen.version, reason="merged")
    assert retired.retired
    with pytest.raises(NotFound):
        await client.register_entry("company", "A")


async def test_a_register_goes_to_a_file_or_says_why_not(settings, client, tmp_path):
    file = tmp_path / "companies.csv"
    assert await rangeops(settings, "register", "export", "company", "-o", str(file)) == (
        0, "", f"company register written to {file}\n",
    )  # fmt: skip
    assert file.read_bytes() == await client.export_register("company")
    code, _, said = await rangeops(settings, "register", "export", "company", "-o", str(tmp_path / "none" / "x.csv"))
    assert (code, "it can't be written" in said) == (7, True), said


async def test_a_persons_token_is_a_file_of_his_own_that_commands_use(settings, client):
    code, _, said = await rangeops(settings, "user", "add", "rita", "--role", "observer", typed=f"{SECRET}\n")
    assert (code, said) == (0, "rita is enabled, observer\n")
    code, out, _ = await rangeops(settings, "user", "token", "rita", typed=f"{SECRET}\n")
    path = settings.data / "tokens" / "rita"
    assert (code, out) == (0, f"{path}\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    code, out, _ = await rangeops(settings, "user", "list", RANGEOPS_TOKEN=str(path))
    assert [line.split()[1] for line in out.splitlines() if line.startswith("*")] == ["rita"]
    code, _, said = await rangeops(settings, "register", "add", "company", "id=X", "name=X", RANGEOPS_TOKEN=str(path))
    assert (code, "may not change the registers" in said) == (6, True)
    code, _, said = await rangeops(settings, "user", "token", "rita", typed="wrong\n")
    assert (code, "the password is wrong" in said) == (6, True)


def certificate(**changed):
    now = datetime.now(UTC)
    made = Certificate(
        "CERT-7", "twente", "survey-quad", 7, "ab" * 9, "ArduCopter 4.5.7", "abc", (), parameters_sha256(()),
        accepted=True, steps=(), figures=(), issued_utc=now, valid_until_utc=now + timedelta(days=90), by="op1",
    )  # fmt: skip
    return replace(made, **changed)


async def test_only_a_certificate_that_this_range_signed_and_that_is_in_force_is_registered(settings, client, tmp_path):
    ours, another = signing_key(settings.range_key_file), signing_key(tmp_path / "another.key")
    over = certificate(valid_until_utc=datetime.now(UTC) - timedelta(seconds=1))
    for content, says in (
        (sealed(certificate(), another), "another key"),
        (sealed(over, ours), "valid until"),
        (sealed(certificate(accepted=False), ours), "not accepted"),
        (sealed(certificate(), ours).replace(b"CERT-7", b"CERT-8"), "signature doesn't fit"),
        (b"{}", "no certificate"),
        (b"[" * 100_000, "no certificate"),
    ):
        with pytest.raises(RangeopsError, match=says):
            await client.import_certificate(content, company="ACME", aircraft="ACME-survey-quad")
    good = sealed(certificate(), ours)
    entry = await client.import_certificate(good, company="ACME", aircraft="ACME-survey-quad")
    assert (entry.id, entry.fields["uid2"]) == ("CERT-7", "ab" * 9)
    with pytest.raises(Conflict, match="already"):
        await client.import_certificate(good, company="ACME", aircraft="ACME-survey-quad")
