// The start page: every screen plays small, and the page follows what the server reports of itself.

import { Player, clockText } from "./player.js";
import { follow } from "./follow.js";

const POLL_MS = 20000;
const players = new Map();
const list = document.querySelector(".screens");

function showDataAge(card, manifest) {
  const line = card.querySelector("[data-fresh]");
  if (!manifest.data_as_of) {
    line.textContent = list.dataset.waiting;
    return;
  }
  const language = document.documentElement.lang;
  const at = Date.parse(manifest.data_as_of);
  const words = { day: "numeric", month: "long", timeZone: manifest.zone };
  const day = (ms) => new Intl.DateTimeFormat(language, words).format(ms);
  const time = language === "nb" ? "kl.\u00a0" + clockText(at, manifest.zone) : clockText(at, manifest.zone).replace(".", ":");
  const when = day(at) === day(Date.now()) ? time : day(at) + " " + time;
  line.textContent = list.dataset.read.replace("{when}", when);
}

function play(card) {
  if (players.has(card)) return;
  const root = card.querySelector("[data-glass]");
  const onManifest = (manifest) => showDataAge(card, manifest);
  const player = new Player(root, { screen: card.dataset.screen, turn: 0, onManifest: onManifest });
  players.set(card, player);
  player.start();
}

function rest(card) {
  const player = players.get(card);
  if (!player) return;
  players.delete(card);
  player.stop();
}

// What to type on a television: the address by which this page was found, also under a path of a proxy. On the server
// itself that is "localhost", and what the server says is better.
if (!/^(localhost|127\.0\.0\.1|\[::1\])$/.test(location.hostname) || !/^\/$/.test(location.pathname)) {
  document.querySelectorAll("[data-origin]").forEach((part) => {
    part.textContent = new URL("./", location.href).href.replace(/\/$/, "");
  });
}

const cards = Array.from(document.querySelectorAll("[data-screen]"));
if (typeof IntersectionObserver === "undefined") {
  cards.forEach(play);
} else {
  const seen = new IntersectionObserver((entries) => entries.forEach((e) => (e.isIntersecting ? play : rest)(e.target)));
  cards.forEach((card) => seen.observe(card));
}

const ids = (page) => Array.from(page.querySelectorAll("[data-screen]"), (card) => card.dataset.screen).join();

setInterval(() => {
  follow("./", {}, (fresh) => {
    if (ids(fresh) !== ids(document)) location.reload();
  });
}, POLL_MS);
