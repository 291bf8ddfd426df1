"""Registers as CSV: strict in, guarded out, and the same again."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seeds import bodies_of

from rangeops.adapters.formats.register_csv import LARGEST_BYTES, read_register, write_register
from rangeops.domain.errors import Invalid
from rangeops.domain.register_texts import body_from, texts_of
from rangeops.domain.registers import Company, Entry, RegisterKind

HEADING = "id,name"


def read(text, kind=RegisterKind.COMPANY):
    return read_register(kind, text.encode() if isinstance(text, str) else text, name="a.csv")


@pytest.mark.parametrize("kind", list(RegisterKind))
def test_what_is_written_reads_back(kind):
    entries = [Entry(body) for body in bodies_of("ACME") if Entry(body).kind is kind]
    written = write_register(kind, entries)
    assert [body_from(kind, texts, where=where) for where, texts in read(written, kind)] == [e.body for e in entries]


def test_retired_entries_are_left_out():
    assert write_register(RegisterKind.COMPANY, [Entry(Company("A", "A"), retired=True)]).count("\n") == 1


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=30))
def test_no_cell_begins_as_a_formula_and_every_text_comes_back(name):
    body = Company("A", name)
    written = write_register(RegisterKind.COMPANY, [Entry(body)])
    for row in csv.reader(io.StringIO(written)):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)
    ((_, texts),) = read(written)
    assert texts["name"] == name.strip()
    assert set(texts) == set(texts_of(body))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "a.csv line 1: column id, name is missing"),
        ("id,shoe,name\n", "a.csv line 1: unknown column 'shoe'"),
        ("id,id,name\n", "a.csv line 1: column id stands there twice"),
        ("id\nA\n", "a.csv line 1: column name is missing"),
        (f"{HEADING}\nA,a\n\nB,b\nA,c\n", "a.csv line 5: id 'A' stands in line 2 already"),
        (f'{HEADING}\n"A\nA",a\nB\n', "a.csv line 4: it has 1 cells, the heading 2"),
        (f"{HEADING}\nA,a,b\n", "a.csv line 2: it has 3 cells"),
        (f'{HEADING}\nA,"a\n', "a.csv line"),
        (f"{HEADING}\nA,{'x' * 5000}\n", "longer than 4096"),
        (b"id,name\nA,\xff\n", "it is not UTF-8"),
        (b"x" * (LARGEST_BYTES + 1), "larger than 2 MB"),
        (f"{HEADING}\n" + "".join(f"{n},x\n" for n in range(10_001)), "more than 10000 entries"),
    ],
)
def test_a_file_that_is_not_strictly_one_is_said_with_its_line(text, says):
    with pytest.raises(Invalid) as raised:
        read(text)
    assert says in str(raised.value)


def test_a_byte_order_mark_and_windows_line_ends_are_taken():
    assert read(b"\xef\xbb\xbfid,name\r\nA,a\r\n") == [("a.csv line 2", {"id": "A", "name": "a"})]


@given(st.binary(max_size=400), st.sampled_from(list(RegisterKind)))
def test_whatever_a_file_holds_it_is_read_or_refused_in_a_sentence(noise, kind):
    good = write_register(kind, [Entry(body) for body in bodies_of("ACME") if Entry(body).kind is kind]).encode()
    for content in (noise, good + noise, good[: len(noise)] + noise):
        refused = ""
        try:
            for where, texts in read(content, kind):
                body_from(kind, texts, where=where)
        except Invalid as error:
            refused = str(error)
        assert not refused or refused.startswith("a.csv")
