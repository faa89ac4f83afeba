// The page without a network. It keeps the files of one version of the site, all of them, and answers from them; the page of that
// version never meets a file of another. A newer one is kept beside it and waits until the reader takes it, or until nobody has
// the older one open: an update never takes a page away under its reader.
// The build puts in the version and the files.
const VERSION = '{{VERSION}}';
const FILES = ['{{FILES}}'];

const HOME = self.registration.scope;
/** Other sites of the same host, at other paths, have names of their own. */
const OURS = `whyeof ${HOME} `;
const NAME = OURS + VERSION;

async function keep() {
  const cache = await caches.open(NAME);
  // Asked of the host, not of what the browser may have kept of another version.
  await cache.addAll(FILES.map((file) => new Request(file, { cache: 'no-cache' })));
}

async function forget() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith(OURS) && name !== NAME);
  await Promise.all(old.map((name) => caches.delete(name)));
}

async function answer(request) {
  const cache = await caches.open(NAME);
  const kept = await cache.match(request, { ignoreSearch: true });
  return kept ?? fetch(request);
}

self.addEventListener('install', (event) => event.waitUntil(keep()));
self.addEventListener('activate', (event) => event.waitUntil(forget()));
self.addEventListener('fetch', (event) => {
  const { method, url } = event.request;
  if (method === 'GET' && url.startsWith(HOME)) event.respondWith(answer(event.request));
});
self.addEventListener('message', ({ data }) => {
  if (data === 'take over') self.skipWaiting();
});
