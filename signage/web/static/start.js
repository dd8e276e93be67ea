// The start page: every screen plays small, or shows how far its first picture is, and the page follows what the server
// reports of itself.

import { follow } from "./follow.js";
import { Player } from "./player.js";
import { clockText } from "./rotation.js";

const POLL_MS = 20000;
const SOON_MS = 1000; // while a screen has no picture yet
const LATER_MS = 5000; // while one still has none after
const PATIENCE_MS = 600000;
const ALERT_SECONDS = 10; // a hundred bytes for each screen that is seen
const players = new Map();
const visible = new Set();
const list = document.querySelector(".screens");

function showDataAge(card, manifest) {
  const line = card.querySelector("[data-fresh]");
  if (!manifest.data_as_of) {
    line.textContent = list.dataset.waiting;
    return;
  }
  const language = document.documentElement.lang;
  const at = Date.parse(manifest.data_as_of);
  const clock = clockText(at, manifest.zone);
  if (!clock) {
    line.textContent = ""; // the browser doesn't know the zone
    return;
  }
  const words = { day: "numeric", month: "long", timeZone: manifest.zone };
  const day = (ms) => new Intl.DateTimeFormat(language, words).format(ms);
  const time = language === "nb" ? "kl.\u00a0" + clock : clock.replace(".", ":");
  const when = day(at) === day(Date.now()) ? time : day(at) + " " + time;
  line.textContent = list.dataset.read.replace("{when}", when);
}

// What is on the display beside or instead of its pages.
function showAlerts(card, alerts) {
  const line = card.querySelector("[data-alert]");
  line.textContent = alerts.map((alert) => list.dataset.alertNow.replace("{title}", () => alert.title)).join(" · ");
  line.hidden = !alerts.length;
}

const waits = (card) => card.hasAttribute("data-making"); // for its first picture

// A card that is seen plays, once there is something to play.
function look(card) {
  if (visible.has(card) && !waits(card)) play(card);
  else rest(card);
}

function play(card) {
  if (players.has(card)) return;
  const root = card.querySelector("[data-glass]");
  const onManifest = (manifest) => showDataAge(card, manifest);
  const options = { screen: card.dataset.screen, turn: 0, onManifest: onManifest, alertSeconds: ALERT_SECONDS };
  options.onAlerts = (alerts) => showAlerts(card, alerts);
  const player = new Player(root, options);
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
function showOrigin(card) {
  if (/^(localhost|127\.0\.0\.1|\[::1\])$/.test(location.hostname) && /^\/$/.test(location.pathname)) return;
  card.querySelector("[data-origin]").textContent = new URL("./", location.href).href.replace(/\/$/, "");
}

const seen = typeof IntersectionObserver !== "undefined" && new IntersectionObserver((entries) => entries.forEach((entry) => {
  if (entry.isIntersecting) visible.add(entry.target);
  else visible.delete(entry.target);
  look(entry.target);
}));

function welcome(card) {
  showOrigin(card);
  if (seen) {
    seen.observe(card);
  } else {
    visible.add(card);
    look(card);
  }
}

function dismiss(card) {
  if (seen) seen.unobserve(card);
  visible.delete(card);
  rest(card);
  card.remove();
}

const cards = (page) => Array.from(page.querySelectorAll("[data-screen]"));

// How far the first picture is, as the server has it now; without a `value` the bar only shows that it goes on.
function showProgress(card, fresh) {
  const words = card.querySelector(".progress p");
  const bar = card.querySelector("progress");
  const now = fresh.querySelector("progress");
  words.textContent = fresh.querySelector(".progress p").textContent;
  if (now.hasAttribute("value")) {
    bar.max = now.max;
    bar.value = now.value;
  } else {
    bar.removeAttribute("value");
  }
  if (!waits(fresh)) card.removeAttribute("data-making");
  else card.setAttribute("data-making", "");
  look(card);
}

// Screens come, go and change places as in screens.toml, and what plays goes on.
function followScreens(page) {
  const here = new Map(cards(document).map((card) => [card.dataset.screen, card]));
  let before = null;
  cards(page).forEach((fresh) => {
    const known = here.get(fresh.dataset.screen);
    const card = known || document.importNode(fresh, true);
    const next = before ? before.nextElementSibling : list.firstElementChild;
    if (next !== card) list.insertBefore(card, next);
    if (known) showProgress(card, fresh);
    else welcome(card);
    here.delete(fresh.dataset.screen);
    before = card;
  });
  here.forEach(dismiss);
}

function poll() {
  follow("./", {}, followScreens).then(pollLater);
}

function pollLater() {
  const soon = performance.now() < PATIENCE_MS ? SOON_MS : LATER_MS;
  setTimeout(poll, cards(document).some(waits) ? soon : POLL_MS);
}

cards(document).forEach(welcome);
pollLater();
