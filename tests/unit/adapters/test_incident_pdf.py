"""An incident's report on paper, and the company's report: nothing of what is secret is in any of them."""

import json
from dataclasses import replace

import pytest
from desk import NOON, OPERATOR, Desk, alarm
from hypothesis import example, given
from hypothesis import strategies as st
from incident_story import HOSTILE, story
from seeds import register

from rangeops.adapters.reports.incident import incident_html
from rangeops.adapters.reports.incident_pdf import incident_pdf
from rangeops.adapters.reports.printing import printed
from rangeops.domain.audit import Actor
from rangeops.domain.errors import Damaged, Forbidden, NotFound, Unavailable
from rangeops.domain.events import AlarmChanged
from rangeops.domain.incidents import IncidentState
from rangeops.domain.persons import Details
from rangeops.domain.users import Role, User
from rangeops.domain.verification import verification_code
from rangeops.services.redaction import PERSON, Secrets
from rangeops.wire.incident_review import FollowUpRequest, ReviewChange, SignRequest
from rangeops.wire.people import UserRequest
from rangeops.wire.reports import Audience, ReportForm
from rangeops.wire.screens import AlarmDrawn, ScreenReport

RITA = Actor("rita.v", "range-safety-officer")
ADMIN = Actor("operator", "operator, range-safety-officer, admin")
INC = "INC-2026-0001"
SECRETS = (
    "op1", "rita.v", "Rita Vos", "J. Jansen", "0612345678", "BETAFLY", "BX44", "Ole Olsen", "the tower's PC", "walter",
)  # fmt: skip


@pytest.fixture
def desk():
    made = Desk(write_report=incident_html, print_report=incident_pdf)
    identity = made.services.identity
    identity.enter_local("operator", "t" * 40, made.now)
    identity.set_password("operator", "local secret", "", made.now, ADMIN)
    identity.add(UserRequest("rita.v", "Rita Vos", ("range-safety-officer",), "", "local secret"), made.now, ADMIN)
    identity.set_password("rita.v", "rita's own secret", "local secret", made.now, ADMIN)
    with made.store.write() as work:
        work.users.add(User("walter", "Ole Olsen", frozenset([Role.OBSERVER])))
    return made


@pytest.fixture
def reporting(desk):
    story(desk, text="BETAFLY's BX44 was seen by Ole Olsen, says op1")
    register(desk.store, "BETAFLY")
    desk.book(company="BETAFLY", volume="WEST", callsign="BX44", sysid=44, start_minutes=60)
    drawn = AlarmDrawn(1, desk.now.utc, alarm().id, "unacked", "banner", "map")
    desk.services.screens.take(ScreenReport("the tower's PC", desk.now.utc, drawn=(drawn,)), desk.now, OPERATOR)
    reviews = desk.services.incident_reviews
    reviews.take_up(INC, desk.at(100), RITA)
    reviews.add_person(INC, Details("witness", "J. Jansen", "0612345678", "It fell."), desk.now, RITA)
    change = ReviewChange(
        occurrence_class="incident",
        category="airspace",
        mandatory=False,
        headline="D07 came near the edge",
        narrative="J. Jansen (0612345678) of ACME called Rita Vos.\nBetafly's pilots saw it, so did OP1.",
        follow_up=FollowUpRequest("tell walter", "rita.v", desk.now.utc.date()),
    )
    reviews.change(INC, change, desk.now, RITA)
    return desk.services.reporting


def sign(desk):
    sha256 = desk.services.incident_reviews.get(INC, desk.at(200), RITA).sha256
    request = SignRequest("rita's own secret", sha256)
    return desk.services.incident_reviews.sign(INC, request, desk.now, RITA).review


def html(desk, audience=Audience.RANGE):
    writer = (
        RITA if audience is Audience.COMPANY else OPERATOR
    )  # what is signed goes out to a company by who may review it
    desk.services.reporting.write(INC, desk.now, writer, ReportForm.HTML, audience)
    return desk.services.reporting.read(INC, ReportForm.HTML, audience).decode()


def test_the_ranges_own_report_has_the_review_and_what_was_shown_to_whom(desk, reporting):
    page = html(desk)
    for each in ("D07 came near the edge", "op1 (the tower", "tell walter", "banner", "DRAFT", "airspace"):
        assert each in page
    assert "\ufffd" not in page, "lines of the narrative stay lines"
    assert verification_code(reporting.facts(INC, desk.now).revision_sha256) in page


def test_what_is_signed_is_released_by_who_may_review_it_and_by_nobody_else(desk, reporting):
    desk.services.reporting.write(
        INC, desk.now, OPERATOR, ReportForm.HTML, Audience.COMPANY
    )  # a draft releases nothing
    sign(desk)
    with pytest.raises(Forbidden, match="may not review"):
        desk.services.reporting.write(INC, desk.now, OPERATOR, ReportForm.HTML, Audience.COMPANY)
    assert reporting.released(INC) == ()
    html(desk, Audience.COMPANY)
    assert len(reporting.released(INC)) == 1


def test_nothing_that_is_secret_is_in_the_companys_report(desk, reporting):
    assert all(secret.lower() in html(desk).lower().replace("&#39;", "'") for secret in SECRETS)
    sign(desk)
    for page in (html(desk, Audience.COMPANY), repr(reporting.facts(INC, desk.now, Audience.COMPANY))):
        lowered = page.lower().replace("&#39;", "'")
        assert [secret for secret in SECRETS if secret.lower() in lowered] == []
        assert "D07" in page
        assert "ACME" in page
        assert "[another company]" in page


def test_the_companys_report_proves_the_same_lines(desk, reporting):
    own, theirs = reporting.facts(INC, desk.now), reporting.facts(INC, desk.now, Audience.COMPANY)
    assert [each.entry.entry_hash for each in own.evidence] == [each.entry.entry_hash for each in theirs.evidence]
    assert (own.head.entry_hash, own.revision_sha256) == (theirs.head.entry_hash, theirs.revision_sha256)
    lines = {item.evidence for item in own.incident.timeline if item.kind != "user"}
    assert {item.evidence for item in theirs.incident.timeline} == lines


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("Rita held it", "[x] held it"),
        ("RITA's and ritas", "[x]'s and [x]s"),
        ("rita_1, (rita)", "[x]_1, ([x])"),
        ("meritas, ritardando", "meritas, ritardando"),
    ],
)
def test_a_name_is_found_where_it_is_one(text, hidden):
    assert Secrets({"Rita": "[x]"}).hider()(text) == hidden


@example("İ0", "0", "")
@given(
    st.text(st.characters(categories=("L", "Nd")), min_size=2, max_size=12),
    st.text(" .,;:()'\"-_/0123456789", min_size=1, max_size=3),
    st.text(max_size=20),
)
def test_no_name_is_left_whatever_stands_around_it(name, bound, text):
    hide = Secrets({name: PERSON}).hider()
    for said in (name, name.upper() if name.upper().lower() == name.lower() else name, name.lower()):
        hidden = hide(f"{text}{bound}{said}{bound}{said}")
        assert hidden.count(PERSON) >= 2
        assert f"{bound}{said}{bound}" not in hidden.replace(PERSON, "\0")


def test_a_signed_report_is_written_once_and_its_hash_is_in_the_record(desk, reporting):
    draft = reporting.write(INC, desk.now, OPERATOR)
    assert draft.path.endswith(f"{INC}.html")
    assert sign(desk).state is IncidentState.SIGNED
    signed = reporting.write(INC, desk.now, OPERATOR)
    page = reporting.read(INC).decode()
    assert signed.path.endswith(f"{INC}-rev1.html")
    assert "DRAFT" not in page
    entries = len(desk.record())
    assert reporting.write(INC, desk.at(900), OPERATOR) == signed
    assert len(desk.record()) == entries
    bodies = [json.loads(each.payload)["body"] for each in desk.record() if each.action == "incident.report"]
    assert bodies[-1] == {
        "name": f"{INC}-rev1.html",
        "revision": 1,
        "audience": "range",
        "sha256": signed.sha256,
    }


def test_an_edited_signed_report_is_found_and_written_anew_openly(desk, reporting):
    sign(desk)
    first = reporting.write(INC, desk.now, OPERATOR)
    reporting.shelf.kept[f"{INC}-rev1.html"] += b"<!-- better -->"
    with pytest.raises(Damaged, match="isn't the one that was written"):
        reporting.read(INC)
    assert reporting.write(INC, desk.at(901), OPERATOR).sha256 != first.sha256
    assert "had been changed" in desk.record()[-1].payload
    assert reporting.read(INC)


def test_a_code_tells_the_revision_and_who_signed_it(desk, reporting):
    code = verification_code(sign(desk).signatures[0].revision_sha256)
    reporting.write(INC, desk.now, OPERATOR)
    found = reporting.find(code.lower())
    assert (found.incident, found.revision, found.state, found.newest) == (INC, 1, "signed", True)
    assert [each.by for each in found.signatures] == ["rita.v"]
    assert [each.name for each in found.reports] == [f"{INC}-rev1.html"]
    desk.services.incident_reviews.reopen(INC, "a witness came forward", desk.at(300), RITA)
    assert not reporting.find(code).newest
    with pytest.raises(NotFound, match="mistyped"):
        reporting.find("0000-0000-0000")


def test_the_draft_for_the_authority_guesses_nothing(desk, reporting):
    draft = reporting.eccairs(INC, desk.now, RITA)
    occurrence = draft["occurrence"]
    assert occurrence["headline"] == "D07 came near the edge"
    assert occurrence["when"] == {"utc_date": f"{NOON:%Y-%m-%d}", "utc_time": "12:01:00"}
    assert occurrence["classification"]["occurrence_class"] == "incident"
    assert occurrence["risk_classification"] is None
    assert occurrence["where"]["position_is_of"] == "the aircraft at 2026-11-24T12:01:00Z"
    assert occurrence["where"]["altitude_amsl_m"] == 92.5
    assert occurrence["where"]["state_area_of_occurrence"] is None
    assert draft["aircraft"]["call_sign"] == "D07"
    assert "occurrence_class" in draft["codes_open"]
    assert "aren't part of rangeops" in draft["note"]
    json.dumps(draft)


def test_without_the_library_it_is_said_what_to_install(desk, reporting, monkeypatch):
    monkeypatch.setattr("rangeops.adapters.reports.printing.find_spec", lambda _: None)
    with pytest.raises(Unavailable, match=r"rangeops\[print\].*without --pdf"):
        reporting.write(INC, desk.now, OPERATOR, ReportForm.PDF)


def test_it_is_an_archivable_pdf_whatever_the_texts(desk, reporting):
    pytest.importorskip("typst", reason="the extra `print` isn't installed")
    words = f"{HOSTILE} #panic(1) $a$ 中文 \U0001f600 ✈ Łódź Ж ≤ ✓"
    desk.services.incident_reviews.change(INC, ReviewChange(narrative=words * 40), desk.now, RITA)
    desk.tell(AlarmChanged(replace(alarm(number=2), title=words)))
    for audience in Audience:
        reporting.write(INC, desk.now, OPERATOR, ReportForm.PDF, audience)
        content = reporting.read(INC, ReportForm.PDF, audience)
        assert content.startswith(b"%PDF-1.7")
        assert b"pdfaid" in content


def test_every_character_that_may_be_printed_can_be(desk):
    pytest.importorskip("typst", reason="the extra `print` isn't installed")
    from rangeops.adapters.reports.printing import _UNPRINTABLE

    every = "".join(chr(n) for n in range(0x20, 0x3000) if chr(n).isprintable() and not _UNPRINTABLE.match(chr(n)))
    assert len(every) > 700
    page = {"title": every, "line": "", "sections": []}
    assert printed("handover.typ", page, where="a test", instead="nothing").startswith(b"%PDF")


def test_an_incident_that_no_watch_saw_has_a_report_too(desk):
    from rangeops.wire.incident_review import OpenIncident

    opened = desk.services.incident_reviews.open(OpenIncident("a drone over the hangar", NOON), desk.at(5), OPERATOR)
    desk.services.reporting.write(opened.review.incident, desk.now, OPERATOR, ReportForm.HTML)
    assert b"a drone over the hangar" in desk.services.reporting.read(opened.review.incident)
    assert desk.services.reporting.eccairs(opened.review.incident, desk.now, RITA)["aircraft"] is None
