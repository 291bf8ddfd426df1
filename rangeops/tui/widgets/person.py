"""Who somebody is: a name, a password, and the code of a second factor where one is asked for. Nothing of it is kept."""

from dataclasses import dataclass, field

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from rangeops.domain.users import LONGEST_PASSWORD
from rangeops.tui.language import tr

_LONGEST_NAME = 40
_LONGEST_CODE = 20  # a recovery code is longer than six digits


class PersonFields(Vertical):
    """Enter goes from field to field, and behind the last tells them, once: until `again` nothing more is taken."""

    @dataclass
    class Entered(Message):
        name: str
        password: str = field(repr=False)
        code: str = field(repr=False)

    def __init__(self, name: str = "") -> None:
        super().__init__(classes="person")
        self._person = Input(name, id="typed", max_length=_LONGEST_NAME, placeholder=tr("name"), compact=True)
        self._password = Input(
            id="secret", max_length=LONGEST_PASSWORD, placeholder=tr("password"), password=True, compact=True
        )
        self._code = Input(id="code", max_length=_LONGEST_CODE, placeholder=tr("code"), password=True, compact=True)
        self._code.display = False
        for entry in (self._person, self._password, self._code):
            entry.cursor_blink = False  # only alarm marks flash

    def compose(self) -> ComposeResult:
        yield self._person
        yield self._password
        yield self._code

    def begin(self) -> None:
        """In the first field that is empty."""
        (self._password if self._person.value else self._person).focus()

    def again(self) -> None:
        """What was typed was refused."""
        self._lock(locked=False)
        self._password.focus()

    def ask_code(self) -> None:
        """The password fits; it is typed again, since it wasn't kept, and the code behind it."""
        self._code.display = True
        self.again()

    def anew(self) -> None:
        """For another person."""
        self._person.value = ""
        self._code.display = False
        self._lock(locked=False)
        self._person.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        name, password = self._person.value.strip(), self._password.value
        if event.input is self._person or not name:
            (self._password if name else self._person).focus()
        elif not password or self._password.disabled:
            self._password.focus()
        elif self._code.display and not self._code.value.strip():
            self._code.focus()
        else:
            code, self._password.value, self._code.value = self._code.value.strip(), "", ""
            self._lock(locked=True)
            self.post_message(self.Entered(name, password, code))

    def _lock(self, *, locked: bool) -> None:
        self._password.disabled = self._code.disabled = locked
