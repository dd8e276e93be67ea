"""Every text of the player that people read in Norwegian and English, on the display and in the report of `doctor`.

The display shows both languages, Norwegian first. Each text is a headline, or a whole sentence: what is wrong, where,
or what to do about it. The journal is in English, and its texts are where they are logged.
"""

from __future__ import annotations

from typing import NamedTuple


class Text(NamedTuple):
    """One text in both languages; {names} in braces are filled in."""

    norwegian: str
    english: str

    def fill(self, **values: object) -> Text:
        return Text(self.norwegian.format(**values), self.english.format(**values))


def joined(*texts: Text | None) -> Text:
    """Sentences one after the other; None counts as nothing."""
    given = [text for text in texts if text is not None]
    return Text(" ".join(text.norwegian for text in given), " ".join(text.english for text in given))


class Explanation(NamedTuple):
    """A headline, what is behind it, and what to do."""

    headline: Text
    text: Text
    hint: Text | None = None


CALL = Text("Kontakt den som har ansvaret for skjermene.", "Contact the person who is responsible for the screens.")
AGAIN = Text("Skjermen prøver igjen av seg selv.", "The screen tries again by itself.")
SERVER_ADDRESS = Text("Adressen til serveren er {server}.", "The server's address is {server}.")

# -- the player's own pages -------------------------------------------------------------------------------------------

WAITING = Explanation(
    Text("Venter på innhold", "Waiting for content"),
    Text("Skjermen henter innholdet sitt.", "The screen is fetching its content."),
    Text("Hvis denne meldingen blir stående, sjekk nettverket.", "If this message stays, check the network."),
)
SEARCHING = Explanation(
    Text("Leter etter serveren", "Looking for the server"),
    Text("Skjermen søker etter serveren på nettverket.", "The screen is searching this network for the server."),
)
NO_SERVER = Explanation(
    Text("Finner ingen server", "No server found"),
    Text("Ingen server svarte på dette nettverket.", "No server answered on this network."),
    Text(
        "Skriv adressen til serveren i filen signage-player.txt på minnekortet, slik: server = http://192.0.2.10:8080",
        "Write the server's address in the file signage-player.txt on the memory card, like this: "
        "server = http://192.0.2.10:8080",
    ),
)
PAIRING = Explanation(
    Text("Koble til skjermen", "Pair this screen"),
    # the command is kept on one line, as it is typed
    Text(
        "Skriv koden på statussiden til serveren, eller kjør: signage\u00a0pair\u00a0{code}\u00a0--screen\u00a0SKJERM",
        "Enter the code on the server's status page, or run: signage\u00a0pair\u00a0{code}\u00a0--screen\u00a0SCREEN",
    ),
)
UNWRITABLE_CARD = Text(
    "Minnekortet kan ikke skrives til, så skjermen må kobles til på nytt etter hver start.",
    "The memory card can't be written to, so the screen must be paired again after each start.",
)
SETTINGS_HEADLINE = Text("Feil i innstillingene", "Error in the settings")
NO_PICTURES = Explanation(
    Text("Bildene kan ikke vises", "The pictures can't be shown"),
    Text("Bildene er skadet eller har feil størrelse.", "The pictures are damaged or have the wrong size."),
    CALL,
)

# -- why there is no content: by the `kind` of the error --------------------------------------------------------------

_NOT_OURS = Explanation(
    Text("Feil server for denne skjermen", "This is not the screen's own server"),
    Text(
        "Innholdet fra {server} er ikke signert av serveren som skjermen er koblet til, og blir ikke vist.",
        "The content from {server} is not signed by the server that this screen is paired with, and is not shown.",
    ),
    CALL,
)
_WEB_PAGE = Explanation(
    Text("Adressen går ikke til serveren for infoskjermer", "The address is not the info-screen server"),
    Text(
        "{server} svarer, men ikke med innhold for skjermer. Er det en vanlig nettside?",
        "{server} answers, but not with content for screens. Is it an ordinary website?",
    ),
    CALL,
)
_CHECK_NETWORK = Text(
    "Sjekk nettverkskabelen eller wifi, og at adressen {server} er riktig.",
    "Check the network cable or the Wi-Fi, and that the address {server} is right.",
)
_OTHER_SCREEN = Explanation(
    Text("Serveren sender innholdet til en annen skjerm", "The server sends another screen's content"),
    SERVER_ADDRESS,
    CALL,
)
PROBLEMS = {
    "silent": Explanation(Text("Får ikke kontakt med serveren", "The server does not answer"), _CHECK_NETWORK, AGAIN),
    "name": Explanation(
        Text("Finner ikke navnet i adressen", "The name in the address was not found"), _CHECK_NETWORK, AGAIN
    ),
    "busy": Explanation(Text("Serveren er opptatt", "The server is busy"), SERVER_ADDRESS, AGAIN),
    "certificate": Explanation(
        Text("Serverens sertifikat er ikke godkjent", "The server's certificate is not trusted"), SERVER_ADDRESS, CALL
    ),
    "missing": Explanation(
        Text("Serveren kjenner ikke «{screen}»", 'The server does not know "{screen}"'),
        Text(
            "Enten er navnet på skjermen feil, eller så er adressen {server} feil.",
            "Either the screen's name or the address {server} is wrong.",
        ),
        CALL,
    ),
    "host": Explanation(
        Text("Serveren godtar ikke denne adressen", "The server does not accept this address"),
        Text(
            "Legg til {server} under hosts i screens.toml, eller bruk IP-adressen til serveren.",
            "Add {server} under hosts in screens.toml, or use the server's IP address.",
        ),
        CALL,
    ),
    "redirected": Explanation(
        Text("Nettverket krever innlogging", "This network requires a login"),
        Text(
            "En innloggingsside svarte i stedet for serveren. Skjermen trenger et nettverk uten innlogging.",
            "A login page answered instead of the server. The screen needs a network without a login.",
        ),
        CALL,
    ),
    "format": Explanation(
        Text("Spilleren er for gammel", "The player is too old"),
        Text("Serveren er nyere. Spilleren må oppdateres.", "The server is newer. The player must be updated."),
        CALL,
    ),
    "asset": Explanation(
        Text("Innholdet er skadet", "The content is damaged"),
        Text("Et bilde fra {server} kom ikke fram som det skulle.", "A picture from {server} did not arrive intact."),
        AGAIN,
    ),
    "other-screen": _OTHER_SCREEN,
    "other-player": _OTHER_SCREEN,
    **dict.fromkeys(("wrong-key", "forged", "rolled-back"), _NOT_OURS),
    **dict.fromkeys(("not-json", "shape", "too-large", "truncated", "answer"), _WEB_PAGE),
}
FAULT = Explanation(
    Text("Innholdet kan ikke hentes", "The content can't be fetched"),
    Text("Det oppsto en intern feil i spilleren.", "An internal error occurred in the player."),
    CALL,
)
CLOCK_NOT_SET = Text("Klokka på denne boksen er heller ikke stilt.", "The clock of this box is not set either.")

# -- the display ------------------------------------------------------------------------------------------------------

NO_DISPLAY = Text("Fant ingen skjerm å vise bilder på.", "No display to draw on.")
CHECK_CABLE = Text(
    "Sjekk at skjermen er slått på, og at HDMI-kabelen sitter i begge ender.",
    "Check that the screen is switched on, and that both ends of the HDMI cable are plugged in.",
)
DISPLAY_TAKEN = Text(
    "Et annet program bruker skjermen. Avslutt det, eller start maskinen på nytt.",
    "Another program is using the display. Stop it, or restart the machine.",
)
DISPLAY_FORBIDDEN = Text(
    "Spilleren har ikke tilgang til skjermen. Brukeren må være med i gruppa «video».",
    'The player may not use the display. Its user must be in the group "video".',
)

# -- the settings file ------------------------------------------------------------------------------------------------

LINE_OF_FILE = Text("Linje {line} i {file}", "Line {line} of {file}")
INVALID_VALUE = Text("Ugyldig verdi «{value}».", 'Invalid value "{value}".')
NO_KEY_AND_VALUE = Text(
    "Forstår ikke «{written}». Skriv for eksempel: server = http://192.0.2.10:8080",
    'Invalid line "{written}". Write it like: server = http://192.0.2.10:8080',
)
UNKNOWN_SETTING = Text("Ukjent innstilling «{written}».", 'Unknown setting "{written}".')
DID_YOU_MEAN = Text("Mente du «{likely}»?", 'Did you mean "{likely}"?')
SETTINGS_LISTED = Text("Innstillingene heter {names}.", "The settings are {names}.")
SET_TWICE = Text(
    "Står også på linje {line}. Det som står her, gjelder.", "Also set on line {line}. The value here is used."
)
WORD_PROCESSOR = Text(
    "Filen er lagret i et tekstbehandlingsprogram. Lagre den som ren tekst.",
    "The file was saved by a word processor. Save it as plain text.",
)
FILE_TOO_LONG = Text(
    "Filen er for lang. Bare de første {limit} kB er lest.",
    "The file is too long. Only its first {limit} kB were read.",
)
FILE_UNREADABLE = Text("Filen kan ikke leses: {why}.", "The file can't be read: {why}.")
FILE_FORBIDDEN = Text("ingen tilgang", "permission denied")
FILE_DAMAGED = Text("lesefeil på minnekortet", "read error on the card")
FILE_MISSING = Text("lenken peker på en fil som ikke finnes", "the link points to a file that doesn't exist")
NOT_A_FILE = Text("det er ikke en vanlig fil", "it is not a regular file")
FILE_ERROR = Text("feil nummer {number}", "error number {number}")

ADDRESS_SCHEME = Text(
    "Adressen må begynne med http:// eller https://, for eksempel {example}.",
    "The address must begin with http:// or https://, like {example}.",
)
NO_ADDRESS = Text("Skriv en nettadresse, for eksempel {example}.", "Write a web address like {example}.")
SCREEN_LETTERS = Text(
    "Navnet på en skjerm består av små bokstaver, tall og bindestreker.",
    "A screen's name consists of lower-case letters, digits and hyphens.",
)
KEY_DIGITS = Text(
    "Bare tallene 0-9 og bokstavene a-f er tillatt.", "Only the digits 0-9 and the letters a-f are allowed."
)
KEY_LENGTH = Text("Det skal være 64 tegn, men her står {found}.", "It must have 64 digits, but has {found}.")
TURN_DEGREES = Text("Skriv 0, 90, 180 eller 270 (grader med klokka).", "Write 0, 90, 180 or 270 (degrees clockwise).")
OVERSCAN_PERCENT = Text(
    "Skriv hvor mange prosent av hver side TV-en skjuler, fra 0 til {most}.",
    "Write the percentage of each side that the television hides, 0 to {most}.",
)
RESOLUTION_FORM = Text("Skriv den som 1920x1080 eller 1920x1080@60.", "Write it like 1920x1080 or 1920x1080@60.")
ONE_OF = Text("Skriv ett av disse: {listed}.", "Write one of these: {listed}.")
YES_OR_NO = Text("Skriv ja eller nei.", "Write yes or no.")
