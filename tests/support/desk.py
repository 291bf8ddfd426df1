"""A range at work without processes: the Twente range, a store, use cases, a clock that a test sets, and its events."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from seeds import LettersKept, PlainPasswords, no_certificate, register

from rangeops.adapters.formats.range_folder import load_range
from rangeops.adapters.hardware.profiles import Hardware
from rangeops.adapters.one_time_codes import TimedCodes
from rangeops.adapters.recurrence import Recurrence
from rangeops.adapters.secret_box import KeyedBox
from rangeops.adapters.solver.task import solve
from rangeops.adapters.store.memory import MemoryStore
from rangeops.adapters.weather.reports import read_reports
from rangeops.bootstrap.parts import require_endpoint
from rangeops.domain.aircraft import Airframe, airframe_from
from rangeops.domain.alarms import Alarm, AlarmId, AlarmState, Condition, Priority
from rangeops.domain.audit import Actor
from rangeops.domain.clearance import LiveFacts
from rangeops.domain.clearance_rules import ALWAYS, ClearanceRules, Item
from rangeops.domain.commands import CommandId, CommandKind, CommandOrder, CommandProgress, CommandStage
from rangeops.domain.containment import Standing
from rangeops.domain.errors import NotFound
from rangeops.domain.events import Event, FenceReadBack, JournalEntry, OrdersTaken
from rangeops.domain.now import Now
from rangeops.domain.second_factor import RequiredOf
from rangeops.domain.separation_4d import Buffers
from rangeops.domain.slots import Slot, SlotEvent
from rangeops.domain.telemetry import Sysid
from rangeops.paths import shipped
from rangeops.services.account_parts import AccountParts
from rangeops.services.airspace import AirspaceBook
from rangeops.services.build import Services, build_services
from rangeops.services.changes import Notice, OrdersIssued
from rangeops.services.ports.plans import CheckedPlan, ComparedPlans, MendedPlan, PlanFile
from rangeops.services.ports.reports import ReportFacts
from rangeops.services.ports.store import Store
from rangeops.services.submission import PlanRequest
from rangeops.wire.api import PlanCheck, SlotChange, SlotRequest
from rangeops.wire.picture import Snapshot, VehicleView

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
WHOLE_TWENTE = load_range(shipped("geofences") / "twente")
_ASKED_ELSEWHERE = tuple((item, "tests of clearance ask for it") for item in Item if item not in ALWAYS)
TWENTE = replace(WHOLE_TWENTE, clearance=ClearanceRules(waived=_ASKED_ELSEWHERE))
UNBUFFERED = replace(TWENTE, booking=replace(TWENTE.booking, buffers=Buffers()))
"""Where slots may follow each other at once, and lie side by side."""
OPERATOR = Actor("op1", "operator")
D07 = Sysid(7)
RADIO_TYPES = sorted(path.stem for path in (shipped("hardware") / "radios").glob("*.toml"))


class TomlAirframes:
    def __init__(self) -> None:
        import tomllib

        folder = shipped("hardware") / "airframes"
        tables = [tomllib.loads(path.read_text()) for path in sorted(folder.glob("*.toml"))]
        self._airframes = {table["id"]: airframe_from(table, where=table["id"]) for table in tables}

    def get(self, airframe: str) -> Airframe:
        if airframe not in self._airframes:
            raise NotFound("there is no such airframe", where=airframe, do="Choose another.")
        return self._airframes[airframe]

    def all(self) -> tuple[Airframe, ...]:
        return tuple(self._airframes.values())


@dataclass
class SetLive:
    facts_of: dict[int, LiveFacts] = field(default_factory=dict)

    def facts(self, sysid: Sysid, now: Now) -> LiveFacts | None:
        return self.facts_of.get(sysid)

    def silent_s(self, watch: str, now: Now) -> float:
        return 0.0


def check_plan(plan: PlanFile) -> CheckedPlan:
    """A rule of the tests' own: what names a waypoint outside is refused."""
    outside = b"outside" in plan.content
    check = PlanCheck("GEO-03", not outside, "Inside the volume", "WP 7 is 38 m outside" if outside else "")
    return CheckedPlan("refused" if outside else "passed", (check,), ())


def mend_plan(plan: PlanFile) -> MendedPlan:
    """What was outside is inside then."""
    mended = plan.content.replace(b"outside", b"inside")
    changes = ("WP 7 moved 38 m north (GEO-03)",) if mended != plan.content else ()
    return MendedPlan(mended, changes, (), check_plan(replace(plan, content=mended)))


def compare_plans(files: ComparedPlans) -> str:
    return f"-{files.before[1].decode()}\n+{files.after[1].decode()}"


def plain_report(facts: ReportFacts) -> str:
    return f"<title>{facts.incident.id}</title>"


class MemoryShelf:
    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def path(self, name):
        return Path("/reports") / name

    def put(self, name, content):
        self.kept[name] = content
        return self.path(name)

    def get(self, name):
        if name not in self.kept:
            raise NotFound("no report was written yet", where=name, do="Write one first.")
        return self.kept[name]


def account_parts(post: LettersKept, **others: Any) -> AccountParts:
    """No code is asked of anybody, and letters are sent at once."""
    usual: dict[str, Any] = {
        "passwords": PlainPasswords(),
        "codes": TimedCodes("a test"),
        "box": KeyedBox(bytes(32)),
        "second_factor_of": RequiredOf.NOBODY,
        "post": post,
        "later": lambda deed: deed(),
        "public_url": "https://range.example",
    }
    return AccountParts(**(usual | others))


class Desk:
    """Use cases over one store. `at` moves the clock; `notices` collects what was told."""

    def __init__(self, store: Store | None = None, **parts) -> None:
        self.store = store or MemoryStore(AirspaceBook(TWENTE, TomlAirframes()))
        register(self.store)
        self.live = SetLive()
        self.notices: list[Notice] = []
        self.post = LettersKept()
        self.now = Now(1000.0, NOON)
        self.seq = 0
        arguments = {
            "store": self.store,
            "definition": TWENTE,
            "airframes": TomlAirframes(),
            "live": self.live,
            "check_plan": check_plan,
            "mend_plan": mend_plan,
            "compare_plans": compare_plans,
            "solve_timetable": solve,
            "write_report": plain_report,
            "print_range_report": lambda report, form: repr(report).encode(),
            "print_report": lambda facts: facts.incident.id.encode(),
            "print_handover": lambda view: view.range_name.encode(),
            "shelf": MemoryShelf(),
            "seal_sheet": lambda sheet: sheet.slot.encode(),
            "read_weather": read_reports,
            "accounts": account_parts(self.post),
            "radio_types": RADIO_TYPES,
            "radios": Hardware(shipped("hardware")).radios,
            "recurrences": Recurrence(TWENTE.timezone),
            "open_certificate": no_certificate,
            "require_endpoint": require_endpoint,
            "announce": self.notices.append,
            "gcs_sysid": 250,
            "simulation": True,
        }
        self.services: Services = build_services(**(arguments | parts))

    def at(self, seconds: float) -> Now:
        """`seconds` after noon, on both clocks."""
        self.now = Now(1000.0 + seconds, NOON + timedelta(seconds=seconds))
        return self.now

    @property
    def orders(self):
        return [notice.orders for notice in self.notices if isinstance(notice, OrdersIssued)]

    def submit(self, content: bytes = b"inside", **changed):
        request = replace(PlanRequest(content, "survey.plan", "SURVEY", "ACME", "NORTH", "survey-quad"), **changed)
        submission = self.services.submission
        return submission.store(request, check_plan(submission.prepare(request, OPERATOR)), self.now, OPERATOR)

    def book(self, *, minutes: int = 30, start_minutes: float = 0, **changed) -> Slot:
        starts = NOON + timedelta(minutes=start_minutes)
        request = SlotRequest(
            "ACME", "NORTH", starts, starts + timedelta(minutes=minutes), D07, "D07", "survey-quad", "ch 2"
        )
        return self.services.booking.request(replace(request, **changed), self.now, OPERATOR)

    def move(self, slot: Slot, *events: SlotEvent, reason: str = "because") -> Slot:
        for event in events:
            change = SlotChange(event.value, slot.version, reason)
            slot = self.services.booking.change(slot.id, change, self.now, OPERATOR)
        return slot

    def briefed(self, **changed) -> Slot:
        """A slot with a passed plan, approved and briefed."""
        keys = {key: changed[key] for key in ("company", "volume", "airframe") if key in changed}
        slot = self.book(**({"plan": self.submit(**keys).id} | changed))
        return self.move(slot, SlotEvent.APPROVE, SlotEvent.BRIEF)

    def planned(self, slot: Slot) -> Slot:
        """The slot with a passed plan that was handed in for it."""
        self.submit(company=slot.company, volume=slot.volume, airframe=slot.airframe, slot=slot.id)
        return self.services.booking.get(slot.id)

    def cleared(self, **changed) -> Slot:
        """A slot whose vehicle may fly."""
        slot = self.briefed(**changed)
        self.live.facts_of[slot.sysid] = LiveFacts(trusted=True, uplink_ok=True, armed=False)
        self.tell(OrdersTaken(self.orders[-1].version), fence(slot.sysid))
        self.services.clearance.grant(slot.id, self.now, OPERATOR)
        self.tell(OrdersTaken(self.orders[-1].version))
        return self.services.booking.get(slot.id)

    def entries(self, *events: Event) -> list[JournalEntry]:
        made = []
        for event in events:
            self.seq += 1
            made.append(JournalEntry("watch", self.seq, self.now.monotonic_s, self.now.utc, event))
        return made

    def tell(self, *events: Event) -> None:
        """The watch's journal delivers events that happen now."""
        self.services.intake.take(self.entries(*events), self.now)

    def record(self):
        with self.store.read() as work:
            return work.record.following(0, 1_000_000)


def fence(sysid: Sysid = D07, *, equal: bool = True) -> FenceReadBack:
    return FenceReadBack(sysid, equal, 6, "ab" * 32, "" if equal else "item 3 differs")


def alarm(
    condition: Condition = Condition.FORECAST_EXIT,
    state: AlarmState = AlarmState.UNACKED,
    *,
    sysid: Sysid | None = D07,
    number: int = 1,
) -> Alarm:
    return Alarm(
        id=AlarmId(f"{condition.value}/D07/{number}"),
        condition=condition,
        source="D07",
        sysid=sysid,
        priority=Priority.P1,
        state=state,
        title="Leaves NORTH's east edge",
        action="Hold; then RTL",
        value="8 s",
        limit="30 s",
        raised_utc=NOON,
        time_to_exit_s=8.25,
    )


def command(
    stage: CommandStage = CommandStage.SENT,
    kind: CommandKind = CommandKind.HOLD,
    *,
    by: str = "policy",
    number: int = 1,
    sysid: Sysid = D07,
) -> CommandProgress:
    acked = stage in (CommandStage.ACKED, CommandStage.SEEN)
    return CommandProgress(
        CommandOrder(CommandId(f"W{number}"), sysid, kind, by, "leaves its volume in 8 s"),
        stage,
        sent_utc=NOON,
        attempts=1,
        ack_after_s=0.31 if acked else None,
        seen_after_s=0.84 if stage is CommandStage.SEEN else None,
    )


def vehicle(sysid: int = 7, **changed) -> VehicleView:
    view = VehicleView(
        sysid=Sysid(sysid), callsign=f"D{sysid:02}", company="ACME", slot="S1", slot_ends=NOON + timedelta(minutes=30),
        cleared=True, contact="ch 2", vehicle_class="copter", mode="AUTO", armed=True, standing=Standing.INSIDE,
        trusted=True, intent="Activated", fence="active", link="udpin:127.0.0.1:14550", uplink_ok=True,
        position_age_s=0.1, heard_age_s=0.1, latitude_deg=52.28, longitude_deg=6.89, altitude_amsl_m=100.0,
        height_m=65.0, ground_speed_mps=8.0, track_deg=90.0, climb_mps=0.0, battery_percent=80, satellites=14,
        margin_m=60.0, time_to_exit_s=None, distance_home_m=200.0, home_latitude_deg=52.28, home_longitude_deg=6.888,
    )  # fmt: skip
    return replace(view, **changed)


def snapshot(*vehicles: VehicleView, alarms=(), commands=(), links=(), version: int = 1) -> Snapshot:
    return Snapshot("watch", NOON, version, tuple(vehicles), tuple(links), tuple(alarms), tuple(commands))
