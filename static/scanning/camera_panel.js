// The panel of the camera: video above, what was scanned beneath it, the list of the page stays in sight under it.

import { startCamera } from "./camera.js";
import { isMuted, setMuted, unlockSound } from "./feedback.js";

export function installCameraPanel(panel, openers = document.querySelectorAll("[data-open-camera]")) {
  const part = (name) => panel.querySelector(`[data-camera-${name}]`);
  const [video, hint, torch, mute] = ["video", "hint", "torch", "mute"].map(part);
  let camera = null;
  let lit = false;
  let opening = 0; // counts, so that a camera that was closed while it started is stopped

  async function open() {
    unlockSound();
    panel.hidden = false;
    panel.scrollIntoView({ block: "start" });
    close(false);
    opening += 1;
    const mine = opening;
    tell(null);
    panel.dataset.state = "starting";
    try {
      const started = await startCamera(video, { hint: (show) => { hint.hidden = !show; }, fail });
      if (mine !== opening) started.stop();
      else show(started);
    } catch (fault) {
      if (mine === opening) fail(fault);
    }
  }

  function show(started) {
    camera = started;
    panel.dataset.state = "watching";
    torch.hidden = !camera.torch;
  }

  function fail(fault) {
    panel.dataset.state = "failed";
    hint.hidden = true;
    torch.hidden = true;
    tell(fault.kind ?? "failed");
  }

  function tell(kind) {
    for (const one of panel.querySelectorAll("[data-fault]")) one.hidden = one.dataset.fault !== kind;
    part("again").hidden = !kind || kind === "plain" || kind === "unsupported";
  }

  function close(hide = true) {
    opening += 1;
    camera?.stop();
    camera = null;
    press(torch, (lit = false));
    hint.hidden = true;
    if (hide) panel.hidden = true;
  }

  async function switchTorch() {
    press(torch, (lit = !lit));
    await camera?.torch?.(lit).catch(() => { torch.hidden = true; }); // it said that it had a lamp, and has none
  }

  for (const opener of openers) {
    opener.setAttribute("role", "button");
    opener.addEventListener("click", (event) => {
      event.preventDefault();
      if (panel.hidden) open();
      else close();
    });
  }
  part("close").addEventListener("click", () => close());
  part("again").addEventListener("click", open);
  torch.addEventListener("click", switchTorch);
  mute.addEventListener("click", () => {
    setMuted(!isMuted());
    press(mute, isMuted());
  });
  press(mute, isMuted());
  document.addEventListener("keydown", ({ key }) => { if (key === "Escape" && !panel.hidden) close(); });
  window.addEventListener("pagehide", () => close());
  return { open, close };
}

const press = (button, pressed) => button.setAttribute("aria-pressed", String(pressed));
