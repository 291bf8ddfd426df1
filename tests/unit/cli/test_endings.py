"""How a command ends: one sentence and a documented exit code, also for wrong words, a full disk and no answer."""

import sys

import pytest

from rangeops.__main__ import main
from rangeops.cli import run


def ended(monkeypatch, capsys, *words: str) -> tuple[object, str]:
    monkeypatch.setattr("sys.argv", ["rangeops", *words])
    with pytest.raises(SystemExit) as end:
        run()
    return end.value.code, capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nonsense"], "rangeops: No such command 'nonsense'. Did you mean 'zones'? See rangeops -h.\n"),
        (["plan", "check"], "rangeops: Missing argument 'FILE…'. See rangeops plan check -h.\n"),
        (["plan", "check", "--bogus"], "rangeops: No such option: --bogus. See rangeops plan check -h.\n"),
        (["vehicle", "7", "frob"], "rangeops: No such command 'frob'. See rangeops vehicle -h.\n"),
    ],
)
def test_wrong_words_are_one_sentence_that_names_the_help(monkeypatch, capsys, words, told):
    assert ended(monkeypatch, capsys, *words) == (2, told)


def test_a_noun_alone_gets_its_help(monkeypatch, capsys):
    code, told = ended(monkeypatch, capsys, "plan")
    assert code == 2
    assert told.startswith("Usage: rangeops plan ")
    assert told.count("\n") > 5


@pytest.mark.parametrize(("fault", "code"), [(EOFError, 1), (KeyboardInterrupt, 130)])
def test_a_question_without_an_answer_is_a_no(monkeypatch, capsys, fault, code):
    def silent(_prompt: str = "") -> str:
        raise fault

    monkeypatch.setattr("typer._click.termui.visible_prompt_func", silent)
    words = ["vehicle", "7", "arm", "--reason", "first flight"]
    ending, told = ended(monkeypatch, capsys, *words)
    assert ending == code
    assert told.splitlines()[-1] == "rangeops: nothing was done, since the question wasn't answered."


@pytest.mark.parametrize("words", [[], ["demo"]])
def test_a_control_room_without_a_terminal_is_refused(monkeypatch, capsys, words):
    code, told = ended(monkeypatch, capsys, *words)
    assert code == 7
    assert told.startswith("rangeops: this shell: the control room needs a terminal.")
    assert told.count("\n") == 1


def test_a_token_s_file_that_isn_t_there_is_no_missing_server(monkeypatch, capsys, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "server.json").write_text('{"url": "http://127.0.0.1:1"}')
    monkeypatch.setenv("RANGEOPS_TOKEN", str(tmp_path / "mine"))
    code, told = ended(monkeypatch, capsys, "--data", str(tmp_path), "link", "list")
    assert code == 7
    assert told.startswith(f"rangeops: {tmp_path}/mine: the token can't be read (No such file or directory). ")


def test_ctrl_c_while_the_commands_load_is_no_traceback(monkeypatch):
    class Interrupted:
        def find_spec(self, name, path=None, target=None):
            if name == "rangeops.cli":
                raise KeyboardInterrupt

    monkeypatch.delitem(sys.modules, "rangeops.cli")
    monkeypatch.setattr(sys, "meta_path", [Interrupted(), *sys.meta_path])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 130
