"""Password hashes: argon2id, by pwdlib. A hash names its own parameters, so stronger ones may come with old hashes kept."""

from functools import cached_property
from typing import Final

from pwdlib import PasswordHash
from pwdlib.exceptions import PwdlibError
from pwdlib.hashers.argon2 import Argon2Hasher

TIME_COST: Final = 2
MEMORY_KIB: Final = 19 * 1024
PARALLELISM: Final = 1


class Argon2Passwords:
    def __init__(self) -> None:
        hasher = Argon2Hasher(time_cost=TIME_COST, memory_cost=MEMORY_KIB, parallelism=PARALLELISM)
        self._hash = PasswordHash((hasher,))

    def hashed(self, password: str) -> str:
        return self._hash.hash(password)

    def fits(self, password: str, password_hash: str) -> bool:
        """As long for no hash as for a wrong password: a stranger learns nothing of who has one."""
        try:
            fits = self._hash.verify(password, password_hash or self._nobodys)
        except (PwdlibError, UnicodeEncodeError):  # a hash of another kind, or none; what is no text
            return False
        return fits and bool(password_hash)

    @cached_property
    def _nobodys(self) -> str:
        return self._hash.hash("a password that nobody has")
