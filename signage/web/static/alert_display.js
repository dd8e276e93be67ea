// Alerts on the glass (docs/bundle-format.md, "Alerts"): takeovers alone, banners over the pages, and read aloud.
// In ES2015, as player.js, which says how the parts become one script.

import { coroutines } from "./basics.js";
import { alertEdges, alertPictures, holding } from "./alerts.js";
import { decoded, writeLines } from "./layers.js";
import { following, nextEdge, turnAmong } from "./rotation.js";

const LOOK_MS = 30000; // the longest sleep, as the rotation's
const WORDS_MS = 1000; // for a picture of a takeover, then its words are shown until it is there
const FONT_MS = 200; // for typefaces, then lines are written in the browser's own until they are there
const LEAST_NOTICE_PX = 8;

const afterMs = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Do these pages of two documents look the same?
function alike(one, other) {
  const look = (page) => JSON.stringify([page.id, page.asset, page.x, page.y, page.width, page.height, page.lines]);
  return one === other || look(one) === look(other);
}

// What a page is among these, which may be of a newer document; undefined when it isn't.
const among = (pages, page) => pages.find((one) => one === page) || pages.find((one) => alike(one, page));

// Takeovers or banners: one picture at a time.
class AlertPlace {
  constructor(level, stage) {
    this.level = level;
    this.stage = stage;
    this.shown = null; // {page, layer, endMs}; without a page: a notice in letters
    this.ready = null; // {page, layer}: the next one, decoded
    this.coming = null; // {page}: the one that takes longer than a second
    this.broken = {}; // sha256 -> true
  }

  // Take away what is over, at once; what is in a newer document, too, stays. `open`: the pictures that may be shown.
  clear(open) {
    const shown = this.shown;
    if (shown && shown.page) shown.page = among(open, shown.page);
    if (shown && (!open.length || shown.page === undefined)) this.leave();
    if (this.ready) this.ready.page = among(open, this.ready.page);
    if (this.ready && !this.ready.page) this.forget();
  }

  leave() {
    const old = this.shown;
    this.shown = null;
    if (old) drop(old.layer);
  }

  forget() {
    if (this.ready) drop(this.ready.layer);
    this.ready = null;
  }

  put(page, layer, endMs) {
    const old = this.shown;
    this.stage.appendChild(layer.element);
    this.shown = { page: page, layer: layer, endMs: endMs };
    if (old) drop(old.layer);
  }
}

function drop(layer) {
  if (layer.element.parentNode) layer.element.parentNode.removeChild(layer.element);
  if (layer.url) URL.revokeObjectURL(layer.url);
}

// Shows the alerts of `documents` on the stage of a player, which gives the time by which alerts are shown (`alertMs`),
// whether the clock is `trusted`, whether the house is `closed`, and the size of the `stage`.
export class AlertDisplay {
  constructor(player, documents) {
    this.player = player;
    this.documents = documents;
    this.takeover = new AlertPlace("takeover", player.stage);
    this.banner = new AlertPlace("banner", player.stage);
    this.begun = {}; // id -> ticks at which it was shown first in this run
    this.timer = 0;
    this.settling = false;
    this.again = false;
    this.stopped = false;
    this.said = "";
    this.spoken = document.createElement("div"); // seen by nobody, read out
    this.spoken.className = "spoken";
    player.root.appendChild(this.spoken);
    this.lasting = this.lasting.bind(this);
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
    [this.takeover, this.banner].forEach((place) => {
      place.leave();
      place.forget();
    });
    if (this.spoken.parentNode) this.spoken.parentNode.removeChild(this.spoken);
    this.player.root.classList.remove("taken");
  }

  // An alert that was shown for as long as it is to last in this run is over, whatever the clocks say.
  lasting(alert) {
    const since = this.begun[alert.id];
    return since === undefined || performance.now() - since < Date.parse(alert.until) - Date.parse(alert.from);
  }

  // Is there a takeover?
  taken() {
    return this.player.root.classList.contains("taken");
  }

  // Another document, more pictures, or another time: show what is right now.
  *update() {
    if (this.stopped) return;
    this.clear();
    if (this.settling) {
      this.again = true;
      return;
    }
    this.settling = true;
    try {
      do {
        this.again = false;
        this.clear();
        yield this.settle(this.takeover);
        yield this.settle(this.banner);
      } while (this.again && !this.stopped);
    } finally {
      this.settling = false;
    }
    this.sleep();
  }

  // What may be shown in a place now.
  open(place) {
    const open = alertPictures(this.documents.document, place.level, this.player.alertMs(), this.lasting);
    if (!open.length || !this.player.size()) return [];
    return place === this.banner && (this.taken() || this.player.closed()) ? [] : open;
  }

  // Take away what is over, note what begins, and have it read out. Waits for nothing.
  clear() {
    const document = this.documents.document;
    const ms = this.player.alertMs();
    const on = (level) => holding(document, level, ms, this.lasting);
    const takeovers = on("takeover");
    const waiting = takeovers.length ? [] : on("banner").concat(on("page"));
    const others = waiting.length && this.player.closed() ? [] : waiting;
    const root = this.player.root;
    root.classList.toggle("taken", takeovers.length > 0);
    if (takeovers.length) this.player.interrupt();
    this.takeover.clear(this.open(this.takeover));
    this.banner.clear(this.open(this.banner));
    const shown = takeovers.length ? takeovers : others;
    shown.forEach((alert) => {
      if (this.begun[alert.id] === undefined) this.begun[alert.id] = performance.now();
    });
    const ids = shown.map((alert) => alert.id).join(" ");
    if (root.dataset.alerts !== ids) root.dataset.alerts = ids;
    this.speak(shown);
    const said = JSON.stringify(shown.map((alert) => [alert.id, alert.level, alert.title]));
    if (said !== this.said && this.player.options.onAlerts) this.player.options.onAlerts(shown);
    this.said = said;
  }

  // Have each alert read out once, in all its languages.
  speak(alerts) {
    const texts = (alert) => alert.pages.map((page) => [page.language, page.alt]);
    const keep = alerts.map((alert) => ({ id: alert.id, texts: texts(alert) }));
    Array.from(this.spoken.children).forEach((each) => {
      if (!keep.some((one) => JSON.stringify(one) === each.saying)) this.spoken.removeChild(each);
    });
    keep.forEach((one) => {
      if (Array.from(this.spoken.children).some((each) => each.saying === JSON.stringify(one))) return;
      const element = document.createElement("div");
      element.saying = JSON.stringify(one);
      element.setAttribute("role", "alert");
      one.texts.forEach((text) => {
        const part = document.createElement("p");
        part.lang = text[0];
        part.textContent = text[1];
        element.appendChild(part);
      });
      this.spoken.appendChild(element);
    });
  }

  // Show the picture whose turn it is.
  *settle(place) {
    for (let tries = 0; tries <= this.open(place).length && !this.stopped; tries++) {
      const turn = this.due(place, 0);
      if (!turn) break;
      const shown = place.shown;
      if (shown && shown.page && alike(shown.page, turn.page)) {
        shown.page = turn.page;
        shown.endMs = turn.endMs;
        yield this.prepare(place);
        return;
      }
      const ready = place.ready && alike(place.ready.page, turn.page) ? place.ready.layer : null;
      if (ready) place.ready = null;
      const layer = ready || (yield this.soonLayer(place, turn.page));
      const page = among(this.open(place), turn.page);
      if (layer === undefined) {
        if (this.stopped || !page) continue;
        if (place.shown && place.shown.page) place.shown.endMs = turn.endMs; // it stays for that turn
        else if (place === this.takeover) this.notice(this.open(place), turn.endMs);
        return;
      }
      if (!layer) {
        place.broken[turn.page.asset] = true;
      } else if (this.stopped || !page) {
        drop(layer);
      } else {
        place.put(page, layer, turn.endMs);
        yield this.prepare(place);
        return;
      }
    }
    if (!this.stopped && place === this.takeover) this.notice(this.open(place), Infinity);
  }

  // The layer of a page; null when it can't be had, and undefined when that takes longer than a second. It is shown when
  // it is there, and nothing waits for it until then.
  *soonLayer(place, page) {
    if (place.coming && alike(place.coming.page, page)) return undefined;
    const work = this.layer(page, place.level).catch(() => null);
    const layer = yield Promise.race([work, afterMs(WORDS_MS)]);
    if (layer !== undefined) return layer;
    const coming = { page: page };
    place.coming = coming;
    work.then((late) => {
      if (place.coming === coming) place.coming = null;
      if (!late) place.broken[page.asset] = true;
      else if (this.stopped) drop(late);
      else {
        place.forget();
        place.ready = { page: page, layer: late };
      }
      this.update();
    });
    return undefined;
  }

  // Whose turn it is, `later` ms from now.
  due(place, later) {
    const ms = this.player.alertMs();
    if (ms === null) return null;
    const open = this.open(place).filter((page) => !place.broken[page.asset]);
    const edges = alertEdges(this.documents.document, place.level);
    if (this.player.trusted()) return turnAmong(open, edges, ms + later);
    const shown = place.shown;
    const on = shown && shown.page && open.indexOf(shown.page) >= 0;
    if (on && ms + later < shown.endMs) return { page: shown.page, endMs: shown.endMs };
    const page = following(open, open, on ? shown.page.id : null, on ? shown.page.asset : "");
    return page && { page: page, endMs: ms + later + page.dwell_seconds * 1000 };
  }

  // Decode what comes next, before it is due.
  *prepare(place) {
    const shown = place.shown;
    const coming = this.due(place, shown.endMs - this.player.alertMs());
    if (!coming || alike(coming.page, shown.page) || (place.ready && alike(place.ready.page, coming.page))) return;
    place.forget();
    const layer = yield this.soonLayer(place, coming.page);
    const page = among(this.open(place), coming.page);
    if (layer && (this.stopped || !page)) drop(layer);
    else if (layer) place.ready = { page: page, layer: layer };
  }

  *layer(page, level) {
    const player = this.player;
    const fonts = this.fonts(page);
    const picture = yield decoded(yield player.bundle.get(page.document, page.asset), "");
    const element = document.createElement("div");
    element.className = "alert " + level;
    element.setAttribute("aria-hidden", "true"); // it is read out by itself
    const size = player.size();
    const whole = level === "takeover" ? { x: 0, y: 0, width: size.width, height: size.height } : page;
    ["left", "top", "width", "height"].forEach((side, index) => {
      element.style[side] = whole[["x", "y", "width", "height"][index]] + "px";
    });
    element.appendChild(picture.image);
    const from = (line) => ({ x: line.x - whole.x, y: line.y - whole.y }); // in a page, from the screen's corner
    const lines = page.lines.map((line) => Object.assign({}, line, from(line)));
    const families = yield Promise.race([fonts, afterMs(FONT_MS)]);
    writeLines(element, lines, families || lines.map(() => "sans-serif"));
    if (!families) {
      fonts.then((late) => {
        Array.from(element.querySelectorAll(".line")).forEach((line) => element.removeChild(line));
        writeLines(element, lines, late);
      });
    }
    return { element: element, url: picture.url };
  }

  // The typefaces of a page's lines.
  *fonts(page) {
    const families = [];
    for (const line of page.lines) families.push(yield this.player.font(page.document, line.font));
    return families;
  }

  // The words of takeovers whose pictures can't be had, or not yet, as large as they fit.
  notice(open, endMs) {
    const text = open.map((page) => page.alt).join("\n\n");
    const shown = this.takeover.shown;
    if (shown && shown.text === text) shown.endMs = endMs;
    if (!text || (shown && shown.text === text)) return;
    const size = this.player.size();
    const element = document.createElement("div");
    element.className = "alert takeover words";
    element.setAttribute("aria-hidden", "true");
    element.style.width = size.width + "px";
    element.style.height = size.height + "px";
    const letters = document.createElement("p");
    letters.textContent = text;
    element.appendChild(letters);
    this.takeover.put(null, { element: element, url: "" }, endMs);
    this.takeover.shown.text = text;
    const fits = () => letters.offsetHeight <= size.height * 0.9 && letters.scrollWidth <= letters.clientWidth;
    for (let px = size.height / 6; px > LEAST_NOTICE_PX; px *= 0.9) {
      element.style.fontSize = px + "px";
      if (fits()) return;
    }
  }

  sleep() {
    clearTimeout(this.timer);
    const ms = this.player.alertMs();
    if (this.stopped || !this.documents.document) return;
    let wait = LOOK_MS;
    if (ms !== null) {
      ["takeover", "banner", "page"].forEach((level) => {
        wait = Math.min(wait, nextEdge(alertEdges(this.documents.document, level), ms) - ms);
        holding(this.documents.document, level, ms, this.lasting).forEach((alert) => {
          const lasted = performance.now() - this.begun[alert.id];
          if (lasted >= 0) wait = Math.min(wait, Date.parse(alert.until) - Date.parse(alert.from) - lasted);
        });
      });
      [this.takeover, this.banner].forEach((place) => {
        if (place.shown) wait = Math.min(wait, place.shown.endMs - ms);
      });
    }
    this.timer = setTimeout(() => {
      this.update();
      this.player.turn(); // pages of alerts come and go in the rotation
    }, Math.max(1, Math.ceil(wait)));
  }
}
coroutines(AlertDisplay);
