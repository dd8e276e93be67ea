// The status page: follows the server, and fills in what the address carries after its #: the administrator's key, or
// the code of a player whose QR code was read with a telephone.

const ASK_MS = 15000;
const KEY = /(?:^#|&)key=([0-9a-f]{32})(?:&|$)/;
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
  root.querySelectorAll("[data-deeds]").forEach((part) => (part.hidden = false));
  root.querySelectorAll("[data-key-field]").forEach((part) => (part.hidden = true));
  root.querySelectorAll("[data-form]").forEach((form) => form.setAttribute("action", "/status#key=" + key()));
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

function busy(part) {
  return part.contains(document.activeElement) && /^(INPUT|SELECT|BUTTON)$/.test(document.activeElement.tagName);
}

function replace(part, fresh) {
  if (busy(part) || part.innerHTML === fresh.innerHTML) return;
  const open = Array.from(part.querySelectorAll("details[open]"), (each) => each.dataset.details);
  const before = document.activeElement;
  const summary = part.contains(before) && before.closest("details");
  part.innerHTML = fresh.innerHTML;
  part.querySelectorAll("details").forEach((each) => {
    each.open = open.indexOf(each.dataset.details) >= 0;
    if (summary && summary.dataset.details === each.dataset.details) each.querySelector("summary").focus();
  });
  showDeeds(part);
  passOnKey(part);
}

async function follow() {
  const away = document.querySelector("[data-away]");
  try {
    const response = await fetch("/status", { cache: "no-cache", headers: withKey() });
    if (!response.ok) throw new Error("answered " + response.status);
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    document.querySelectorAll("[data-live]").forEach((part) => {
      const other = fresh.querySelector('[data-live="' + part.dataset.live + '"]');
      if (other) replace(part, other);
    });
    away.hidden = true;
  } catch (gone) {
    away.hidden = false;
  }
}

// A player that is revoked by mistake must be paired anew by somebody who stands before it.
addEventListener("submit", (event) => {
  if (!event.target.hasAttribute("data-sure")) return;
  const sure = "Koble fra spilleren? Noen må se koden på glasset for å pare den igjen.";
  if (!confirm(sure)) event.preventDefault();
});

function readAddress() {
  showDeeds(document);
  passOnKey(document);
  fillInCode();
}

readAddress();
unlock();
addEventListener("hashchange", () => {
  readAddress();
  unlock();
});
setInterval(follow, ASK_MS);
