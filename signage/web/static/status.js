// The status page: follows the server, and fills in what the address carries after its #: the administrator's key, or
// the code of a player whose QR code was read with a telephone.

import { follow } from "./follow.js";

const POLL_MS = 15000;
const KEY = /(?:^#|&)key=([0-9a-f]{32})(?:&|$)/;
const ADDRESS = location.pathname.replace(/status(\/[^/]*)?$/, "status"); // also of a player, or an alert's preview
const CODE = /(?:^#|&)pair=([0-9A-Z]{4,5}-[0-9A-Z]{4,5})(?:&|$)/;

function key() {
  const found = KEY.exec(location.hash);
  return found ? found[1] : "";
}

// What only the administrator sees. The key stays in the address, so that the link can be kept as a bookmark; browsers
// never send what follows the #.
function showDeeds(root) {
  if (!key()) return;
  root.querySelectorAll('input[name="key"]').forEach((field) => (field.value = key()));
  root.querySelectorAll("[data-actions]").forEach((part) => (part.hidden = false));
  root.querySelectorAll("[data-key-field]").forEach((part) => (part.hidden = true));
  root.querySelectorAll("[data-key-field] input").forEach((field) => (field.required = false));
  root.querySelectorAll("[data-form]").forEach((form) => {
    form.setAttribute("action", form.getAttribute("action").split("#")[0] + "#key=" + key());
  });
}

// The history of a player is private where the status is: its link carries the key as well.
function passOnKey(root) {
  if (!key()) return;
  root.querySelectorAll("a[data-past]").forEach((link) => {
    if (!KEY.test(link.hash)) link.hash = (link.hash ? link.hash + "&" : "#") + "key=" + key();
  });
}

function withKey() {
  return key() ? { Authorization: "Bearer " + key() } : {};
}

// A private server shows strangers a page with a field for the key. With it the whole page takes its place.
async function unlock() {
  const form = document.querySelector("[data-unlock]");
  if (!form || !key()) return;
  try {
    const response = await fetch(location.pathname + location.search, { cache: "no-store", headers: withKey() });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    if (!response.ok || page.querySelector("[data-unlock]")) return;
    ["header", "main"].forEach((part) => document.querySelector(part).replaceWith(page.querySelector(part)));
    document.title = page.title;
    readAddress();
  } catch (gone) {
    document.querySelector("[data-away]").hidden = false;
  }
}

addEventListener("submit", (event) => {
  if (!event.target.hasAttribute("data-unlock")) return;
  const given = event.target.querySelector('input[name="key"]').value.trim();
  if (!/^[0-9a-f]{32}$/.test(given)) return; // the server says that it is wrong
  event.preventDefault();
  location.hash = (location.hash ? location.hash.replace(KEY, "") + "&" : "#") + "key=" + given;
  unlock().then(() => {
    if (document.querySelector("[data-unlock]")) HTMLFormElement.prototype.submit.call(event.target);
  });
});

function fillInCode() {
  const found = CODE.exec(location.hash);
  if (!found || !document.querySelector(".pairing")) return;
  document.querySelector(".pairing").open = true;
  document.querySelector('.pairing input[name="code"]').value = found[1];
}

// As soon as a player waits, the form for its code is open.
function openPairing(part) {
  if (part.querySelector(".waiting li")) document.querySelector(".pairing").open = true;
}

function prepare(part) {
  showDeeds(part);
  passOnKey(part);
  openPairing(part);
}

// A player that is revoked by mistake must be paired again by somebody who stands in front of it.
addEventListener("submit", (event) => {
  if (!event.target.hasAttribute("data-sure")) return;
  if (!confirm(event.target.dataset.sure)) event.preventDefault();
});

function readAddress() {
  prepare(document);
  fillInCode();
}

readAddress();
unlock();
addEventListener("hashchange", () => {
  readAddress();
  unlock();
});

// A button that is pressed twice sends once. The server would do it once as well.
addEventListener("submit", (event) => {
  if (event.defaultPrevented || !event.target.closest(".decide")) return;
  setTimeout(() => document.querySelectorAll(".decide button").forEach((button) => (button.disabled = true)));
});
addEventListener("pageshow", () => {
  document.querySelectorAll(".decide button").forEach((button) => (button.disabled = false)); // also after "back"
});

setInterval(() => follow(ADDRESS, withKey(), null, prepare), POLL_MS);
