"""Who may do what, written by hand: an oracle beside the program's own table, from which nothing here is taken.

Columns: O operator, S range safety officer, V observer (viewer), A admin, C a company's member, for his own company.
"""

ROLES = {
    "O": "operator",
    "S": "range-safety-officer",
    "V": "observer",
    "A": "admin",
    "C": "company-member",
}

ACTS = """
see the whole range                                    O S V A .
hand in a plan                                         O . . . C
ask for a slot                                         O . . . C
cancel a slot                                          O S . . C
answer an offer                                        O . . . C
acknowledge a briefing or debrief                      O S . . C
decide on a slot                                       O S . . .
close airspace                                         O S . . .
record a word given to what is written to a vehicle    O S . . C
say go or no-go as the pilot                           O S . . C
clear a vehicle to fly                                 O S . . .
give the range safety officer's word                   . S . . .
command a vehicle                                      O S . . .
complete a termination                                 . S . . .
log a call                                             O S . . .
judge what the range did by itself                     . S . . .
open an incident                                       O S . . .
review an incident                                     . S . A .
sign an incident's review                              . S . . .
export an incident's evidence                          . S . A .
acknowledge an alarm                                   O S . . .
shelve an alarm                                        O S . . .
write a note on an alarm                               O S . . .
take an alarm out of service                           . S . A .
go on duty                                             O S . . .
change the links                                       O . . A .
write a report                                         O S V A .
write on the hand-over page                            O S . . .
read the registers                                     O S V A C
change the registers                                   O . . A .
invite a company's member                              O . . A .
manage users                                           . . . A .
"""

DEEDS = """
POST   /links                                          O . . A .
DELETE /links                                          O . . A .
POST   /plans                                          O . . . C
POST   /slots                                          O . . . C
POST   /slots/{slot}/change                            O S . . .
POST   /timetable                                      O S . . .
POST   /timetable/accept                               O S . . .
POST   /slots/{slot}/clear                             O S . . .
POST   /slots/{slot}/withdraw                          O S . . .
POST   /withdrawals                                    O S . . .
POST   /slots/{slot}/poll                              O S . . C
POST   /slots/{slot}/word                              . S . . .
POST   /slots/{slot}/check-parameters                  O S . . .
POST   /slots/{slot}/check-zones                       O S . . .
POST   /weather                                        O S . . .
POST   /slots/{slot}/move                              O S . . .
POST   /shifts                                         O S . . .
POST   /slots/{slot}/clock                             O S . . .
POST   /slots/{slot}/notices                           O S . . C
POST   /slots/{slot}/wishes                            O . . . C
POST   /closures                                       O S . . .
POST   /closures/{closure}/remove                      O S . . .
POST   /alarms/out-of-service                          . S . A .
POST   /alarms/{alarm}/ack                             O S . . .
POST   /alarms/{alarm}/deeds                           O S . . .
POST   /vehicles/{sysid}/commands                      O S . . .
POST   /vehicles/{sysid}/inhibit                       O S . . .
POST   /vehicles/{sysid}/let-fly                       O S . . .
POST   /sectors/{name}/clear                           O S . . .
POST   /calls                                          O S . . .
POST   /reviews/{item}                                 . S . . .
POST   /handover/notes                                 O S . . .
POST   /handover/notes/{number}/done                   O S . . .
POST   /incidents                                      O S . . .
POST   /incidents/{incident}/report                    O S V A .
POST   /incidents/{incident}/review                    . S . A .
PATCH  /incidents/{incident}/review                    . S . A .
POST   /incidents/{incident}/signature                 . S . . .
POST   /incidents/{incident}/revision                  . S . A .
POST   /incidents/{incident}/bundle                    . S . A .
POST   /incidents/{incident}/persons                   . S . A .
POST   /incidents/{incident}/persons/{person}/erase    . S . A .
POST   /registers/{kind}                               O . . A .
POST   /registers/{kind}/csv                           O . . A .
POST   /registers/acceptance/certificate               O . . A .
PATCH  /registers/{kind}/{entry}                       O . . A .
POST   /registers/{kind}/{entry}/retire                O . . A .
POST   /users                                          . . . A .
PATCH  /users/{name}                                   . . . A .
PUT    /users/{name}/password                          . . . A .
POST   /users/{name}/token                             . . . A .
POST   /users/{name}/second-factor/remove              . . . A .
POST   /users/{name}/reset-code                        . . . A .
POST   /invitations                                    O . . A .
DELETE /invitations/{invitation}                       O . . A .
POST   /sessions/mine                                  O S V A .
POST   /duty/{position}                                O . . . .
POST   /duty/{position}/leave                          O S . . .
POST   /screens                                        O S V A .
"""

LOOKING = """
GET    /status                                         O S V A C
GET    /me                                             O S V A C
GET    /sessions                                       O S V A C
GET    /tokens                                         O S V A C
GET    /second-factor                                  O S V A C
GET    /range                                          O S V A C
GET    /free-busy                                      O S V A C
GET    /weather                                        O S V A C
GET    /closures                                       O S V A C
GET    /closures/{closure}                             O S V A C
GET    /days/{day}                                     O S V A C
GET    /slots                                          O S V A C
GET    /slots/{slot}                                   O S V A C
GET    /slots/{slot}/alternatives                      O S V A C
GET    /slots/{slot}/permissions                       O S V A C
GET    /slots/{slot}/clearance                         O S V A C
GET    /slots/{slot}/briefing                          O S V A C
GET    /slots/{slot}/sheet                             O S V A C
GET    /slots/{slot}/writes                            O S V A C
GET    /slots/{slot}/wishes                            O S V A C
GET    /wishes                                         O S V A C
GET    /plans                                          O S V A C
GET    /plans/{plan}                                   O S V A C
GET    /incidents                                      O S V A C
GET    /incidents/{incident}                           O S V A C
GET    /incidents/{incident}/report                    O S V A C
GET    /calendars/company/{company}.ics                O S V A C
GET    /registers                                      O S V A C
GET    /registers/expiries                             O S V A C
GET    /registers/{kind}/csv                           O S V A C
GET    /registers/{kind}/{entry}                       O S V A C
GET    /links                                          O S V A .
GET    /log                                            O S V A .
GET    /audit/head                                     O S V A .
GET    /slots/affected                                 O S V A .
GET    /slots/{slot}/delay                             O S V A .
GET    /slots/{slot}/notam                             O S . . .
GET    /slots/{slot}/mail                              O S . . .
GET    /days/{day}/clearances                          O S V A .
GET    /lost-minutes                                   O S V A .
GET    /spectrum                                       O S V A .
GET    /closures/concerned                             O S V A .
GET    /timetable                                      O S V A .
GET    /calendars/volume/{volume}.ics                  O S V A .
GET    /vehicles/{sysid}/parameters                    O S V A .
GET    /vehicles/{sysid}/way-home                      O S V A .
GET    /sectors/{name}                                 O S V A .
GET    /calls                                          O S V A .
GET    /reviews                                        O S V A .
GET    /alarms                                         O S V A .
GET    /alarms/history                                 O S V A .
GET    /alarms/figures                                 O S V A .
GET    /incidents/deadlines                            O S V A .
GET    /incidents/{incident}/review                    . S . A .
GET    /incidents/{incident}/eccairs                   . S . A .
GET    /reports/day/{day}                              O S V A .
GET    /reports/day/{day}/page                         O S V A .
GET    /reports/month/{month}                          O S V A .
GET    /reports/month/{month}/page                     O S V A .
GET    /reports/codes/{code}                           O S V A .
GET    /handover                                       O S V A .
GET    /handover.pdf                                   O S V A .
GET    /users                                          O S V A .
GET    /invitations                                    O . . A .
GET    /duty                                           O S V A .
GET    /screens/views                                  O S V A .
GET    /metrics                                        O S V A .
GET    /work                                           O S V A C
GET    /work/{work}                                    O S V A C
GET    /events                                         O S V A C
GET    /positions.geojson                              O S V A C
FEED   /feed                                           O S V A .
"""

FOR_NOBODY = {
    ("GET", "/health"),
    ("GET", "/ready"),
    *((method, f"/zones/{form}") for method in ("GET", "HEAD") for form in ("ed318", "ed269")),
    ("POST", "/sessions"),
    ("POST", "/invitations/accept"),
    ("POST", "/password-resets"),
    ("POST", "/password-resets/use"),
}
"""What is answered without a token."""

READ_ONLY_SENDS = {("POST", "/screens"), ("DELETE", "/sessions/mine")}
"""All that a read-only session may send, whoever it is."""

NOT_BY_ROLE = {
    ("POST", "/sessions"): "signing in asks for no token",
    ("DELETE", "/sessions/mine"): "everybody may end his own",
    ("DELETE", "/sessions"): "likewise",
    **{
        ("POST", f"/second-factor{path}"): "everybody's own, with his password again; tests of second factors have each"
        for path in ("", "/confirm", "/recovery-codes", "/remove")
    },
    ("POST", "/tokens"): "everybody makes his own, within his roles; tests of tokens have each",
    ("DELETE", "/tokens/{token}"): "everybody may end his own; nobody else's is found, but by an admin",
    ("DELETE", "/sessions/{session}"): "likewise; nobody else's is found",
    ("DELETE", "/work/{work}"): "everybody's own; tests of work have each",
    ("POST", "/slots/{slot}/consent"): "first asks for the diff that was shown; its service is in the tests of consent",
}


def rows(table):
    """What stands at the left, and the roles that may."""
    for line in table.strip().splitlines():
        left, marks = line[:-9].strip(), line[-9:].split()
        yield left, {ROLES[mark] for mark in marks if mark != "."}


def deeds(table):
    for left, roles in rows(table):
        method, path = left.split()
        yield (method, path), roles
