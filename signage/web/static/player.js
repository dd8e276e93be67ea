// The browser player: shows one screen's bundle (docs/bundle-format.md) full screen, or small on the start page.
//
// Written in ES2015 for televisions from 2018 on (webOS 4 is Chromium 53): generators in place of async functions, and
// everything newer than that is asked for before it is used. `import` and `export` at a line's start are all that makes
// modules of its files, for the start page; for the page /screen/<id> the server takes them away and puts the files
// together (signage/web/browser_player.py). So no two files have the same name for different things.

import { AlertDisplay } from "./alert_display.js";
import { AlertDocuments, rotationAt } from "./alerts.js";
import { PLAYS, ROOT, SCREEN_PATH, coroutine, coroutines } from "./basics.js";
import { Bundle, filmOf } from "./bundle.js";
import { HeldRequests } from "./held_requests.js";
import { decoded, placeText, writeLines } from "./layers.js";
import {
  CLOCK_STEP_MS,
  believesServer,
  clockText,
  following,
  inForce,
  nextEdge,
  parseInstant,
  turnAmong,
  turnAt,
  turnFor,
  updatedText,
} from "./rotation.js";
import { remember, remembered } from "./trust.js";

const FADE_MS = 800; // as slow as the native player's; the style sheet says the same
const MEMORY_BYTES = 32 * 1024 * 1024; // compressed pictures kept where the browser offers no storage (plain http)
const LOOK_AGAIN_MS = 30000; // the longest sleep: a set that was suspended, or whose clock was put right, notices
const HIDE_MS = 500; // a page whose window has closed goes, even if the next picture is slow
const FIRST_RETRY_MS = 3000; // before there is anything to show
const MAX_BACKOFF_MS = 15 * 60 * 1000;
const SHELL = "signage-shell-1";

// --- The glass ---------------------------------------------------------------------------------------------------

// Shows a screen in `root`. Options: screen; at (text: a pretended clock begins there); turn (degrees, else as the
// manifest and the view ask); keep (remember across reloads); pin (check signatures); memory (bytes of pictures kept);
// films (play them; else their frames are shown); onManifest (called with each new manifest); hold (let the server hold
// a request until something is published); alertSeconds (between two polls for alerts, else as the manifest says);
// onAlerts (called with the alerts that are on the display, whenever they change).
export class Player {
  constructor(root, options) {
    this.root = root;
    this.options = Object.assign({ at: "", turn: null, keep: false, pin: false, memory: 0, onManifest: null }, options);
    this.bundle = new Bundle(options.screen, this.options.keep, this.options.memory, this.options.pin);
    this.manifest = null;
    this.kept = 0; // the serial of the plan that this run has stored
    this.broken = {};
    this.fonts = {};
    this.shown = null; // {page, layer, endMs}
    this.ready = null; // {page, layer}: the next one, decoded
    this.failures = 0;
    this.timer = 0;
    this.pollTimer = 0;
    this.turning = false;
    this.again = false;
    this.stopped = false;
    this.overruled = Number((this.options.pin && remembered(options.screen + ":overruled")) || 0); // a plan's serial
    this.alertTimer = 0;
    this.begun = null; // where a pretended clock began: {at, real}
    this.stage = document.createElement("div");
    this.stage.className = "stage";
    root.appendChild(this.stage);
    this.documents = new AlertDocuments(this.bundle, () => this.alertsChanged());
    this.alerts = new AlertDisplay(this, this.documents);
    this.held = null;
    if (options.hold) {
      this.held = new HeldRequests(this.bundle.path("next"), () => this.poll(), (some) => this.pollAlerts(some));
    }
    this.fit = this.fit.bind(this);
    window.addEventListener("resize", this.fit);
    if (typeof ResizeObserver !== "undefined") {
      this.observer = new ResizeObserver(this.fit);
      this.observer.observe(root);
    }
  }

  *start() {
    this.documents.start();
    const stored = yield this.bundle.stored();
    if (stored && !this.manifest) this.adopt(stored);
    return this.poll();
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
    clearTimeout(this.pollTimer);
    clearTimeout(this.alertTimer);
    if (this.held) this.held.stop();
    this.alerts.stop();
    window.removeEventListener("resize", this.fit);
    if (this.observer) this.observer.disconnect();
    this.drop(this.shown);
    this.drop(this.ready);
    this.bundle.forget(() => true);
    this.bundle.release(() => true);
    if (this.stage.parentNode) this.root.removeChild(this.stage);
  }

  now() {
    if (this.begun) return this.begun.at + Date.now() - this.begun.real;
    const here = Date.now();
    const offset = this.bundle.clock ? this.bundle.clock.offset : 0;
    const manifest = this.manifest;
    if (Math.abs(offset) <= 2000) return here;
    const overruled = manifest && this.overruled === manifest.serial;
    return !manifest || believesServer(manifest, here + offset, here, overruled) ? here + offset : here;
  }

  // Notes under which plan the server's clock was right and this device's was not; see `believesServer`.
  compareClocks() {
    const clock = this.bundle.clock;
    const manifest = this.manifest;
    if (!clock || Math.abs(clock.offset) <= CLOCK_STEP_MS || this.overruled === manifest.serial) return;
    if (!inForce(manifest, Date.now() + clock.offset)) return;
    this.overruled = manifest.serial;
    if (this.options.pin) remember(this.options.screen + ":overruled", String(manifest.serial));
  }

  // A clock is believed when it is not before the plan was made.
  trusted() {
    if (this.begun) return true;
    const doubt = this.bundle.clock && this.bundle.clock.doubt;
    return !doubt && this.manifest !== null && !this.before(this.now());
  }

  // Is this instant (ms) before the plan was made?
  before(ms) {
    return this.manifest !== null && ms < Date.parse(this.manifest.generated) - CLOCK_STEP_MS;
  }

  // The time (ms) by which alerts are shown: the clock while that is trusted, else the server's last and the time since;
  // null when neither is known.
  alertMs() {
    if (this.trusted()) return this.now();
    const answered = this.bundle.answered;
    const ms = answered ? answered.ms + performance.now() - answered.ticks : NaN;
    return isNaN(ms) || this.before(ms) ? null : ms;
  }

  // The rotation at `ms`, see `rotationAt`.
  rotation(ms, broken) {
    const at = this.alertMs();
    const alertMs = at === null ? null : at + ms - this.now();
    const lasting = this.alerts.lasting;
    return rotationAt(this.manifest, this.documents.document, ms, this.trusted(), alertMs, lasting, broken || this.broken);
  }

  // Is the house closed?
  closed() {
    return this.manifest !== null && this.rotation(this.now(), {}).closed;
  }

  // Of the screen's pictures; before the first plan, as the alerts have it, which end at its lower right corner.
  size() {
    if (this.manifest) return this.manifest;
    const alert = this.documents.document && this.documents.document.alerts.find((each) => each.pages.length > 0);
    const page = alert && alert.pages[0];
    return page ? { width: page.x + page.width, height: page.y + page.height, rotate: 0 } : null;
  }

  alertsChanged() {
    this.alerts.takeover.broken = {};
    this.alerts.banner.broken = {};
    this.fit();
    this.alerts.update();
    this.turn();
  }

  // Fetch the alert document, and again after a while; gives its serial. It never waits for a bundle. `enclosed`: one
  // that has come already, or nothing.
  pollAlerts(enclosed) {
    clearTimeout(this.alertTimer);
    return this.documents.poll(enclosed).then((serial) => {
      this.alerts.update(); // the server's time may be known only now
      const usual = this.manifest ? this.manifest.poll_seconds * 1000 : FIRST_RETRY_MS;
      const wait = this.options.alertSeconds ? this.options.alertSeconds * 1000 : usual;
      clearTimeout(this.alertTimer);
      if (!this.stopped) this.alertTimer = setTimeout(() => this.pollAlerts(), wait * (0.9 + 0.2 * Math.random()));
      if (this.failures) this.holdForAlerts();
      return serial;
    });
  }

  // The last poll failed: hold requests for the sake of alerts, as long as these are fetched well.
  holdForAlerts() {
    if (!this.held || this.stopped) return;
    if (this.documents.well) this.held.goOn(this.documents.serial());
    else this.held.failed();
  }

  // A takeover begins: nothing else moves.
  interrupt() {
    if (this.shown) this.releaseFilm(this.shown.layer, this.shown.layer.film);
  }

  *poll() {
    clearTimeout(this.pollTimer);
    this.pollAlerts();
    try {
      const fresh = yield this.bundle.fetchNewer();
      this.failures = 0;
      this.broken = {};
      if (fresh) {
        const first = turnAt(fresh.manifest, this.now(), {});
        if (this.manifest && first) yield this.bundle.get(fresh.manifest, first.page.asset);
        this.adopt(fresh);
      }
      this.compareClocks();
      this.alerts.update(); // the time may be known only now
      this.turn();
      const manifest = this.manifest;
      if (this.held && !this.stopped) this.held.polled(manifest.serial, this.documents.serial());
      const all = yield this.bundle.complete(manifest, this.now());
      if (all && this.kept !== manifest.serial && (yield this.bundle.activate(manifest, this.now()))) {
        this.kept = manifest.serial;
      }
      yield this.bundle.completePrepared(manifest);
      if (this.options.films) this.bundle.completeFilms(manifest, this.now()).catch(() => null);
    } catch (problem) {
      this.failures += 1;
      this.holdForAlerts();
      if (this.failures === 1) console.info("signage: keeping what is shown: " + problem.message);
    }
    if (this.stopped) return;
    const usual = this.manifest ? this.manifest.poll_seconds * 1000 : FIRST_RETRY_MS;
    const wait = Math.min(usual * Math.pow(2, Math.max(0, this.failures - 1)), Math.max(usual, MAX_BACKOFF_MS));
    clearTimeout(this.pollTimer); // of a poll that began later
    this.pollTimer = setTimeout(() => this.poll(), wait * (0.9 + 0.2 * Math.random())); // not all screens at once
  }

  // Put a plan in force, unless a newer one came while this one's first picture was fetched.
  adopt(found) {
    const manifest = found.manifest;
    if (this.manifest && this.manifest.serial >= manifest.serial) return;
    this.bundle.accept(found);
    this.manifest = manifest;
    this.drop(this.ready);
    this.ready = null;
    if (this.options.at && !this.begun) {
      const at = parseInstant(this.options.at, manifest.zone);
      if (!isNaN(at)) this.begun = { at: at, real: Date.now() };
    }
    this.root.dataset.serial = manifest.serial;
    this.fit();
    if (this.options.onManifest) this.options.onManifest(manifest);
    this.alerts.update();
    this.turn();
  }

  // Show what is to be shown now, and sleep until that may change. One at a time.
  *turn() {
    if (!this.manifest || this.stopped) return;
    if (this.turning) {
      this.again = true;
      return;
    }
    this.turning = true;
    clearTimeout(this.timer);
    try {
      do {
        this.again = false;
        yield this.settle();
      } while (this.again && !this.stopped);
    } finally {
      this.turning = false;
    }
    if (!this.stopped) this.sleep();
  }

  *settle() {
    const most = this.rotation(this.now()).order.length;
    for (let tries = 0; tries <= most && !this.stopped; tries++) {
      const shown = this.shown;
      const open = this.rotation(this.now()).open;
      const current = shown && open.find((p) => p.id === shown.page.id && p.asset === shown.page.asset);
      const turn = this.due(this.ahead(), current);
      if (!turn) break;
      if (current && turn.page === current) {
        const changed = shown.endMs !== turn.endMs;
        shown.endMs = turn.endMs;
        if (changed) {
          this.prepare();
          this.play(shown); // its turn comes again
        }
        return;
      }
      if (yield this.show(turn)) return;
    }
    this.hideIfOver();
  }

  // With something on the glass, the next page is faded in before its turn: the fade ends when the turn begins, and a
  // page is gone when its window closes.
  ahead() {
    return this.now() + (this.shown && this.trusted() ? FADE_MS : 0);
  }

  // Whose turn it is at `ms`, and until when; null when nothing can be shown. By the wall clock while that is trusted,
  // else one after the other. `current`: what is shown and may stay.
  due(ms, current) {
    const rotation = this.rotation(ms);
    if (this.trusted()) return turnAmong(rotation.open, rotation.edges, ms);
    const shown = this.shown;
    if (current && ms < shown.endMs) return { page: current, endMs: shown.endMs };
    const page = following(rotation.order, rotation.open, shown ? shown.page.id : null, shown ? shown.page.asset : "");
    return page && { page: page, endMs: ms + page.dwell_seconds * 1000 };
  }

  // Put a page on the glass; gives whether it is there.
  *show(turn) {
    const page = turn.page;
    let layer = this.ready && this.ready.page.asset === page.asset ? this.ready.layer : null;
    if (layer) {
      this.ready = null;
    } else {
      const looking = setInterval(() => this.hideIfOver(), HIDE_MS);
      layer = yield this.layer(page).catch(() => null);
      clearInterval(looking);
      if (!layer) {
        this.broken[page.asset] = true;
        return false;
      }
      const open = this.rotation(this.ahead()).open;
      if (this.stopped || !open.some((p) => p.id === page.id && p.asset === page.asset)) {
        this.drop({ layer: layer });
        return false;
      }
    }
    const abrupt = ofAlert(page) || (this.shown !== null && ofAlert(this.shown.page)); // there, or gone
    if (abrupt) layer.element.style.transition = "none";
    this.leave(abrupt ? 0 : FADE_MS);
    this.write(layer, page);
    this.stage.appendChild(layer.element);
    layer.element.getBoundingClientRect(); // so that the fade begins from nothing
    layer.element.classList.add("on");
    this.shown = { page: page, layer: layer, endMs: turn.endMs };
    this.root.dataset.page = page.id;
    this.root.dataset.kind = page.kind;
    this.root.classList.add("playing");
    this.prepare();
    this.play(this.shown);
    return true;
  }

  // Play the film of a page over its frame, once. Whatever fails leaves the frame; a film that plays goes on.
  *play(shown) {
    const manifest = this.manifest;
    const film = this.options.films && filmOf(manifest, shown.page);
    const layer = shown.layer;
    if (!film || layer.film || this.alerts.taken()) return;
    const video = document.createElement("video");
    layer.film = video;
    try {
      video.muted = true;
      video.setAttribute("muted", "");
      video.setAttribute("playsinline", "");
      video.setAttribute("aria-hidden", "true");
      ["left", "top", "width", "height"].forEach((side, index) => {
        video.style[side] = film[["x", "y", "width", "height"][index]] + "px";
      });
      const url = yield this.bundle.film(manifest, film.asset);
      video.onplaying = () => video.classList.add("on");
      video.onended = () => {
        video.classList.remove("on"); // its frame is under it
        setTimeout(() => this.releaseFilm(layer, video), FADE_MS);
      };
      video.onerror = () => this.releaseFilm(layer, video);
      video.src = url;
      if (this.stopped || this.shown !== shown || layer.film !== video) {
        this.releaseFilm(layer, video);
        return;
      }
      layer.element.insertBefore(video, layer.element.firstChild.nextSibling);
      yield video.play();
    } catch (problem) {
      this.releaseFilm(layer, video); // it may not play here, or not be had now
    }
  }

  releaseFilm(layer, video) {
    if (!video) return;
    if (layer.film === video) layer.film = null;
    const url = video.getAttribute("src") || "";
    video.onplaying = video.onended = video.onerror = null;
    if (url) {
      video.pause();
      video.removeAttribute("src");
      video.load(); // gives back the decoder and what was read
    }
    if (url.indexOf("blob:") === 0) URL.revokeObjectURL(url);
    if (video.parentNode) video.parentNode.removeChild(video);
  }

  // What is on the glass goes in `ms`, when the next picture covers it.
  leave(ms) {
    const old = this.shown;
    if (!old) return null;
    this.shown = null;
    delete this.root.dataset.page;
    old.layer.element.setAttribute("aria-hidden", "true");
    setTimeout(() => this.drop(old), ms);
    return old;
  }

  // Rather the calm ground than something that is over, when nothing that may be shown can be.
  hideIfOver() {
    const shown = this.shown;
    if (!shown || this.rotation(this.now(), {}).open.some((p) => p.asset === shown.page.asset)) return;
    const old = this.leave(ofAlert(shown.page) ? 0 : FADE_MS);
    old.layer.element.classList.remove("on");
    this.root.classList.remove("playing");
  }

  drop(held) {
    if (!held) return;
    this.releaseFilm(held.layer, held.layer.film);
    const element = held.layer.element;
    if (element.parentNode) element.parentNode.removeChild(element);
    URL.revokeObjectURL(held.layer.url);
  }

  // A page, decoded and ready to be faded in.
  *layer(page) {
    const manifest = this.manifest;
    const picture = yield decoded(yield this.bundle.get(ofAlert(page) ? page.document : manifest, page.asset), page.alt);
    try {
      const element = document.createElement("div");
      element.className = "page";
      element.appendChild(picture.image);
      const layer = { element: element, url: picture.url, clock: null, updated: null, film: null };
      if (page.clock) {
        layer.clock = document.createElement("div");
        layer.clock.className = "clock";
        placeText(layer.clock, page.clock, yield this.font(manifest, page.clock.font));
        element.appendChild(layer.clock);
      }
      if (ofAlert(page)) {
        const families = [];
        for (const line of page.lines) families.push(yield this.font(page.document, line.font));
        writeLines(element, page.lines, families);
      }
      if (manifest.updated && page.kind !== "dark") {
        layer.updated = document.createElement("div");
        this.placeUpdated(layer.updated, manifest.updated, yield this.font(manifest, manifest.updated.font));
        element.appendChild(layer.updated);
      }
      return layer;
    } catch (problem) {
      URL.revokeObjectURL(picture.url);
      throw problem;
    }
  }

  // In the bottom margin: docs/bundle-format.md says where.
  placeUpdated(element, updated, family) {
    const style = element.style;
    const sizes = (count) => count * updated.size + "px";
    style.position = "absolute";
    style.right = sizes(1.4);
    style.bottom = sizes(0.15);
    style.padding = "0 " + sizes(0.4);
    style.lineHeight = sizes(1.3);
    style.fontSize = sizes(1);
    style.whiteSpace = "nowrap";
    style.color = updated.color;
    style.backgroundColor = updated.ground;
    style.fontFamily = family + ", sans-serif";
  }

  // The name under which the clock's typeface is loaded; without it the browser's own will do.
  *font(manifest, sha256) {
    const name = "clock-" + sha256.slice(0, 12);
    if (!this.fonts[name] && typeof FontFace !== "undefined") {
      try {
        const blob = yield this.bundle.get(manifest, sha256);
        const face = new FontFace(name, yield new Response(blob).arrayBuffer());
        document.fonts.add(yield face.load());
        this.fonts[name] = face;
      } catch (problem) {
        return "sans-serif";
      }
    }
    return name;
  }

  write(layer, page) {
    if (layer.updated) {
      const line = this.trusted() ? updatedText(this.manifest, this.now()) : "";
      if (layer.updated.textContent !== line) layer.updated.textContent = line;
      layer.updated.style.display = line ? "block" : "none";
    }
    if (!layer.clock) return;
    const text = this.trusted() ? clockText(this.now(), this.manifest.zone, page.clock.separator || ".") : "";
    if (layer.clock.textContent !== text) layer.clock.textContent = text;
  }

  // Decode what comes after the page that is shown, before it is due.
  *prepare() {
    const manifest = this.manifest;
    const shown = this.shown;
    this.drop(this.ready);
    this.ready = null;
    if (shown.endMs === Infinity) return;
    const coming = this.due(shown.endMs, null);
    const page = coming && coming.page;
    if (!page || page.asset === shown.page.asset) return;
    const layer = yield this.layer(page).catch(() => null);
    if (!layer) return;
    if (this.stopped || this.shown !== shown || this.manifest !== manifest || this.ready) this.drop({ layer: layer });
    else this.ready = { page: page, layer: layer };
  }

  sleep() {
    const now = this.now();
    const shown = this.shown;
    if (shown) this.write(shown.layer, shown.page);
    const lead = this.ahead() - now;
    const change = this.trusted() ? nextEdge(this.rotation(now).edges, now + lead) - lead : Infinity;
    const instants = [now + LOOK_AGAIN_MS, change];
    if (shown) instants.push(shown.endMs - lead);
    if (shown && shown.layer.clock) instants.push(now - (now % 60000) + 60000); // zones differ by whole minutes
    const wait = Math.min.apply(null, instants) - now;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.turn(), Math.max(1, Math.ceil(wait)));
  }

  // As large as fits, never stretched, turned if the panel hangs on its side.
  fit() {
    const size = this.size();
    const wide = this.root.clientWidth;
    const high = this.root.clientHeight;
    if (!size || !wide || !high) return;
    const turn = this.options.turn === null ? turnFor(size, wide, high) : this.options.turn;
    const across = turn % 180 === 0;
    const scale = Math.min(wide / (across ? size.width : size.height), high / (across ? size.height : size.width));
    this.stage.style.width = size.width + "px";
    this.stage.style.height = size.height + "px";
    const whole = scale === 1 ? Math.round : Number; // pixel on pixel where the sizes are the same
    this.stage.style.left = whole((wide - size.width) / 2) + "px";
    this.stage.style.top = whole((high - size.height) / 2) + "px";
    this.stage.style.transform = turn || scale !== 1 ? "rotate(" + turn + "deg) scale(" + scale + ")" : "none";
  }
}
coroutines(Player);

// Is a page of the rotation one of an alert?
const ofAlert = (page) => page.document !== undefined;

// --- The page /screen/<id> ---------------------------------------------------------------------------------------

// Over https by a wake lock. Over plain http browsers have none, but they don't sleep while a film plays.
function stayAwake() {
  if (document.visibilityState !== "visible") return;
  if (navigator.wakeLock) navigator.wakeLock.request("screen").catch(playFilm);
  else playFilm();
}

// A film of four pixels, behind the pages and as large as they are: browsers ignore small ones.
function playFilm() {
  const canvas = document.createElement("canvas");
  if (!canvas.captureStream || document.querySelector(".film")) return;
  canvas.width = canvas.height = 2;
  const pixels = canvas.getContext("2d");
  const film = document.createElement("video");
  film.className = "film";
  film.muted = true;
  film.setAttribute("playsinline", "");
  film.setAttribute("aria-hidden", "true");
  film.srcObject = canvas.captureStream();
  setInterval(() => pixels.fillRect(0, 0, 2, 2), 1000); // each one is a frame
  document.body.insertBefore(film, document.body.firstChild);
  film.play().catch(() => null); // a set that refuses has its own idea of sleep
}

// Let a reload work without the server, where the browser allows it: over https and on localhost.
const keepShell = coroutine(function* () {
  if (!("serviceWorker" in navigator) || window.isSecureContext === false) return;
  yield navigator.serviceWorker.register(ROOT + "sw.js");
  const cache = yield caches.open(SHELL);
  yield cache.addAll([location.pathname, ROOT + "screen.js"]);
});

function start() {
  const query = new URLSearchParams(location.search);
  const screen = SCREEN_PATH ? decodeURIComponent(SCREEN_PATH[2]) : "";
  const turn = query.has("rotate") ? Number(query.get("rotate")) : null;
  const at = query.get("at") || "";
  if (query.get("trust") === "new") {
    ["key", "next", "past"].forEach((which) => remember(which, ""));
    remember(screen + ":serial", "");
    remember(screen + ":alerts", "");
  }
  const onManifest = (manifest) => {
    document.documentElement.lang = manifest.language;
    document.title = manifest.name;
  };
  const real = !at; // a look into the future leaves nothing behind
  const options = { screen: screen, at: at, keep: real, pin: true, memory: MEMORY_BYTES, onManifest: onManifest };
  options.hold = true;
  options.films = true;
  options.turn = turn === null || isNaN(turn) ? null : turn;
  const player = new Player(document.body, options);
  window.addEventListener("online", () => player.poll());
  document.addEventListener("visibilitychange", stayAwake);
  document.addEventListener("visibilitychange", () => player.alerts.update()); // timers may have slept
  stayAwake();
  if (real) keepShell().catch(() => null);
  player.start();
}

if (PLAYS) start();
