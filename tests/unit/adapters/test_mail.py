"""Letters: as files, and by a mail server that may be slow, rude, without TLS or away; none is lost."""

import email
import socket
import threading
from email.policy import default

import pytest
from desk import NOON

from rangeops.adapters.mail import OneByOne, Outbox, Relay, SmtpPost, relay_of
from rangeops.domain.errors import Invalid, Unavailable
from rangeops.domain.letters import Letter, Sender, invitation
from rangeops.domain.now import Now

LETTER = Letter("jan@acme.example", "Uw account ✈", "Beste Jan,\n\n.\nhier is de code.\n")


@pytest.fixture
def outbox(tmp_path):
    return Outbox(tmp_path / "outbox", "rangeops@range.example", lambda: Now(0.0, NOON))


class MailServer(threading.Thread):
    """A mail server that takes letters, or answers what it is told to."""

    def __init__(self, greeting=b"220 here\r\n", answers=None):
        super().__init__(daemon=True)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.greeting, self.answers, self.taken, self.heard = greeting, answers or {}, [], []

    @property
    def relay(self):
        return Relay("127.0.0.1", self.socket.getsockname()[1], tls=False)

    def run(self):
        with self.socket:
            connection, _ = self.socket.accept()
        with connection, connection.makefile("rb") as lines:
            connection.sendall(self.greeting)
            for line in lines:
                word = line.split()[0].upper().decode()
                self.heard.append(word)
                answer = self.answers.get(
                    word, {"DATA": b"354 go on\r\n", "QUIT": b"221 bye\r\n"}.get(word, b"250 ok\r\n")
                )
                connection.sendall(answer)
                if word == "QUIT":
                    return
                if word == "DATA" and answer.startswith(b"354"):
                    self.taken.append(self._content(lines))
                    connection.sendall(b"250 taken\r\n")

    @staticmethod
    def _content(lines):
        found = []
        for line in lines:
            if line == b".\r\n":
                return b"".join(found)
            found.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        raise AssertionError("the letter never ended")


def text_of(message):
    return message.get_content().replace("\r\n", "\n")


def letters_in(outbox):
    paths = sorted(outbox.folder.glob("*")) if outbox.folder.exists() else []
    return [email.message_from_bytes(path.read_bytes(), policy=default) for path in paths]


def test_a_letter_is_a_whole_file_of_its_owners_alone(outbox):
    outbox.send(LETTER)
    outbox.send(LETTER)
    first, second = letters_in(outbox)
    assert (first["To"], first["From"], first["Subject"]) == (LETTER.to, "rangeops@range.example", LETTER.subject)
    assert text_of(first) == LETTER.text
    assert first["Date"].datetime == NOON
    assert first["Message-ID"] != second["Message-ID"]
    (path, _) = sorted(outbox.folder.glob("*.eml"))
    assert (path.stat().st_mode & 0o777, outbox.folder.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "outbox").write_text("a file")
    with pytest.raises(Unavailable, match="a letter can't be kept"):
        Outbox(tmp_path / "outbox", "a@b.example", lambda: Now(0.0, NOON)).send(LETTER)


def test_a_name_with_a_line_break_begins_no_header(outbox):
    letter = invitation(Sender("Twente\r\nBcc: all@x.example"), "jan@acme.example", "Jan\r\nX: y", "code", NOON)
    with pytest.raises(ValueError, match="linefeed"):
        outbox.message(letter)


def test_a_server_takes_a_letter_whole_and_nothing_is_kept(outbox):
    server = MailServer()
    relay = server.relay
    server.start()
    SmtpPost(relay, outbox, timeout_s=10.0).send(LETTER)
    server.join(10)
    (content,) = server.taken
    assert text_of(email.message_from_bytes(content, policy=default)) == LETTER.text
    assert letters_in(outbox) == []


@pytest.mark.parametrize(
    "server",
    [
        pytest.param({"greeting": b"554 go away\r\n"}, id="no service"),
        pytest.param({"answers": {"RCPT": b"550 nobody\r\n"}}, id="no such box"),
        pytest.param({"answers": {"DATA": b"452 full\r\n"}}, id="full"),
        pytest.param({"greeting": b"what?\r\n"}, id="no mail server"),
    ],
)
def test_what_a_server_does_not_take_is_kept(outbox, server):
    made = MailServer(**server)
    relay = made.relay
    made.start()
    SmtpPost(relay, outbox, timeout_s=10.0).send(LETTER)
    made.join(10)
    assert [text_of(each) for each in letters_in(outbox)] == [LETTER.text]


def test_no_server_is_kept_waiting_for_and_the_letter_stays(outbox):
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes the connection, and says nothing
        SmtpPost(Relay("127.0.0.1", silent.getsockname()[1], tls=False), outbox, timeout_s=0.2).send(LETTER)
    SmtpPost(Relay("127.0.0.1", 1, tls=False), outbox, timeout_s=0.2).send(LETTER)
    assert len(letters_in(outbox)) == 2


def test_to_another_machine_nothing_goes_in_clear(outbox, monkeypatch):
    server = MailServer()
    relay = server.relay
    server.start()
    monkeypatch.setattr(Relay, "is_here", False)
    SmtpPost(relay, outbox, timeout_s=10.0).send(LETTER)
    server.join(10)
    assert server.taken == []
    assert "MAIL" not in server.heard
    assert len(letters_in(outbox)) == 1


@pytest.mark.parametrize(
    ("url", "relay"),
    [
        ("smtps://post%40x@mail.example", Relay("mail.example", 465, tls=True, user="post@x", password="p")),
        ("smtp://mail.example", Relay("mail.example", 587, tls=False, password="p")),
        ("smtp://localhost:25", Relay("localhost", 25, tls=False, password="p")),
    ],
)
def test_a_server_is_named_by_its_address(url, relay):
    assert relay_of(url, "p") == relay
    assert relay.is_here == (relay.host == "localhost")


@pytest.mark.parametrize(
    "url",
    [
        "mail.example",
        "http://mail.example",
        "smtp://",
        "smtp://x:99999",
        "smtps://u:secret@x",
        "smtp://x/y",
        "smtp://x?y",
    ],
)
def test_what_is_no_server_is_said(url):
    with pytest.raises(Invalid, match="RANGEOPS_SMTP"):
        relay_of(url)


def test_deeds_are_done_one_after_another_and_a_failure_stops_none():
    later, done, go = OneByOne(most=3), [], threading.Event()

    def fail():
        go.wait(10)
        raise ValueError

    later(fail)
    for number in range(3):
        later(lambda number=number: done.append(number))  # the third is one too many
    go.set()
    finished = threading.Event()
    later._thread.submit(finished.set)
    assert finished.wait(10)
    assert done == [0, 1]
    later.close()
