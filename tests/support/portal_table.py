"""Which pages of the portal are whose, written by hand: an oracle beside what the pages themselves ask.

Columns as in permission_table: O operator, S range safety officer, V observer (viewer), A admin, C a company's member, about
what is his company's. A page that says no more than that something isn't there (404) says it to everybody.
"""

OPEN = frozenset([
    ("GET", "/check.py"), ("GET", "/sign-in"), ("POST", "/sign-in"), ("POST", "/sign-out"), ("POST", "/appearance"),
    ("GET", "/invitation"), ("POST", "/invitation"), ("GET", "/forgotten"), ("POST", "/forgotten"),
    ("GET", "/reset"), ("POST", "/reset"),
])  # fmt: skip
"""What nobody need be signed in for."""

PAGES = """
GET    /                                                O S V A C
GET    /map/range.json                                  O S V A C
GET    /account                                         O S V A C
POST   /account/password                                O S V A C
POST   /account/sessions/end                            O S V A C
POST   /account/tokens                                  O S V A C
POST   /account/tokens/{token}/end                      O S V A C
GET    /account/second-factor                           O S V A C
POST   /account/second-factor                           O S V A C
POST   /account/second-factor/confirm                   O S V A C
POST   /account/second-factor/recovery-codes            O S V A C
POST   /account/second-factor/remove                    O S V A C
GET    /people                                          O . . A .
POST   /people/invite                                   O . . A .
POST   /people/invitations/{invitation}/withdraw        O . . A .
GET    /people/{name}                                   . . . A .
POST   /people/{name}                                   . . . A .
POST   /people/{name}/reset-code                        . . . A .
POST   /people/{name}/remove-second-factor              . . . A .
GET    /company                                         . . . . C
GET    /company/documents                               . . . . C
GET    /company/flights                                 . . . . C
GET    /company/incidents/{incident}/report.{form}      . . . . C
GET    /company/plans                                   . . . . C
GET    /company/plans/new                               . . . . C
POST   /company/plans/new                               . . . . C
GET    /company/work/{work}                             . . . . C
POST   /company/work/{work}/cancel                      . . . . C
GET    /company/plans/{plan}                            . . . . C
POST   /company/plans/{plan}/fix                        . . . . C
GET    /company/plans/{plan}/file                       . . . . C
GET    /company/plans/{plan}/changes                    . . . . C
GET    /company/plans/{plan}/map.json                   . . . . C
GET    /company/slots                                   . . . . C
GET    /company/slots/find                              . . . . C
GET    /company/slots/request                           . . . . C
POST   /company/slots/request                           . . . . C
GET    /company/slots/{slot}                            . . . . C
POST   /company/slots/{slot}/change                     . . . . C
POST   /company/slots/{slot}/wish                       . . . . C
POST   /company/slots/{slot}/notices                    . . . . C
POST   /company/slots/{slot}/go                         . . . . C
GET    /company/slots/{slot}/writes                     . . . . C
POST   /company/slots/{slot}/writes                     . . . . C
GET    /company/slots/{slot}/slot.ics                   . . . . C
GET    /company/slots/{slot}/sheet.json                 . . . . C
GET    /fly/{slot}                                      O S V A C
GET    /range                                           O S V A .
POST   /range/slots/{slot}                              O S . . .
POST   /range/slots/{slot}/move                         O S . . .
GET    /live                                            O S V A .
GET    /live/volumes.json                               O S V A .
GET    /board                                           O S V A .
GET    /board/part                                      O S V A .
GET    /incidents/verify                                O S V A .
GET    /incidents                                       O S V A .
GET    /incidents/new                                   O S . . .
POST   /incidents/new                                   O S . . .
GET    /incidents/{incident}                            O S V A .
GET    /incidents/{incident}/entries/{seq}              O S V A .
GET    /incidents/{incident}/map.json                   O S V A .
GET    /incidents/{incident}/review                     . S . A .
POST   /incidents/{incident}/review/take-up             . S . A .
POST   /incidents/{incident}/review/text                . S . A .
POST   /incidents/{incident}/review/clocks              . S . A .
POST   /incidents/{incident}/review/actions             . S . A .
POST   /incidents/{incident}/review/persons             . S . A .
POST   /incidents/{incident}/review/persons/erase       . S . A .
POST   /incidents/{incident}/review/sign                . S . . .
POST   /incidents/{incident}/review/reopen              . S . A .
GET    /incidents/{incident}/papers                     O S V A .
POST   /incidents/{incident}/papers                     O S V A .
POST   /incidents/{incident}/papers/release             . S . A .
GET    /incidents/{incident}/papers/preview             O S V A .
GET    /incidents/{incident}/papers/files/{name}        O S V A .
GET    /incidents/{incident}/papers/eccairs.json        . S . A .
POST   /incidents/{incident}/papers/evidence.zip        . S . A .
GET    /incidents/{incident}/replay                     O S V A .
GET    /incidents/{incident}/replay/film.json           O S V A .
GET    /incidents/{incident}/replay/volumes.json        O S V A .
GET    /incidents/{incident}/replay/figures.json        O S V A .
GET    /reports                                         O S V A .
GET    /reports/month/{month}                           O S V A .
GET    /reports/day/{day}                               O S V A .
GET    /reports/month/{month}/file                      O S V A .
GET    /reports/day/{day}/file                          O S V A .
GET    /registers                                       O S V A .
GET    /registers/{kind}/export.csv                     O S V A .
GET    /registers/{kind}/import                         O . . A .
POST   /registers/{kind}/import                         O . . A .
GET    /registers/{kind}/new                            O . . A .
POST   /registers/{kind}/new                            O . . A .
GET    /registers/{kind}/entry                          O S V A .
POST   /registers/{kind}/entry                          O . . A .
POST   /registers/{kind}/retire                         O . . A .
"""
