"""Which letters belong to a language."""

import pytest

from sightline.vision.scripts import foreign

ALPHABET = ("", "a", "é", "7", "€", "中", "の", "ア", "Ω", "。", "７", " ")


@pytest.mark.parametrize(
    ("language", "others"),
    [("latin", "中のアΩ。７"), ("chinese", "のアΩ"), ("japanese", "Ω")],
)
def test_a_language_is_written_without_the_letters_of_others(language: str, others: str):
    barred = foreign(ALPHABET, language)
    assert "".join(one for one, is_barred in zip(ALPHABET, barred, strict=True) if is_barred) == (
        others
    )
