"""Users. What changes one asks for the caller's own password again."""

from fastapi import APIRouter, Response

from rangeops.server.paging import Paged
from rangeops.server.preconditions import ChangeIf, Reading
from rangeops.server.routes.answers import Calling, Ops, as_json
from rangeops.services.paging import cut
from rangeops.wire.people import Confirmation, PasswordRequest, TokenView, UserChange, UserRequest, UserView

router = APIRouter()


@router.get("/users", response_model=list[UserView])
async def users(ops: Ops, paged: Paged) -> Response:
    """By name."""
    found = await ops.run(ops.services.identity.all, ops.user)
    return paged.answer(cut(found, paged.asked, "users", lambda user: (user.name,), (str,)))


@router.post("/users", response_model=UserView, status_code=201)
async def add(ops: Ops, request: UserRequest) -> Response:
    return as_json(await ops.run(ops.services.identity.add, request, ops.clock(), ops.user), 201)


@router.patch("/users/{name}", response_model=UserView)
async def change(ops: Ops, changing: ChangeIf, name: str, wanted: UserChange) -> Response:
    """409 where he was changed since `version`, 412 where since If-Match: his ETag is his version."""

    async def version() -> int:
        found = await ops.run(ops.services.identity.all, ops.user)
        return next((user.version for user in found if user.name == name), 0)

    async def to(_: int | None) -> UserView:
        return await ops.run(ops.services.identity.change, name, wanted, ops.clock(), ops.user)

    user = await changing.carry_out(version, to, wanted.version, where=f"user {name:.40}")
    return Reading("").answer(user, user.version)


@router.put("/users/{name}/password", response_model=UserView)
async def set_password(ops: Ops, caller: Calling, name: str, request: PasswordRequest) -> Response:
    """One's own; the first without another, later ones with the present one. An admin may set anybody's.

    His sessions end, but for the one that this comes through.
    """
    changed = await ops.run(
        ops.services.identity.set_password,
        name,
        request.password,
        request.confirm,
        ops.clock(),
        ops.user,
        through=caller.session,
    )
    return as_json(changed)


@router.post("/users/{name}/token", response_model=TokenView, status_code=201)
async def new_token(ops: Ops, name: str, request: Confirmation) -> Response:
    """A token that acts for this user, told this once. The one he had ends."""
    token = await ops.run(ops.services.identity.new_token, name, request.confirm, ops.clock(), ops.user)
    return as_json(TokenView(name, token), 201)
