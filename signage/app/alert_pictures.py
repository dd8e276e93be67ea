"""The pictures of alerts, at once: browsers that stay warm while the server runs, and nothing rendered twice.

Free text is rendered when it is sent or previewed; the prepared messages of screens.toml were rendered by a build
(`signage.app.prepared_alerts`), and are found in the same folder.
"""

from __future__ import annotations

import hashlib
import io
import os
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from signage.app.alert_renderer import AlertRenderer, rehearsal
from signage.app.folders import Folders
from signage.config.models import Config
from signage.domain.alert_pictures import AlertPage, AlertPictureSet
from signage.domain.alerts import AlertDraft, AlertPreview
from signage.publishing import data_age_label
from signage.rendering.alert_layout import NAME, alert_layout
from signage.rendering.browsers import Browsers
from signage.rendering.document import Typesetter
from signage.rendering.page_faults import RenderPatience
from signage.rendering.render_worker import Worker
from signage.rendering.renderer_pool import FIT_SCRIPT, RendererPool
from signage.runtime.cancel import Cancelled, CancelToken
from signage.storage.durable_file import write_file
from signage.wording.alert_times import alert_lines
from signage.wording.languages import load as load_words
from signage.wording.languages.messages import load_messages

FOLDER = "alert-pictures"  # in the folder of state
WORKERS = 1  # browsers, each of which takes 150 MB; one alert has a picture or two of each size
KEPT = timedelta(days=40)  # a picture that is no longer needed: no alert is in force for longer than 31 days
FIRST_SIZES = ((1920, 1080), (1080, 1920))  # that the browsers are warmed up with; others need no loading then
GIVES_WAY_SECONDS = 0.2  # that an alert waits for one that is made again; a page takes about as long
PREVIEW_TYPE = "image/webp"
PREVIEW_SIDE = 960  # px of a preview's long side
PAPER = "#f6f1e7"  # the empty page that a banner is previewed over


class AlertIndex:
    """What was rendered, beside the pictures: a small file for each, so that it is known after a restart."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def rendered_get(self, keys: Iterable[str]) -> dict[str, str]:
        found = {}
        for key in keys:
            with suppress(OSError):
                found[key] = self._file(key).read_text("utf-8")
        return found

    def rendered_all(self) -> list[tuple[str, str]]:
        return []  # a page that fails has no earlier picture that says the same

    def rendered_put(self, key: str, outcome: str) -> None:
        write_file(self._file(key), outcome.encode())

    def rendered_sweep(self, keep: set[str]) -> None:
        """`AlertPictures.sweep` does that."""

    def _file(self, key: str) -> Path:
        return self._folder / f"{key}.json"


class AlertPool(RendererPool):
    """Browsers for a few pages of many sizes."""

    put_off = "pages like it took too long"  # when it is tried again is up to its sender

    def make_worker(self) -> Worker:
        return Worker(self._browser, FIT_SCRIPT, resizes=True, driver=self.browsers.driver)


class AlertPictures:
    """Makes the pictures of alerts. May be used from several threads: one alert is made after the other."""

    def __init__(self, folders: Folders) -> None:
        self.pool_type: type[RendererPool] = AlertPool
        self._folder = folders.state / FOLDER
        self._browsers = Browsers()
        self._known: RendererPool | None = None
        self._making = threading.Lock()
        self._again = CancelToken()  # of what is made again, the last time that something was

    def warm_up(self, cancel: CancelToken | None = None) -> None:
        """Start the browsers, and have each of them make a page: a browser's first one takes four times as long as any
        other, and the first alert need not wait for that. Raises Cancelled, NoBrowser.
        """
        with self._making:
            pool = self._pool()
            self._warm(pool)
            pages = [rehearsal(*size) for size in FIRST_SIZES]
            pool.render({pool.key(page): page for page in pages}, cancel=cancel)

    def _pool(self) -> RendererPool:
        """The browsers, with fresh patience: what hung before, perhaps because the whole machine stood still, says
        nothing about this alert.
        """
        if self._known is None:
            layouts = Typesetter({NAME: alert_layout()})
            self._known = self.pool_type(
                self._folder, AlertIndex(self._folder), layouts, WORKERS, browsers=self._browsers, keep_browsers=True
            )
        self._known.patience = RenderPatience()
        return self._known

    def _warm(self, pool: RendererPool) -> None:
        pool.warm_up((NAME, *size) for size in FIRST_SIZES)

    def close(self) -> None:
        """End the browsers, whatever they do. They start again when they are needed."""
        self._browsers.close()

    def make(
        self, draft: AlertDraft, config: Config, now: datetime, cancel: CancelToken | None = None
    ) -> AlertPictureSet:
        """The pictures of an alert on each of its screens. `now`: when they are used, of no influence on them. What was
        made before, or by a build, is not rendered again, unless its file is damaged.

        Raises Cancelled, NoBrowser, NotWritable. A picture that can't be made costs only itself, and is in `problems`.
        """
        while not self._making.acquire(timeout=GIVES_WAY_SECONDS):
            self._again.cancel()
        try:
            return self._make(draft, config, now, cancel or CancelToken())
        finally:
            self._making.release()

    def make_again(
        self, draft: AlertDraft, config: Config, now: datetime, cancel: CancelToken
    ) -> AlertPictureSet | None:
        """As `make`, for an alert of which some failed. It gives way to every other one: then it is None."""
        if not self._making.acquire(blocking=False):
            return None
        try:
            self._again = gives_way = CancelToken()
            with cancel.on_cancel(gives_way.cancel):
                return self._make(draft, config, now, gives_way)
        except Cancelled:
            cancel.check()
            return None
        finally:
            self._making.release()

    def _make(self, draft: AlertDraft, config: Config, now: datetime, cancel: CancelToken) -> AlertPictureSet:
        pool = self._pool()
        before = pool.rendered
        renderer = AlertRenderer(pool, config, cancel)
        made = renderer.make(draft)
        if damaged := [path for sha256, path in made.files.items() if not self._is_whole(path, sha256)]:
            for path in damaged:
                path.unlink(missing_ok=True)
            made = renderer.make(draft)
        if pool.unwritable is not None:
            self._known = None  # there may be room for the next alert
            if not any(pictures.pages for pictures in made.screens.values()):
                raise pool.unwritable
        if pool.rendered != before:
            self._warm(pool)  # a browser that has made many pages is exchanged now, and not for the next alert
        for path in made.files.values():
            if path.parent == self._folder:
                with suppress(OSError):
                    os.utime(path, (now.timestamp(), now.timestamp()))
        return made

    def _is_whole(self, path: Path, sha256: str) -> bool:
        """Are these the bytes that were written? A card may have damaged them since, months before they are needed."""
        try:
            return path.parent != self._folder or hashlib.sha256(path.read_bytes()).hexdigest() == sha256
        except OSError:
            return False

    def sweep(self, now: datetime) -> None:
        """Delete what was not used for so long that no alert can show it."""
        for path in self._folder.glob("*"):
            with suppress(OSError):
                if now.timestamp() - path.stat().st_mtime > KEPT.total_seconds():
                    path.unlink()

    def preview(
        self,
        draft: AlertDraft,
        config: Config,
        now: datetime,
        cancel: CancelToken | None = None,
        language: str = "en",
    ) -> list[AlertPreview]:
        """What the screens would show if it were sent now: a preview of each distinct picture, in the screens' order.
        `language`: of the problems.
        """
        made = self.make(draft, config, now, cancel)
        shown: dict[tuple[str, str, str], list[tuple[str, AlertPage | None]]] = {}
        for name, pictures in made.screens.items():
            size = config.screens[name].size
            for page in pictures.pages:
                shown.setdefault((size, page.language, page.sha256), []).append((name, page))
            if not pictures.pages:
                shown.setdefault((size, "", ""), []).append((name, None))
        messages = load_messages(language)
        previews = []
        for (_, spoken, _), pages in shown.items():
            names = tuple(name for name, _ in pages)
            screen = config.screens[names[0]]
            problems = tuple(
                messages(each.message.key, **each.message.values)
                for each in made.problems
                if set(each.screens) & set(names) and spoken in (each.language, "")
            )
            picture = Image.new("RGB", (screen.width, screen.height), PAPER)
            if first := pages[0][1]:
                times = alert_lines(load_words(spoken), config.zone_of(names[0]), now, draft.until)
                draw_page(picture, first, made.files[first.sha256], times)
            previews.append(
                AlertPreview(screen.width, screen.height, spoken, names, PREVIEW_TYPE, _small(picture), problems)
            )
        return previews


def draw_page(picture: Image.Image, page: AlertPage, file: Path, texts: Mapping[str, str]) -> None:
    """Draw a page with its lines on a picture of the screen, as players do (docs/bundle-format.md)."""
    with Image.open(file) as opened:
        picture.paste(opened.convert("RGB"), (page.x, page.y))
    ink = ImageDraw.Draw(picture)
    for name, box in page.lines.items():
        text, size = texts[name], round(box.size)
        font = ImageFont.truetype(str(data_age_label.FONT), size)
        if (width := font.getlength(text)) > box.width:
            font = ImageFont.truetype(str(data_age_label.FONT), max(1, int(size * box.width / width)))
        where, x = {
            "left": ("lm", box.x),
            "center": ("mm", box.x + box.width / 2),
            "right": ("rm", box.x + box.width),
        }[box.align]
        ink.text((x, box.y + box.height / 2), text, font=font, fill=box.color, anchor=where)


def _small(picture: Image.Image) -> bytes:
    """A picture's bytes, at most `PREVIEW_SIDE` long: it is looked at on a page with others."""
    picture.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=85, method=2)
    return out.getvalue()
