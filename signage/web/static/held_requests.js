// Beside the polls, a request that the server holds (docs/held-requests.md).
// In ES2015, as player.js, which says how the parts become one script.

import { whenCrowded } from "./trust.js";

const HELD_MS = 70000; // no server holds a request for longer than 55 s
const HELD_BYTES = 100000; // {"serial": 1764385200}, and with it an alert document and small pictures (in base64)
const LONG_MS = 20000; // a request that was held for so long was not in vain, even if it was cut then
const SHORTEST_MS = 1000; // between the beginnings of two held requests
const FIRST_PAUSE_MS = 8000; // at most, after the first in vain; then ever longer, as the native player
const PAUSE_MS = 60000;
const PAUSE_WITHOUT_MS = 15 * 60 * 1000; // for a server that does not offer it

// One after the other. `poll` is called when there is news, and `pollAlerts` when there is news of alerts; what a server
// makes of it never keeps a poll back. While a poll goes on, the next request waits for alerts, and for what is newer.
export class HeldRequests {
  constructor(path, poll, pollAlerts) {
    this.path = path;
    this.name = eightDigits() + eightDigits(); // the server counts the browsers that have an alert
    this.poll = poll;
    this.pollAlerts = pollAlerts; // with what was enclosed, if anything; gives a promise of the serial known then
    this.serial = 0; // in force
    this.alerts = 0; // the serial of the alert document
    this.news = 0; // the serial that a poll is under way for
    this.vain = 0; // how many were in vain, in a row
    this.request = null; // under way
    this.begun = 0;
    this.timer = 0;
    this.fetching = false; // an alert document
    this.ended = false;
    whenCrowded(() => this.request && this.request.abort());
  }

  // A poll went well, and this serial is in force.
  polled(serial, alerts) {
    const lacking = serial < this.news; // the poll didn't find it
    const found = this.news && !lacking;
    this.serial = serial;
    this.alerts = Math.max(this.alerts, alerts);
    this.news = 0;
    if (found) {
      this.vain = 0;
      if (this.timer) this.wait(true, true); // it may be that of a longer pause
    }
    if (lacking) {
      this.vain += 1;
      this.abort();
    }
    if (!this.request && !this.timer && !this.fetching) this.wait(true, true);
  }

  // A poll failed, but alerts were fetched well: for their sake, go on asking. Polls try again in their own time.
  goOn(alerts) {
    this.alerts = Math.max(this.alerts, alerts);
    if (!this.request && !this.timer && !this.fetching) this.wait(true, true);
  }

  // Until a poll goes well again, or alerts are fetched well, these find out when the server is back.
  failed() {
    this.news = 0;
    clearTimeout(this.timer);
    this.timer = 0;
  }

  stop() {
    this.ended = true;
    this.abort();
  }

  abort() {
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
    clearTimeout(this.timer);
    if (this.ended) return;
    this.timer = setTimeout(() => this.ask(), Math.max(least, pause));
  }

  ask() {
    const request = new XMLHttpRequest();
    this.timer = 0;
    this.request = request;
    this.begun = performance.now();
    const known = "?after=" + Math.max(this.serial, this.news) + "&alerts=" + this.alerts;
    request.open("GET", this.path + known + "&browser=" + this.name);
    request.timeout = HELD_MS;
    request.onprogress = (event) => event.loaded > HELD_BYTES && request.abort();
    request.onloadend = () => {
      if (this.request !== request) return; // stopped
      this.request = null;
      const said = answerIn(request);
      this.answered(said, request.status === 0 || request.status >= 429);
    };
    request.send();
  }

  // `offered`: does the server know such requests, as far as can be seen when there is no serial?
  answered(said, offered) {
    const serial = said.serial;
    const alerts = said.alerts;
    const news = serial > Math.max(this.serial, this.news);
    if (alerts > this.alerts) {
      if (news) this.pollFor(serial);
      this.fetching = true;
      const fetched = (known) => {
        this.fetching = false;
        this.vain = known < alerts ? this.vain + 1 : 0;
        this.alerts = Math.max(this.alerts, known);
        if (!this.request) this.wait(true, true);
      };
      this.pollAlerts(said.enclosed).then(fetched, () => fetched(0));
      return;
    }
    if (news) {
      this.pollFor(serial);
    } else if (performance.now() - this.begun >= LONG_MS) {
      this.vain = 0;
    } else {
      this.vain += 1;
    }
    this.wait(serial > 0, offered || serial > 0);
  }

  pollFor(serial) {
    this.news = serial;
    this.poll();
  }
}

// Eight random hexadecimal digits.
function eightDigits() {
  return ("0000000" + Math.floor(Math.random() * 0x100000000).toString(16)).slice(-8);
}

// What was answered: the serials, 0 for one that is not there; and `enclosed`, an alert document with small pictures as
// {document, assets, date}, all of it unverified, or null.
function answerIn(request) {
  const answer = { serial: 0, alerts: 0, enclosed: null };
  try {
    const said = request.status === 200 ? JSON.parse(request.responseText) : {};
    ["serial", "alerts"].forEach((name) => {
      if (Number.isInteger(said[name]) && said[name] > 0) answer[name] = said[name];
    });
    const date = Date.parse(request.getResponseHeader("Date") || "");
    if (said.document) answer.enclosed = { document: said.document, assets: said.assets || {}, date: date };
  } catch (other) {
    answer.serial = answer.alerts = 0;
  }
  return answer;
}
