// Lets a reload of /screen/<id> work without the server. The bundle itself is kept by player.js, which has verified it.
// In ES2015, as player.js.

const SHELL = "signage-shell-1";
const WAIT_MS = 5000; // then what is kept is better than a blank glass
const ROOT = new URL(self.registration.scope).pathname;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const request = event.request;
  const url = new URL(request.url);
  const screen = request.mode === "navigate" && url.pathname.indexOf(ROOT + "screen/") === 0;
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (screen || url.pathname === ROOT + "screen.js") event.respondWith(newest(request, url.pathname));
});

// From the server if it answers well and soon; else what is kept under this path, whatever the query.
function newest(request, path) {
  const cache = Promise.resolve().then(() => caches.open(SHELL)); // it may fail, or never answer
  const late = () => new Promise((resolve) => setTimeout(() => resolve(null), WAIT_MS));
  const asked = fetch(request).then((response) => {
    const copy = response.ok && response.clone();
    if (copy) cache.then((opened) => opened.put(path, copy)).catch(() => null);
    return response;
  });
  return Promise.race([asked.catch(() => null), late()]).then((answer) => {
    if (answer && answer.status < 500) return answer;
    const kept = cache.then((opened) => opened.match(path)).catch(() => null);
    return Promise.race([kept, late()]).then((found) => found || answer || asked);
  });
}
