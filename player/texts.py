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


CALL = Text("Kontakt den som har ansvar for skjermene.", "Contact the person who is responsible for the screens.")
AGAIN = Text("Skjermen prøver igjen av seg selv.", "The screen tries again by itself.")
SERVER_ADDRESS = Text("Adressen til serveren er {server}.", "The server's address is {server}.")

# -- the player's own pages -------------------------------------------------------------------------------------------

WAITING = Explanation(
    Text("Venter på innhold", "Waiting for content"),
    Text("Innholdet til skjermen hentes nå.", "The screen is fetching its content."),
    Text("Sjekk nettverket hvis denne meldingen blir stående.", "If this message stays, check the network."),
)
SEARCHING = Explanation(
    Text("Leter etter serveren", "Looking for the server"),
    Text("Dette tar vanligvis noen sekunder.", "This usually takes a few seconds."),
)
NO_SERVER = Explanation(
    Text("Finner ikke serveren", "Server not found"),
    Text(
        "Sjekk nettverket: Skjermen må være på samme nettverk som serveren.",
        "Check the network: the screen must be on the same network as the server.",
    ),
    Text(
        "Er serveren et annet sted, må adressen stå i filen signage-player.txt på minnekortet: "
        "server\u00a0=\u00a0http://192.0.2.10:8080",
        "If the server is somewhere else, write its address in the file signage-player.txt on the memory card: "
        "server\u00a0=\u00a0http://192.0.2.10:8080",
    ),
)
PAIRING = Explanation(
    Text("Koble til skjermen", "Pair this screen"),
    Text(
        "Les koden for den som har ansvar for skjermene.",
        "Read the code to the person who is responsible for the screens.",
    ),
)
READ_CODE_TO = Text(
    "Les koden for den som har ansvar for skjermene, telefon\u00a0{phone}.",
    "Read the code to the person who is responsible for the screens, telephone\u00a0{phone}.",
)
UNWRITABLE_CARD = Text(
    "Spilleren kan ikke skrive til minnekortet, så skjermen må kobles til på nytt etter hver start.",
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
    Text("Feil adresse til serveren", "The address is not the info-screen server"),
    Text(
        "{server} svarer, men har ikke innhold til infoskjermer. Er det en vanlig nettside?",
        "{server} answers, but not with content for screens. Is it an ordinary website?",
    ),
    CALL,
)
_CHECK_NETWORK = Text(
    "Sjekk nettverket (kabel eller wifi), og at adressen {server} stemmer.",
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
        Text("Nettverket kjenner ikke adressen", "The name in the address was not found"), _CHECK_NETWORK, AGAIN
    ),
    "busy": Explanation(Text("Serveren er opptatt", "The server is busy"), SERVER_ADDRESS, AGAIN),
    "certificate": Explanation(
        Text("Sertifikatet til serveren er ikke godkjent", "The server's certificate is not trusted"),
        SERVER_ADDRESS,
        CALL,
    ),
    "missing": Explanation(
        Text("Serveren kjenner ikke «{screen}»", 'The server does not know "{screen}"'),
        Text(
            "Navnet på skjermen eller adressen {server} er feil.",
            "Either the screen's name or the address {server} is wrong.",
        ),
        CALL,
    ),
    "incomplete": Explanation(
        Text("Serveren mangler en fil til skjermen", "The server lacks a file for this screen"),
        Text("Filen {file} kan ikke hentes fra {server}.", "The file {file} can't be fetched from {server}."),
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
        Text("Et bilde fra {server} ble skadet under overføringen.", "A picture from {server} was damaged in transit."),
        AGAIN,
    ),
    "other-screen": _OTHER_SCREEN,
    "other-player": _OTHER_SCREEN,
    **dict.fromkeys(("wrong-key", "forged", "rolled-back", "other-site"), _NOT_OURS),
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
    "Innstillingen står også på linje {line}. Verdien her gjelder.", "Also set on line {line}. The value here is used."
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
NO_CERTIFICATES_FILE = Text(
    "Filen {path} finnes ikke. Legg sertifikatet til utstederen der, eller rett stien.",
    "There is no file {path}. Copy the authority's certificate there, or correct the path.",
)
NO_CERTIFICATES = Text(
    "{path} inneholder ikke noe sertifikat som kan leses. Filen må begynne med -----BEGIN CERTIFICATE-----.",
    "{path} holds no certificate that can be read. It must begin with -----BEGIN CERTIFICATE-----.",
)
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

# -- the report of `doctor` -------------------------------------------------------------------------------------------

ALL_RIGHT = Text("Alt er i orden.", "Nothing is wrong.")
SOMETHING_WRONG = Text("Noe er galt under nummer {numbers}.", "Something is wrong under number {numbers}.")
RIGHT = Text("i orden", "all right")
WRONG = Text("FEIL", "WRONG")
HINT = Text("Råd: {hint}", "Hint: {hint}")
CHECK_FAILED = Text("Kontrollen stoppet med feilen {error}.", "This check stopped with the error {error}.")
USE_SUDO = Text("Kjør: sudo signage-player doctor", "Run: sudo signage-player doctor")

PROGRAM = Text("Programmet", "The program")
SETTINGS = Text("Innstillinger", "Settings")
IDENTITY = Text("Hvilken skjerm", "Which screen")
STORAGE = Text("Minnekortet", "The memory card")
DISPLAY = Text("Skjermen", "The display")
FONTS = Text("Skrifter", "Fonts")
CLOCK = Text("Klokka", "The clock")
NETWORK = Text("Nettverket", "The network")

VERSION = Text("Spilleren har versjon {version}.", "The player has version {version}.")
MACHINE = Text("Maskin: {model}, {system}.", "Machine: {model}, {system}.")
UNKNOWN_MODEL = Text("ukjent modell", "unknown model")
LIBRARIES = Text("Biblioteker: {listed}.", "Libraries: {listed}.")
LIBRARY_MISSING = Text("Biblioteket {name} mangler.", "The library {name} is missing.")
INSTALL_PACKAGE = Text("Installer Debian-pakken {package}.", "Install the Debian package {package}.")
SERVICE_RUNS = Text("Tjenesten kjører.", "The service is running.")
SERVICE_STOPPED = Text("Tjenesten signage-player kjører ikke.", "The service signage-player is not running.")
START_SERVICE = Text(
    "Start den med: sudo systemctl restart signage-player", "Start it with: sudo systemctl restart signage-player"
)
STANDS_IN = Text(
    "Versjon {version} virket ikke, så en eldre versjon kjører i stedet.",
    "Version {version} did not work, so an older version runs instead.",
)

FILE_READ = Text("Leser filen {file}.", "Reads the file {file}.")
NO_FILE = Text("Det finnes ingen fil med innstillinger.", "There is no settings file.")
SERVER_SET = Text("Serveren er oppgitt: {server}", "The server is set: {server}")
SERVER_NOT_SET = Text(
    "Serveren er ikke oppgitt, så skjermen leter etter den på nettverket.",
    "The server is not set, so the screen searches the network.",
)

SCREEN_IS = Text("Dette er skjermen {screen}.", "This is the screen {screen}.")
NOT_PAIRED = Text("Skjermen er ikke koblet til ennå.", "The screen is not paired yet.")
TYPE_CODE = Text(
    "Les koden på skjermen for den som har ansvar for skjermene.", "Read the code on the display to the administrator."
)
PLAYER_ID = Text("Spillerens nummer begynner med {id}.", "The player's number begins with {id}.")
SERVER_KEY = Text("Serverens nøkkel begynner med {digits}.", "The server's key begins with {digits}.")
SIGNS_REPORTS = Text("Spilleren signerer meldingene sine.", "The player signs its reports.")
NO_REPORTS = Text(
    "Spilleren sender ingen meldinger fordi den mangler en egen nøkkel.", "The player sends no reports: it has no key."
)

FOLDER_IS = Text("Innholdet ligger i {folder}.", "The content is in {folder}.")
FREE_SPACE = Text("Ledig plass: {megabytes} MB.", "Free space: {megabytes} MB.")
LITTLE_SPACE = Text("Det er nesten fullt: {megabytes} MB ledig.", "It is almost full: {megabytes} MB free.")
CHANGE_CARD = Text("Frigjør plass på kortet, eller bytt det.", "Make room on the card, or replace it.")
NO_FOLDER = Text("Mappen {folder} finnes ikke.", "The folder {folder} does not exist.")
REINSTALL = Text("Installer pakken på nytt.", "Install the package again.")
NOT_WRITABLE = Text("Spilleren kan ikke skrive i {folder}.", "The player can't write to {folder}.")
NOT_READABLE = Text("Du har ikke tilgang til {folder}.", "You have no access to {folder}.")
STORED_CONTENT = Text(
    "Innhold nummer {serial} fra {made}, {pages} sider, gjelder til {until}.",
    "Content number {serial} of {made}, {pages} pages, valid until {until}.",
)
CONTENT_OUTDATED = Text("Innholdet gjaldt bare til {until}.", "The content was valid until {until} only.")
NO_CONTENT = Text("Det er ikke lagret noe innhold ennå.", "No content is stored yet.")
CONTENT_DAMAGED = Text("Det lagrede innholdet er skadet.", "The stored content is damaged.")

CONNECTED = Text("{name}: tilkoblet, {mode}.", "{name}: connected, {mode}.")
NOTHING_CONNECTED = Text("Ingen skjerm er koblet til.", "No display is connected.")
NO_CONTROLLER = Text("Maskinen har ingen skjermutgang.", "This machine has no display output.")
IN_A_WINDOW = Text("Viser bildene i et vindu på skrivebordet.", "Shows the pictures in a window on the desktop.")
TELEVISION_CONTROL = Text("Kan slå TV-en av og på (HDMI-CEC).", "Can turn the television on and off (HDMI-CEC).")
NO_TELEVISION_CONTROL = Text(
    "Kan ikke slå TV-en av og på med HDMI-CEC.", "Can't turn the television on and off by HDMI-CEC."
)

FONTS_FOUND = Text("Alle {count} skriftene er på plass.", "All {count} fonts are in place.")
FONT_BROKEN = Text("Skriften {file} mangler eller er skadet.", "The font {file} is missing or damaged.")

TIME_IS = Text("Klokka er {time}, {date}, UTC{offset}.", "The time is {time}, {date}, UTC{offset}.")
SET_CLOCK = Text(
    "Koble maskinen til et nettverk med tidsserver (NTP). Inntil da vises bare sider uten dato.",
    "Give the machine a network with a time server (NTP). Until then, only pages without dates are shown.",
)
CLOCK_REASONS = {
    "synchronised": Text("Klokka er stilt av en tidsserver.", "The clock is synchronised with a time server."),
    "unbroken": Text("Klokka har gått uavbrutt siden den var riktig.", "The clock has run on since it was right."),
    "hardware": Text("Maskinens egen klokke bekrefter tiden.", "A hardware clock confirms the time."),
    "unknown": Text("Ingenting bekrefter at klokka er riktig.", "Nothing confirms that the clock is right."),
    "set": Text(
        "Klokka er stilt på nytt, og ingenting bekrefter tiden.", "The clock was set, but nothing confirms it."
    ),
    "behind": Text("Klokka viser en tid som er eldre enn innholdet.", "The clock is behind: the content is newer."),
    "disagrees": Text("Klokka og serveren viser ulik tid.", "The clock and the server show different times."),
}

OWN_ADDRESS = Text("Maskinens adresse er {address}.", "This machine's address is {address}.")
NO_NETWORK = Text("Maskinen er ikke koblet til noe nettverk.", "This machine has no network.")
CHECK_CABLE_OR_WIFI = Text("Sjekk nettverkskabelen eller wifi.", "Check the network cable or the Wi-Fi.")
SERVER_ANSWERS = Text("{server} svarer.", "{server} answers.")
FOUND_SERVERS = Text("Fant på nettverket: {listed}.", "Found on this network: {listed}.")
