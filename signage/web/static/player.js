// The browser player: shows one screen's bundle (docs/bundle-format.md) full screen, or small on the start page.
//
// Written in ES2015 for televisions from 2018 on (webOS 4 is Chromium 53): generators in place of async functions, and
// everything newer than that is asked for before it is used. `export` at a line's start is all that makes this a
// module, which the start page uses; the server takes it away for the page /screen/<id>.

const FADE_MS = 800; // as slow as the native player's; the style sheet says the same
const MANIFEST_BYTES = 4 * 1024 * 1024; // the format's own limit
const SIGNATURE_BYTES = 64;
const FETCH_MS = 20000; // a picture over a poor line; after that the old plan goes on
const MEMORY_BYTES = 32 * 1024 * 1024; // compressed pictures kept where the browser offers no storage (plain http)
const LOOK_AGAIN_MS = 30000; // the longest sleep: a set that was suspended, or whose clock was put right, notices
const SHORTEST_TURN_MS = 3000; // where windows open and close, a turn that would be shorter is left out
const HIDE_MS = 500; // a page whose window has closed goes, even if the next picture is slow
const FIRST_RETRY_MS = 3000; // before there is anything to show
const MAX_BACKOFF_MS = 15 * 60 * 1000;
const CLOCK_STEP_MS = 90000; // a server's clock that goes back by more has been set; as the native player counts
const STORE = "signage-bundles-1";
const SHELL = "signage-shell-1";
const OPEN_MS = 4000; // some browsers never answer where they forbid storage, and the screen would stay dark
const STORE_MS = 20000; // one picture to or from a television's slow memory
const SWEEP_MS = 200000; // a thousand small steps
const HELD_MS = 70000; // no server holds a request for longer than 55 s
const HELD_BYTES = 1000; // {"serial": 1764385200}
const LONG_MS = 20000; // a request that was held for so long was not in vain, even if it was cut then
const SHORTEST_MS = 1000; // between the beginnings of two held requests
const FIRST_PAUSE_MS = 8000; // at most, after the first in vain; then ever longer, as the native player
const PAUSE_MS = 60000;
const PAUSE_WITHOUT_MS = 15 * 60 * 1000; // for a server that does not offer it
const CROWDED_MS = 3000; // an answer that does not begin in this time may wait for a connection: browsers allow six
const FILM_MS = 300000; // a film of 32 MB over a poor line
const SAMPLE_KEY = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"; // RFC 8032, 7.1; asks for support
const SUFFIX = { "image/webp": ".webp", "image/png": ".png", "font/ttf": ".ttf", "video/mp4": ".mp4" };

// Where the server's addresses begin: "/", or the path under which a proxy serves it.
const PLAYS = document.body.hasAttribute("data-player"); // the page /screen/<id>
const SCREEN_PATH = PLAYS && /^(.*\/)screen\/([^/]*?)(?:\.html)?$/.exec(location.pathname);
const ROOT = SCREEN_PATH ? SCREEN_PATH[1] : location.pathname.replace(/[^/]*$/, "");

// A generator as an async function: `yield` waits for a promise.
function coroutine(steps) {
  return function () {
    const running = steps.apply(this, arguments);
    return new Promise((resolve, reject) => {
      function go(method, value) {
        let step = null;
        try {
          step = running[method](value);
        } catch (problem) {
          reject(problem);
          return;
        }
        if (step.done) resolve(step.value);
        else Promise.resolve(step.value).then((found) => go("next", found), (problem) => go("throw", problem));
      }
      go("next");
    });
  };
}

// All generators of a class become coroutines.
function coroutines(type) {
  const generator = Object.getPrototypeOf(function* () {});
  Object.getOwnPropertyNames(type.prototype).forEach((name) => {
    const method = type.prototype[name];
    if (Object.getPrototypeOf(method) === generator) type.prototype[name] = coroutine(method);
  });
}

// `work`, or a failure when it takes longer than `ms`. `late` is called then.
function within(ms, work, late) {
  let timer = 0;
  const tooLate = new Promise((resolve, reject) => {
    timer = setTimeout(() => {
      late();
      reject(new Error("took too long"));
    }, ms);
  });
  const done = () => clearTimeout(timer);
  work.then(done, done);
  return Promise.race([work, tooLate]);
}

// --- What is open when: pure -------------------------------------------------------------------------------------

// The pages to show at `nowMs`, in order. `broken`: assets that can't be read (sha256 -> true); they count as not open.
export function openPages(manifest, nowMs, clockTrusted, broken) {
  const pages = manifest.pages.filter((page) => !(broken && broken[page.asset]));
  if (!clockTrusted) return pages.filter((page) => !page.dated);
  let open = [];
  if (nowMs < Date.parse(manifest.horizon)) {
    open = pages.filter((p) => !p.fallback && Date.parse(p.from) <= nowMs && nowMs < Date.parse(p.until));
  }
  return open.length ? open : pages.filter((page) => page.fallback);
}

// The next instant (ms) at which `openPages` may answer something else; Infinity when never.
export function nextChange(manifest, nowMs, clockTrusted) {
  if (!clockTrusted) return Infinity;
  return changes(manifest).filter((at) => at > nowMs).reduce((next, at) => Math.min(next, at), Infinity);
}

// Whose turn it is by the wall clock, and when its turn ends: {page, endMs}; null when nothing can be shown. Rounds are
// counted from 1970 on, so screens side by side show the same: docs/bundle-format.md.
export function turnAt(manifest, nowMs, broken) {
  const open = openPages(manifest, nowMs, true, broken);
  if (!open.length) return null;
  const dwells = open.map((page) => Math.floor(page.dwell_seconds * 1000 + 0.5));
  const short = (index) => Math.min(SHORTEST_TURN_MS, dwells[index] / 2);
  const next = (index) => (index + 1) % open.length;
  const since = lastChange(manifest, nowMs);
  const until = nextChange(manifest, nowMs, true);
  let passed = nowMs % dwells.reduce((sum, dwell) => sum + dwell, 0);
  let index = 0;
  while (passed >= dwells[index]) {
    passed -= dwells[index];
    index += 1;
  }
  const begin = nowMs - passed;
  const before = (index + open.length - 1) % open.length;
  let end = begin + dwells[index];
  if (end < until && end - since < short(index)) {
    index = next(index); // what is left of its turn is not worth a change
    end += dwells[index];
  } else if (since < begin && until - begin < short(index) && begin - since >= short(before)) {
    return { page: open[before], endMs: until }; // its turn is not worth beginning
  }
  if (until - end < short(next(index))) end = until;
  return { page: open[index], endMs: Math.min(end, until) };
}

// The last instant (ms) until `nowMs` at which a window opened or closed; -Infinity when never.
function lastChange(manifest, nowMs) {
  return changes(manifest).filter((at) => at <= nowMs).reduce((last, at) => Math.max(last, at), -Infinity);
}

function changes(manifest) {
  const instants = [manifest.horizon];
  manifest.pages.forEach((page) => {
    if (!page.fallback) instants.push(page.from, page.until);
  });
  return instants.map((text) => Date.parse(text));
}

// The page after the one with the id `last`, in the manifest's order; the first one when `last` is unknown.
export function following(manifest, open, last) {
  if (!open.length) return null;
  const order = manifest.pages.map((page) => page.id);
  const position = order.indexOf(last);
  return open.find((page) => order.indexOf(page.id) > position) || open[0];
}

// "15.42" in the screen's zone; "15:42" where that is what stands between hours and minutes.
export function clockText(nowMs, zone, separator = ".") {
  const words = { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: zone };
  return new Intl.DateTimeFormat("en-GB", words).format(nowMs).replace(":", separator);
}

// "Oppdatert 24.11. kl. 15.42" once the data is older than the manifest allows; else nothing.
export function updatedText(manifest, nowMs) {
  const updated = manifest.updated;
  const made = Date.parse(manifest.data_as_of);
  if (!updated || !manifest.data_as_of || nowMs - made < updated.after_seconds * 1000) return "";
  const there = new Date(wallClock(made, manifest.zone));
  const two = (number) => ("0" + number).slice(-2);
  const values = { d: there.getUTCDate(), m: there.getUTCMonth() + 1 };
  values.H = two(there.getUTCHours());
  values.M = two(there.getUTCMinutes());
  return updated.text.replace(/%([dmHM])/g, (all, letter) => values[letter]);
}

// "2026-09-15T18:00" in the zone's wall clock, or with an offset of its own; NaN when it is no instant.
export function parseInstant(text, zone) {
  const plain = text.trim().replace(" ", "T");
  if (/(Z|[+-]\d\d:\d\d)$/.test(plain)) return Date.parse(plain);
  const wall = Date.parse((plain.length === 10 ? plain + "T00:00" : plain) + "Z");
  let at = wall;
  for (let round = 0; round < 2 && !isNaN(at); round++) at = wall - (wallClock(at, zone) - at);
  return at;
}

function wallClock(ms, zone) {
  const words = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" };
  words.second = "2-digit";
  words.hour12 = false;
  words.timeZone = zone;
  const n = new Intl.DateTimeFormat("en-GB", words).format(ms).match(/\d+/g).map(Number);
  return Date.UTC(n[2], n[1] - 1, n[0], n[3], n[4], n[5]);
}

// What is known of the server's clock after it said `theirs` (ms), when this device's clock says `here` and `ticks` (a
// clock that never jumps) have passed: {offset, server, ticks, doubt}. `before` is the same from last time, or null.
// A server that comes back from a power cut may be hours behind, and would show what is over; one that is put right
// jumps as far. This device's own clock tells the two apart. Where it is wrong, too, and time went back, `doubt` says
// since when (server's time) nobody can know, until something is published by the new time.
export function serverClock(before, theirs, here, ticks) {
  const now = { offset: theirs - here, server: theirs, ticks: ticks, doubt: before ? before.doubt : null };
  if (!before) return now;
  const expected = before.server + ticks - before.ticks;
  const near = (one, other) => Math.abs(one - other) <= CLOCK_STEP_MS;
  if (near(here, theirs)) now.doubt = null;
  else if (near(here, expected) && !near(theirs, expected)) return before;
  else if (theirs < expected - CLOCK_STEP_MS) now.doubt = theirs;
  return now;
}

// Can this plan be in force at `ms`?
function inForce(manifest, ms) {
  return ms >= Date.parse(manifest.generated) - CLOCK_STEP_MS && ms < Date.parse(manifest.horizon);
}

// Is the server's clock to be believed, and not this device's? Both are instants in ms. Televisions are wrong more
// often, but a plan that is in force by the television's clock alone was not made by the server's. `overruled`: this
// device's clock was wrong under this plan before. By a clock that is behind, a plan that has run out would come back.
export function believesServer(manifest, server, device, overruled) {
  return overruled || inForce(manifest, server) || !inForce(manifest, device);
}

// Degrees to turn a picture for a panel that hangs on its side: not when the television has turned it already.
export function turnFor(manifest, viewWidth, viewHeight) {
  const sideways = manifest.rotate === 90 || manifest.rotate === 270;
  return sideways && viewWidth > viewHeight === manifest.width > manifest.height ? 0 : manifest.rotate;
}

// --- Bytes, and whether to believe them --------------------------------------------------------------------------

const subtle = typeof crypto !== "undefined" && crypto.subtle ? crypto.subtle : null; // only over https or on localhost
const hex = (buffer) => Array.from(new Uint8Array(buffer), (b) => ("0" + b.toString(16)).slice(-2)).join("");

let crowded = () => null; // called when a connection may be lacking

// All bytes of an answer; it gives up as soon as there are more than `limit`, or after `ms`.
function fetchBytes(url, limit, fetchOptions, ms) {
  const stop = typeof AbortController === "undefined" ? null : new AbortController();
  const options = Object.assign({ credentials: "same-origin" }, fetchOptions, stop ? { signal: stop.signal } : {});
  const slow = setTimeout(() => crowded(), CROWDED_MS);
  const begun = fetch(url, options);
  const answered = () => clearTimeout(slow);
  begun.then(answered, answered);
  const work = begun.then((response) => {
    if (!response.ok) {
      const problem = new Error(url + " answered " + response.status);
      problem.missing = [403, 404, 410].indexOf(response.status) >= 0; // object stores answer 403
      throw problem;
    }
    return readCapped(response, limit).then((bytes) => ({ bytes: bytes, date: dateOf(response.headers) }));
  });
  return within(ms || FETCH_MS, work, () => stop && stop.abort());
}

// The server's time (ms); NaN where it sends none. A cache on the way sends an old Date, and its Age.
function dateOf(headers) {
  return Date.parse(headers.get("Date") || "") + 1000 * (Number(headers.get("Age")) || 0);
}

const readCapped = coroutine(function* (response, limit) {
  if (!response.body || !response.body.getReader) {
    const whole = new Uint8Array(yield response.arrayBuffer());
    if (whole.length > limit) throw new Error(response.url + " is larger than it should be");
    return whole;
  }
  const reader = response.body.getReader();
  const parts = [];
  let size = 0;
  for (;;) {
    const piece = yield reader.read();
    if (piece.done) break;
    size += piece.value.length;
    if (size > limit) {
      reader.cancel();
      throw new Error(response.url + " is larger than it should be");
    }
    parts.push(piece.value);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  parts.forEach((part) => {
    whole.set(part, at);
    at += part.length;
  });
  return whole;
});

const same = (a, b) => a.length === b.length && a.every((byte, index) => byte === b[index]);

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

// The keys to check signatures with, as digits; none where the browser can't check. The first key that is seen stays
// (`?trust=new` forgets it): who can change what the server answers still can't sign. A key that it announces (`next_key`)
// is believed, too. What is kept from before may be signed with the key before that.
const pinnedKeys = coroutine(function* (online) {
  const known = remembered("key");
  if (!(yield publicKey(SAMPLE_KEY)) || (!known && !online)) return [];
  if (known) return [known, remembered("next"), online ? "" : remembered("past")].filter(Boolean);
  const answer = yield fetchBytes(ROOT + "signage.pub", 100, { cache: "no-cache" });
  const digits = new TextDecoder().decode(answer.bytes).trim();
  if (!(yield publicKey(digits))) throw new Error("the server's public key is no key");
  remember("key", digits);
  return [digits];
});

// Which of the keys has signed these bytes; throws when none has.
const signer = coroutine(function* (keys, signature, bytes) {
  for (const digits of keys) {
    const key = yield publicKey(digits);
    if (key && (yield subtle.verify({ name: "Ed25519" }, key, signature, bytes))) return digits;
  }
  throw new Error("a manifest whose signature is not right");
});

// A manifest that came from the server was signed with the key `by`, and announces another one, or none.
function learnKeys(by, announced) {
  const known = remembered("key");
  if (by !== known) {
    remember("past", known);
    remember("key", by);
  }
  const next = /^[0-9a-f]{64}$/.test(announced || "") && announced !== by ? announced : "";
  if ((remembered("next") || "") !== next) remember("next", next);
}

const publicKey = coroutine(function* (digits) {
  if (!subtle || !/^[0-9a-f]{64}$/.test(digits)) return null;
  const raw = new Uint8Array(digits.match(/../g).map((pair) => parseInt(pair, 16)));
  try {
    return yield subtle.importKey("raw", raw, { name: "Ed25519" }, false, ["verify"]);
  } catch (unsupported) {
    return null;
  }
});

// Two systems under one name have keys and serials of their own.
const mine = (name) => "signage:" + (ROOT === "/" ? "" : ROOT + ":") + name;

function remembered(name) {
  try {
    return localStorage.getItem(mine(name));
  } catch (blocked) {
    return null; // in a frame whose host forbids storage
  }
}

function remember(name, text) {
  try {
    localStorage.setItem(mine(name), text);
  } catch (blocked) {
    // nothing kept: after a reload the first answer is believed again
  }
}

// --- The bundle: fetched, checked, kept --------------------------------------------------------------------------

const about = (manifest, sha256) => manifest.assets[sha256] || (manifest.videos || {})[sha256];
const address = (manifest, sha256) => ROOT + "assets/" + sha256 + SUFFIX[about(manifest, sha256).media_type];

// The film of a page, as {asset, x, y, width, height, seconds}, or null.
const filmOf = (manifest, page) => (page.video && (manifest.videos || {})[page.video.asset] ? page.video : null);

// One screen's files: in the browser's storage where it has one (`keep`), else in memory up to `memory` bytes.
class Bundle {
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
      const names = ["manifest.json", "manifest.json.sig"];
      const files = yield this.storage((cache) => Promise.all(names.map((name) => cache.match(this.path(name)))));
      if (!files || !files[0]) return null;
      const bytes = new Uint8Array(yield files[0].arrayBuffer());
      return yield this.believe(bytes, false, () => files[1].arrayBuffer().then((kept) => new Uint8Array(kept)));
    } catch (damaged) {
      return null;
    }
  }

  // What the server has, as {manifest, bytes, signature}, or null when it is what is shown. Throws when the server
  // does not answer, or what it sends is refused.
  *fetchNewer() {
    const sent = Date.now();
    const answer = yield this.fetchManifest();
    const here = (sent + Date.now()) / 2;
    const theirs = answer.date + 500; // in whole seconds
    if (!isNaN(theirs)) this.clock = serverClock(this.clock, theirs, here, performance.now());
    if (this.last && same(answer.bytes, this.last.bytes)) return null;
    const given = answer.signature;
    const sign = () => given || this.file("manifest.json.sig", SIGNATURE_BYTES).then((a) => a.bytes);
    this.old = false; // with each publication, an old server may have been replaced by a new one
    return this.believe(answer.bytes, true, sign);
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
    const held = this.blobs.get(sha256);
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
    this.forget((sha256) => wanted.indexOf(sha256) < 0);
    let all = true;
    for (const sha256 of wanted) {
      if (this.last.serial !== manifest.serial) return false; // a newer one came meanwhile
      if (this.have[sha256] || this.blobs.has(sha256)) continue;
      this.have[sha256] = !!(yield this.storage((cache) => cache.match(address(manifest, sha256))));
      if (this.have[sha256]) continue;
      if (!this.keep && this.held + manifest.assets[sha256].bytes > this.memory) return false;
      const got = yield this.get(manifest, sha256).then(() => true, () => false);
      if (got && !this.have[sha256] && !this.blobs.has(sha256)) return false; // no room is left
      all = all && got;
    }
    return all && this.keep;
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

  // Every file is kept: now keep the manifest, then sweep what no kept manifest names.
  *activate(manifest, nowMs) {
    const last = this.last;
    const signed = !last.signature || (yield this.write(this.path("manifest.json.sig"), new Blob([last.signature])));
    if (!signed || !(yield this.write(this.path("manifest.json"), new Blob([last.bytes])))) return;
    yield this.storage((cache) => this.sweep(cache, nowMs), SWEEP_MS);
    this.have = {};
  }

  *sweep(cache, nowMs) {
    const requests = yield cache.keys();
    const named = {};
    for (const request of requests) {
      const path = new URL(request.url).pathname;
      if (path.indexOf(ROOT + "screens/") !== 0 || !/\/manifest\.json$/.test(path)) continue;
      const other = yield cache.match(request).then((found) => found.json());
      if (other.screen !== this.screen && Date.parse(other.horizon) < nowMs) {
        yield cache.delete(request); // a screen that this browser shows no more
      } else {
        Object.keys(other.assets).concat(Object.keys(other.videos || {})).forEach((sha256) => {
          named[address(other, sha256)] = true;
        });
      }
    }
    for (const request of requests) {
      const path = new URL(request.url).pathname;
      if (path.indexOf(ROOT + "assets/") === 0 && !named[path]) yield cache.delete(request);
    }
  }
}
coroutines(Bundle);

// --- Beside the polls, a request that the server holds (docs/held-requests.md) -----------------------------------

// One after the other; `poll` is called when there is news. What a server makes of it never keeps a poll back.
class HeldRequests {
  constructor(path, poll) {
    this.path = path;
    this.poll = poll;
    this.serial = 0; // in force
    this.news = 0; // the serial that the last poll was for
    this.vain = 0; // how many were in vain, in a row
    this.request = null; // under way
    this.begun = 0;
    this.timer = 0;
    crowded = () => this.request && this.request.abort();
  }

  // A poll went well, and this serial is in force.
  polled(serial) {
    this.serial = serial;
    if (this.request || this.timer) return;
    if (serial < this.news) this.vain += 1; // the poll didn't find it
    else if (this.news) this.vain = 0;
    this.news = 0;
    this.wait(true, true);
  }

  // Until a poll goes well again, polls find out when the server is back.
  failed() {
    clearTimeout(this.timer);
    this.timer = 0;
  }

  stop() {
    this.failed();
    const request = this.request;
    this.request = null;
    if (request) request.abort();
  }

  wait(answered, offered) {
    const least = Math.max(0, SHORTEST_MS - (performance.now() - this.begun));
    const doubled = FIRST_PAUSE_MS * Math.pow(2, Math.max(0, this.vain - 1));
    const longest = Math.min(offered ? PAUSE_MS : PAUSE_WITHOUT_MS, doubled);
    const pause = this.vain || !answered ? SHORTEST_MS + (longest - SHORTEST_MS) * Math.random() : 0;
    this.timer = setTimeout(() => this.ask(), Math.max(least, pause));
  }

  ask() {
    const request = new XMLHttpRequest();
    this.timer = 0;
    this.request = request;
    this.begun = performance.now();
    request.open("GET", this.path + "?after=" + this.serial);
    request.timeout = HELD_MS;
    request.onprogress = (event) => event.loaded > HELD_BYTES && request.abort();
    request.onloadend = () => {
      if (this.request !== request) return; // stopped
      this.request = null;
      this.answered(serialIn(request), request.status === 0 || request.status >= 429);
    };
    request.send();
  }

  // `offered`: does the server know such requests, as far as can be seen when there is no serial?
  answered(serial, offered) {
    if (serial > this.serial) {
      this.news = serial;
      this.poll();
      return;
    }
    this.vain = performance.now() - this.begun >= LONG_MS ? 0 : this.vain + 1;
    this.wait(serial > 0, offered || serial > 0);
  }
}

// The serial that was answered; 0 when there is none.
function serialIn(request) {
  try {
    const serial = request.status === 200 && JSON.parse(request.responseText).serial;
    return Number.isInteger(serial) && serial > 0 ? serial : 0;
  } catch (other) {
    return 0;
  }
}

// --- The glass ---------------------------------------------------------------------------------------------------

// Shows a screen in `root`. Options: screen; at (text: a pretended clock begins there); turn (degrees, else as the
// manifest and the view ask); keep (remember across reloads); pin (check signatures); memory (bytes of pictures kept);
// films (play them; else their frames are shown); onManifest (called with each new manifest); hold (let the server hold
// a request until something is published).
export class Player {
  constructor(root, options) {
    this.root = root;
    this.options = Object.assign({ at: "", turn: null, keep: false, pin: false, memory: 0, onManifest: null }, options);
    this.bundle = new Bundle(options.screen, this.options.keep, this.options.memory, this.options.pin);
    this.manifest = null;
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
    this.held = options.hold ? new HeldRequests(this.bundle.path("next"), () => this.poll()) : null;
    this.begun = null; // where a pretended clock began: {at, real}
    this.stage = document.createElement("div");
    this.stage.className = "stage";
    root.appendChild(this.stage);
    this.fit = this.fit.bind(this);
    window.addEventListener("resize", this.fit);
    if (typeof ResizeObserver !== "undefined") {
      this.observer = new ResizeObserver(this.fit);
      this.observer.observe(root);
    }
  }

  *start() {
    const stored = yield this.bundle.stored();
    if (stored && !this.manifest) this.adopt(stored);
    return this.poll();
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
    clearTimeout(this.pollTimer);
    if (this.held) this.held.stop();
    window.removeEventListener("resize", this.fit);
    if (this.observer) this.observer.disconnect();
    this.drop(this.shown);
    this.drop(this.ready);
    this.bundle.forget(() => true);
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
    return !doubt && this.now() >= Date.parse(this.manifest.generated) - CLOCK_STEP_MS;
  }

  *poll() {
    clearTimeout(this.pollTimer);
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
      this.turn();
      const manifest = this.manifest;
      if (this.held && !this.stopped) this.held.polled(manifest.serial);
      const all = yield this.bundle.complete(manifest, this.now());
      if (all && (fresh || !this.kept)) {
        yield this.bundle.activate(manifest, this.now());
        this.kept = true;
      }
      if (this.options.films) this.bundle.completeFilms(manifest, this.now()).catch(() => null);
    } catch (problem) {
      this.failures += 1;
      if (this.held) this.held.failed();
      if (this.failures === 1) console.info("signage: keeping what is shown: " + problem.message);
    }
    if (this.stopped) return;
    const usual = this.manifest ? this.manifest.poll_seconds * 1000 : FIRST_RETRY_MS;
    const wait = Math.min(usual * Math.pow(2, Math.max(0, this.failures - 1)), Math.max(usual, MAX_BACKOFF_MS));
    clearTimeout(this.pollTimer); // of a poll that began later
    this.pollTimer = setTimeout(() => this.poll(), wait * (0.9 + 0.2 * Math.random())); // not all screens at once
  }

  adopt(found) {
    const manifest = found.manifest;
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
    for (let tries = 0; tries <= this.manifest.pages.length && !this.stopped; tries++) {
      const shown = this.shown;
      const open = openPages(this.manifest, this.now(), this.trusted(), this.broken);
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
    if (this.trusted()) return turnAt(this.manifest, ms, this.broken);
    const shown = this.shown;
    if (current && ms < shown.endMs) return { page: current, endMs: shown.endMs };
    const open = openPages(this.manifest, ms, false, this.broken);
    const page = following(this.manifest, open, shown ? shown.page.id : null);
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
      const open = openPages(this.manifest, this.ahead(), this.trusted(), this.broken);
      if (this.stopped || !open.some((p) => p.id === page.id && p.asset === page.asset)) {
        this.drop({ layer: layer });
        return false;
      }
    }
    this.leave(FADE_MS);
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
    if (!film || layer.film) return;
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
    if (!shown || openPages(this.manifest, this.now(), this.trusted(), {}).some((p) => p.asset === shown.page.asset)) return;
    const old = this.leave(FADE_MS);
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
    const url = URL.createObjectURL(yield this.bundle.get(manifest, page.asset));
    try {
      const image = new Image();
      const loaded = new Promise((resolve, reject) => {
        image.onload = resolve;
        image.onerror = () => reject(new Error(page.asset + " is no picture"));
      });
      image.src = url;
      image.alt = page.alt;
      yield (image.decode ? image.decode() : loaded);
      const element = document.createElement("div");
      element.className = "page";
      element.appendChild(image);
      const layer = { element: element, url: url, clock: null, updated: null, film: null };
      if (page.clock) {
        layer.clock = document.createElement("div");
        layer.clock.className = "clock";
        this.place(layer.clock, page.clock, yield this.font(manifest, page.clock.font));
        element.appendChild(layer.clock);
      }
      if (manifest.updated && page.kind !== "dark") {
        layer.updated = document.createElement("div");
        this.placeUpdated(layer.updated, manifest.updated, yield this.font(manifest, manifest.updated.font));
        element.appendChild(layer.updated);
      }
      return layer;
    } catch (problem) {
      URL.revokeObjectURL(url);
      throw problem;
    }
  }

  place(element, clock, family) {
    const px = (name, value) => {
      element.style[name] = value + "px";
    };
    px("left", clock.x);
    px("top", clock.y);
    px("width", clock.width);
    px("height", clock.height);
    px("lineHeight", clock.height);
    px("fontSize", clock.size);
    element.style.color = clock.color;
    element.style.textAlign = clock.align;
    element.style.fontFamily = family + ", sans-serif";
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
    const instants = [now + LOOK_AGAIN_MS, nextChange(this.manifest, now + lead, this.trusted()) - lead];
    if (shown) instants.push(shown.endMs - lead);
    if (shown && shown.layer.clock) instants.push(now - (now % 60000) + 60000); // zones differ by whole minutes
    const wait = Math.min.apply(null, instants) - now;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.turn(), Math.max(1, Math.ceil(wait)));
  }

  // As large as fits, never stretched, turned if the panel hangs on its side.
  fit() {
    const manifest = this.manifest;
    const wide = this.root.clientWidth;
    const high = this.root.clientHeight;
    if (!manifest || !wide || !high) return;
    const turn = this.options.turn === null ? turnFor(manifest, wide, high) : this.options.turn;
    const across = turn % 180 === 0;
    const scale = Math.min(
      wide / (across ? manifest.width : manifest.height),
      high / (across ? manifest.height : manifest.width)
    );
    this.stage.style.width = manifest.width + "px";
    this.stage.style.height = manifest.height + "px";
    const whole = scale === 1 ? Math.round : Number; // pixel on pixel where the sizes are the same
    this.stage.style.left = whole((wide - manifest.width) / 2) + "px";
    this.stage.style.top = whole((high - manifest.height) / 2) + "px";
    this.stage.style.transform = turn || scale !== 1 ? "rotate(" + turn + "deg) scale(" + scale + ")" : "none";
  }
}
coroutines(Player);

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
  stayAwake();
  if (real) keepShell().catch(() => null);
  player.start();
}

if (PLAYS) start();
