"""The client's part for what is about one's own account."""

from collections.abc import Sequence

from rangeops.client.calls import Calls, part
from rangeops.wire.duty import Enrolled, OwnSession
from rangeops.wire.people import (
    AcceptRequest,
    ApiTokenRequest,
    ApiTokenView,
    CodeRequest,
    Confirmation,
    Enrolment,
    EnrolRequest,
    ForgottenRequest,
    InvitationRequest,
    InvitationView,
    MadeInvitation,
    MadeResetCode,
    MadeToken,
    RecoveryCodes,
    ResetRequest,
    SecondFactorView,
    UserView,
)


class AccountCalls(Calls):
    async def sessions(self) -> tuple[OwnSession, ...]:
        """Where the caller has signed in, the newest first."""
        return await self._get("/sessions", tuple[OwnSession, ...])

    async def end_session(self, session: str) -> None:
        await self._send("DELETE", f"/sessions/{part(session)}")

    async def end_other_sessions(self) -> None:
        await self._send("DELETE", "/sessions")

    async def api_tokens(self, *, everybodys: bool = False) -> tuple[ApiTokenView, ...]:
        """One's own that are in force; everybody's for an admin."""
        params = {"everybodys": "true"} if everybodys else None
        return await self._call("GET", "/tokens", tuple[ApiTokenView, ...], params=params)

    async def make_api_token(
        self, name: str, *, scopes: Sequence[str], days: int, user: str = "", confirm: str = ""
    ) -> MadeToken:
        """confirm: the caller's own password. The token is told this once."""
        return await self._post("/tokens", MadeToken, ApiTokenRequest(name, tuple(scopes), days, user, confirm))

    async def revoke_api_token(self, token: str) -> None:
        """By its id."""
        await self._send("DELETE", f"/tokens/{part(token)}")

    async def second_factor(self) -> SecondFactorView:
        """The caller's own."""
        return await self._get("/second-factor", SecondFactorView)

    async def begin_second_factor(self, *, confirm: str = "", code: str = "") -> Enrolment:
        """confirm: the caller's own password, here and below. code: of the one in force, or a recovery code, where there is one."""
        return await self._post("/second-factor", Enrolment, EnrolRequest(confirm, code))

    async def confirm_second_factor(self, code: str) -> Enrolled:
        """By a first code of what `begin_second_factor` gave. A session that could do nothing else gives way to a whole one."""
        enrolled = await self._post("/second-factor/confirm", Enrolled, CodeRequest(code))
        if enrolled.session is not None and self._session:
            self._session = enrolled.session.token
        return enrolled

    async def renew_recovery_codes(self, *, confirm: str, code: str) -> RecoveryCodes:
        return await self._post("/second-factor/recovery-codes", RecoveryCodes, EnrolRequest(confirm, code))

    async def remove_second_factor(self, *, confirm: str, code: str) -> None:
        await self._with_body("POST", "/second-factor/remove", type(None), EnrolRequest(confirm, code))

    async def remove_second_factor_of(self, user: str, *, confirm: str) -> None:
        """As an admin."""
        await self._with_body("POST", f"/users/{part(user)}/second-factor/remove", type(None), Confirmation(confirm))

    async def invitations(self) -> tuple[InvitationView, ...]:
        """Those that can still be accepted, of a kind that the caller may make."""
        return await self._get("/invitations", tuple[InvitationView, ...])

    async def invite(
        self, full_name: str, *, roles: Sequence[str], company: str = "", mail: str = "", confirm: str = ""
    ) -> MadeInvitation:
        """The code is told this once. mail: where it is sent as well."""
        body = InvitationRequest(full_name, tuple(roles), company, mail, confirm)
        return await self._post("/invitations", MadeInvitation, body)

    async def withdraw_invitation(self, invitation: str) -> None:
        """By its id."""
        await self._send("DELETE", f"/invitations/{part(invitation)}")

    async def accept_invitation(self, code: str, name: str, password: str) -> UserView:
        """Become a user. Whoever calls needs no account."""
        return await self._post("/invitations/accept", UserView, AcceptRequest(code, name, password))

    async def make_reset_code(self, user: str, *, confirm: str) -> MadeResetCode:
        """As an admin, to be told to the user."""
        return await self._post(f"/users/{part(user)}/reset-code", MadeResetCode, Confirmation(confirm))

    async def forgot_password(self, name: str) -> None:
        """A code to the mail of whoever has this name or mail, if anybody does."""
        await self._with_body("POST", "/password-resets", type(None), ForgottenRequest(name))

    async def reset_password(self, code: str, password: str) -> UserView:
        return await self._post("/password-resets/use", UserView, ResetRequest(code, password))
