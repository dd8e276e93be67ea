// Bytes from the server, and whether to believe them.
// In ES2015, as player.js, which says how the parts become one script.

import { ROOT, coroutine, within } from "./basics.js";

const FETCH_MS = 20000; // a picture over a poor line; after that the old plan goes on
const CROWDED_MS = 3000; // an answer that does not begin in this time may wait for a connection: browsers allow six
const SAMPLE_KEY = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"; // RFC 8032, 7.1; asks for support

// Only over https or on localhost.
export const subtle = typeof crypto !== "undefined" && crypto.subtle ? crypto.subtle : null;
export const hex = (buffer) => Array.from(new Uint8Array(buffer), (b) => ("0" + b.toString(16)).slice(-2)).join("");

let crowded = () => null;

// `action` is called when a connection may be lacking.
export function whenCrowded(action) {
  crowded = action;
}

// All bytes of an answer; it gives up as soon as there are more than `limit`, or after `ms`.
export function fetchBytes(url, limit, fetchOptions, ms) {
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

export const same = (a, b) => a.length === b.length && a.every((byte, index) => byte === b[index]);

// The keys to check signatures with, as digits; none where the browser can't check. The first key that is seen stays
// (`?trust=new` forgets it): who can change what the server answers still can't sign. A key that it announces (`next_key`)
// is believed, too. What is kept from before may be signed with the key before that.
export const pinnedKeys = coroutine(function* (online) {
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
export const signer = coroutine(function* (keys, signature, bytes) {
  for (const digits of keys) {
    const key = yield publicKey(digits);
    if (key && (yield subtle.verify({ name: "Ed25519" }, key, signature, bytes))) return digits;
  }
  throw new Error("a manifest whose signature is not right");
});

// A manifest that came from the server was signed with the key `by`, and announces another one, or none.
export function learnKeys(by, announced) {
  const known = remembered("key");
  if (by !== known) {
    remember("past", known);
    remember("key", by);
  }
  const next = /^[0-9a-f]{64}$/.test(announced || "") && announced !== by ? announced : "";
  if ((remembered("next") || "") !== next) remember("next", next);
}

export const publicKey = coroutine(function* (digits) {
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

export function remembered(name) {
  try {
    return localStorage.getItem(mine(name));
  } catch (blocked) {
    return null; // in a frame whose host forbids storage
  }
}

export function remember(name, text) {
  try {
    localStorage.setItem(mine(name), text);
  } catch (blocked) {
    // nothing kept: after a reload the first answer is believed again
  }
}
