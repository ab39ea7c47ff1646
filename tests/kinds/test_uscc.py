"""统一社会信用代码: the check digit of GB 32100-2015, on codes that companies print on their letters."""

from __future__ import annotations

import pytest

from registry.kinds import COMMON, Field, FieldProblem, uscc

PUBLIC = ["91350100M000100Y43", "91110000802100433B", "9144030071526726XG", "91330100799655058B", "914403001922038216",
          "91110000100017643K"]
OWNER_CODE = next(f for f in COMMON if f.key == "owner_code")


@pytest.mark.parametrize("code", PUBLIC)
def test_public_codes_fit(code):
    assert uscc.fits(code) and uscc.fits(code.lower())


@pytest.mark.parametrize("code", PUBLIC)
def test_one_wrong_character_or_two_exchanged_are_noticed(code):
    for at in range(18):
        for other in uscc.ALPHABET:
            if other != code[at]:
                assert not uscc.fits(code[:at] + other + code[at + 1:])
    for at in range(17):
        if code[at] != code[at + 1]:
            assert not uscc.fits(code[:at] + code[at + 1] + code[at] + code[at + 2:])


@pytest.mark.parametrize("letter", "IOSVZ中-")
def test_letters_that_look_like_digits_are_not_of_the_alphabet(letter):
    assert uscc.check_character(letter + "1" * 16) is None and not uscc.fits(letter + "1" * 17)


def test_a_field_refuses_18_characters_that_do_not_check_and_takes_shorter_platform_codes():
    assert OWNER_CODE.parse(PUBLIC[0]) == (PUBLIC[0], None)
    assert OWNER_CODE.parse("SZ-0001") == ("SZ-0001", None)
    with pytest.raises(FieldProblem) as problem:
        OWNER_CODE.parse("91350100M000100Y44")
    assert problem.value.code == "check_digit"
    assert isinstance(OWNER_CODE, Field) and OWNER_CODE.max_length == 18
