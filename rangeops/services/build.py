"""The use cases of one range, put together. Everything they need of the world is an argument."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from rangeops.domain.audit import GENESIS_HASH
from rangeops.domain.checkpoints import SignedCheckpoint
from rangeops.domain.letters import Sender
from rangeops.domain.ranges import RangeDefinition
from rangeops.services import screens
from rangeops.services.account_parts import AccountParts
from rangeops.services.airspace import AirspaceBook
from rangeops.services.alarms import AlarmDesk
from rangeops.services.alternatives import Alternatives
from rangeops.services.asking import Asking
from rangeops.services.booking import Booking, BookingParts
from rangeops.services.calendars import Calendars
from rangeops.services.calls import CallDesk
from rangeops.services.changes import Changes, Notice, line_of
from rangeops.services.clearance import ClearanceDesk
from rangeops.services.clearance_facts import ClearanceBooks
from rangeops.services.clearance_words import WordDesk
from rangeops.services.closures import ClosureDesk
from rangeops.services.commanding import CommandDesk
from rangeops.services.company_desk import CompanyDesk
from rangeops.services.consent import ConsentDesk
from rangeops.services.day import DayDesk
from rangeops.services.day_board import DayBoard
from rangeops.services.devices import Devices
from rangeops.services.drafts import Drafts
from rangeops.services.duty import DutyDesk
from rangeops.services.enforcing import EnforcingDesk
from rangeops.services.free_times import FreeTimes
from rangeops.services.handover import HandoverDesk
from rangeops.services.identity import Identity
from rangeops.services.incident_reviews import IncidentReviewDesk
from rangeops.services.incidents import IncidentDesk
from rangeops.services.intake import JournalIntake
from rangeops.services.invitations import Invitations, Mail
from rangeops.services.leases import LeaseDesk
from rangeops.services.links import LinkDesk
from rangeops.services.once import OnceDesk
from rangeops.services.orders import OrderDesk
from rangeops.services.paging import Asked, Page, after, page
from rangeops.services.pilot_page import PilotDesk
from rangeops.services.plan_files import PlanFiles
from rangeops.services.ports.plans import PlanChecker, PlanComparer, PlanMender
from rangeops.services.ports.reports import PrintHandover, PrintRangeReport, PrintReport, ReportShelf, ReportWriter
from rangeops.services.ports.store import Store
from rangeops.services.ports.watches import LivePicture
from rangeops.services.ports.world import Airframes, Radios, ReadWeather, Recurrences
from rangeops.services.range_reports import RangeReportDesk
from rangeops.services.recovery import Recovery
from rangeops.services.registry import OpenCertificate, Registry
from rangeops.services.reporting import Reporting
from rangeops.services.reviews import ReviewDesk
from rangeops.services.room import Room
from rangeops.services.screens import ScreenDesk
from rangeops.services.second_factors import SecondFactors
from rangeops.services.sessions import Sessions
from rangeops.services.sight import Sight
from rangeops.services.sky import Sky
from rangeops.services.slot_sheets import SealSheet, SlotSheets
from rangeops.services.standby import Standby
from rangeops.services.submission import Submission
from rangeops.services.throttle import Throttle
from rangeops.services.timetable import Solve, TimetableDesk
from rangeops.services.tokens import Tokens
from rangeops.services.wishes import WishDesk
from rangeops.services.zone_changes import ZoneDesk
from rangeops.wire.api import AuditHead
from rangeops.wire.picture import LogLine


@dataclass(frozen=True, slots=True)
class Services:
    """check_plan, mend_plan, compare_plans, solve_timetable and reporting.write are what costs CPU time; everything else is a transaction."""

    store: Store
    definition: RangeDefinition
    changes: Changes
    desk: OrderDesk
    booking: Booking
    day: DayDesk
    closures: ClosureDesk
    standby: Standby
    board: DayBoard
    sky: Sky
    calendars: Calendars
    drafts: Drafts
    timetable: TimetableDesk
    solve_timetable: Solve
    submission: Submission
    check_plan: PlanChecker
    mend_plan: PlanMender
    compare_plans: PlanComparer
    plan_files: PlanFiles
    airframes: Airframes
    free_times: FreeTimes
    wishes: WishDesk
    company: CompanyDesk
    pilots: PilotDesk
    zones: ZoneDesk
    sheets: SlotSheets
    clearance: ClearanceDesk
    words: WordDesk
    links: LinkDesk
    alarms: AlarmDesk
    commands: CommandDesk
    enforcing: EnforcingDesk
    calls: CallDesk
    reviews: ReviewDesk
    consent: ConsentDesk
    incidents: IncidentDesk
    intake: JournalIntake
    reporting: Reporting
    range_reports: RangeReportDesk
    print_range_report: PrintRangeReport
    handover: HandoverDesk
    print_handover: PrintHandover
    identity: Identity
    incident_reviews: IncidentReviewDesk
    sessions: Sessions
    tokens: Tokens
    second_factors: SecondFactors
    invitations: Invitations
    recovery: Recovery
    duty: DutyDesk
    screens: ScreenDesk
    registry: Registry
    sight: Sight
    once: OnceDesk

    def audit_head(self) -> AuditHead:
        with self.store.read() as work:
            head = work.record.head()
        return AuditHead(0, GENESIS_HASH) if head is None else AuditHead(head.seq, head.entry_hash)

    def log(self, limit: int) -> tuple[LogLine, ...]:
        """The newest lines, oldest first."""
        return self.log_page(Asked(limit)).items

    def log_page(self, asked: Asked) -> Page[LogLine]:
        """The newest lines, oldest first; the next page has those before. Raises Invalid.

        Entries without words count, so there may be fewer than asked for. What screens showed doesn't: an hour of it
        would leave no line.
        """
        begin = after(asked, "log", int)
        before = None if begin is None else int(str(begin[0]))
        with self.store.read() as work:
            entries = work.record.newest(asked.limit + 1, without=screens.ACTION, before=before)
        found = page(entries[::-1], asked, "log", lambda entry: (entry.seq,))
        lines = (line_of(entry) for entry in reversed(found.items))
        return Page(tuple(line for line in lines if line is not None), found.cursor)


def build_services(
    *,
    store: Store,
    definition: RangeDefinition,
    airframes: Airframes,
    live: LivePicture,
    check_plan: PlanChecker,
    mend_plan: PlanMender,
    compare_plans: PlanComparer,
    solve_timetable: Solve,
    write_report: ReportWriter,
    print_report: PrintReport,
    print_range_report: PrintRangeReport,
    print_handover: PrintHandover,
    shelf: ReportShelf,
    seal_sheet: SealSheet,
    read_weather: ReadWeather,
    accounts: AccountParts,
    radio_types: Collection[str],
    radios: Radios,
    recurrences: Recurrences,
    open_certificate: OpenCertificate,
    require_endpoint: Callable[[str], None],
    announce: Callable[[Notice], None],
    gcs_sysid: int,
    simulation: bool,
    own_watch: str = "watch",
    newest_checkpoint: Callable[[], SignedCheckpoint | None] = lambda: None,
) -> Services:
    """Announce is called on whichever thread made the change, after its commit. own_watch: the one beside the server."""
    changes = Changes(store, announce)
    throttle = Throttle()
    mail = Mail(accounts.post, accounts.later, Sender(definition.name, accounts.public_url.rstrip("/")))
    identity = Identity(changes, accounts.passwords, throttle)
    tokens = Tokens(changes, identity)
    second_factors = SecondFactors(
        changes,
        identity,
        throttle,
        codes=accounts.codes,
        box=accounts.box,
        required=accounts.second_factor_of,
    )
    book = AirspaceBook(definition, airframes)
    desk = OrderDesk(definition, airframes, book, LeaseDesk(definition.watches, own_watch, live))
    zones = ZoneDesk(changes, definition, airframes, check_plan)
    incidents = IncidentDesk(changes, definition.policy)
    calls = CallDesk(changes, definition)
    reviews = ReviewDesk(changes)
    room = Room(definition, book, recurrences)
    books = ClearanceBooks(definition, airframes, desk.zones, live, room)
    alternatives = Alternatives(definition, room)
    standby = Standby(changes, definition, room)
    board = DayBoard(changes, definition, room, recurrences)
    clearance = ClearanceDesk(changes, desk, books)
    duty = DutyDesk(changes)
    screens_desk = ScreenDesk(changes)
    words = WordDesk(changes, books, zones, read_weather)
    closures = ClosureDesk(
        changes, definition, recurrences, live=live, room=room, alternatives=alternatives, standby=standby
    )
    reporting = Reporting(
        changes,
        incidents,
        desk,
        screens_desk,
        definition,
        writer=write_report,
        printer=print_report,
        shelf=shelf,
        newest_checkpoint=newest_checkpoint,
        simulation=simulation,
    )
    parts = BookingParts(room, Asking(definition, book, radios), alternatives, standby)
    return Services(
        store=store,
        definition=definition,
        changes=changes,
        desk=desk,
        booking=Booking(changes, definition, airframes, desk, live=live, parts=parts, gcs_sysid=gcs_sysid),
        day=DayDesk(changes, definition, desk, room=room, alternatives=alternatives, standby=standby),
        closures=closures,
        standby=standby,
        board=board,
        sky=Sky(changes, definition),
        calendars=Calendars(changes, definition),
        drafts=Drafts(changes, definition, airframes, book),
        timetable=TimetableDesk(changes, definition, desk, room),
        solve_timetable=solve_timetable,
        submission=Submission(changes, definition, airframes),
        check_plan=check_plan,
        mend_plan=mend_plan,
        compare_plans=compare_plans,
        plan_files=PlanFiles(changes),
        airframes=airframes,
        free_times=FreeTimes(changes, definition, airframes, room),
        wishes=WishDesk(changes, definition),
        company=CompanyDesk(changes, definition, clearance),
        pilots=PilotDesk(changes, definition, airframes, desk, clearance),
        zones=zones,
        sheets=SlotSheets(changes, definition, airframes, seal_sheet),
        clearance=clearance,
        words=words,
        links=LinkDesk(changes, desk, require_endpoint),
        alarms=AlarmDesk(changes, definition, airframes),
        commands=CommandDesk(changes),
        enforcing=EnforcingDesk(changes, definition),
        calls=calls,
        reviews=reviews,
        consent=ConsentDesk(changes, desk),
        incidents=incidents,
        intake=JournalIntake(changes, desk, incidents, reviews, per_take_off=definition.clearance.per_take_off),
        reporting=reporting,
        range_reports=RangeReportDesk(changes, definition, reviews, simulation=simulation),
        print_range_report=print_range_report,
        handover=HandoverDesk(
            changes,
            definition,
            clearance=clearance,
            board=board,
            incidents=incidents,
            words=words,
            duty=duty,
            calls=calls,
            reviews=reviews,
        ),
        print_handover=print_handover,
        identity=identity,
        incident_reviews=IncidentReviewDesk(changes, identity),
        sessions=Sessions(changes, identity, tokens, second_factors, Devices(accounts.box)),
        tokens=tokens,
        second_factors=second_factors,
        invitations=Invitations(changes, identity, throttle, mail),
        recovery=Recovery(changes, identity, throttle, mail),
        duty=duty,
        screens=screens_desk,
        registry=Registry(changes, definition, airframes, radio_types, open_certificate),
        once=OnceDesk(store),
        sight=Sight(changes, book, board, closures, incidents, reporting),
    )
