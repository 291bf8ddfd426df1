"""What accounts need of the world, in one piece for whoever builds the services."""

from dataclasses import dataclass

from rangeops.domain.second_factor import RequiredOf
from rangeops.services.identity import Passwords
from rangeops.services.invitations import Later, Post
from rangeops.services.ports.world import SecretBox
from rangeops.services.second_factors import Codes


@dataclass(frozen=True, slots=True)
class AccountParts:
    """public_url: what browsers call the server by; "" where that isn't known."""

    passwords: Passwords
    codes: Codes
    box: SecretBox
    second_factor_of: RequiredOf
    post: Post
    later: Later
    public_url: str = ""
