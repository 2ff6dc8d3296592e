// The camera of the device as a scanner: it looks at one picture after the other and offers each new code once.

import { decode, prepareDecoder } from "./decoder.js";
import { SeenCodes } from "./seen.js";
import { offerScan } from "./scans.js";

const HINT_MS = 4000; // without a code: say what helps
const HINT_EVERY_MS = 500;
const WIDEST = 1280; // pixels of a picture; more takes longer and reads no better
const WANTED = { audio: false, video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } } };
const FAULTS = {
  NotFoundError: "missing", OverconstrainedError: "missing", DevicesNotFoundError: "missing",
  NotAllowedError: "denied", SecurityError: "denied", PermissionDeniedError: "denied",
  NotReadableError: "busy", AbortError: "busy", TrackStartError: "busy",
};

// `kind` names the words of the page: "plain" (no https), "unsupported", "missing", "denied", "busy", "failed", "unread".
export class CameraFault extends Error {
  constructor(kind, cause) {
    super(kind, { cause });
    this.kind = kind;
  }
}

// Starts the camera and shows it in `video`. Calls hint(true) after a while without a code and hint(false) at the next one,
// and fail(fault) where it ends by itself. Resolves to {stop, torch}; torch switches the lamp, null where there is none.
export async function startCamera(video, { hint, fail }) {
  prepareDecoder();
  const stream = await openStream();
  const [track] = stream.getVideoTracks();
  const seen = new SeenCodes();
  const canvas = document.createElement("canvas");
  canvas.getContext("2d", { willReadFrequently: true });
  let stopped = false;
  let lastCode = performance.now();
  // By a clock of its own: a camera that hangs brings no pictures, and help is wanted then too.
  const helper = setInterval(() => hint(performance.now() - lastCode >= HINT_MS), HINT_EVERY_MS);

  function stop() {
    stopped = true;
    clearInterval(helper);
    for (const one of stream.getTracks()) one.stop();
    video.srcObject = null;
  }

  function end(kind, cause) {
    if (stopped) return;
    stop();
    fail(new CameraFault(kind, cause));
  }

  async function look() {
    if (stopped) return;
    try {
      if (draw(video, canvas)) hear((await decode(canvas, { often: true })).texts);
    } catch (error) {
      end("unread", error);
    }
    if (!stopped) whenNext(video, look);
  }

  function hear(texts) {
    const now = performance.now();
    if (stopped) return;
    if (texts.length) {
      lastCode = now;
      hint(false);
    }
    for (const text of seen.takeNew(texts, now)) offerScan(text, "camera");
  }

  track.addEventListener("ended", () => end("busy"));
  video.srcObject = stream;
  await video.play();
  look();
  const lamp = track.getCapabilities?.().torch ? (on) => track.applyConstraints({ advanced: [{ torch: on }] }) : null;
  return { stop, torch: lamp };
}

async function openStream() {
  if (!navigator.mediaDevices?.getUserMedia) throw new CameraFault(globalThis.isSecureContext ? "unsupported" : "plain");
  try {
    return await navigator.mediaDevices.getUserMedia(WANTED);
  } catch (error) {
    throw new CameraFault(FAULTS[error.name] ?? "failed", error);
  }
}

function draw(video, canvas) {
  const { videoWidth, videoHeight } = video;
  if (!videoWidth || document.hidden) return false;
  const scale = Math.min(1, WIDEST / videoWidth);
  const [width, height] = [Math.round(videoWidth * scale), Math.round(videoHeight * scale)];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  canvas.getContext("2d").drawImage(video, 0, 0, width, height);
  return true;
}

function whenNext(video, look) {
  if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(look);
  else requestAnimationFrame(look);
}
