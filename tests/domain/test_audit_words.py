"""What is written in the audit log is told in words, the same on the page and in an evidence package."""

import re

from domain.audit_words import NOUNS, VERBS, WHOLE, action_words, object_words


def test_an_action_is_told_by_its_verb_and_its_noun() -> None:
    assert action_words("claim.task") == ("领取任务", "Claim task")
    assert action_words("set.legal_hold") == ("设置保全", "Set the legal hold")


def test_an_action_that_verb_and_noun_do_not_say_has_words_of_its_own() -> None:
    assert action_words("hand_over.task") == ("转交他人办理", "Pass the task to a colleague")
    assert action_words("open.stock") == ("期初建账", "Count in opening stock")
    for action in WHOLE:
        verb, _dot, noun = action.partition(".")
        assert verb in VERBS
        assert noun in NOUNS


def test_what_has_no_words_shows_itself() -> None:
    assert action_words("juggle.pallet") == ("juggle.pallet", "juggle.pallet")
    assert action_words("claim") == ("claim", "claim")
    assert object_words("pallet") == ("pallet", "pallet")


def test_chinese_is_chinese() -> None:
    every = [*VERBS.values(), *NOUNS.values(), *WHOLE.values()]
    assert [zh for zh, _ in every if not re.search("[\u4e00-\u9fff]", zh)] == []
