// What the benchmark drives: workers by name, and calls into them.

const workers = new Map();

/** Asks a worker, which is started when it is first named; gives its answer. */
function ask(name, script, message) {
  let worker = workers.get(name);
  if (!worker) {
    worker = new Worker(new URL(script, import.meta.url), { type: "module", name });
    workers.set(name, worker);
  }
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => ("error" in data ? reject(new Error(data.error)) : resolve(data.value));
    worker.onerror = (event) => reject(new Error(event.message || `${script} failed`));
    worker.postMessage(message);
  });
}

globalThis.bench = {
  ask,
  end(name) {
    workers.get(name)?.terminate();
    workers.delete(name);
  },
};
