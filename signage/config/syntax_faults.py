"""A setting or a heading that isn't TOML -> the first thing wrong with it, in plain words. Pure.

tomllib stops at the first letter that it can't use, which is often far from the mistake. This reads a statement as a
person would, and names what people do write: another kind of quotation mark, a comma that is missing, a day first.
"""

from __future__ import annotations

import re
from contextlib import suppress

from signage.config.syntax_advice import (
    BLANKS,
    HEADINGS,
    IN_BRACES,
    LEFT_BY_MERGE,
    LEGAL,
    LIST_NOT_CLOSED,
    ON_ONE_LINE,
    QUOTES,
    bare_advice,
    heading_advice,
    heading_hint,
    is_no_date,
    key_advice,
    looks_like_heading,
    odd_space,
    quote_advice,
    remark_advice,
)
from signage.config.syntax_texts import NAME, FirstFault, TextReader
from signage.config.words import Advice

_WORD = re.compile(r"[^\s,\[\]{}#\";)]+")
_NEXT_SETTING = re.compile(r"[ \t]*[\w-]+[ \t]*=")
SEVERAL = "write several entries in a list: [ { … }, { … } ]."
_CLOSING = {"[": "]", "{": "}", "(": ")"}


def first_fault(text: str, start: int, end: int) -> FirstFault | None:
    """The first fault of the statement in text[start:end]; None if there is none that is known here."""
    try:
        with suppress(RecursionError):
            _StatementReader(text, start, end).read()
    except FirstFault as fault:
        return fault
    return None


class _StatementReader(TextReader):
    """Reads TOML of one statement and raises FirstFault where it isn't. What it passes may still not be TOML."""

    def read(self) -> None:
        self._blanks()
        first, start = self._peek(), self.at
        if not first or first in "#\n":
            return
        if self._remark():
            raise FirstFault(start, remark_advice(self._rest_of_line()))
        if re.match(r"(<{7}|={7}|>{7})( |\n|$)", self.text[start:]):
            raise FirstFault(start, LEFT_BY_MERGE)
        if first == "[":
            self._heading()
        elif first in QUOTES:
            raise FirstFault(start, quote_advice(first))
        elif first not in "]{}(),":
            self._setting("")
        else:
            return
        self._line_ends()

    # -- the parts of a statement

    def _heading(self) -> None:
        start = self.at
        line = self._rest_of_line()
        brackets = 2 if line.startswith("[[") else 1
        self.at += brackets
        inner = line.strip("[] \t").partition("]")[0]
        while (letter := self._peek()) != "]":
            if letter in "\"'" and letter:
                self._text()
            elif not letter or letter in "\n#":
                raise FirstFault(self.at, Advice("This heading isn't closed.", heading_hint(inner)))
            elif letter in NAME or letter in BLANKS + ".":
                if letter in BLANKS and self.text[self.at - 1] in NAME:
                    after = self.text[self.at : self.end].lstrip(BLANKS)[:1]
                    if after in NAME and after:
                        raise FirstFault(self.at, heading_advice(letter, inner, brackets))
                self.at += 1
            else:
                raise FirstFault(self.at, heading_advice(letter, inner, brackets))
        closing = len(self.text[self.at :]) - len(self.text[self.at :].lstrip("]"))
        if closing != brackets:
            message = "This heading has more brackets on one side than on the other."
            raise FirstFault(start, Advice(message, heading_hint(inner)))
        self.at += closing

    def _setting(self, bracket: str) -> None:
        start = self.at
        self._key(bracket)
        self._blanks()
        letter = self._peek()
        if letter == "=":
            self.at += 1
            self._blanks()
            self._value(bracket)
            return
        if letter in NAME and letter and (later := re.match(r"[\w-]+(?:[ \t]+[\w-]+)*[ \t]*=", self.text[start:])):
            name = re.sub(r"[ \t]+", "_", later[0][:-1].strip())
            raise FirstFault(self._last_blank(), Advice("A space can't be used in a name.", f"write {name} = value."))
        name = self.text[start : self.at].strip(BLANKS)
        if letter == ":":
            raise FirstFault(self.at, Advice('There is a ":" where a "=" belongs.', f"write {name} = value."))
        if not bracket and looks_like_heading(name):
            raise FirstFault(start, Advice("This heading has no brackets.", heading_hint(name)))
        raise FirstFault(self.at, Advice('A "=" is missing.', "write a setting as name = value."))

    def _key(self, bracket: str) -> None:
        start = self.at
        if self._sees(r"\"[^\"\n=]*=[^\"\n]*\"[^\"=\n]*(\"|\n|$)"):
            raise FirstFault(start, Advice("There is a quotation mark before this name.", "delete it."))
        while letter := self._peek():
            if letter in "\"'":
                self._text()
            elif letter in NAME or letter == ".":
                self.at += 1
            elif letter in BLANKS and (self.text[self.at - 1] == "." or self._sees(r"[ \t]*\.")):
                self._blanks()
            else:
                break
        if letter == "]" and not bracket:
            raise FirstFault(start, Advice("This isn't a heading.", HEADINGS))
        if letter and letter not in "=:\n" + BLANKS and not self._remark():
            word = re.match(r"[^\s=,\]}]*", self.text[start:])
            raise FirstFault(self.at, key_advice(letter, word[0] if word else "", bracket))
        if self.at == start:
            message = "There is no name before the =." if letter == "=" else "This isn't a setting."
            raise FirstFault(self.at, Advice(message, "write name = value, with the name in plain letters a-z."))

    def _value(self, bracket: str) -> None:
        letter, start = self._peek(), self.at
        if letter and letter in "\"'":
            self._text()
        elif letter == "[":
            self._list()
        elif letter == "{":
            self._braces()
        elif letter == "(" and _NEXT_SETTING.match(self.text, start + 1):
            raise FirstFault(start, IN_BRACES)
        elif letter == "(":
            raise FirstFault(start, Advice("A list begins with [ and ends with ], not with ( ).", "write [ ]."))
        elif colour := self._sees(r"#[0-9a-fA-F]{6}\b"):
            hint = f'write "{colour[0]}", since # begins a remark.'
            raise FirstFault(start, Advice("A colour must be in quotation marks.", hint))
        elif letter == "," and bracket == "[":
            raise FirstFault(start, Advice("There is a comma too many.", "delete it."))
        elif not letter or letter in ",#\n]}":
            message = "A value is missing here." if bracket == "[" else 'There is no value after the "=".'
            raise FirstFault(start, Advice(message))
        else:
            self._bare(bracket)

    def _bare(self, bracket: str) -> None:
        """A value without quotation marks: a number, a day, true or false."""
        if advice := odd_space(self._peek()):
            raise FirstFault(self.at, advice)
        start, word = self.at, _WORD.match(self.text, self.at, self.end)
        ends = ",\n#]}" if bracket else "\n#"
        stop = next((i for i in range(start, self.end) if self.text[i] in ends), self.end)
        if word and LEGAL.fullmatch(word[0]) and not is_no_date(word[0]):
            decimal = self._sees(r",\d+(?=[ \t]*([,}\n]|$))", word.end()) if bracket != "[" else None
            if decimal:
                stop = decimal.end()
            elif time := self._sees(r" \d\d:\d\d:\d\d\S*", word.end()):
                self.at = time.end()
                return
            elif self._sees(r"[ \t]*(?:$|[,\n#\]})]|//|;|[\w-]+[ \t]*=)", word.end()):
                self.at = word.end()
                return
            elif bracket == "[" and self._sees(rf"[ \t]+(?:{LEGAL.pattern})[ \t]*[,\]\n]", word.end()):
                self.at = word.end()  # a comma is missing behind it
                return
        whole = re.split(r"(?<![ \t])[ \t]+(?://|;)", self.text[start:stop])[0].strip(BLANKS)
        if bracket == "{" and (later := _NEXT_SETTING.search(whole)):
            whole = whole[: later.start()].strip() or whole
        for odd in range(start, start + len(whole)):
            if advice := odd_space(self.text[odd]):
                raise FirstFault(odd, advice)
        raise FirstFault(*bare_advice(start, whole))

    def _list(self) -> None:
        start = self.at
        if commas := self._sees(r"\[\s*(-?\d+),(\d+)\s*,\s+(-?\d+),(\d+)\s*\]"):
            hint = "write [{}.{}, {}.{}] with points.".format(*commas.groups())
            raise FirstFault(start, Advice("These numbers have commas in them.", hint))
        self.at += 1
        while True:
            self._space_and_remarks()
            if self._ends_with("[", start):
                return
            if _NEXT_SETTING.match(self.text, self.at):
                if self.text.count("\n", start, self.at) and not self.text.startswith("show", self.at):
                    raise FirstFault(start, LIST_NOT_CLOSED)
                raise FirstFault(self.at, IN_BRACES)
            self._value("[")
            self._space_and_remarks()
            if self._ends_with("[", start):
                return
            if self._peek() != ",":
                self._comma_missing("[", start)
            self.at += 1

    def _braces(self) -> None:
        start = self.at
        if self._sees(r"\{(\s|#[^\n]*\n)*\{"):
            raise FirstFault(start, Advice("A list begins with [, not with {.", "write [ ] around the entries."))
        self.at += 1
        self._blanks()
        while True:
            if self._peek() in ("\n", "#", ""):
                self._over_lines(start)
            if self._ends_with("{", start):
                return
            if self._peek() == ",":
                raise FirstFault(self.at, Advice("There is a comma too many.", "delete it."))
            if self._peek() == "{":
                raise FirstFault(self.at, Advice("There is an entry where a setting belongs.", SEVERAL))
            self._setting("{")
            self._blanks()
            if self._peek() in ("\n", "#", ""):
                self._over_lines(start)
            if self._ends_with("{", start):
                return
            if self._peek() != ",":
                self._comma_missing("{", start)
            comma = self.at
            self.at += 1
            self._blanks()
            if self._peek() == "}":
                raise FirstFault(comma, Advice("There is a comma after the last setting.", "delete it."))

    def _over_lines(self, start: int) -> None:
        """At the end of a line inside { }: is the } missing, or does the rest follow on the next lines?"""
        rest = re.sub(r"#[^\n]*", "", self.text[self.at : self.end]).lstrip()
        if re.match(r"([\w-]+[ \t]*=[^{\[\]]*)?\}", rest):
            raise FirstFault(start, ON_ONE_LINE)
        raise FirstFault(start, Advice("These settings aren't closed.", 'write "}" after the last of them.'))

    def _ends_with(self, bracket: str, start: int) -> bool:
        letter, closing = self._peek(), _CLOSING[bracket]
        if letter == closing:
            self.at += 1
            return True
        if letter and letter in "]})":
            line = self.text.count("\n", 0, start) + 1
            began = f"{bracket} on line {line}" if self.text.count("\n", start, self.at) else bracket
            raise FirstFault(self.at, Advice(f"What began with {began} ends with {letter} here.", f"write {closing}."))
        if not letter:
            raise FirstFault(start, LIST_NOT_CLOSED)
        return False

    def _comma_missing(self, bracket: str, start: int) -> None:
        letter = self._peek()
        if self._remark() and not (letter == ";" and bracket == "{"):
            raise FirstFault(self.at, remark_advice(self._rest_of_line()))
        if letter == ";":
            raise FirstFault(self.at, Advice("There is a ; where a comma belongs.", "write a comma."))
        if advice := odd_space(letter):
            raise FirstFault(self.at, advice)
        if letter in QUOTES:
            raise FirstFault(self.at, quote_advice(letter))
        if bracket == "[" and _NEXT_SETTING.match(self.text, self.at):
            raise FirstFault(start, LIST_NOT_CLOSED)
        raise FirstFault(self.at, Advice("A comma is missing before this."))

    def _line_ends(self) -> None:
        self._blanks()
        letter = self._peek()
        if not letter or letter in "\n#":
            return
        if advice := odd_space(letter):
            raise FirstFault(self.at, advice)
        if letter == "," and self._sees(r",[ \t]*[^ \t\n#,]"):
            raise FirstFault(self.at, Advice("There are several values here.", "write [ ] around all of them."))
        if letter == "," or re.match(r";[ \t]*(#|$)", self._rest_of_line()):
            name = "comma" if letter == "," else "semicolon"
            raise FirstFault(self.at, Advice(f"There is a {name} after this setting.", "delete it."))
        if self._remark():
            raise FirstFault(self.at, remark_advice(self._rest_of_line()))
        if letter in "]})":
            raise FirstFault(self.at, Advice(f"There is a {letter} too many.", "delete it."))
        if _NEXT_SETTING.match(self.text, self.at):
            raise FirstFault(self.at, Advice("There are two settings on this line.", "write each on its own line."))
        message = "There is something here that doesn't belong."
        raise FirstFault(self.at, Advice(message, "delete it, or write # before it to make it a remark."))
