"""Documents that people drop: the pages of a PDF as pictures, and how large their text is. Pure; in a worker process.

pdfium reads what a browser reads. It has no scripts and no network here; what makes it slow or large meets the worker's
limits, page by page.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from PIL import Image

from signage.sources.images.decoding import LEAST_SIDE, BadPicture

MOST_CHARACTERS = 20_000  # that are measured; a poster has some hundred
MOST_SIZES = 12  # of text on a page that are kept, the smallest ones
ASCENDERS = frozenset("bdfhklß")
X_HEIGHT = frozenset("acemnorsuvwxzæø")
CAPITAL = 0.72  # of a capital's height is a small letter without ascender
STEP = 0.0005  # of the page's height: words whose letters differ by less are of one size
EXAMPLE = 40  # letters
LEAST_TRIM = 0.5  # of a page's area: a trim box that leaves less is none


def page_count(body: bytes) -> int:
    """How many pages a PDF has. Raises BadPicture."""
    with _Document(body) as document:
        pages = len(document)
    if not pages:
        raise BadPicture("It has no pages.")
    return pages


def draw_page(body: bytes, number: int, longest: int) -> tuple[Image.Image, list[tuple[float, int, str]]]:
    """A page with its long side `longest` px, and its text by size, as in `PrintSize`. Raises BadPicture."""
    with _Document(body) as document:
        try:
            page = _trimmed(document, number)
            width, height = page.get_size()
            scale = longest / max(width, height)
            if min(width, height) * scale < LEAST_SIDE:
                raise BadPicture("It is too narrow to be shown.")
            drawn = page.render(scale=scale, rev_byteorder=True).to_pil().convert("RGB")
            return drawn, _prints(page, height)
        except (BadPicture, MemoryError):
            raise
        except Exception as error:  # whatever broken bytes lead to
            raise BadPicture(f"It can't be drawn ({type(error).__name__}).") from None


class _Document:
    """An open document."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._document: Any = None

    def __enter__(self) -> Any:
        import pypdfium2  # large, and needed for documents only

        try:
            self._document = pypdfium2.PdfDocument(self._body)
        except pypdfium2.PdfiumError as error:
            if "password" in str(error).lower():
                raise BadPicture("It is protected by a password. Hint: save it without one.") from None
            raise BadPicture("It is damaged, or its end is missing.") from None
        return self._document

    def __exit__(self, *_: object) -> None:
        self._document.close()


def _trimmed(document: Any, number: int) -> Any:
    """A page as it is after the printer has cut it: without bleed and crop marks."""
    page = document[number]
    left, bottom, right, top = page.get_trimbox()
    whole = page.get_cropbox()
    inside = left >= whole[0] and bottom >= whole[1] and right <= whole[2] and top <= whole[3]
    area = (whole[2] - whole[0]) * (whole[3] - whole[1])
    if not inside or (left, bottom, right, top) == whole or (right - left) * (top - bottom) < LEAST_TRIM * area:
        return page
    page.set_cropbox(left, bottom, right, top)
    page.close()
    return document[number]


def _prints(page: Any, height: float) -> list[tuple[float, int, str]]:
    """The words of a page by the height of their capitals, the smallest first. Text without letters isn't measured, nor
    what the printer has written beside the page.
    """
    text_page = page.get_textpage()
    count = min(text_page.count_chars(), MOST_CHARACTERS)
    text = text_page.get_text_range(0, count) if count else ""
    if len(text) != count:  # letters beyond the basic plane: their boxes can't be told apart
        return []
    turned = page.get_rotation() in (90, 270)
    left, bottom, right, top = page.get_cropbox()
    sizes: dict[int, list[str]] = defaultdict(list)
    word, tallest = "", 0.0
    for index, letter in enumerate([*text, " "]):
        if not letter.isspace() and letter.isprintable():
            box = text_page.get_charbox(index)
            if not (left <= (box[0] + box[2]) / 2 <= right and bottom <= (box[1] + box[3]) / 2 <= top):
                continue
            word += letter
            if letter.isupper() or letter.isdecimal() or letter in ASCENDERS or letter in X_HEIGHT:
                tall = (box[2] - box[0]) if turned else (box[3] - box[1])
                tallest = max(tallest, tall / CAPITAL if letter in X_HEIGHT else tall)
            continue
        if len(word) > 1 and tallest > 0:
            sizes[round(tallest / height / STEP)].append(word)
        word, tallest = "", 0.0
    found = sorted(sizes.items())[:MOST_SIZES]
    return [(round(size * STEP, 5), len(words), " ".join(words)[:EXAMPLE]) for size, words in found]
