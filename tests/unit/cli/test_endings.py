"""How a command ends: one sentence and a documented exit code, also for wrong words, a full disk and no answer."""

import pytest

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
