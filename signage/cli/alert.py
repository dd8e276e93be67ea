"""`signage alert`: send an emergency alert, list the alerts that hold, end one (docs/alerts.md)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape
from typer.core import TyperCommand

from signage.app.alert_choices import choices_of, on_known_screens
from signage.app.alert_log import AlertLog
from signage.app.folders import Folders
from signage.cli.alert_sending import browsers_with_alerts, desk_for
from signage.cli.in_force import load_in_force
from signage.cli.options import (
    DEFAULT_CONFIG,
    DEFAULT_STATE,
    AsJson,
    ConfigFile,
    LayoutsFolder,
    OfDemo,
    StateFolder,
    layouts_folder,
    new_app,
    only_one,
    the_instant,
    unknown,
)
from signage.cli.output import make_console, print_json, print_message, print_success, print_warning
from signage.config.languages import KNOWN
from signage.config.models import Config
from signage.domain.alerts import Alert, AlertDelivery, AlertDraft, AlertLevel, AlertPreview, AlertText, by_importance
from signage.errors import EXIT_OK, NotFound, NotWritable, UsageError
from signage.fleet.alert_delivery import delivery
from signage.fleet.alert_desk import AlertChoices
from signage.fleet.alert_times import until_of
from signage.fleet.overview import overview
from signage.fleet.registry import Registry
from signage.fleet.registry_file import REGISTRY_FILE
from signage.publishing.current_manifests import CurrentManifests

MANY = "--screens"
LEVELS = tuple(level.value for level in AlertLevel if level is not AlertLevel.TEST)
app = new_app()


class SeveralScreens(TyperCommand):
    """A command whose --screens takes all the words that follow it, as `--screens library hall`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        spread: list[str] = []
        taking = False
        for word in args:
            if word == MANY:
                taking = True
            elif word.startswith("-"):
                taking = False
                spread.append(word)
            elif taking:
                spread += [MANY, word]
            else:
                spread.append(word)
        return super().parse_args(ctx, spread)


@app.command(cls=SeveralScreens)
def alert(
    title: Annotated[
        str | None,
        typer.Argument(metavar="TITLE", help='What it says, in few words: "Vannet må kokes".', show_default=False),
    ] = None,
    text: Annotated[str, typer.Option("--text", help="What people should do.", show_default=False)] = "",
    prepared: Annotated[
        str | None, typer.Option("--prepared", metavar="ID", help="Send a prepared message of screens.toml instead.")
    ] = None,
    screens: Annotated[
        list[str] | None,
        typer.Option(MANY, metavar="ID ...", help="Only on these screens.", show_default="all screens"),
    ] = None,
    group: Annotated[str | None, typer.Option("--group", metavar="NAME", help="On the screens of this group.")] = None,
    near: Annotated[
        str | None, typer.Option("--near", metavar="PLACE", help="On the screens at this place and at those near it.")
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            "--until", metavar="TIME", help='When it ends: "18:00", or "2026-12-05 18:00".', show_default=False
        ),
    ] = None,
    level: Annotated[
        str | None,
        typer.Option(
            "--level",
            metavar="|".join(LEVELS),
            help="Alone on the display, a strip over the pages, or first in the rotation.",
            show_default="takeover",
        ),
    ] = None,
    lang: Annotated[
        str | None,
        typer.Option("--lang", metavar="LANGUAGE", help="The language it is in.", show_default="the site's first"),
    ] = None,
    anyway: Annotated[bool, typer.Option("--anyway", help="Send it though it doesn't fit somewhere.")] = False,
    preview: Annotated[
        Path | None, typer.Option("--preview", metavar="FOLDER", help="Only write pictures of what would be shown.")
    ] = None,
    listing: Annotated[bool, typer.Option("--list", help="List the alerts that hold, and who shows them.")] = False,
    end: Annotated[str | None, typer.Option("--end", metavar="ID", help="End an alert now.")] = None,
    as_json: AsJson = False,
    demo: OfDemo = False,
    config: ConfigFile = DEFAULT_CONFIG,
    layouts: LayoutsFolder = None,
    var: StateFolder = DEFAULT_STATE,
) -> int:
    """Send an emergency alert to the screens, within seconds.

    While signage run is running here, the server sends it. Otherwise it is put into the published folder.
    """
    only_one(list=listing, end=end, preview=preview)
    only_one(screens=screens, group=group, near=near)
    folder = layouts_folder(layouts, config)
    folders = Folders(var, None, demo=demo)
    site = load_in_force(config, folder, folders.state)
    now = the_instant(None, ZoneInfo(site.site.zone))
    if listing or end:
        if title or prepared:
            raise UsageError(f"A message can't be combined with --{'end' if end else 'list'}.")
        if listing:
            return _list(site, folders, now, as_json=as_json)
        with desk_for(site, folders) as desk:
            ended = desk.end(str(end), "command line")
        print_success(f'The alert {ended.id} has ended: "{ended.title}".')
        return EXIT_OK
    choices = choices_of(site)
    draft = _draft(
        choices, now, title, text, prepared, until, level, lang, _screens(choices, site, screens, group, near)
    )
    with desk_for(site, folders, acts=preview is None) as desk:
        previews = desk.preview(draft)
        if preview:
            return _write(preview, previews)
        problems = list(dict.fromkeys(problem for each in previews for problem in each.problems))
        for problem in problems:
            print_warning(problem)
        if problems and not anyway:
            raise UsageError("The alert was not sent.", hint="shorten it, or send it with --anyway.")
        sent = desk.send(draft, "command line")
    if as_json:
        print_json({"id": sent.id, "until": sent.until.isoformat(), "screens": list(sent.draft.screens)})
        return EXIT_OK
    count = len(sent.draft.screens)
    where = "1 screen" if count == 1 else f"{count} screens"
    print_success(f'"{sent.title}" is sent to {where}, until {_time(sent.until, choices.zone, now)}.')
    print_message(
        f"It is alert {sent.id}: signage alert --list shows who has it, signage alert --end {sent.id} ends it."
    )
    return EXIT_OK


def _draft(
    choices: AlertChoices,
    now: datetime,
    title: str | None,
    text: str,
    prepared: str | None,
    until: str | None,
    level: str | None,
    lang: str | None,
    screens: tuple[str, ...],
) -> AlertDraft:
    if level is not None and level not in LEVELS:
        raise UsageError(f'There is no level "{level}".', hint=f"write one of {', '.join(LEVELS)}.")
    if prepared and (title or text or lang):
        raise UsageError(
            "A prepared message has its texts in screens.toml.", hint="leave out TITLE, --text and --lang."
        )
    if prepared and not choices.prepared:
        raise NotFound("No message is prepared.", "", f"write one under [prepared_alerts.{prepared}] in screens.toml.")
    if prepared and prepared not in choices.prepared:
        raise unknown("prepared message", prepared, choices.prepared, "It isn't in screens.toml.")
    if lang and lang not in KNOWN:
        raise unknown("language", lang, KNOWN)
    if prepared:
        message = choices.prepared[prepared]
        texts, usual = dict(message.texts), message.level
    elif title:
        texts, usual = {lang or choices.languages[0]: AlertText(title, text)}, AlertLevel.TAKEOVER
    else:
        raise UsageError("What is the alert to say?", hint='signage alert "Vannet må kokes" --until 18:00')
    if not until:
        raise UsageError("When does the alert end?", hint="every alert has an end: --until 18:00")
    ends = until_of(until, now, choices.zone)
    return AlertDraft(texts, screens, ends, AlertLevel(level) if level else usual, prepared=prepared or "")


def _screens(
    choices: AlertChoices, site: Config, screens: list[str] | None, group: str | None, near: str | None
) -> tuple[str, ...]:
    """Those that are meant, in the order of screens.toml. Raises NotFound."""
    if near is not None:
        if near not in choices.places:
            what = "It has no screens." if near in site.places else "It isn't in screens.toml."
            raise (
                unknown("place", near, choices.places, what)
                if near not in site.places
                else NotFound(
                    f'No screen is at or near the place "{near}".', "", f'write place = "{near}" at a screen.'
                )
            )
        return choices.places[near].screens
    if group is not None:
        if group not in choices.groups:
            raise unknown("group", group, choices.groups, "It isn't in screens.toml.")
        return choices.groups[group]
    named = [name for word in screens or () for name in word.split(",") if name]
    for name in named:
        if name not in choices.screens:
            raise unknown("screen", name, choices.screens, "It isn't in screens.toml.")
    return tuple(name for name in choices.screens if name in named or not screens)


def _write(folder: Path, previews: Sequence[AlertPreview]) -> int:
    """A picture for each size and language."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, each in enumerate(previews, 1):
            suffix = each.media_type.partition("/")[2]
            name = f"{number}-{each.width}x{each.height}-{each.language or 'none'}.{suffix}"
            (folder / name).write_bytes(each.data)
    except OSError as error:
        raise NotWritable.from_os_error("A picture", folder, error) from error
    for problem in dict.fromkeys(problem for each in previews for problem in each.problems):
        print_warning(problem)
    print_success(f"{len(previews)} pictures are in {folder}. Nothing was sent.")
    return EXIT_OK


def _list(site: Config, folders: Folders, now: datetime, *, as_json: bool) -> int:
    zone = ZoneInfo(site.site.zone)
    held = [alert for alert in AlertLog(folders.state).alerts() if alert.holds(now)]
    alerts = by_importance(on_known_screens(alert, site) for alert in held)
    registry = Registry(folders.state / REGISTRY_FILE)
    screens = overview(
        site.screen_names, registry.players(), registry.last_heartbeats(), now, site.former_screens, site.may_have
    )
    manifests = CurrentManifests(folders.published)
    browsers = browsers_with_alerts(folders) if alerts else {}
    found = [(each, delivery(each, screens, now, manifests.of, browsers.get(each.id))) for each in alerts]
    if as_json:
        print_json([_as_json(each, had) for each, had in found])
        return EXIT_OK
    if not found:
        print_message("No alert holds now.")
    console = make_console(highlight=False, soft_wrap=True)
    for each, had in found:
        begins, ends, sent = (_time(at, zone, now) for at in (each.begin, each.until, each.sent))
        window = f"from {begins} until {ends}" if each.begin > now else f"until {ends}"
        console.print(f"[bold]{escape(each.id)}[/]  {each.draft.level.value}, {window}: {escape(each.title)}")
        console.print(f"  {_counts(had)}; sent at {sent} by {escape(each.by)}")
        for what, names in (("don't answer", had.silent), ("haven't got it", had.lacks)):
            if names:
                console.print(f"  {what}: {escape(', '.join(names))}")
        if had.browsers:
            numbers = ", ".join(f"{screen} ({number})" for screen, number in had.browsers.items())
            console.print(f"  browsers that have it, but don't report whether it is displayed: {escape(numbers)}")
    return EXIT_OK


def _time(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    local = at.astimezone(zone)
    return f"{local:%H:%M}" if local.date() == now.astimezone(zone).date() else f"{local:%Y-%m-%d %H:%M}"


def _counts(had: AlertDelivery) -> str:
    counts = {
        "show it": had.shows,
        "have it": had.has,
        "haven't got it yet": had.lacks,
        "don't answer": had.silent,
        "have no player": had.unpaired,
    }
    return ", ".join(f"{len(names)} {what}" for what, names in counts.items() if names) or "no screens"


def _as_json(alert: Alert, had: AlertDelivery) -> dict[str, object]:
    return {
        "id": alert.id,
        "level": alert.draft.level.value,
        "title": alert.title,
        "from": alert.begin.isoformat(),
        "until": alert.until.isoformat(),
        "sent": alert.sent.isoformat(),
        "by": alert.by,
        "screens": {
            "shows": list(had.shows),
            "has": list(had.has),
            "lacks": list(had.lacks),
            "silent": list(had.silent),
            "unpaired": list(had.unpaired),
            "browsers": dict(had.browsers),
        },
    }
