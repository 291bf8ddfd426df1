"""Files that people name: what is there is replaced whole, and what is no file stays what it is."""

import os
import stat
import threading

import pytest

from rangeops.domain.errors import Unavailable
from rangeops.files import write_whole


def test_a_file_is_replaced_and_nothing_is_left_beside_it(tmp_path):
    file = tmp_path / "page.html"
    file.write_bytes(b"old")
    write_whole(file, b"new")
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("page.html", b"new")]


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()
    write_whole(pipe, b"page")
    reader.join(10)
    assert (read, stat.S_ISFIFO(pipe.stat().st_mode)) == ([b"page"], True)


def test_a_link_stays_a_link(tmp_path):
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_bytes(b"old")
    link.symlink_to(file)
    write_whole(link, b"new")
    assert (link.is_symlink(), file.read_bytes()) == (True, b"new")


def test_a_folder_and_a_missing_one_are_told(tmp_path):
    for path in (tmp_path, tmp_path / "none" / "file"):
        with pytest.raises(Unavailable, match="can't be written"):
            write_whole(path, b"")
    assert list(tmp_path.iterdir()) == []
