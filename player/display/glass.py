"""The glass: one display, found by itself and again when it comes back; pages, notices, a slow cross-fade."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from player.display import banner, notice_drawing
from player.display.banner import Banner
from player.display.cec import Television
from player.display.display_options import DisplayOptions
from player.display.fade import cross_fade, differing
from player.display.geometry import Fit, PictureShape, fit, inside, window_for
from player.display.labels import BadFont, ClockLabel, DataAgeLabel
from player.display.notices import NoticePicture
from player.display.outputs.base import Connection, NoDisplay, Output, connections
from player.display.outputs.choose import open_output
from player.display.pictures import Labels, LabelStyles, Slide, decode
from player.display.power import DisplayPower, DisplayState, TelevisionThread
from player.display.slim_pygame import pygame
from player.display.snapshot import Snapshot, take
from player.display.wake import Sleeper
from player.store.manifest import FilmArea, TextLine

if TYPE_CHECKING:  # imported late, for few bundles have films
    from player.display.film import Film, FilmFailed
    from player.films import Films

# Between looks at keyboard and window. SDL's own wait looks each millisecond, which costs 2 % of a core.
LOOK_SECONDS = 0.1

RETRY_SECONDS = 10.0  # without a sign that one was plugged in; each try probes every socket, which takes a moment

log = logging.getLogger("player")


def television() -> TelevisionThread | None:
    """What can speak CEC here."""
    found = Television()
    return TelevisionThread(found) if found.reachable() else None


class Glass:
    """What people see. With `present` False there is no display now, and only `look`, `wait` and `close` do anything.

    `generation` grows each time a display is opened: what was prepared for the one before fits no longer.
    """

    def __init__(self, look: DisplayOptions) -> None:
        """Open the display, or wait for one. Raises NoDisplay only where a window was requested and can't be opened."""
        self._look = look
        self._output: Output | None = None
        self._fit: Fit | None = None
        self._shown: Slide | None = None  # on the display; None: nothing that could be faded from
        self._problem = ""
        self._tried = 0.0
        self._plugged: dict[str, Connection] = {}
        self.generation = 0
        self.rotate = look.rotate or 0  # degrees clockwise by which the picture was turned
        self.picture_ok = True  # what should be on the display came there without an error
        self.quit = False
        self._film: Film | None = None
        self._banner: Banner | None = None
        self._labels = Labels()  # on the slide that is shown
        self._urgent = False
        self.film_ended: Callable[[FilmFailed | None], None] = lambda problem: None
        """Called when a film is over, with what was wrong with it."""
        self._display = DisplayPower(look.display, television)
        self._sleeper = Sleeper()
        self._open(may_fail=look.output == "window")

    @property
    def present(self) -> bool:
        """Is there a display now?"""
        return self._output is not None

    @property
    def panel(self) -> str | None:
        """Like "1920x1080@60"; None without a display."""
        return self._output.panel if self._output else None

    @property
    def output_name(self) -> str | None:
        """ "kms", "framebuffer", "x11", "wayland" or "kmsdrm"; None without a display."""
        return self._output.name if self._output else None

    @property
    def display(self) -> DisplayState:
        """Should the display be on, and is it?"""
        return self._display.state

    def power(self, on: bool, ticks: float) -> None:
        """The display shall be on, or off. Repeats and checks by itself: call often; `ticks` are seconds."""
        try:
            self._display.step(on, self._output, ticks)
        except (OSError, pygame.error, ValueError) as error:  # it went away while its picture was put back
            self._failed(error)

    def look(self) -> None:
        """See if the display is still the one that was opened, and open one that has come. Cheap; call each second."""
        self._urgent = False
        if self._output is not None:
            self._drain()
            self._output.watch()
        if self._output is not None and self._output.lost:
            self._problem = "the display was unplugged, switched off or exchanged"
            log.warning("%s; looking for one", self._problem)
            self._output.close()
            self._output = None
        if self._output is None:
            now, plugged = time.monotonic(), connections()
            if plugged != self._plugged or now - self._tried >= RETRY_SECONDS:
                self._open(may_fail=False)

    def _open(self, may_fail: bool) -> None:
        self.end_film()
        self._tried, self._plugged = time.monotonic(), connections()
        try:
            self._output = open_output(self._look)
        except NoDisplay as error:
            if may_fail:
                raise
            if str(error) != self._problem:
                log.error("%s", error)
            self._problem = str(error)
            return
        if self._problem:
            log.info("found the display: %s, %s", self._output.name, self._output.panel)
        self._problem = ""
        self._display.attach(self._output)
        self._fit = self._shown = self._banner = None
        self.picture_ok = True
        self.generation += 1

    def close(self) -> None:
        self.end_film()
        if self._output is not None:
            self._output.close()
            self._output = None

    def fit(self, shape: PictureShape) -> None:
        """Make ready for pictures of this shape: the window's shape, and how they lie in it."""
        output = self._output
        if output is None:
            return
        look = self._look
        turn = look.rotate if look.rotate is not None else shape.rotate if output.whole_panel else 0
        if not output.whole_panel and look.size is None:
            output.reshape(window_for(shape.width, shape.height, turn, output.desktop))
        new = fit(shape.width, shape.height, turn, inside(output.canvas.get_size(), look.overscan))
        if new != self._fit:
            self.drop_banner()
        self._fit = new
        self.rotate = turn

    @property
    def fitted(self) -> Fit | None:
        """How pictures lie on the display; None before the first `fit`."""
        return self._fit

    def prepare(self, picture: bytes, written: LabelStyles) -> Slide:
        """Decode a picture, without showing it yet. Raises pictures.Unreadable. A bad font costs its label only."""
        assert self._fit is not None
        assert self._output is not None
        output = self._output
        output.lay_aside()
        try:
            surface = decode(picture, self._fit, output.canvas)
        finally:
            output.take_up()
            if self._banner is not None:
                output.canvas.set_clip(self._banner.rest)
        banner.write_lines(written.lines, (0, 0), self._fit, surface)
        face, line = None, None
        try:
            if written.clock is not None and written.clock_font is not None:
                face = ClockLabel(written.clock, written.clock_font, self._fit, surface)
            if written.updated is not None and written.updated_font is not None:
                line = DataAgeLabel(written.updated, written.updated_font, self._fit, surface)
        except BadFont as error:
            log.warning("%s; showing the page without it", error)
        before = self._shown if self._shown is not None and self._shown.fit == self._fit else None
        areas = differing(output.canvas, surface, (self._fit.left, self._fit.top)) if before else []
        return Slide(surface, self._fit, face, line, areas, before)

    def show(self, slide: Slide, labels: Labels, fade: bool) -> None:
        """Put a slide on the display, with its labels."""
        film = self.end_film()
        output, surface = self._output, slide.surface
        if output is None or surface is None:
            return
        corner = (slide.fit.left, slide.fit.top)
        slide.write(surface, labels, corner)
        self._labels = labels
        if self._banner is not None:
            self._banner.keep_under(surface, corner)
        if fade and slide.after is not None and slide.after is self._shown:
            areas = slide.areas + self._shown.labelled() + slide.labelled() + film
            try:
                frames, seconds = cross_fade(output, surface, corner, areas, self._ended)
                log.debug("fade %d frames in %.2f s", frames, seconds)
            except (OSError, pygame.error, ValueError) as error:
                self._failed(error)
        else:
            output.canvas.fill((0, 0, 0))
        output.canvas.blit(surface, corner)
        self._put()
        slide.surface = slide.after = None
        self._shown = slide

    @property
    def plays_film(self) -> bool:
        return self._film is not None

    def play(self, path: str, video: FilmArea, films: Films) -> None:
        """Play a film over the slide that is shown. Raises FilmFailed."""
        from player.display.film import Film  # needed by bundles with films only

        output, shown = self._output, self._shown
        if output is None or shown is None:
            return
        self.end_film()
        scale = shown.fit.scale
        box = (video.x * scale, video.y * scale, video.width * scale, video.height * scale)
        area = pygame.Rect(shown.fit.place(box)).clip(output.canvas.get_rect())
        if area.width >= 2 and area.height >= 2:
            now = time.monotonic()
            self._film = Film(
                path, films.decoder, video.seconds, output.canvas, area, shown.fit.rotate, films.environment, now
            )

    def _go_on(self, film: Film) -> bool:
        """Draw what has come of the film; False when it is over."""
        from player.display.film import FilmFailed

        assert self._output is not None
        problem = None
        try:
            drawn = film.draw(self._output.canvas, time.monotonic())
            if drawn:
                self._output.show([film.area])
            if drawn is not None:
                return True
        except FilmFailed as error:
            problem = error
        except (OSError, pygame.error, ValueError) as error:
            self._failed(error)
        self.end_film()
        self.film_ended(problem)
        return False

    def end_film(self) -> list[pygame.Rect]:
        """Have the page again that was under the film; gives where that is."""
        film, self._film = self._film, None
        if film is None:
            return []
        under = film.under
        film.close()
        if self._output is not None and under is not None:
            self._output.canvas.blit(under, film.area.topleft)
            self._put([film.area])
        return [film.area]

    def _ended(self) -> bool:
        """A fade is over before its time when the player ends, and when its two pages may both be wrong now."""
        self._drain()
        return self.quit or self._urgent or self._sleeper.clock_set()

    def tick(self, labels: Labels) -> None:
        """Write the labels again on the slide that is shown."""
        self._labels = labels
        if self._output is not None and self._shown is not None:
            areas = self._shown.write(self._output.canvas, labels)
            if areas:
                self._put(areas)

    def notice(self, notice: NoticePicture) -> None:
        """Show one of the player's own pages."""
        self.end_film()
        if self._output is None:
            return
        canvas = self._output.canvas
        canvas.fill((0, 0, 0))
        seen = canvas.subsurface(inside(canvas.get_size(), self._look.overscan))
        if self.rotate:
            upright = pygame.Surface(seen.get_size() if self.rotate == 180 else seen.get_size()[::-1], 0, canvas)
            notice_drawing.draw(upright, notice)
            seen.blit(pygame.transform.rotate(upright, -self.rotate), (0, 0))
        else:
            notice_drawing.draw(seen, notice)
        if self._banner is not None:
            self._banner.under.blit(canvas, (0, 0), self._banner.zone)
            self._banner.draw(canvas)
        self._put()
        self._shown = None

    def prepare_banner(self, picture: bytes, box: banner.Box, lines: tuple[tuple[TextLine, bytes], ...]) -> Banner:
        """Decode a banner, without showing it yet. Raises UnreadablePicture."""
        assert self._fit is not None
        assert self._output is not None
        return banner.prepare(picture, box, lines, self._fit, self._output.canvas)

    def show_banner(self, new: Banner | None) -> None:
        """Lay a banner over what is shown, at once, or take it away."""
        old, self._banner = self._banner, new
        if self._output is None or old is new:
            return
        canvas, film = self._output.canvas, self._film
        if old is not None:
            old.lift(canvas)
            if film is not None and film.under is not None:
                film.under.blit(old.under, (old.zone.left - film.area.left, old.zone.top - film.area.top))
        if self._shown is not None:
            self._shown.write(canvas, self._labels)
        if new is not None:
            new.under.blit(canvas, (0, 0), new.zone)
            if film is not None and film.under is not None:
                new.under.blit(film.under, (film.area.left - new.zone.left, film.area.top - new.zone.top))
            new.draw(canvas)
        self._put([each.zone for each in (old, new) if each is not None])

    def drop_banner(self) -> None:
        """Forget the banner: the whole display is drawn again now."""
        self._banner = None
        if self._output is not None:
            self._output.canvas.set_clip(None)

    def snapshot(self) -> Snapshot | None:
        """Read back what is really on the display; None without a display. From the main thread only.

        A wrong picture is put there again; when that doesn't help, the display is opened again.
        """
        output = self._output
        if output is None:
            return None
        try:
            found = take(output)
        except (OSError, pygame.error) as error:
            self._failed(error)
            return None
        if found.matches is not False:
            self.picture_ok = True
        elif self.picture_ok:
            self.picture_ok = False
            log.warning("the display shows something other than the picture; drawing it again")
            self._put()
        else:
            output.lost = True
        output.rest()
        return found

    def _put(self, areas: Sequence[pygame.Rect] | None = None) -> None:
        """Canvas to glass. A display that fails is opened again at the next look."""
        if self._output is not None:
            try:
                self._output.show(areas)
                self._output.rest()
            except (OSError, pygame.error, ValueError) as error:
                self._failed(error)

    def _failed(self, error: Exception) -> None:
        if self._output is not None:
            log.warning("the display failed: %s", error)
            self._output.lost, self.picture_ok = True, False

    def wait(self, seconds: float) -> None:
        """Sleep until somebody ends it, `wake` is called, the clock is set, or the time is over. Sets `quit`."""
        until = time.monotonic() + seconds
        while not self.quit and (left := until - time.monotonic()) > 0:
            film = self._film
            if self._sleeper.sleep(min(left, LOOK_SECONDS), film.fileno() if film else None):
                break
            self._drain()
            if film is not None and not self._go_on(film):
                break

    def wake(self, *, urgent: bool = False) -> None:
        """End a `wait`, and when it is urgent also a fade; from any thread, also before it begins."""
        if urgent:
            self._urgent = True
        self._sleeper.wake()

    def _drain(self) -> None:
        if self._output is not None:
            self._output.drain()
            self.quit = self.quit or self._output.quit
