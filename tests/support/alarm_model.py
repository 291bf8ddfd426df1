"""ISA-18.2 a second time, written as a table by hand and coded apart from rangeops.domain.alarms.

States: N normal, U unacknowledged, A acknowledged, R returned unacknowledged, L latched, S shelved, D suppressed by design,
O out of service. A dash: nothing happens. `on` and `off` are the condition's, after its delays; `again` is `on` within a
minute of the last announcement where a P2 or P3 is concerned. What is let out of S, D or O is in `free`, if its condition
holds then; else it is gone.
"""

from dataclasses import dataclass

PLAIN = """
        N  U  A  R  L  S  D  O
on      U  -  -  U  U  S  D  O
again   A  -  -  U  U  S  D  O
off     -  R  N  -  -  S  N  O
ack     -  A  -  N  -  -  -  -
reset   -  -  -  -  N  -  -  -
shelve  -  S  S  S  -  -  -  -
free    -  -  -  -  -  U  U  U
out     O  O  O  O  O  O  O  -
"""
LATCHING = """
        N  U  A  R  L  S  D  O
on      U  -  -  U  U  S  D  O
again   A  -  -  U  U  S  D  O
off     -  R  L  -  -  S  N  O
ack     -  A  -  L  -  -  -  -
reset   -  -  -  -  N  -  -  -
shelve  -  S  S  S  -  -  -  -
free    -  -  -  -  -  U  U  U
out     O  O  O  O  O  O  O  -
"""
MINUTE_S = 60.0


def table(text):
    head, *lines = [line.split() for line in text.strip().splitlines()]
    return {
        (line[0], state): after for line in lines for state, after in zip(head, line[1:], strict=True) if after != "-"
    }


@dataclass
class Kind:
    """What a condition's catalogue entry says, copied by hand."""

    name: str
    priority: int
    on_delay_s: float
    off_delay_s: float
    latching: bool = False
    shelf_s: float = 0.0
    suppressed_by: str = ""
    silent_on_ground: bool = False


@dataclass
class Row:
    state: str = "N"
    holds: bool = False
    since_s: float | None = None  # since when the input differs from `holds`
    shelf_ends_s: float = 0.0
    announced_s: float = float("-inf")
    occurrence: int = 0
    acked: bool = False


class Model:
    def __init__(self, kinds):
        self.kinds = {kind.name: kind for kind in kinds}
        self.rows = {kind.name: Row() for kind in kinds}
        self.tables = {kind.name: table(LATCHING if kind.latching else PLAIN) for kind in kinds}
        self.on_ground = False
        self.occurrences = 0

    def next(self, name, event):
        return self.tables[name].get((event, self.rows[name].state))

    # Inputs.

    def look(self, inputs, now_s):
        """inputs: names whose condition holds. On ones first, the worst before the others; then the rest; then suppression."""
        on = sorted((name for name in self.kinds if name in inputs), key=lambda name: self.kinds[name].priority)
        off = [name for name in self.kinds if name not in inputs]
        for name in (*on, *off):
            self.filtered(name, name in inputs, now_s)
        self.suppression(now_s)

    def filtered(self, name, value, now_s):
        row, kind = self.rows[name], self.kinds[name]
        if value == row.holds:
            row.since_s = None
            return
        row.since_s = now_s if row.since_s is None else row.since_s
        if now_s - row.since_s >= (kind.on_delay_s if value else kind.off_delay_s):
            row.since_s, row.holds = None, value
            (self.rise if value else self.fall)(name, now_s)

    def rise(self, name, now_s):
        row, kind = self.rows[name], self.kinds[name]
        if row.state in "SO":
            return
        if now_s - row.announced_s < MINUTE_S:
            row.state = self.next(name, "again" if row.acked and kind.priority != 1 else "on")
            row.acked = row.state == "A"
            return
        self.occurrences += 1
        row.occurrence, row.acked = self.occurrences, False
        if self.silent(name):
            row.state = "D"
            return
        row.state, row.announced_s = self.next(name, "on"), now_s

    def fall(self, name, now_s):
        row = self.rows[name]
        row.state = self.next(name, "off") or row.state

    # Suppression.

    def silent(self, name):
        kind = self.kinds[name]
        worse = kind.suppressed_by and self.rows[kind.suppressed_by].state in ("U", "A")
        return bool(worse) or (kind.silent_on_ground and self.on_ground)

    def suppression(self, now_s):
        for name in sorted(self.kinds):
            row = self.rows[name]
            if row.state in ("U", "A") and self.silent(name):
                row.state = "D"
            elif row.state == "D" and not self.silent(name):
                self.free(name, now_s)

    def free(self, name, now_s, *, unless_silent=False):
        row = self.rows[name]
        if not row.holds:
            row.state = "N"
        elif unless_silent and self.silent(name):
            row.state = "D"
        else:
            row.state, row.announced_s, row.acked = self.next(name, "free"), now_s, False

    # Persons and time.

    def done(self, name, what, now_s, for_s=0.0):
        row, kind = self.rows[name], self.kinds[name]
        if what == "shelve":
            if not 0 < for_s <= kind.shelf_s or self.next(name, what) is None:
                return
            row.shelf_ends_s = now_s + for_s
        elif what == "out":
            if kind.priority == 1 or self.next(name, what) is None:
                return
            if row.state == "N":
                self.occurrences += 1
                row.occurrence, row.acked = self.occurrences, False
        elif what in ("unshelve", "back"):
            if row.state == ("S" if what == "unshelve" else "O"):
                self.free(name, now_s, unless_silent=True)
            return
        row.acked |= what == "ack" and self.next(name, what) is not None
        row.state = self.next(name, what) or row.state

    def tick(self, now_s):
        for name, row in self.rows.items():
            if row.state == "S" and now_s >= row.shelf_ends_s:
                self.free(name, now_s, unless_silent=True)
