// Emergency alerts (docs/bundle-format.md, "Alerts"): documents read and verified, fetched and kept, and which of their
// pictures are to be shown.
// In ES2015, as player.js, which says how the parts become one script.

import { ROOT, coroutine, coroutines } from "./basics.js";
import { changes, openPages } from "./rotation.js";
import { fetchBytes, hex, pinnedKeys, publicKey, remember, remembered, same, subtle } from "./trust.js";

const ALERTS_BYTES = 64 * 1024;
const ALERT_SIGNATURE_BYTES = 64;
const ALERT_ASSET_BYTES = 2 * 1024 * 1024;
const MOST_ALERTS = 20;
const MOST_PICTURES = 8; // of one alert
const LONGEST_MS = 31 * 24 * 3600 * 1000;
const PATIENCE_MS = 4000; // for pictures, then an alert is shown without those that are missing
const KEEP_MS = 2000; // for slow storage, then an alert is shown without being kept
const ALERT_FETCH_MS = 10000;
const ALERT_TYPES = { "image/webp": "picture", "image/png": "picture", "font/ttf": "font" };

// --- Reading: pure -----------------------------------------------------------------------------------------------

// An alert document that must not be used. `kind`: one of the words of docs/bundle-format.md.
function refused(kind, message) {
  const problem = new Error(message);
  problem.kind = kind;
  return problem;
}

// The document in a file, as {document, fingerprint}; rejects with `refused`. `keys`: digits of those that are trusted;
// none where the browser can't check. `last`: {serial, fingerprint} of the one that was verified last, or null.
export const readAlerts = coroutine(function* (file, keys, screen, last) {
  if (file.length > ALERTS_BYTES) throw refused("too-large", "more than 64 KiB");
  if (file.length <= ALERT_SIGNATURE_BYTES) throw refused("truncated", "cut short");
  const signature = file.slice(0, ALERT_SIGNATURE_BYTES);
  const bytes = file.slice(ALERT_SIGNATURE_BYTES);
  const signed = coroutine(function* (digits) {
    const key = yield publicKey(digits);
    return key !== null && (yield subtle.verify({ name: "Ed25519" }, key, signature, bytes));
  });
  let by = "";
  for (const digits of keys) {
    if (!by && (yield signed(digits))) by = digits;
  }
  let document = null;
  try {
    document = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (other) {
    throw keys.length && !by ? refused("forged", "its signature is not right") : refused("not-json", "no JSON");
  }
  if (keys.length && !by) {
    const site = document && typeof document.site === "string" && keys.indexOf(document.site) < 0 ? document.site : "";
    const others = yield signed(site);
    throw others ? refused("other-site", "of another site") : refused("forged", "its signature is not right");
  }
  if (!document || document.format !== 1 || document.document !== "alerts") {
    throw refused("format", "no alert document that this player knows");
  }
  if (document.screen !== screen) throw refused("other-screen", "for another screen");
  if (!isWhole(document) || (by && document.site !== by)) throw refused("shape", "against the format");
  const fingerprint = subtle ? hex(yield subtle.digest("SHA-256", bytes)) : "";
  const older = last && document.serial < last.serial;
  if (older || (last && document.serial === last.serial && fingerprint !== last.fingerprint)) {
    throw refused("rolled-back", "older than the one before");
  }
  return { document: document, fingerprint: fingerprint };
});

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isNumber = (value) => typeof value === "number" && isFinite(value);
const isText = (value) => typeof value === "string";
const isPixel = (value) => Number.isInteger(value) && value >= 0;

function isWhole(document) {
  const assets = document.assets;
  const isAsset = (sha256) => {
    const asset = assets[sha256];
    const known = /^[0-9a-f]{64}$/.test(sha256) && isObject(asset) && ALERT_TYPES[asset.media_type] !== undefined;
    return known && isPixel(asset.bytes) && asset.bytes > 0 && asset.bytes <= ALERT_ASSET_BYTES;
  };
  const ids = {};
  const isNew = (alert) => isObject(alert) && !ids["#" + alert.id] && (ids["#" + alert.id] = true);
  return (
    isNumber(document.serial) && Number.isInteger(document.serial) && document.serial >= 1 &&
    isText(document.site) && /^[0-9a-f]{64}$/.test(document.site) && !isNaN(instant(document.generated)) &&
    isObject(assets) && Object.keys(assets).every(isAsset) &&
    Array.isArray(document.alerts) && document.alerts.length <= MOST_ALERTS &&
    document.alerts.every((alert) => isNew(alert) && isAlert(alert, assets))
  );
}

// In ms; NaN for what has no offset.
function instant(text) {
  const written = isText(text) && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text);
  return written ? Date.parse(text) : NaN;
}

function isAlert(alert, assets) {
  const from = instant(alert.from);
  const until = instant(alert.until);
  const pages = alert.pages;
  return (
    isText(alert.id) && alert.id !== "" && isText(alert.level) && isText(alert.title) &&
    from < until && until - from <= LONGEST_MS &&
    Array.isArray(pages) && pages.length <= MOST_PICTURES && (alert.level === "test") === (pages.length === 0) &&
    pages.every((page) => isPicture(page, assets))
  );
}

const namesA = (what, assets, sha256) => {
  const known = isText(sha256) && Object.prototype.hasOwnProperty.call(assets, sha256);
  return known && ALERT_TYPES[assets[sha256].media_type] === what;
};

function isPicture(page, assets) {
  return (
    isObject(page) && namesA("picture", assets, page.asset) &&
    isPixel(page.x) && isPixel(page.y) && isPixel(page.width) && isPixel(page.height) && page.width * page.height > 0 &&
    isNumber(page.seconds) && page.seconds > 0 && isText(page.language) && page.language !== "" && isText(page.alt) &&
    (page.lines === undefined || (Array.isArray(page.lines) && page.lines.every((line) => isLine(line, assets))))
  );
}

function isLine(line, assets) {
  return (
    isObject(line) && isText(line.text) && [line.x, line.y, line.width, line.height, line.size].every(isNumber) &&
    line.width > 0 && line.height > 0 && line.size > 0 && isText(line.color) && /^#[0-9a-f]{6}$/.test(line.color) &&
    ["left", "center", "right"].indexOf(line.align) >= 0 && namesA("font", assets, line.font)
  );
}

// --- What is shown: pure -----------------------------------------------------------------------------------------

const levelOf = (alert) => (["takeover", "banner", "test"].indexOf(alert.level) >= 0 ? alert.level : "page");

const alertsOf = (document, level) => (document ? document.alerts.filter((alert) => levelOf(alert) === level) : []);

// The pictures of an alert, each as a page that takes turns with others. The same alert always gives the same objects.
const pictures = new WeakMap();

function picturesOf(alert, document) {
  if (!pictures.has(alert)) {
    pictures.set(alert, alert.pages.map((page) => Object.assign({}, page, {
      id: "alert:" + alert.id,
      kind: "alert",
      dwell_seconds: page.seconds,
      dated: false,
      fallback: false,
      clock: null,
      lines: page.lines || [],
      alert: alert,
      document: document,
    })));
  }
  return pictures.get(alert);
}

// Alerts of a level that are in force at `ms`, the time by which alerts are shown; none when it isn't known (null).
// `lasting`: whether an alert hasn't been shown for too long; all are when it is left out.
export function holding(document, level, ms, lasting) {
  if (ms === null) return [];
  const holds = (alert) => Date.parse(alert.from) <= ms && ms < Date.parse(alert.until);
  return alertsOf(document, level).filter((alert) => holds(alert) && (!lasting || lasting(alert)));
}

export function alertPictures(document, level, ms, lasting) {
  const lists = holding(document, level, ms, lasting).map((alert) => picturesOf(alert, document));
  return [].concat.apply([], lists);
}

// The instants (ms) at which the alerts of a level change.
export function alertEdges(document, level) {
  const edges = [];
  alertsOf(document, level).forEach((alert) => edges.push(Date.parse(alert.from), Date.parse(alert.until)));
  return edges;
}

// A manifest without the pages that stand in for alerts in players that don't know them.
export function withoutAlerts(manifest, document) {
  const older = !document || document.serial < (manifest.alerts || 0);
  if (older || !manifest.pages.some((page) => page.alert !== undefined)) return manifest;
  return Object.assign({}, manifest, { pages: manifest.pages.filter((page) => page.alert === undefined) });
}

// The rotation at an instant, as {open, order, edges, closed}: the open pages, those of alerts first; all pages in their
// order; when the list changes (ms); and whether the house is closed: alerts that are no takeovers wait then.
// `alertMs`: the time by which alerts are shown, or null. `broken`: see `openPages`.
export function rotationAt(manifest, document, nowMs, trusted, alertMs, lasting, broken) {
  const kept = withoutAlerts(manifest, document);
  const rest = openPages(kept, nowMs, trusted, broken);
  const edges = changes(kept).concat(alertEdges(document, "page"));
  if (rest.every((page) => page.kind === "dark")) return { open: rest, order: kept.pages, edges: edges, closed: true };
  const all = [].concat.apply([], alertsOf(document, "page").map((alert) => picturesOf(alert, document)));
  const first = alertPictures(document, "page", alertMs, lasting).filter((page) => !(broken && broken[page.asset]));
  return { open: first.concat(rest), order: all.concat(kept.pages), edges: edges, closed: false };
}

// --- Fetched, verified, kept -------------------------------------------------------------------------------------

// The alert document of a bundle's screen. `changed` is called when another one is in force, or more of its pictures.
export class AlertDocuments {
  constructor(bundle, changed) {
    this.bundle = bundle;
    this.changed = changed;
    this.path = ROOT + "alerts/" + bundle.screen + ".signed";
    this.name = bundle.screen + ":alerts"; // what is remembered of the newest: its serial and fingerprint
    this.document = null; // in force
    this.file = null; // its bytes
    this.last = null; // {serial, fingerprint} of the newest that was verified
    this.problem = ""; // why the last one was refused
    this.polling = null;
    this.well = false; // was the last one fetched, and believed?
    const newest = /^(\d+) ([0-9a-f]*)$/.exec((bundle.pin && remembered(this.name)) || "");
    if (newest) this.last = { serial: Number(newest[1]), fingerprint: newest[2] };
  }

  // The serial of the newest one; 0 before the first.
  serial() {
    return this.last ? this.last.serial : 0;
  }

  // Put the document in force that was kept from before.
  *start() {
    try {
      const bytesOf = (found) => found && found.arrayBuffer();
      const kept = yield this.bundle.storage((cache) => cache.match(this.path).then(bytesOf));
      if (!kept || this.document) return;
      const file = new Uint8Array(kept);
      const keys = this.bundle.pin ? yield pinnedKeys(false) : [];
      const read = yield readAlerts(file, keys, this.bundle.screen, this.last);
      yield this.bring(read.document);
      if (this.document) return; // the server's came first
      this.last = { serial: read.document.serial, fingerprint: read.fingerprint };
      this.use(read.document, file);
    } catch (damaged) {
      // the server's will do
    }
  }

  // Fetch the document, and put it in force if it is to be believed; gives the serial that is known then. One at a time.
  // `enclosed`: one that came with another answer, as {document, assets, date}; what is wrong with it is fetched.
  poll(enclosed) {
    if (!this.polling) {
      const done = () => {
        this.polling = null;
        return this.serial();
      };
      const well = () => {
        this.well = true;
        return done();
      };
      this.polling = this.pollNow(enclosed).then(well, (problem) => {
        this.well = false;
        const said = problem.kind ? "an alert document was refused (" + problem.kind + "): " + problem.message : "";
        if (said && said !== this.problem) console.info("signage: " + said);
        this.problem = said;
        return done();
      });
    }
    return this.polling;
  }

  *pollNow(enclosed) {
    if (enclosed && (yield this.takeEnclosed(enclosed))) return;
    const answer = yield fetchBytes(this.path, ALERTS_BYTES + 1, { cache: "no-cache" }, ALERT_FETCH_MS);
    this.bundle.heard(answer.date);
    yield this.take(answer.bytes, {});
  }

  // Gives whether the document was believed.
  *takeEnclosed(enclosed) {
    try {
      yield this.take(bytesIn(enclosed.document), enclosed.assets);
      this.bundle.heard(enclosed.date);
      return true;
    } catch (problem) {
      return false;
    }
  }

  // Put a document in force. `assets`: files that came with it, by sha256, in base64.
  *take(file, assets) {
    if (this.file && same(file, this.file)) {
      this.bring(this.document).then((more) => more && this.changed()); // what could not be had before
      return;
    }
    const keys = this.bundle.pin ? yield pinnedKeys(true) : [];
    const read = yield readAlerts(file, keys, this.bundle.screen, this.last);
    this.problem = "";
    this.last = { serial: read.document.serial, fingerprint: read.fingerprint };
    yield this.keepEnclosed(read.document, assets);
    const bringing = this.bring(read.document);
    yield soon(PATIENCE_MS, bringing);
    if (this.bundle.keep) yield soon(KEEP_MS, this.bundle.write(this.path, new Blob([file])));
    if (this.bundle.pin) remember(this.name, this.last.serial + " " + this.last.fingerprint);
    this.use(read.document, file);
    bringing.then((more) => more && this.changed());
  }

  // Files of a document that came with it; what is wrong with one is fetched.
  *keepEnclosed(document, assets) {
    for (const sha256 of Object.keys(document.assets).filter((each) => isText(assets[each]))) {
      try {
        const blob = yield this.bundle.keepFile(document, sha256, bytesIn(assets[sha256]));
        this.bundle.urgent.set(sha256, blob);
      } catch (damaged) {
        // it is fetched
      }
    }
  }

  use(document, file) {
    this.document = document;
    this.file = file;
    this.bundle.release((sha256) => !document.assets[sha256]);
    this.changed();
  }

  // Have the files of a document at hand; gives whether there are more of them now. One that can't be had costs itself.
  bring(document) {
    const wanted = Object.keys(document.assets).filter((sha256) => !this.bundle.urgent.has(sha256));
    const get = (sha256) => this.bundle.get(document, sha256).then((blob) => this.bundle.urgent.set(sha256, blob));
    return Promise.all(wanted.map((sha256) => get(sha256).then(() => true, () => false))).then((had) => had.some(Boolean));
  }
}
coroutines(AlertDocuments);

function bytesIn(base64) {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

// Until `work` is done, well or not, but no longer than `ms`.
function soon(ms, work) {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
    work.then(resolve, resolve);
  });
}
