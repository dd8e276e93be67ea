// What mozilla's ical.js takes a calendar to say, for tests/test_sources_ical_oracle.py.
//
// stdin:  {"zones": [VTIMEZONE text], "files": {NAME: {"path": PATH, "to": "YYYY-MM-DD"}}}
// stdout: {NAME: {"occurrences": [{"uid", "start", "end", "allDay"}]} or {"error": "ParserError: ..."}}
//
// A time is "2026-10-20T16:00:00Z" when its zone is known, "2026-10-20T18:00:00" when it has none, a date "2026-10-20".
// Every occurrence up to a year after `to` is listed: an override may move one back into the window.
import { readFileSync } from "node:fs";
import ICAL from "ical.js";

const MOST = 200_000; // occurrences of a file: daily for ten years is 3,653
const asked = JSON.parse(readFileSync(0, "utf8"));

for (const text of asked.zones) {
  ICAL.TimezoneService.register(new ICAL.Component(ICAL.parse(text)));
}

function written(time) {
  if (time.isDate || time.zone === ICAL.Timezone.localTimezone) return time.toString();
  return time.convertToZone(ICAL.Timezone.utcTimezone).toString();
}

function told(event, details) {
  const { startDate: start, endDate: end } = details;
  return { uid: event.uid, start: written(start), end: written(end), allDay: start.isDate };
}

// Windows' and other names are not ours to know: only what the file defines, and the IANA zones given.
function* occurrences(calendar, last) {
  const series = new Map();
  const vevents = calendar.name === "vevent" ? [calendar] : calendar.getAllSubcomponents("vevent");
  for (const vevent of vevents) {
    const event = new ICAL.Event(vevent, { exceptions: [] });
    if (!series.has(event.uid)) series.set(event.uid, { cores: [], overrides: [] });
    series.get(event.uid)[event.isRecurrenceException() ? "overrides" : "cores"].push(event);
  }
  for (const { cores, overrides } of series.values()) {
    const found = new Set();
    for (const core of cores) {
      for (const override of overrides) core.relateException(override);
      const every = core.iterator();
      for (let next = every.next(); next && next.compare(last) <= 0; next = every.next()) {
        const details = core.getOccurrenceDetails(next);
        found.add(details.item);
        yield told(core, details);
      }
    }
    // an override of what the series does not hold still takes place (RFC 5545 3.8.4.4 gives no other meaning)
    for (const override of overrides) {
      if (!found.has(override)) yield told(override, override);
    }
  }
}

function read(path, to) {
  const last = ICAL.Time.fromDateString(to);
  last.year += 1;
  const parsed = ICAL.parse(readFileSync(path, "utf8").replace(/^\ufeff/, ""));
  const roots = Array.isArray(parsed[0]) ? parsed : [parsed];
  const all = [];
  for (const root of roots) {
    for (const each of occurrences(new ICAL.Component(root), last)) {
      if (all.push(each) > MOST) throw new Error("too many occurrences");
    }
  }
  return all;
}

const answer = {};
for (const [name, { path, to }] of Object.entries(asked.files)) {
  try {
    answer[name] = { occurrences: read(path, to) };
  } catch (error) {
    answer[name] = { error: `${error.name}: ${error.message}` };
  }
}
process.stdout.write(JSON.stringify(answer));
