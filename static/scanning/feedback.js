// Makes a scan audible, tangible and visible: one high beep and a green flash where it was taken, two middle ones for a
// warning, one long low one and a red frame, which stays until it is tapped or the next scan comes, for an error.

const MUTED = "scanning-muted";
const TONES = { // frequency, seconds and number of the beeps; the pattern of the vibration in ms
  success: { hertz: 1760, seconds: 0.07, times: 1, buzz: [60] },
  warning: { hertz: 880, seconds: 0.09, times: 2, buzz: [60, 60, 60] },
  error: { hertz: 220, seconds: 0.45, times: 1, buzz: [400] },
};
const FLASH_MS = 280;
const REST_MS = 400; // between two flashes: more than three a second may harm people
const BEHIND_SECONDS = 1; // sounds of a burst of scans are played one after the other, but not long after it

let sound = null;
let free = 0; // when the last beep ends, on the clock of the sound
let flashed = -Infinity;
let frame = null;

export const isMuted = () => localStorage.getItem(MUTED) === "yes";

export function setMuted(muted) {
  localStorage.setItem(MUTED, muted ? "yes" : "no");
}

// Browsers play sound only once somebody has touched the page or a key: called from those events.
export function unlockSound() {
  const Sound = globalThis.AudioContext;
  if (!Sound) return;
  sound ??= new Sound();
  if (sound.state === "suspended") sound.resume().catch(() => {}); // without a gesture it stays silent
}

export function signal(tone) {
  if (!isMuted()) {
    beep(TONES[tone]);
    navigator.vibrate?.(TONES[tone].buzz);
  }
  flash(tone);
}

function beep({ hertz, seconds, times }) {
  if (sound?.state !== "running") return;
  let start = Math.max(sound.currentTime, free);
  if (start - sound.currentTime > BEHIND_SECONDS) return;
  for (let time = 0; time < times; time += 1) {
    const source = sound.createOscillator();
    const volume = sound.createGain();
    source.frequency.value = hertz;
    volume.gain.setValueAtTime(0.3, start);
    volume.gain.setTargetAtTime(0, start + seconds * 0.8, seconds * 0.1); // without a click at its end
    source.connect(volume).connect(sound.destination);
    source.start(start);
    source.stop(start + seconds);
    start += seconds * 1.6;
  }
  free = start;
}

function flash(tone) {
  frame ??= makeFrame();
  const now = performance.now();
  if (tone !== "error" && now - flashed < REST_MS) {
    delete frame.dataset.stays; // the next scan ends an error that still stands
    if (frame.dataset.tone === "error") frame.hidden = true;
    return;
  }
  flashed = now;
  frame.dataset.tone = tone;
  frame.toggleAttribute("data-stays", tone === "error");
  frame.hidden = false;
  if (tone !== "error") setTimeout(() => { if (flashed === now) frame.hidden = true; }, FLASH_MS);
}

function makeFrame() {
  const made = document.createElement("div");
  made.className = "scan-flash";
  made.setAttribute("aria-hidden", "true");
  made.hidden = true;
  document.body.append(made);
  document.addEventListener("pointerdown", endError, { capture: true });
  return made;
}

// Ends an error that still stands: it was seen, or what it was about is left.
export function endError() {
  if (frame && "stays" in frame.dataset) frame.hidden = true;
}

for (const kind of ["pointerdown", "keydown"]) {
  globalThis.document?.addEventListener(kind, unlockSound, { capture: true, passive: true });
}
