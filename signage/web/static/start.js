// The start page: every screen plays small, and the page follows what the server says of itself.

import { Player, clockText } from "/player.js";

const ASK_MS = 20000;
const players = new Map();

function freshness(card, manifest) {
  const line = card.querySelector("[data-fresh]");
  if (!manifest.data_as_of) {
    line.textContent = "Venter på svar fra kalenderen";
    return;
  }
  const at = Date.parse(manifest.data_as_of);
  const words = { day: "numeric", month: "long", timeZone: manifest.zone };
  const day = (ms) => new Intl.DateTimeFormat("nb", words).format(ms);
  const when = day(at) === day(Date.now()) ? "" : day(at) + " ";
  line.textContent = "Kalenderen lest " + when + "kl. " + clockText(at, manifest.zone);
}

function play(card) {
  if (players.has(card)) return;
  const root = card.querySelector("[data-glass]");
  const told = (manifest) => freshness(card, manifest);
  const player = new Player(root, { screen: card.dataset.screen, turn: 0, told: told });
  players.set(card, player);
  player.start();
}

function rest(card) {
  const player = players.get(card);
  if (!player) return;
  players.delete(card);
  player.stop();
}

const cards = Array.from(document.querySelectorAll("[data-screen]"));
if (typeof IntersectionObserver === "undefined") {
  cards.forEach(play);
} else {
  const seen = new IntersectionObserver((entries) => entries.forEach((e) => (e.isIntersecting ? play : rest)(e.target)));
  cards.forEach((card) => seen.observe(card));
}

async function ask(url) {
  const response = await fetch(url, { cache: "no-cache" });
  if (!response.ok) throw new Error(url + " answered " + response.status);
  return response.json();
}

async function follow() {
  try {
    const index = await ask("/screens/index.json");
    const ids = index.screens.map((screen) => screen.id).join();
    if (ids !== cards.map((card) => card.dataset.screen).join()) location.reload();
    const status = await ask("/status.json");
    tell(status);
    (status.glass || []).forEach(tellState);
  } catch (away) {
    tell({ problems: [], away: true });
  }
}

function tell(status) {
  const box = document.querySelector("[data-problems]");
  const alarms = status.alarms || [];
  fill(document.querySelector("[data-alarms]"), alarms.map((alarm) => alarm.nb));
  const english = alarms.map((alarm) => alarm.text);
  const problems = (status.problems || []).filter((problem) => english.indexOf(problem) < 0);
  fill(box, problems);
  // a private server says that something is wrong, and not what
  if (status.away || (status.ok === false && !alarms.length)) box.hidden = false;
  box.querySelector("strong").textContent = status.away
    ? "Får ikke kontakt med serveren. Skjermene viser det de har."
    : "Noe trenger tilsyn. Skjermene viser det de har.";
}

// Shows a list, or nothing when it is empty. What stands there already is left, so that it is not read out again.
function fill(box, sentences) {
  const list = box.querySelector("ul");
  const known = Array.from(list.children, (item) => item.textContent);
  box.hidden = !sentences.length;
  if (known.join("\n") === sentences.join("\n")) return;
  list.textContent = "";
  sentences.forEach((sentence) => {
    const item = document.createElement("li");
    item.textContent = sentence;
    list.appendChild(item);
  });
}

function tellState(glass) {
  const card = cards.find((card) => card.dataset.screen === glass.screen);
  const line = card && card.querySelector("[data-state]");
  if (!line) return;
  line.hidden = !glass.players.length;
  line.className = "state " + glass.state;
  line.querySelector("a").textContent = glass.word;
}

setInterval(follow, ASK_MS);
