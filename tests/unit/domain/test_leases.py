"""Two watches never command one vehicle: held against a model in which words get lost, watches are cut off and return."""

from dataclasses import dataclass, field

from hypothesis import given, settings
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


WATCHES = ("watch", "mast", "north")
MOVES = st.one_of(
    st.tuples(st.just("wait"), st.floats(0.1, 15.0)),
    st.tuples(st.just("want"), st.sampled_from(("", *WATCHES))),
    st.tuples(st.just("nodes"), st.booleans()),
    st.tuples(st.just("orders"), st.sampled_from(WATCHES)),  # the newest orders reach a watch
    st.tuples(st.just("ack"), st.sampled_from(WATCHES)),  # its word that it took them reaches the server
    st.tuples(st.just("ask"), st.sampled_from(WATCHES)),  # a watch asks for the server's word …
    st.tuples(st.just("word"), st.sampled_from(WATCHES)),  # … and the oldest answer on its way reaches it, however late
)


@settings(max_examples=400)
@given(st.lists(MOVES, max_size=60))
def test_two_watches_never_command_one_vehicle(moves):
    hold_over_s, version, leases, wanted, now_s = 10.0, 0, (), "watch", 100.0
    watches = {name: Watch(name) for name in WATCHES}
    acked, heard_s, several = dict.fromkeys(WATCHES, 0), dict.fromkeys(WATCHES, now_s), True
    last_number = 0
    for move, argument in [("orders", "watch"), ("ask", "watch"), ("word", "watch"), *moves]:
        watch = watches.get(argument)
        if move == "wait":
            now_s += argument
        elif move == "want":
            wanted = argument
        elif move == "nodes":
            several = argument
        elif move == "orders":
            watch.version, watch.leases = version, leases
        elif move == "ack":
            acked[argument] = watch.version
        elif move == "ask":
            heard_s[argument] = now_s  # the server has it no earlier than it was asked
            watch.told.append(now_s)
        elif move == "word" and watch.told:
            watch.word_s = max(watch.word_s, watch.told.pop(0))
        following = next_leases(
            leases,
            {D07: wanted} if wanted else {},
            version + 1,
            taken=acked.__getitem__,
            silent_s=lambda name, now_s=now_s: now_s - heard_s[name],
            hold_over_s=hold_over_s if several else None,
        )
        if following != leases:
            version, leases = version + 1, following
            assert all(lease.number >= last_number for lease in leases)
            last_number = max([last_number, *(lease.number for lease in leases)])
        commanding = [name for name, each in watches.items() if each.commands(now_s)]
        assert len(commanding) <= 1, commanding
