"""The client's part for users and registers."""

from collections.abc import Mapping, Sequence

from rangeops.client.calls import Calls, part
from rangeops.wire.people import (
    Confirmation,
    ExpiryView,
    ImportView,
    PasswordRequest,
    RegisterRequest,
    RegisterView,
    Retirement,
    TokenView,
    UserChange,
    UserRequest,
    UserView,
)


class PeopleCalls(Calls):
    async def users(self) -> tuple[UserView, ...]:
        return await self._all("/users", UserView)

    async def add_user(
        self, name: str, *, full_name: str, roles: Sequence[str], company: str = "", confirm: str = "", mail: str = ""
    ) -> UserView:
        """confirm: the caller's own password, here and below."""
        body = UserRequest(name, full_name, tuple(roles), company, confirm, mail)
        return await self._post("/users", UserView, body)

    async def change_user(self, name: str, wanted: UserChange) -> UserView:
        return await self._with_body("PATCH", f"/users/{part(name)}", UserView, wanted)

    async def set_password(self, name: str, password: str, *, confirm: str = "") -> UserView:
        body = PasswordRequest(password, confirm)
        return await self._with_body("PUT", f"/users/{part(name)}/password", UserView, body)

    async def new_token(self, name: str, *, confirm: str = "") -> TokenView:
        """A token that acts for this user; the one he had ends."""
        return await self._post(f"/users/{part(name)}/token", TokenView, Confirmation(confirm))

    async def registers(self, kind: str = "") -> tuple[RegisterView, ...]:
        return await self._all("/registers", RegisterView, {"kind": kind})

    async def register_entry(self, kind: str, entry: str) -> RegisterView:
        return await self._get(f"/registers/{part(kind)}/{part(entry)}", RegisterView)

    async def register(self, kind: str, fields: Mapping[str, str], *, reason: str = "") -> RegisterView:
        """A new entry."""
        return await self._post(f"/registers/{part(kind)}", RegisterView, RegisterRequest(dict(fields), None, reason))

    async def change_entry(
        self, kind: str, entry: str, fields: Mapping[str, str], *, version: int, reason: str = ""
    ) -> RegisterView:
        """Fields that aren't named stay. version: of the entry as the caller saw it."""
        body = RegisterRequest(dict(fields), version, reason)
        return await self._with_body("PATCH", f"/registers/{part(kind)}/{part(entry)}", RegisterView, body)

    async def retire_entry(
        self, kind: str, entry: str, *, version: int, reason: str, retired: bool = True
    ) -> RegisterView:
        body = Retirement(version, reason, retired)
        return await self._post(f"/registers/{part(kind)}/{part(entry)}/retire", RegisterView, body)

    async def expiries(self) -> tuple[ExpiryView, ...]:
        """What of the registers has lapsed, and what will within 30 days."""
        return await self._get("/registers/expiries", tuple[ExpiryView, ...])

    async def export_register(self, kind: str) -> bytes:
        """One register as CSV."""
        return (await self._send("GET", f"/registers/{part(kind)}/csv")).content

    async def import_register(self, kind: str, content: bytes, *, name: str, reason: str = "") -> ImportView:
        """name: what errors call the file."""
        query = {"name": name, "reason": reason}
        return await self._call("POST", f"/registers/{part(kind)}/csv", ImportView, content=content, params=query)

    async def import_certificate(self, content: bytes, *, company: str, aircraft: str) -> RegisterView:
        """An acceptance certificate that this range signed, for that aircraft."""
        query = {"company": company, "aircraft": aircraft}
        path = "/registers/acceptance/certificate"
        return await self._call("POST", path, RegisterView, content=content, params=query)
