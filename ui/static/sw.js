// The service worker: the scan page opens while the network is away. Always the network first; what it keeps
// is the last scan page with its style and scripts, and that is forgotten as soon as somebody leaves.

const PAGES = "xunji-pages";
const FILES = "xunji-files";
const SCAN_PAGE = /^\/tasks\/[^/]+\/scan$/;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (url.origin !== self.location.origin) return;
  if (url.pathname === "/login" || url.pathname === "/logout") {
    event.waitUntil(caches.delete(PAGES));
    return;
  }
  if (event.request.method !== "GET") return;
  if (url.pathname.startsWith("/static/")) event.respondWith(kept(event.request, FILES));
  else if (event.request.mode === "navigate" && SCAN_PAGE.test(url.pathname)) event.respondWith(kept(event.request, PAGES));
});

async function kept(request, name) {
  const cache = await caches.open(name);
  try {
    const response = await fetch(request);
    if (response.ok && !response.redirected) {
      if (name === PAGES) for (const old of await cache.keys()) await cache.delete(old);
      await cache.put(request, response.clone());
    }
    return response;
  } catch (away) {
    const known = await cache.match(request, { ignoreSearch: name === PAGES });
    if (known) return known;
    throw away;
  }
}
