// Reads the QR codes of a canvas: in a worker, and where that cannot run, on the server.

const WORKER = new URL("./decoder_worker.js", import.meta.url);
const START_MS = 20000; // the first answer may wait for the program to arrive over a slow network
const SERVER_REST_MS = 700; // between two pictures of the camera that go to the server

const waiting = new Map(); // id → {resolve, reject, timer}
let worker = null;
let broken = false;
let count = 0;

// Starts the worker, so that its program arrives while somebody allows the camera.
export function prepareDecoder() {
  if (!broken) worker ??= startWorker();
}

// Resolves to {texts, message}; message says in words why the server refused the picture, else "".
// A camera says that its pictures come `often`: of those not each one gets a closer look.
export async function decode(canvas, { often = false } = {}) {
  if (!broken) {
    try {
      return { texts: await decodeHere(canvas, often), message: "" };
    } catch (error) {
      broken = true; // an old browser, a program that did not arrive: the server has the same reader
      console.warn("codes are read by the server:", error);
    }
  }
  const picture = await new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", 0.85); });
  const found = await decodeOnServer(picture);
  await new Promise((resolve) => { setTimeout(resolve, SERVER_REST_MS); });
  return found;
}

export async function decodeOnServer(picture) {
  const form = document.querySelector("form[data-scan-photo]");
  const body = new FormData();
  body.append("csrf_token", form.elements.csrf_token.value);
  body.append("photo", picture, "photo.jpg");
  const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
  const { texts = [], message = "" } = await answer.json();
  return { texts, message };
}

function decodeHere(canvas, often) {
  prepareDecoder();
  const image = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    count += 1;
    const id = count;
    const timer = setTimeout(() => settle(id, { fault: "no answer" }), START_MS);
    waiting.set(id, { resolve, reject, timer });
    worker.postMessage({ id, image, often }, [image.data.buffer]);
  });
}

function startWorker() {
  const started = new Worker(WORKER, { type: "module" });
  started.addEventListener("message", ({ data }) => settle(data.id, data));
  started.addEventListener("error", (event) => {
    for (const id of [...waiting.keys()]) settle(id, { fault: event.message ?? "the worker did not start" });
  });
  return started;
}

function settle(id, { texts, fault }) {
  const one = waiting.get(id);
  if (!one) return;
  waiting.delete(id);
  clearTimeout(one.timer);
  if (fault === undefined) one.resolve(texts);
  else one.reject(new Error(fault));
}
