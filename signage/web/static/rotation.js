// What is open when, whose turn it is, and by which clock. Pure.
// In ES2015, as player.js, which says how the parts become one script.

const SHORTEST_TURN_MS = 3000; // where windows open and close, a turn that would be shorter is left out
export const CLOCK_STEP_MS = 90000; // a server's clock that goes back by more has been set; as the native player counts

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
  return nextEdge(changes(manifest), nowMs);
}

// Whose turn it is by the wall clock, and when its turn ends: {page, endMs}; null when nothing can be shown.
export function turnAt(manifest, nowMs, broken) {
  return turnAmong(openPages(manifest, nowMs, true, broken), changes(manifest), nowMs);
}

// The same for a list of open pages, of which each stays for its `dwell_seconds`. `edges`: the instants (ms) at which the
// list changes. Rounds are counted from 1970 on, so screens side by side show the same: docs/bundle-format.md.
export function turnAmong(open, edges, nowMs) {
  if (!open.length) return null;
  const dwells = open.map((page) => Math.floor(page.dwell_seconds * 1000 + 0.5));
  const short = (index) => Math.min(SHORTEST_TURN_MS, dwells[index] / 2);
  const next = (index) => (index + 1) % open.length;
  const since = edges.filter((at) => at <= nowMs).reduce((last, at) => Math.max(last, at), -Infinity);
  const until = nextEdge(edges, nowMs);
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

// The next of these instants (ms) after `nowMs`; Infinity when there is none.
export function nextEdge(edges, nowMs) {
  return edges.filter((at) => at > nowMs).reduce((next, at) => Math.min(next, at), Infinity);
}

// The instants (ms) at which windows open and close, and the horizon.
export function changes(manifest) {
  const instants = [manifest.horizon];
  manifest.pages.forEach((page) => {
    if (!page.fallback) instants.push(page.from, page.until);
  });
  return instants.map((text) => Date.parse(text));
}

// The page after the one with the id `last`, in the order of `pages`; the first one when `last` is unknown. `asset`: of
// the last one, where several have its id.
export function following(pages, open, last, asset) {
  if (!open.length) return null;
  const position = pages.findIndex((page) => page.id === last && (!asset || page.asset === asset));
  return open.find((page) => pages.indexOf(page) > position) || open[0];
}

// What the wall clock of a zone says; "" where the browser doesn't know the zone, because its data are older.
function inZone(ms, zone, parts) {
  try {
    const words = Object.assign({ hour: "2-digit", minute: "2-digit", hour12: false, timeZone: zone }, parts);
    return new Intl.DateTimeFormat("en-GB", words).format(ms);
  } catch (unknown) {
    return "";
  }
}

// "15.42" in the screen's zone; "15:42" where that is what stands between hours and minutes; "" in an unknown zone.
export function clockText(nowMs, zone, separator = ".") {
  return inZone(nowMs, zone, {}).replace(":", separator);
}

// "Oppdatert 24.11. kl. 15.42" once the data is older than the manifest allows; else, or in an unknown zone, nothing.
export function updatedText(manifest, nowMs) {
  const updated = manifest.updated;
  const made = Date.parse(manifest.data_as_of);
  if (!updated || !manifest.data_as_of || nowMs - made < updated.after_seconds * 1000) return "";
  const there = new Date(wallClock(made, manifest.zone));
  if (isNaN(there)) return "";
  const two = (number) => ("0" + number).slice(-2);
  const values = { d: there.getUTCDate(), m: there.getUTCMonth() + 1 };
  values.H = two(there.getUTCHours());
  values.M = two(there.getUTCMinutes());
  return updated.text.replace(/%([dmHM])/g, (all, letter) => values[letter]);
}

// "2026-09-15T18:00" in the zone's wall clock, or with an offset of its own; NaN for no instant, or in an unknown zone.
export function parseInstant(text, zone) {
  const plain = text.trim().replace(" ", "T");
  if (/(Z|[+-]\d\d:\d\d)$/.test(plain)) return Date.parse(plain);
  const wall = Date.parse((plain.length === 10 ? plain + "T00:00" : plain) + "Z");
  let at = wall;
  for (let round = 0; round < 2 && !isNaN(at); round++) at = wall - (wallClock(at, zone) - at);
  return at;
}

function wallClock(ms, zone) {
  const written = inZone(ms, zone, { year: "numeric", month: "2-digit", day: "2-digit", second: "2-digit" });
  const n = (written.match(/\d+/g) || []).map(Number); // none: NaN
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
export function inForce(manifest, ms) {
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
