"""What the watch finds of itself after a restart, and what it says of files that hold something else."""

import pytest
from desk import command

from rangeops.domain.errors import Damaged
from rangeops.watch.memory import Memory

READERS = {
    "episodes.json": Memory.episodes,
    "alarms.json": Memory.alarms,
    "word.json": Memory.word_s,
    "heard.timestamps": Memory.heard_timestamps,
    "kept.json": Memory.kept,
    "commands.json": Memory.commands,
}


@pytest.fixture
def memory(tmp_path):
    made = Memory(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_at_the_first_start_there_is_nothing(memory, read):
    assert not read(memory)


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("content", [b"", b'{"cut o', b'"another thing"'])
def test_a_file_that_holds_something_else_is_named_with_what_to_do(memory, tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Damaged, match="can't be read") as refused:
        READERS[name](memory)
    assert refused.value.where.endswith(name)
    assert "the file" in refused.value.do


def test_what_was_kept_is_there_after_a_restart(tmp_path):
    before = Memory(tmp_path)
    before.keep_heard_timestamps({"key/1": 7})
    before.keep_word_s(5.0)
    before.keep_commands((command(),))
    before.close()
    after = Memory(tmp_path)
    assert (after.heard_timestamps(), after.word_s(), after.commands()) == ({"key/1": 7}, 5.0, (command(),))
    after.close()
