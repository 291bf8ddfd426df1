"""Two watches never command one vehicle: held against a model in which words get lost, watches are cut off and return."""

from dataclasses import dataclass, field

from hypothesis import example, given, settings
from hypothesis import strategies as st

from rangeops.domain.leases import HOLD_OVER_S, NOBODY, Lease, may_command, next_leases
from rangeops.domain.telemetry import Sysid

D07 = Sysid(7)


def step(present, to, version, *, taken=0, silent_s=0.0, hold_over_s=HOLD_OVER_S):
    wanted = {D07: to} if to else {}
    return next_leases(
        present, wanted, version, taken=lambda _: taken, silent_s=lambda _: silent_s, hold_over_s=hold_over_s
    )


def test_the_first_lease_is_given_at_once_and_stays():
    first = step((), "watch", 1)
    assert first == (Lease(D07, "watch", 1, HOLD_OVER_S),)
    assert step(first, "watch", 2) == first


def test_a_lease_moves_once_the_old_watch_says_that_it_let_go():
    leaving = step(step((), "watch", 1), "mast", 2)
    assert leaving == (Lease(D07, NOBODY, 2, HOLD_OVER_S, previous="watch"),)
    assert step(leaving, "mast", 3, taken=1) == leaving
    assert step(leaving, "mast", 3, taken=2) == (Lease(D07, "mast", 3, HOLD_OVER_S),)


def test_a_watch_that_is_silent_for_its_hold_over_has_let_go():
    leaving = step(step((), "watch", 1), "mast", 2)
    assert step(leaving, "mast", 3, silent_s=HOLD_OVER_S) == leaving
    assert step(leaving, "mast", 3, silent_s=HOLD_OVER_S * 1.1)[0].watch == "mast"


def test_a_watch_without_hold_over_keeps_its_vehicle_until_it_says_so():
    leaving = step(step((), "watch", 1, hold_over_s=None), "mast", 2, hold_over_s=HOLD_OVER_S)
    assert step(leaving, "mast", 3, silent_s=1e9) == leaving


def test_a_hold_over_that_the_watch_may_not_know_of_frees_nothing():
    forever = step((), "watch", 1, hold_over_s=None)
    shortened = step(forever, "watch", 2)
    leaving = step(shortened, "mast", 3, taken=1)
    assert step(leaving, "mast", 4, taken=1, silent_s=1e9) == leaving


def test_a_vehicle_without_a_slot_is_not_given_anew_before_the_old_watch_let_go():
    gone = step(step((), "watch", 1), "", 2)
    back = step(gone, "mast", 3, taken=1)
    assert back[0].watch == NOBODY
    assert step(gone, "", 3, taken=2) == ()


def test_why_a_watch_may_not_command():
    lease = Lease(D07, "mast", 3, 10.0)
    assert may_command(None, "watch", 1e9) == ""
    assert may_command(lease, "mast", 10.0) == ""
    assert (
        may_command(lease, "mast", 10.1) == "the server hasn't been heard for 10 s: another watch may command it by now"
    )
    assert may_command(lease, "watch", 0.0) == "mast commands it"
    assert may_command(Lease(D07, NOBODY, 4, 10.0), "mast", 0.0) == "its lease is on its way to another watch"


@dataclass
class Watch:
    """What one watch knows: the leases it took, and when it asked for the last word that came back."""

    name: str
    version: int = 0
    leases: tuple[Lease, ...] = ()
    word_s: float = float("-inf")
    told: list = field(default_factory=list)

    def commands(self, now_s) -> bool:
        lease = next((each for each in self.leases if each.sysid == D07), None)
        return lease is not None and may_command(lease, self.name, now_s - self.word_s) == ""


WATCHES = ("watch", "mast")
ONE = st.sampled_from(WATCHES)
MOVES = st.one_of(
    st.tuples(st.just("wait"), st.sampled_from((3.0, 9.0))),
    st.tuples(st.just("want"), st.sampled_from(("", *WATCHES))),
    st.tuples(st.just("several"), st.booleans()),
    st.tuples(st.just("reach"), ONE),  # the newest orders and the server's word get to a watch, its answer is lost
    st.tuples(st.just("ack"), ONE),  # its word that it took its orders gets to the server
    st.tuples(st.just("ask"), ONE),  # a watch asks for the server's word …
    st.tuples(st.just("word"), ONE),  # … and the oldest answer on its way reaches it, however late
)


class World:
    """A server, its watches, and what is lost or late between them. Each move is a method."""

    def __init__(self) -> None:
        self.version, self.leases, self.wanted, self.now_s, self.many = 0, (), "watch", 100.0, True
        self.watches = {name: Watch(name) for name in WATCHES}
        self.acked, self.heard_s = dict.fromkeys(WATCHES, 0), dict.fromkeys(WATCHES, self.now_s)
        self.numbers = [0]
        self.issue()

    def issue(self):
        following = next_leases(
            self.leases,
            {D07: self.wanted} if self.wanted else {},
            self.version + 1,
            taken=self.acked.__getitem__,
            silent_s=lambda name: self.now_s - self.heard_s[name],
            hold_over_s=10.0 if self.many else None,
        )
        if following != self.leases:
            self.version, self.leases = self.version + 1, following
            self.numbers += [lease.number for lease in following]

    def wait(self, seconds):
        self.now_s += seconds

    def want(self, name):
        self.wanted = name

    def several(self, many):
        self.many = many

    def reach(self, name):
        watch = self.watches[name]
        watch.version, watch.leases = self.version, self.leases
        self.heard_s[name] = watch.word_s = self.now_s

    def ack(self, name):
        self.acked[name] = self.watches[name].version

    def ask(self, name):
        self.heard_s[name] = self.now_s  # the server has it no earlier than it was asked
        self.watches[name].told.append((self.now_s, self.version))

    def word(self, name):
        watch = self.watches[name]
        if watch.told:
            asked_s, version = watch.told.pop(0)
            if version <= watch.version:  # as watch.leases.Leases.word
                watch.word_s = max(watch.word_s, asked_s)

    def commanding(self):
        return [name for name, each in self.watches.items() if each.commands(self.now_s)]


FREED_WHILE_SILENT = [
    ("wait", 3.0),
    ("want", "mast"),
    ("wait", 9.0),
    ("reach", "mast"),
    ("ask", "watch"),
    ("word", "watch"),
]


@settings(max_examples=800)
@example(FREED_WHILE_SILENT)
@given(st.lists(MOVES, min_size=4, max_size=40))
def test_two_watches_never_command_one_vehicle(moves):
    """And the one that is wanted does once the line stands: "never" isn't won by nobody commanding."""
    world = World()
    for move, argument in [("reach", "watch"), ("ack", "watch"), *moves]:
        getattr(world, move)(argument)
        world.issue()
        assert world.numbers == sorted(world.numbers)
        assert len(world.commanding()) <= 1, world.commanding()
    for _ in range(3):
        for name in WATCHES:
            world.reach(name)
            world.ack(name)
        world.issue()
    for name in WATCHES:
        world.reach(name)
    assert world.commanding() == ([world.wanted] if world.wanted else [])
