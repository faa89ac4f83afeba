// A classic worker, which every browser has. `?v=` names the build: it is passed on, because these
// files keep their names.
const version = self.location.search;
importScripts("./worker.js" + version);
wasm_bindgen({ module_or_path: "./worker_bg.wasm" + version });
