"""What all screens have in common: the section [site], with its colours and typefaces."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, HttpUrl

from signage.config.alert_feeds import Municipality
from signage.config.base import Colour, Strict, TimeZoneName, check_host_name, check_phone
from signage.config.languages import Language
from signage.config.public_holidays import check_country
from signage.config.sources import check_proxy

NAME_LENGTH = 120  # letters of a name on a page
Season = Literal["jul", "17mai", "sommer"]
Country = Annotated[str, AfterValidator(check_country)]
HostName = Annotated[str, AfterValidator(check_host_name)]
ProxyAddress = Annotated[str, AfterValidator(check_proxy)]
PhoneNumber = Annotated[str, AfterValidator(check_phone)]


class Colours(Strict):
    """Five colours; the layouts mix the rest from them. What is left out is the layout's own."""

    paper: Colour | None = Field(None, description="Calm ground behind text.")
    ink: Colour | None = Field(None, description="Text on paper.")
    deep: Colour | None = Field(None, description="Dark ground: the rail, posters.")
    fjord: Colour | None = Field(None, description="Second dark tone: headings, ridge line.")
    light: Colour | None = Field(None, description="The one warm accent.")


class Fonts(Strict):
    """Typefaces of your own, as .woff2 files seen from this file's folder."""

    headings: str = Field("", description="A .woff2 file for headings; the layout's own if left out.")
    texts: str = Field("", description="A .woff2 file for everything else; the layout's own if left out.")


class Site(Strict):
    name: str = Field(min_length=1, max_length=NAME_LENGTH, description='Whose screens these are: "Heim kommune".')
    area: str = Field(
        "",
        max_length=NAME_LENGTH,
        description='What people call the place, for "Ellers i Heim"; the name without "kommune" if left out.',
    )
    zone: TimeZoneName = Field("Europe/Oslo", description="Time zone of all screens that have none of their own.")
    country: Country = Field(
        "NO",
        description='Whose public holidays close the houses that have hours: "NO", "SE", "DE-BY"; "" for none.',
    )
    languages: list[Language] = Field(
        ["nb"], min_length=1, description="Languages in use; the first is the default of a screen."
    )
    calendar: HttpUrl = Field(
        description="The calendar's address for people; the QR code on the evergreen page leads there."
    )
    calendar_label: str = Field(
        "",
        max_length=NAME_LENGTH,
        description='How the address is written on pages: "iheim.no". The address\'s host if left out.',
    )
    motto: str = Field(
        "", max_length=NAME_LENGTH, description='A short line under the address: "det som skjer i Heim".'
    )
    contact: str = Field(
        "", description="An address or e-mail that sources see in our User-Agent, so that they can reach you."
    )
    municipality: Municipality = Field(
        "", description='The number of the municipality that the places are in, for official alerts: "5055".'
    )
    phone: PhoneNumber = Field(
        "",
        description='The telephone number of those who look after the screens: "72 46 00 00". It is on screens that '
        "are no longer in use, and beside the code of a player that waits to be paired.",
    )
    ceremonies: bool = Field(False, description="Whether funerals, weddings and baptisms in the calendars are shown.")
    address: HttpUrl | None = Field(
        None,
        description="Where people reach what is published: QR codes then lead to pages for telephones there.",
    )
    hosts: list[HostName] = Field(
        [],
        description="Other names by which the server is reached, through DNS or a reverse proxy. It answers to its own "
        "addresses and names, to the one in address, and to these; to no others.",
    )
    status: Literal["open", "private"] = Field(
        "open",
        description="Who sees how screens and sources are: everybody who reaches the server, or with the "
        "administrator's key only. Without the key, a private server says no more than whether every screen is well.",
    )
    colours: Colours = Field(Colours(), description="The five colours of the pages.")
    fonts: Fonts = Field(Fonts(), description="Typefaces of your own.")
    logo: str = Field(
        "", description="A picture file (PNG, or JPEG) with your arms or logo, seen from this file's folder."
    )
    seasons: list[Season] = Field([], description="Seasons that the pages dress up for.")
    legibility: Literal["refuse", "warn", "off"] = Field(
        "warn", description="What becomes of a page that is hard to read from where people stand."
    )
    seconds_least: float = Field(6.0, ge=3, le=600, description="A page whose time is computed stays at least so long.")
    seconds_most: float = Field(30.0, ge=3, le=600, description="And at most so long.")
    refresh_minutes: int = Field(10, ge=1, le=1440, description="How often the sources are fetched.")
    poll_seconds: int = Field(60, ge=10, le=3600, description="How often a player asks for a new manifest.")
    stale_hours: float = Field(
        6.0, ge=0.5, le=336, description="The pages say at the bottom when their data is older than this many hours."
    )
    organisations: str = Field(
        "", description="A CSV file of associations and businesses that the portal lacks, seen from this file's folder."
    )
    proxy: ProxyAddress = Field(
        "",
        description='The proxy through which sources are fetched: "http://proxy.example.org:3128". If left out, that '
        "of the environment (HTTPS_PROXY, HTTP_PROXY). NO_PROXY lists what is fetched without it.",
    )
    ca_file: str = Field(
        "",
        description="A file with certificates of your own authority (PEM), seen from this file's folder. The public "
        "authorities are trusted, too.",
    )
    picture_days: int = Field(
        60,
        ge=1,
        le=366,
        description="How many days a picture of your own is shown that has no last day, from when its file was put "
        "there or changed.",
    )
    video_seconds: int = Field(
        60, ge=5, le=180, description="How many seconds of a film are shown at most; the rest of it is left out."
    )
    expiry_hours: float = Field(
        2.0, gt=0, le=24, description="How long after its start an event without an end is shown."
    )

    @property
    def host_names(self) -> frozenset[str]:
        """The names to which the server answers in addition to those of its machine, as in a Host header."""
        address = self.address.host if self.address else None
        return frozenset(self.hosts) | ({address.lower().strip("[]")} if address else set())
