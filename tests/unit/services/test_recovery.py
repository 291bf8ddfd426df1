"""Forgotten passwords: by an admin's code or by mail, and that whoever asks learns nothing of who is a user."""

import json
from dataclasses import replace

import pytest
from desk import Desk, account_parts
from seeds import LettersKept

from rangeops.domain.audit import Actor
from rangeops.domain.errors import Forbidden, Invalid, NotFound, Refused
from rangeops.domain.invitations import RESET_LASTS
from rangeops.domain.sessions import Caller, Origin
from rangeops.domain.users import Role, User
from rangeops.services.throttle import WIDE_TRIES
from rangeops.wire.duty import SignIn
from rangeops.wire.people import ResetRequest

SECRET = "correct horse battery"
CHOSEN = "another password of mine"
ANNA, OMAR = Caller(Actor("anna", "admin")), Caller(Actor("omar", "operator"))
HOME = Origin("203.0.113.9")


class Later:
    """What is to be done, until a test does it."""

    def __init__(self):
        self.deeds = []

    def __call__(self, deed):
        self.deeds.append(deed)

    def do(self):
        while self.deeds:
            self.deeds.pop(0)()


@pytest.fixture
def desk():
    later, post = Later(), LettersKept()
    made = Desk(accounts=account_parts(post, later=later))
    made.later, made.post = later, post
    with made.store.write() as work:
        for name, mail in (("anna", ""), ("omar", "omar@range.example"), ("olga", "both@x.example")):
            work.users.add(
                User(
                    name,
                    name,
                    frozenset([Role.ADMIN if name == "anna" else Role.OPERATOR]),
                    mail=mail,
                    password_hash=f"plain:{SECRET}",
                )
            )
        work.users.add(User("twin", "T", frozenset([Role.OBSERVER]), mail="both@x.example"))
        work.users.add(User("gone", "G", frozenset([Role.OBSERVER]), mail="gone@x.example", disabled=True))
    return made


def ask(desk, name, origin=HOME):
    """What was sent for it."""
    before = len(desk.post.letters)
    assert desk.services.recovery.ask(name, desk.now, origin) is None
    assert len(desk.post.letters) == before  # nothing is looked up while he waits
    desk.later.do()
    return desk.post.letters[before:]


def code_in(letter):
    return next(line.strip() for line in letter.text.splitlines() if line.count("-") == 3 and "#" not in line)


def use(desk, code, password=CHOSEN, origin=HOME):
    return desk.services.recovery.use(ResetRequest(code, password), desk.now, origin)


def sign_in(desk, name, password):
    return desk.services.sessions.sign_in(SignIn(name, password), desk.now)


def says(desk):
    return [json.loads(entry.payload)["says"] for entry in desk.record()]


@pytest.mark.parametrize("name", ["omar", "OMAR@range.example", " omar@range.example "])
def test_a_code_goes_to_ones_own_mail_and_sets_a_new_password_once(desk, name):
    session = sign_in(desk, "omar", SECRET)
    (letter,) = ask(desk, name)
    assert letter.to == "omar@range.example"
    assert f"https://range.example/reset#{code_in(letter)}" in letter.text
    assert use(desk, code_in(letter)).name == "omar"
    assert desk.services.sessions.caller(session.token, desk.now) is None
    with pytest.raises(Forbidden):
        sign_in(desk, "omar", SECRET)
    sign_in(desk, "omar", CHOSEN)
    with pytest.raises(Forbidden, match="good for nothing"):
        use(desk, code_in(letter))
    assert "omar set a new password with a code" in says(desk)


@pytest.mark.parametrize("name", ["nobody", "anna", "gone", "gone@x.example", "both@x.example", "", "x" * 10_000])
def test_who_is_no_user_has_no_mail_or_shares_one_is_answered_the_same_and_nothing_is_sent(desk, name):
    head = desk.services.audit_head()
    assert ask(desk, name) == []
    assert desk.services.audit_head() == head


def test_nobodys_box_is_filled_and_a_code_ends(desk):
    (first,) = ask(desk, "omar")
    assert ask(desk, "omar") == []
    desk.at(RESET_LASTS.total_seconds())
    with pytest.raises(Forbidden, match="good for nothing"):
        use(desk, code_in(first))
    (second,) = ask(desk, "omar")
    assert use(desk, code_in(second)).name == "omar"
    with desk.store.read() as work:
        assert work.reset_codes.all() == ()


def test_an_admin_makes_a_code_that_he_tells_and_it_takes_the_place_of_the_one_before(desk):
    recovery = desk.services.recovery
    first = recovery.make("olga", SECRET, desk.now, ANNA)
    second = recovery.make("olga", SECRET, desk.now, ANNA)
    with pytest.raises(Forbidden, match="good for nothing"):
        use(desk, first.code)
    assert use(desk, second.code).name == "olga"
    assert "anna made a code by which olga sets a new password" in says(desk)
    for attempt, error in (
        (lambda: recovery.make("olga", SECRET, desk.now, OMAR), Forbidden),
        (lambda: recovery.make("olga", "wrong", desk.now, ANNA), Forbidden),
        (lambda: recovery.make("nobody", SECRET, desk.now, ANNA), NotFound),
        (lambda: recovery.make("gone", SECRET, desk.now, ANNA), Refused),
        (
            lambda: recovery.make("olga", SECRET, desk.now, Caller(replace(ANNA.actor, scopes=frozenset(["admin"])))),
            Forbidden,
        ),
    ):
        with pytest.raises(error):
            attempt()


def test_a_code_of_somebody_disabled_since_is_good_for_nothing(desk):
    made = desk.services.recovery.make("olga", SECRET, desk.now, ANNA)
    with desk.store.write() as work:
        user = work.users.get("olga")
        work.users.replace(replace(user, disabled=True, version=user.version + 1))
    with pytest.raises(Forbidden, match="good for nothing"):
        use(desk, made.code)


def test_a_short_password_uses_up_nothing_and_guesses_at_codes_wait(desk):
    made = desk.services.recovery.make("olga", SECRET, desk.now, ANNA)
    with pytest.raises(Invalid):
        use(desk, made.code, "short")
    for _ in range(WIDE_TRIES):
        with pytest.raises(Forbidden):
            use(desk, "abcd-abcd-abcd-abcd")
    with pytest.raises(Refused):
        use(desk, made.code)
    assert use(desk, made.code, origin=Origin("198.51.100.7")).name == "olga"


def test_who_asks_again_and_again_is_told_to_wait_whoever_he_asks_for(desk):
    for number in range(WIDE_TRIES):
        desk.services.recovery.ask(f"user{number}", desk.now, HOME)
    for name in ("omar", "nobody"):
        with pytest.raises(Refused, match="in a row"):
            desk.services.recovery.ask(name, desk.now, HOME)
    desk.services.recovery.ask("omar", desk.now, Origin("198.51.100.7"))


def test_no_code_and_no_mail_stands_in_the_record_or_the_store(desk):
    (letter,) = ask(desk, "omar")
    with desk.store.read() as work:
        text = f"{work.reset_codes.all()}" + "\n".join(entry.payload for entry in desk.record())
    for secret in (code_in(letter), code_in(letter).replace("-", ""), "omar@range.example"):
        assert secret not in text
