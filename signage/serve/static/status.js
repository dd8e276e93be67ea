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

function fillInCode() {
  const found = CODE.exec(location.hash);
  if (!found) return;
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
}

async function follow() {
  const away = document.querySelector("[data-away]");
  try {
    const response = await fetch("/status", { cache: "no-cache" });
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
  fillInCode();
}

readAddress();
addEventListener("hashchange", readAddress);
setInterval(follow, ASK_MS);
