"""`rangeops init`, as its user does it: once, again, beside a server, and wrong; and what an admin needs from elsewhere."""

import stat
from base64 import b32decode
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from serving import running, settings_in
from shell import rangeops

from rangeops.client.api import Client
from rangeops.client.calls import Address, address_of
from rangeops.domain.errors import CodeWanted, Conflict, Forbidden, Invalid
from rangeops.domain.users import Role, User
from rangeops.first_start import initialise

SECRET = "correct horse battery"


async def test_a_first_start_makes_folder_keys_and_admin_and_a_second_changes_nothing(tmp_path):
    settings = settings_in(tmp_path / "new" / "range")
    code, out, said = await rangeops(settings, "init", typed=f"anna\n{SECRET}\n")
    assert (code, out) == (0, f"{settings.data}\n"), said
    assert "anna is the first admin" in said
    assert "sign in at the portal, http://127.0.0.1" in said
    assert SECRET not in said
    files = {"token", "secrets.key", "acceptance.key", "record-keys/1.key", "rangeops.db"}
    kept = {name: (settings.data / name).read_bytes() for name in files - {"rangeops.db"}}
    for name in files:
        assert stat.S_IMODE((settings.data / name).stat().st_mode) & 0o077 == 0, name
    assert stat.S_IMODE(settings.data.stat().st_mode) == 0o700
    code, _, said = await rangeops(settings, "init", "--name", "eve", typed="")
    assert (code, said) == (0, "it is set up: anna may manage users; nothing was changed\n")
    assert {name: (settings.data / name).read_bytes() for name in kept} == kept
    async with running(settings) as client:
        assert {user.name: user.roles for user in await client.users()} == {
            "anna": ("admin",),
            "op1": ("operator", "range-safety-officer", "admin"),
        }


@pytest.mark.parametrize(("name", "password"), [("anna", "short"), ("a/b", SECRET), ("", SECRET), ("x" * 41, SECRET)])
def test_what_is_no_name_and_what_is_no_password_makes_nobody(tmp_path, name, password):
    settings = settings_in(tmp_path)
    with pytest.raises(Invalid):
        initialise(settings, lambda: (name, password))
    assert initialise(settings, lambda: ("anna", SECRET)).made == "anna"


async def test_it_may_be_said_beside_a_server_and_who_is_there_may_be_the_admin(tmp_path):
    settings = settings_in(tmp_path)
    async with running(settings) as client:
        with client.operations.services.store.write() as work:
            work.users.add(User("eve", "E", frozenset([Role.COMPANY_MEMBER]), "ACME"))
            work.users.add(User("gone", "G", frozenset([Role.OBSERVER]), disabled=True))
        for name in ("eve", "gone"):
            with pytest.raises(Conflict, match="can't be an admin"):
                initialise(settings, lambda name=name: (name, SECRET))
        assert initialise(settings, lambda: ("op1", SECRET)).admins == ("op1",)
        assert (await client.me()).has_password


@pytest.fixture
async def staff(tmp_path):
    """A range that asks for second factors, with an admin who has none: a client at the range, and where its server is."""
    settings = settings_in(tmp_path, second_factor="commanding")
    async with running(settings) as room:
        with room.operations.services.store.write() as work:
            work.users.add(User("anna", "A", frozenset([Role.ADMIN]), password_hash=f"plain:{SECRET}"))
        elsewhere = Client(lambda: Address(address_of(settings).url, "none"))
        yield room, elsewhere
        await elsewhere.close()


async def test_at_the_range_an_admin_works_without_a_second_factor(staff):
    room, _ = staff
    assert not (await room.sign_in("anna", SECRET, room="at the range")).enrolling
    assert len(await room.users()) == 2


async def test_from_elsewhere_he_sets_one_up_and_can_do_nothing_before(staff):
    _, elsewhere = staff
    assert (await elsewhere.sign_in("anna", SECRET)).enrolling
    assert (await elsewhere.me()).enrolling
    deeds = ("users", "status", "slots", "sessions", "range_view", "api_tokens", "look_only", "end_other_sessions")
    for deed in deeds:
        with pytest.raises(Forbidden, match="without a second factor"):
            await getattr(elsewhere, deed)()
    enrolment = await elsewhere.begin_second_factor()
    totp = TOTP(b32decode(enrolment.secret), 6, SHA1(), 30)  # as the standard has it
    codes = (await elsewhere.confirm_second_factor(totp.generate(datetime.now(UTC).timestamp()).decode())).codes
    assert len(await elsewhere.users()) == 2
    await elsewhere.sign_out()
    with pytest.raises(CodeWanted):
        await elsewhere.sign_in("anna", SECRET)
    assert not (await elsewhere.sign_in("anna", SECRET, code=codes[0])).enrolling
    assert (await elsewhere.second_factor()).recovery_left == 9
