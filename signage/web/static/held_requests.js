// Beside the polls, a request that the server holds (docs/held-requests.md).
// In ES2015, as player.js, which says how the parts become one script.

import { whenCrowded } from "./trust.js";

const HELD_MS = 70000; // no server holds a request for longer than 55 s
const HELD_BYTES = 1000; // {"serial": 1764385200}
const LONG_MS = 20000; // a request that was held for so long was not in vain, even if it was cut then
const SHORTEST_MS = 1000; // between the beginnings of two held requests
const FIRST_PAUSE_MS = 8000; // at most, after the first in vain; then ever longer, as the native player
const PAUSE_MS = 60000;
const PAUSE_WITHOUT_MS = 15 * 60 * 1000; // for a server that does not offer it

// One after the other; `poll` is called when there is news. What a server makes of it never keeps a poll back.
export class HeldRequests {
  constructor(path, poll) {
    this.path = path;
    this.poll = poll;
    this.serial = 0; // in force
    this.news = 0; // the serial that the last poll was for
    this.vain = 0; // how many were in vain, in a row
    this.request = null; // under way
    this.begun = 0;
    this.timer = 0;
    whenCrowded(() => this.request && this.request.abort());
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
