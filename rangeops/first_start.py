"""The first start of a range: its data folder, its keys, its database and its first admin. A composition root of its own."""

from collections.abc import Callable
from dataclasses import dataclass

from rangeops.bootstrap.parts import clock, prepare_data_folder
from rangeops.bootstrap.ranges import load_range
from rangeops.settings import Settings


@dataclass(frozen=True, slots=True)
class Begun:
    """admins: who can manage users and has a password. made: whom this start made one of them; "" for nobody."""

    admins: tuple[str, ...]
    made: str


def initialise(settings: Settings, ask: Callable[[], tuple[str, str]]) -> Begun:
    """What is there already stays; a second time nothing changes. A server may run meanwhile.

    ask: for the first admin's name and password, asked for only where no admin has a password yet.
    Raises Invalid, Conflict for a name that is a company's member's or disabled, Unavailable, Damaged.
    """
    from rangeops.adapters.checkpoints import RecordKeys
    from rangeops.adapters.passwords import Argon2Passwords
    from rangeops.adapters.sealing import signing_key
    from rangeops.adapters.secret_box import secret_key
    from rangeops.adapters.store.opening import open_store
    from rangeops.server.guard import read_or_make_token
    from rangeops.services.changes import Changes
    from rangeops.services.identity import Identity
    from rangeops.services.throttle import Throttle

    load_range(settings)  # what is wrong with it is said before anything is made
    prepare_data_folder(settings)
    token = read_or_make_token(settings.token_file)
    signing_key(settings.range_key_file)
    secret_key(settings.secret_key_file)
    RecordKeys(settings.record_keys_folder).public_key()
    store = open_store(settings.database)
    try:
        identity = Identity(Changes(store, lambda _: None), Argon2Passwords(), Throttle())
        identity.enter_local(settings.operator, token, clock())
        if admins := identity.admins():
            return Begun(admins, "")
        name, password = ask()
        identity.enter_admin(name, password, clock())
        return Begun(identity.admins(), name)
    finally:
        store.close()
