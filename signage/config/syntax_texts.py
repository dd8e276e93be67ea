"""Texts in quotation marks, as they are in a statement that isn't TOML: which mark is missing? Pure."""

from __future__ import annotations

import re
import unicodedata

from signage.config.syntax_advice import (
    BLANKS,
    TEXT_NOT_CLOSED,
    backslash_advice,
    is_odd_space,
    odd_space,
)
from signage.config.words import Advice

NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


class FirstFault(Exception):
    """Where a statement stops being TOML (an offset into the text), and what is wrong."""

    def __init__(self, offset: int, advice: Advice) -> None:
        super().__init__(offset, advice)
        self.offset = offset
        self.advice = advice


class TextReader:
    """A place in a statement, and what is there. Raises FirstFault where a text isn't TOML."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self.text, self.at, self.end = text, start, end

    def _text(self) -> None:
        quote, start = self._peek(), self.at
        if self.text.startswith(quote * 3, start):
            closed = self.text.find(quote * 3, start + 3)
            if closed < 0:
                raise FirstFault(start, Advice("This text isn't closed.", f"write {quote * 3} at its end."))
            self.at = closed + 3
            while self._peek() == quote and self.at < closed + 5:
                self.at += 1
            return
        self.at += 1
        while (letter := self._peek()) != quote:
            if not letter or letter == "\n":
                raise FirstFault(*self._not_closed(start, quote))
            if letter == "\\" and quote == '"':
                if not self._sees(r'\\([btnfr"\\]|u[\da-fA-F]{4}|U[\da-fA-F]{8})'):
                    content = self._sees(r'[^"\n]*', start + 1)
                    raise FirstFault(self.at, backslash_advice(content[0] if content else ""))
                self.at += 1
            elif letter != "\t" and unicodedata.category(letter) == "Cc":
                raise FirstFault(self.at, odd_space(letter) or Advice("This character can't be used."))
            self.at += 1
        self.at += 1
        self._inner_quotes(start, quote)

    def _not_closed(self, start: int, quote: str) -> tuple[int, Advice]:
        following = self.text[self.at + 1 :].split("\n", 1)[0]
        goes_on = following.count(quote) % 2 == 1 and not re.match(r"\s*([\[{}\]#]|[\w.-]+\s*=)", following)
        if goes_on:
            return self.at, Advice(
                "This text continues on the next line.", "write it on one line, with \\n where a new line begins."
            )
        other = "'" if quote == '"' else '"'
        if self._sees(rf"[^\n{quote}]*{other}[ \t]*(?:[,\]}}#\n]|$)", start + 1):
            hint = f"write {quote} at its end, too."
            return start, Advice(f"This text begins with {quote} and ends with {other}.", hint)
        return self.at, TEXT_NOT_CLOSED

    def _inner_quotes(self, start: int, quote: str) -> None:
        """A text that was closed by a quotation mark inside it, or by the next text's because its own is missing."""
        content, closed = self.text[start + 1 : self.at - 1], self.at - 1
        following = self._peek()
        if not following or (following not in NAME and not following.isalpha()):
            if not content and following == quote:
                raise FirstFault(start, Advice("There is one quotation mark too many.", "delete it."))
            spaced = self._sees(r"[ \t]+[^\W\d_][^=,\n\]}#]*" + quote)
            if not (spaced and content.endswith(" ")):
                return
        if setting := re.search(r",[ \t]*[\w-]+[ \t]*=[ \t]*$", content):
            at = start + 1 + setting.start()
            raise FirstFault(at, TEXT_NOT_CLOSED)
        if not content and following:
            raise FirstFault(start, Advice("There is one quotation mark too many.", "delete it."))
        if not self._sees(rf"[^\n]*?{quote}"):
            raise FirstFault(
                closed, Advice("There is something after this text.", "write quotation marks around the whole text.")
            )
        mark = "quotation mark" if quote == '"' else "apostrophe"
        other = '« » or \\"' if quote == '"' else 'the text between two "'
        raise FirstFault(closed, Advice(f"There is a straight {mark} inside this text.", f"write {other}."))

    def _peek(self) -> str:
        return self.text[self.at] if self.at < self.end else ""

    def _blanks(self) -> None:
        while (letter := self._peek()) and (letter in BLANKS or is_odd_space(letter)):
            if advice := odd_space(letter):
                raise FirstFault(self.at, advice)
            self.at += 1

    def _space_and_remarks(self) -> None:
        while True:
            self._blanks()
            letter = self._peek()
            if letter == "#":
                self.at += len(self._rest_of_line())
            elif letter == "\n":
                self.at += 1
            else:
                return

    def _last_blank(self) -> int:
        return len(self.text[: self.at].rstrip(BLANKS))

    def _rest_of_line(self) -> str:
        end = self.text.find("\n", self.at, self.end)
        return self.text[self.at : self.end if end < 0 else end]

    def _sees(self, pattern: str, at: int | None = None) -> re.Match[str] | None:
        """What fits `pattern` here, or at another place. No slice: a list may have 100,000 values."""
        return re.compile(pattern).match(self.text, self.at if at is None else at, self.end)

    def _remark(self) -> bool:
        return self.text.startswith(("//", ";", "/*", "--", "<!--", "%", "REM "), self.at)
