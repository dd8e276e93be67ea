// The bundle of a screen: fetched, checked, kept.
// In ES2015, as player.js, which says how the parts become one script.

import { ROOT, coroutines, within } from "./basics.js";
import { CLOCK_STEP_MS, serverClock } from "./rotation.js";
import { fetchBytes, hex, learnKeys, pinnedKeys, remember, remembered, same, signer, subtle } from "./trust.js";

const MANIFEST_BYTES = 4 * 1024 * 1024; // the format's own limit
const SIGNATURE_BYTES = 64;
const STORE = "signage-bundles-1";
const OPEN_MS = 4000; // some browsers never answer where they forbid storage, and the screen would stay dark
const STORE_MS = 20000; // one picture to or from a television's slow memory
const SWEEP_MS = 200000; // a thousand small steps
const FILM_MS = 300000; // a film of 32 MB over a poor line
const SUFFIX = { "image/webp": ".webp", "image/png": ".png", "font/ttf": ".ttf", "video/mp4": ".mp4" };

// Is this manifest for this screen, whole, and not older than `last` ({serial, bytes})? Gives it parsed, or throws.
export function readManifest(bytes, screen, last) {
  const manifest = JSON.parse(new TextDecoder().decode(bytes));
  if (manifest.format !== 1) throw new Error("a format that this player does not know");
  if (manifest.screen !== screen) throw new Error("a manifest for another screen");
  if (!(manifest.serial >= 1)) throw new Error("a manifest without serial");
  if (last && manifest.serial < last.serial) throw new Error("a manifest older than the one shown");
  if (last && manifest.serial === last.serial && !same(bytes, last.bytes)) {
    throw new Error("another manifest under the same serial");
  }
  const whole = manifest.pages.length > 0 && manifest.width > 0 && manifest.height > 0;
  const lettered = !manifest.updated || manifest.assets[manifest.updated.font];
  const named = (page) => manifest.assets[page.asset] && (!page.clock || manifest.assets[page.clock.font]);
  if (!whole || !lettered || !manifest.pages.every(named)) throw new Error("a manifest with holes");
  return manifest;
}

const about = (manifest, sha256) =>
  manifest.assets[sha256] || (manifest.videos || {})[sha256] || (manifest.alert_assets || {})[sha256];
const address = (manifest, sha256) => ROOT + "assets/" + sha256 + SUFFIX[about(manifest, sha256).media_type];

// The film of a page, as {asset, x, y, width, height, seconds}, or null.
export const filmOf = (manifest, page) => (page.video && (manifest.videos || {})[page.video.asset] ? page.video : null);

// One screen's files: in the browser's storage where it has one (`keep`), else in memory up to `memory` bytes.
export class Bundle {
  constructor(screen, keep, memory, pin) {
    this.screen = screen;
    this.keep = keep; // until the browser turns out to have no storage
    this.memory = memory;
    this.pin = pin;
    this.old = false; // the server has no signed manifest
    this.blobs = new Map();
    this.held = 0;
    this.have = {}; // sha256 -> true: seen in the browser's storage
    this.coming = {}; // sha256 -> a film that is being fetched
    this.last = null; // the manifest that is shown: {serial, bytes, signature}
    this.floor = Number((pin && remembered(screen + ":serial")) || 0); // the highest serial ever shown
    this.clock = null; // what is known of the server's clock, when it has answered
    this.answered = null; // the server's last time (ms), and the ticks at it: {ms, ticks}
    this.urgent = new Map(); // sha256 -> a file of the alerts in force, as a Blob
  }

  // What `use` makes of the browser's storage; null where that fails. Some browsers have none (plain http), some forbid
  // it (in another system's frame, for example), and in some it never answers: memory takes its place until a reload.
  *storage(use, ms) {
    if (!this.keep) return null;
    const useless = () => {
      this.keep = false;
      this.have = {};
    };
    try {
      const opening = Promise.resolve().then(() => caches.open(STORE)); // where it is forbidden, `caches` itself throws
      opening.catch(useless);
      return yield within(ms || STORE_MS, Promise.resolve(use(yield within(OPEN_MS, opening, useless))), useless);
    } catch (failed) {
      return null;
    }
  }

  // The manifest kept from before, as {manifest, bytes, signature}, or null.
  *stored() {
    try {
      const whole = yield this.read("manifest.signed");
      const bytes = whole ? whole.slice(SIGNATURE_BYTES) : yield this.read("manifest.json");
      if (!bytes) return null;
      const sign = () => (whole ? whole.slice(0, SIGNATURE_BYTES) : this.read("manifest.json.sig"));
      return yield this.believe(bytes, false, sign);
    } catch (damaged) {
      return null;
    }
  }

  // The bytes of one of the screen's files that is kept, or null.
  *read(name) {
    const bytesOf = (found) => found && found.arrayBuffer();
    const kept = yield this.storage((cache) => cache.match(this.path(name)).then(bytesOf));
    return kept ? new Uint8Array(kept) : null;
  }

  // What the server has, as {manifest, bytes, signature}, or null when it is what is shown. Throws when the server
  // does not answer, or what it sends is refused.
  *fetchNewer() {
    const sent = Date.now();
    const answer = yield this.fetchManifest();
    const here = (sent + Date.now()) / 2;
    const theirs = answer.date + 500; // in whole seconds
    this.heard(answer.date);
    if (!isNaN(theirs)) this.clock = serverClock(this.clock, theirs, here, performance.now());
    if (this.last && same(answer.bytes, this.last.bytes)) return null;
    const given = answer.signature;
    const sign = () => given || this.file("manifest.json.sig", SIGNATURE_BYTES).then((a) => a.bytes);
    this.old = false; // with each publication, an old server may have been replaced by a new one
    return this.believe(answer.bytes, true, sign);
  }

  // An answer of the server had this time (ms), NaN for none.
  heard(date) {
    if (!isNaN(date)) this.answered = { ms: date, ticks: performance.now() };
  }

  // The manifest and its signature in one file, as {bytes, signature, date}; without the signature from servers before
  // 0.6, which have two files.
  *fetchManifest() {
    if (!this.old) {
      try {
        const whole = yield this.file("manifest.signed", SIGNATURE_BYTES + MANIFEST_BYTES);
        const bytes = whole.bytes.slice(SIGNATURE_BYTES);
        if (bytes[0] === 123) {
          return { bytes: bytes, signature: whole.bytes.slice(0, SIGNATURE_BYTES), date: whole.date };
        }
      } catch (problem) {
        if (!problem.missing) throw problem;
      }
      this.old = true; // it has none, or a page for everything
    }
    return this.file("manifest.json", MANIFEST_BYTES);
  }

  file(name, limit) {
    return fetchBytes(this.path(name), limit, { cache: "no-cache" });
  }

  *believe(bytes, online, sign) {
    const manifest = readManifest(bytes, this.screen, this.last);
    if (online && manifest.serial < this.floor) throw new Error("a manifest older than one that was shown");
    const keys = this.pin ? yield pinnedKeys(online) : [];
    const signature = keys.length ? yield sign() : null;
    if (keys.length) {
      const by = yield signer(keys, signature, bytes);
      if (online) learnKeys(by, manifest.next_key);
    }
    return { manifest: manifest, bytes: bytes, signature: signature };
  }

  // From now on this is the one: nothing older is believed any more.
  accept(found) {
    this.last = { serial: found.manifest.serial, bytes: found.bytes, signature: found.signature };
    this.floor = Math.max(this.floor, found.manifest.serial);
    const doubt = this.clock && this.clock.doubt;
    if (doubt && Date.parse(found.manifest.generated) >= doubt - CLOCK_STEP_MS) this.clock.doubt = null;
    if (this.pin) remember(this.screen + ":serial", String(this.floor));
  }

  path(name) {
    return ROOT + "screens/" + this.screen + "/" + name;
  }

  // An asset's bytes as a Blob, from wherever they are. Throws when they can't be had or are not what was promised.
  *get(manifest, sha256) {
    const held = this.urgent.get(sha256) || this.blobs.get(sha256);
    if (held) return held;
    const url = address(manifest, sha256);
    const promised = about(manifest, sha256);
    let bytes = null;
    const kept = yield this.storage((cache) => cache.match(url).then((found) => found && found.arrayBuffer()));
    if (kept) bytes = yield this.check(new Uint8Array(kept), sha256, promised).catch(() => null);
    const fresh = !bytes;
    if (fresh) bytes = yield this.check((yield fetchBytes(url, promised.bytes, {})).bytes, sha256, promised);
    const blob = new Blob([bytes], { type: promised.media_type });
    if (fresh) {
      if (yield this.write(url, blob)) this.have[sha256] = true;
      else this.hold(sha256, blob);
    }
    return blob;
  }

  // The bytes of an asset that have come by another way, as a Blob; kept as `get` does. Throws when they aren't right.
  *keepFile(manifest, sha256, bytes) {
    const promised = about(manifest, sha256);
    const blob = new Blob([yield this.check(bytes, sha256, promised)], { type: promised.media_type });
    this.write(address(manifest, sha256), blob).then((kept) => kept && (this.have[sha256] = true));
    return blob;
  }

  // Where a film is played from, as an address to be released (`blob:`) or not. What is kept was checked when it came,
  // and is read by the browser bit by bit. Where nothing is kept and nothing can be checked (plain http), it is played
  // from the server.
  *film(manifest, sha256) {
    const url = address(manifest, sha256);
    const kept = yield this.storage((cache) => cache.match(url).then((found) => found && found.blob()));
    if (kept && kept.size === about(manifest, sha256).bytes) return URL.createObjectURL(kept);
    if (!this.keep && !subtle) return url;
    const blob = yield this.fetchFilm(manifest, sha256);
    return URL.createObjectURL(blob);
  }

  // Fetched once, however many wait for it.
  fetchFilm(manifest, sha256) {
    const done = () => delete this.coming[sha256];
    if (!this.coming[sha256]) {
      this.coming[sha256] = this.fetchFilmNow(manifest, sha256);
      this.coming[sha256].then(done, done);
    }
    return this.coming[sha256];
  }

  *fetchFilmNow(manifest, sha256) {
    const promised = about(manifest, sha256);
    const url = address(manifest, sha256);
    const bytes = yield this.check((yield fetchBytes(url, promised.bytes, {}, FILM_MS)).bytes, sha256, promised);
    const blob = new Blob([bytes], { type: promised.media_type });
    if (yield this.write(url, blob)) this.have[sha256] = true;
    return blob;
  }

  *check(bytes, sha256, promised) {
    if (bytes.length !== promised.bytes) throw new Error(sha256 + " has the wrong size");
    if (subtle && hex(yield subtle.digest("SHA-256", bytes)) !== sha256) throw new Error(sha256 + " is damaged");
    return bytes;
  }

  // Gives whether it is kept.
  *write(url, body) {
    return (yield this.storage((cache) => cache.put(url, new Response(body)).then(() => true))) === true;
  }

  hold(sha256, blob) {
    if (this.held + blob.size > this.memory) return;
    this.blobs.set(sha256, blob);
    this.held += blob.size;
  }

  // Fetch what is still to come, soonest first; gives whether everything is kept.
  *complete(manifest, nowMs) {
    const pages = manifest.pages.filter((page) => page.fallback || Date.parse(page.until) > nowMs);
    pages.sort((a, b) => (b.fallback ? 1 : 0) - (a.fallback ? 1 : 0) || Date.parse(a.from) - Date.parse(b.from));
    const wanted = [];
    pages.forEach((page) => {
      wanted.push(page.asset);
      if (page.clock) wanted.push(page.clock.font);
    });
    if (manifest.updated) wanted.push(manifest.updated.font);
    const prepared = manifest.alert_assets || {};
    this.forget((sha256) => wanted.indexOf(sha256) < 0 && !prepared[sha256]);
    let all = true;
    for (const sha256 of wanted) {
      if (this.last.serial !== manifest.serial) return false; // a newer one came meanwhile
      if (this.have[sha256] || this.blobs.has(sha256)) continue;
      this.have[sha256] = !!(yield this.storage((cache) => cache.match(address(manifest, sha256))));
      if (this.have[sha256]) continue;
      if (!this.keep && this.held + manifest.assets[sha256].bytes > this.memory) return false;
      const got = yield this.get(manifest, sha256).then(() => true, () => false);
      const there = this.have[sha256] || this.blobs.has(sha256) || this.urgent.has(sha256);
      if (got && !there) return false; // no room is left
      all = all && got;
    }
    return all && this.keep;
  }

  // Fetch what alerts need that are prepared but not sent, after what the pages show.
  *completePrepared(manifest) {
    for (const sha256 of Object.keys(manifest.alert_assets || {})) {
      if (this.last.serial !== manifest.serial) return;
      if (this.have[sha256] || this.blobs.has(sha256)) continue;
      this.have[sha256] = !!(yield this.storage((cache) => cache.match(address(manifest, sha256))));
      const room = this.keep || this.held + about(manifest, sha256).bytes <= this.memory;
      if (!this.have[sha256] && room) yield this.get(manifest, sha256).catch(() => null);
    }
  }

  // Fetch the films, after everything else: without one, its page shows a frame of it.
  *completeFilms(manifest, nowMs) {
    for (const page of manifest.pages) {
      const film = filmOf(manifest, page);
      if (!film || this.have[film.asset] || Date.parse(page.until) <= nowMs) continue;
      if (!this.keep || this.last.serial !== manifest.serial) return;
      this.have[film.asset] = !!(yield this.storage((cache) => cache.match(address(manifest, film.asset))));
      if (!this.have[film.asset]) yield this.fetchFilm(manifest, film.asset).catch(() => null);
    }
  }

  forget(unwanted) {
    Array.from(this.blobs.keys()).filter(unwanted).forEach((sha256) => {
      this.held -= this.blobs.get(sha256).size;
      this.blobs.delete(sha256);
    });
  }

  release(unwanted) {
    Array.from(this.urgent.keys()).filter(unwanted).forEach((sha256) => this.urgent.delete(sha256));
  }

  // Every file is kept: now keep the manifest, then sweep what no kept manifest names. Gives whether it is kept.
  *activate(manifest, nowMs) {
    const last = this.last;
    if (last.serial !== manifest.serial) return false; // a newer one came meanwhile
    const signature = last.signature || new Uint8Array(SIGNATURE_BYTES); // none where this browser can't check any
    const signed = new Blob([signature, last.bytes]); // one entry: of two, a power cut could keep one old and one new
    if (!(yield this.write(this.path("manifest.signed"), signed))) return false;
    yield this.storage((cache) => this.sweep(cache, nowMs), SWEEP_MS);
    this.have = {};
    return true;
  }

  *sweep(cache, nowMs) {
    for (const old of ["manifest.json", "manifest.json.sig"]) yield cache.delete(this.path(old)); // as kept before
    const requests = yield cache.keys();
    const named = {};
    const name = (other, assets) => Object.keys(assets || {}).forEach((sha256) => {
      named[address(other, sha256)] = true;
    });
    for (const request of requests) {
      const path = new URL(request.url).pathname;
      if (path.indexOf(ROOT + "alerts/") === 0) {
        const other = alertsIn(yield cache.match(request).then((found) => found.arrayBuffer()));
        const over = other.screen !== this.screen && other.alerts.every((alert) => !(Date.parse(alert.until) > nowMs));
        if (over) yield cache.delete(request);
        else name(other, other.assets);
      }
      if (path.indexOf(ROOT + "screens/") !== 0 || !/\/manifest\.(signed|json)$/.test(path)) continue;
      const kept = yield cache.match(request).then((found) => found.arrayBuffer());
      const other = jsonIn(kept, /signed$/.test(path) ? SIGNATURE_BYTES : 0);
      if (other.screen !== this.screen && Date.parse(other.horizon) < nowMs) {
        yield cache.delete(request); // a screen that this browser shows no more
      } else {
        [other.assets, other.videos, other.alert_assets].forEach((assets) => name(other, assets));
      }
    }
    for (const request of requests) {
      const path = new URL(request.url).pathname;
      const urgent = this.urgent.has((/[0-9a-f]{64}/.exec(path) || [""])[0]); // its document may not be kept yet
      if (path.indexOf(ROOT + "assets/") === 0 && !named[path] && !urgent) yield cache.delete(request);
    }
  }
}
coroutines(Bundle);

// What a kept alert document says; it was verified before it was kept.
function alertsIn(buffer) {
  try {
    return jsonIn(buffer, SIGNATURE_BYTES);
  } catch (damaged) {
    return { screen: "", alerts: [], assets: {} };
  }
}

// What a file says from the byte `at` on.
function jsonIn(buffer, at) {
  return JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, at)));
}
