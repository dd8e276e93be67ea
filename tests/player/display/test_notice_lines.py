"""The lines of the player's own pages: every word is there, and none is wider than its room or alone at the end."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from player.display.notice_drawing import FONTS, balanced, wrapped
from player.display.slim_pygame import pygame


def letters(pixels: int) -> pygame.font.Font:
    pygame.font.init()
    return pygame.font.Font(str(FONTS / "text.ttf"), pixels)


@pytest.mark.parametrize("room", [300, 411, 700, 1500])
def test_no_word_of_a_notice_is_alone_in_its_last_line(room: int) -> None:
    font = letters(40)
    text = "Innholdet til skjermen hentes nå. Sjekk nettverket hvis denne meldingen blir\u00a0stående."
    usual, lines = (set_in(text, font, room) for set_in in (wrapped, balanced))
    assert (len(lines), " ".join(lines).split()) == (len(usual), text.split())
    widths = [font.size(line)[0] for line in lines]
    assert max(widths) <= room
    assert len(lines) == 1 or min(widths) > max(widths) / 3


@given(st.text(min_size=1, max_size=400), st.integers(30, 900))
@settings(deadline=None, max_examples=60)
def test_words_are_wrapped_and_none_is_lost(text: str, room: int) -> None:
    font = letters(20)
    text = "".join(letter for letter in text if letter.isprintable())
    lines = wrapped(text, font, room)
    assert "".join(lines).replace(" ", "") == "".join(text.split())
    assert all(font.size(line)[0] <= room or len(line) == 1 for line in lines)


def test_a_command_stays_on_one_line_where_there_is_one_that_can_hold_it() -> None:
    font = letters(20)
    text = "Skriv koden, eller kjør: signage\u00a0pair\u00a0K7M4-PX2Q"
    room = font.size("Skriv koden, eller kjør: signage")[0] + 2
    assert wrapped(text, font, room)[1] == "signage pair K7M4-PX2Q"
    narrow = max(font.size(words)[0] for words in ("signage pair", "K7M4-PX2Q"))
    assert wrapped(text, font, narrow)[-2:] == ["signage pair", "K7M4-PX2Q"]
