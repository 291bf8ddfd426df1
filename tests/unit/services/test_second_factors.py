"""Second factors: who must have one, when a code counts, and that no room of the range is ever kept from a stop."""

import json
from dataclasses import replace

import pytest
from desk import Desk, account_parts
from seeds import LettersKept

from rangeops.adapters.one_time_codes import TimedCodes
from rangeops.adapters.secret_box import KeyedBox
from rangeops.domain.audit import Actor
from rangeops.domain.errors import CodeWanted, Conflict, Damaged, Forbidden, RangeopsError, Refused
from rangeops.domain.permissions_of_roles import Act, may
from rangeops.domain.second_factor import RECOVERY_CODES, STEP_S, RequiredOf
from rangeops.domain.sessions import WORD_LASTS, Caller, Origin
from rangeops.domain.users import Role, User
from rangeops.services.throttle import FREE_TRIES
from rangeops.wire.duty import OpenRequest, SignIn
from rangeops.wire.people import ApiTokenRequest, EnrolRequest

SECRET = "correct horse battery"
LOCAL = "the token of the data folder, which is long"
PAGE, AT_RANGE = Origin(browser=True), Origin(at_range=True)
RITA, ANNA = Caller(Actor("rita", "range-safety-officer")), Caller(Actor("anna", "admin"))
PASSWORD = EnrolRequest(SECRET)


class Authenticator:
    """A telephone: it has taken over the secrets, and shows the code of any moment."""

    def __init__(self):
        self.codes = TimedCodes("a test")
        self.secret = b""

    def new_secret(self):
        self.secret = self.codes.new_secret()
        return self.secret

    def step_of(self, secret, code, now_utc):
        return self.codes.step_of(secret, code, now_utc)

    def uri(self, secret, user):
        return self.codes.uri(secret, user)

    def picture(self, uri):
        return f"<svg>{uri}</svg>"

    def shows(self, desk, steps=0):
        at = int(desk.now.utc.timestamp()) // STEP_S + steps
        from cryptography.hazmat.primitives.hashes import SHA1
        from cryptography.hazmat.primitives.twofactor.hotp import HOTP

        return HOTP(self.secret, 6, SHA1()).generate(at).decode()


def a_desk(required=RequiredOf.COMMANDING):
    phone = Authenticator()
    made = Desk(accounts=account_parts(LettersKept(), codes=phone, second_factor_of=required))
    made.phone = phone
    made.services.identity.enter_local("op1", LOCAL, made.now)
    people = (
        ("rita", Role.SAFETY_OFFICER, ""), ("omar", Role.OPERATOR, ""), ("anna", Role.ADMIN, ""),
        ("olga", Role.OBSERVER, ""), ("eve", Role.COMPANY_MEMBER, "ACME"),
    )  # fmt: skip
    with made.store.write() as work:
        for name, role, company in people:
            work.users.add(User(name, name, frozenset([role]), company, password_hash=f"plain:{SECRET}"))
    return made


@pytest.fixture
def desk():
    return a_desk()


def sign_in(desk, name="rita", origin=PAGE, **others):
    return desk.services.sessions.sign_in(SignIn(name, SECRET, "here", **others), desk.now, origin)


def caller(desk, token):
    return desk.services.sessions.caller(token, desk.now)


def enrolled(desk, who=RITA):
    """Set up, and half a minute later."""
    factors = desk.services.second_factors
    factors.begin(PASSWORD, desk.now, who)
    codes = factors.confirm(desk.phone.shows(desk), desk.now, who).codes
    desk.at((desk.now.monotonic_s - 1000.0) + 2 * STEP_S)
    return codes


@pytest.mark.parametrize(
    ("required", "asked"),
    [
        (RequiredOf.COMMANDING, {"rita", "omar", "anna"}),
        (RequiredOf.EVERYBODY, {"rita", "omar", "anna", "olga", "eve"}),
        (RequiredOf.NOBODY, set()),
    ],
)
def test_whoever_can_command_must_have_one_unless_the_range_says_otherwise(required, asked):
    desk = a_desk(required)
    assert {name for name in ("rita", "omar", "anna", "olga", "eve") if sign_in(desk, name).enrolling} == asked


def test_without_one_that_must_be_a_session_can_set_one_up_and_do_and_read_nothing_else(desk):
    session = sign_in(desk)
    found = caller(desk, session.token)
    assert (session.enrolling, session.device, found.enrolling) == (True, "", True)
    assert said(desk)[-1] == "rita (range-safety-officer) signs in at here to set up a second factor"
    assert not [act for act in Act if may(found.actor, act, company="ACME")]
    for attempt in (
        lambda: desk.services.sessions.open(OpenRequest("wall", read_only=False), desk.now, found),
        lambda: sign_in(desk, read_only=True),
    ):
        with pytest.raises(Forbidden):
            attempt()
    me = desk.services.sessions.me(found)
    assert (me.user, me.roles, me.enrolling) == ("rita", (), True)


def test_a_first_code_puts_a_whole_session_in_place_of_the_one_that_could_only_enrol(desk):
    session = sign_in(desk)
    enrolment = desk.services.second_factors.begin(EnrolRequest(), desk.now, caller(desk, session.token))
    assert enrolment.uri.startswith("otpauth://totp/")
    assert f"secret={enrolment.secret}" in enrolment.uri
    with pytest.raises(Forbidden, match="the code is wrong"):
        desk.services.sessions.enrol("000000", desk.now, caller(desk, session.token))
    made = desk.services.sessions.enrol(desk.phone.shows(desk), desk.now, caller(desk, session.token))
    assert len(set(made.codes)) == RECOVERY_CODES
    assert caller(desk, session.token) is None
    whole = caller(desk, made.session.token)
    assert (whole.enrolling, whole.actor) == (False, Actor("rita", "range-safety-officer"))
    assert made.session.device
    assert "rita set up a second factor" in said(desk)


def said(desk):
    return [json.loads(entry.payload)["says"] for entry in desk.record()]


def test_who_has_one_is_asked_for_a_code_everywhere_and_told_so_in_a_way_of_its_own(desk):
    enrolled(desk)
    for origin in (PAGE, AT_RANGE, Origin()):
        with pytest.raises(CodeWanted, match="asked for"):
            sign_in(desk, origin=origin)
    for at, code in enumerate(("000000", "12345", "1234567890", "\u0661\u0662\u0663\u0664\u0665\u0666", "ü")):
        with pytest.raises(Forbidden, match="wrong, or was used"):
            sign_in(desk, code=code, origin=Origin(f"198.51.100.{at}"))
    spaced = desk.phone.shows(desk)
    assert not sign_in(desk, code=f" {spaced[:3]} {spaced[3:]} ").enrolling


def test_a_code_counts_once_and_a_step_early_or_late_but_no_more(desk):
    enrolled(desk)
    for steps, counts in ((-2, False), (2, False), (-1, True), (0, True), (1, True)):
        code = desk.phone.shows(desk, steps)
        if counts:
            sign_in(desk, code=code)
        with pytest.raises(Forbidden):
            sign_in(desk, code=code)
    with pytest.raises(Forbidden):  # of a step before the newest that was used
        sign_in(desk, code=desk.phone.shows(desk))


def test_the_code_that_set_it_up_does_not_count_again(desk):
    desk.services.second_factors.begin(PASSWORD, desk.now, RITA)
    code = desk.phone.shows(desk)
    desk.services.second_factors.confirm(code, desk.now, RITA)
    with pytest.raises(Forbidden):
        sign_in(desk, code=code)


def test_a_recovery_code_counts_once_and_says_how_many_are_left(desk):
    first, second, *_ = enrolled(desk)
    assert sign_in(desk, code=first.upper()).user == "rita"
    with pytest.raises(Forbidden):
        sign_in(desk, code=first)
    assert sign_in(desk, code=second.replace("-", " ")).user == "rita"
    assert "a recovery code of rita was used; 8 are left" in said(desk)
    assert desk.services.second_factors.view(RITA).recovery_left == 8


def test_guesses_at_a_code_wait_and_those_of_a_stranger_keep_nobody_else_waiting(desk):
    enrolled(desk)
    stranger, home = Origin("198.51.100.7", browser=True), Origin("203.0.113.9", browser=True)
    for _ in range(FREE_TRIES):
        with pytest.raises(Forbidden):
            sign_in(desk, code="000000", origin=stranger)
    with pytest.raises(Refused, match=r"5 wrong codes in a row\. Try again in 30 s"):
        sign_in(desk, code=desk.phone.shows(desk), origin=stranger)
    assert sign_in(desk, code=desk.phone.shows(desk), origin=home).user == "rita"


def test_at_the_range_nobody_is_kept_out_for_want_of_one(desk):
    room = sign_in(desk, "omar", AT_RANGE)
    assert not room.enrolling
    assert said(desk)[-1] == "omar (operator) signs in at here, at the range, without a second factor"
    assert json.loads(desk.record()[-1].payload)["body"]["at_range"]
    assert may(caller(desk, room.token).actor, Act.COMMAND)
    assert caller(desk, LOCAL).at_range
    assert may(caller(desk, LOCAL).actor, Act.COMMAND)


def test_a_second_persons_word_at_the_range_asks_for_no_code_and_is_for_commands_alone(desk):
    enrolled(desk)
    word = caller(desk, sign_in(desk, origin=AT_RANGE, word=True).token)
    assert may(word.actor, Act.CONFIRM_TERMINATE)
    assert not may(word.actor, Act.SIGN_INCIDENT)
    assert not may(word.actor, Act.SAFETY_WORD)
    with pytest.raises(CodeWanted):
        sign_in(desk, word=True)  # from elsewhere it is a sign-in like any other
    session = sign_in(desk, origin=AT_RANGE, word=True)
    desk.at(desk.now.monotonic_s - 1000.0 + WORD_LASTS.total_seconds())
    assert caller(desk, session.token) is None


def test_only_a_token_that_the_range_gave_puts_a_room_at_the_range(desk):
    made = desk.services.tokens.make(
        ApiTokenRequest("room", ("read", "command"), 90, "omar", SECRET), desk.now, ANNA
    ).token
    assert not caller(desk, made).at_range
    assert not caller(desk, sign_in(desk, "olga").token).at_range
    opened = desk.services.sessions.open(OpenRequest("wall"), desk.now, caller(desk, LOCAL))
    assert caller(desk, opened.token).at_range
    assert caller(desk, sign_in(desk, "olga", AT_RANGE).token).at_range


def test_a_new_one_counts_from_its_first_code_and_the_old_one_until_then(desk):
    enrolled(desk)
    old = replace_phone(desk)
    with pytest.raises(CodeWanted):
        desk.services.second_factors.begin(PASSWORD, desk.now, RITA)
    new = desk.phone
    desk.services.second_factors.begin(EnrolRequest(SECRET, old.shows(desk)), desk.now, RITA)
    with pytest.raises(Forbidden):
        sign_in(desk, code=new.shows(desk, 1))
    sign_in(desk, code=old.shows(desk, 1))
    desk.services.second_factors.confirm(new.shows(desk), desk.now, RITA)
    with pytest.raises(Forbidden):
        sign_in(desk, code=old.shows(desk, 1))
    assert sign_in(desk, code=new.shows(desk, 1)).user == "rita"


def replace_phone(desk):
    """The old telephone, as it goes on showing codes of the old secret."""
    old = Authenticator()
    old.secret = desk.phone.secret
    return old


def test_removing_needs_a_code_or_another_admin_and_ends_sessions(desk):
    enrolled(desk)
    factors, session = desk.services.second_factors, sign_in(desk, code=desk.phone.shows(desk))
    with pytest.raises(CodeWanted):
        factors.remove(PASSWORD, desk.now, RITA)
    with pytest.raises(Forbidden, match="may not manage users"):
        factors.remove_from("rita", SECRET, desk.now, Caller(Actor("omar", "operator")))
    with pytest.raises(Refused, match="with a code of it"):
        factors.remove_from("anna", SECRET, desk.now, ANNA)
    factors.remove_from("rita", SECRET, desk.now, ANNA)
    assert caller(desk, session.token) is None
    assert sign_in(desk).enrolling
    enrolled(desk)
    factors.remove(EnrolRequest(SECRET, desk.phone.shows(desk)), desk.now, RITA)
    assert not factors.view(RITA).in_force


def test_new_recovery_codes_end_the_old_ones(desk):
    first, *_ = enrolled(desk)
    renewed = desk.services.second_factors.renew_recovery(
        EnrolRequest(SECRET, desk.phone.shows(desk)), desk.now, RITA
    ).codes
    with pytest.raises(Forbidden):
        sign_in(desk, code=first)
    assert sign_in(desk, code=renewed[0]).user == "rita"
    with pytest.raises(Conflict):
        desk.services.second_factors.renew_recovery(PASSWORD, desk.now, ANNA)
    with pytest.raises(Conflict, match="nothing is being set up"):
        desk.services.second_factors.confirm("000000", desk.now, ANNA)


def test_secrets_lie_sealed_and_one_that_was_moved_or_sealed_elsewhere_opens_nothing(desk):
    codes = enrolled(desk)
    with desk.store.read() as work:
        kept, text = work.second_factors.get("rita"), f"{work.second_factors.all()} {said(desk)}"
    for secret in (desk.phone.secret.hex(), *codes, *(code.replace("-", "") for code in codes)):
        assert secret not in text
    with desk.store.write() as work:
        work.second_factors.put(replace(kept, user="omar"))
    with pytest.raises(Damaged, match="sealed with another key"):
        sign_in(desk, "omar", code=desk.phone.shows(desk))
    with desk.store.write() as work:
        work.second_factors.put(replace(kept, sealed=KeyedBox(b"k" * 32).sealed("00", "second factor of rita")))
    with pytest.raises(Damaged, match=r"secrets\.key"):
        sign_in(desk, code=desk.phone.shows(desk))


def test_an_api_token_is_not_enough_for_any_of_it(desk):
    by = Caller(replace(RITA.actor, scopes=frozenset(["admin", "read", "command"])), token="x")
    factors = desk.services.second_factors
    for attempt in (
        lambda: factors.view(by),
        lambda: factors.begin(PASSWORD, desk.now, by),
        lambda: factors.confirm("000000", desk.now, by),
        lambda: factors.renew_recovery(PASSWORD, desk.now, by),
        lambda: factors.remove(PASSWORD, desk.now, by),
        lambda: factors.remove_from("omar", SECRET, desk.now, by),
    ):
        with pytest.raises(RangeopsError, match="an API token may not"):
            attempt()
