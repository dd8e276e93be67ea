// Lets a reload of /screen/<id> work without the server. The bundle itself is kept by player.js, which has verified it.

const SHELL = "signage-shell-1";
const WAIT_MS = 5000; // then what is kept is better than a blank glass

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const request = event.request;
  const url = new URL(request.url);
  const screen = request.mode === "navigate" && url.pathname.indexOf("/screen/") === 0;
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (screen || url.pathname === "/player.js") event.respondWith(newest(request, url.pathname));
});

// From the server if it answers well and soon; else what is kept under this path, whatever the query.
async function newest(request, path) {
  const cache = await caches.open(SHELL);
  const late = new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  const asked = fetch(request).then((response) => {
    if (response.ok) cache.put(path, response.clone());
    return response;
  });
  const answer = await Promise.race([asked.catch(() => null), late]);
  if (answer && answer.status < 500) return answer;
  return (await cache.match(path)) || answer || asked;
}
