// Reads a scale at a serial port of this computer, where the browser can (Web Serial: Chrome and Edge, by https).
// A port is any object that behaves as a SerialPort does, so that tests and other connections can stand in for one.

import { FrameStream, StabilityWatch } from "./frames.js";

const PARITY = { N: "none", E: "even", O: "odd" };

export function canOpenPorts(serial = navigator.serial) {
  return Boolean(serial);
}

// Ask the person for a port; null where they chose none. Only a press of theirs may ask.
export async function askForPort(serial = navigator.serial) {
  try {
    return await serial.requestPort();
  } catch (error) {
    if (error.name === "NotFoundError") return null;
    throw error;
  }
}

// Return the only port that the person chose here before, else null: of several nobody knows which is the scale's.
export async function findKnownPort(serial = navigator.serial) {
  const ports = await serial.getPorts();
  return ports.length === 1 ? ports[0] : null;
}

// Read a port until `signal` ends it or it is gone; `tell` is called with { state, mass_g, raw } for every frame.
// Throws where the port does not open.
export async function listenToPort(port, scale, tell, signal, now = Date.now) {
  const [dataBits, parity, stopBits] = scale.bits;
  await port.open({ baudRate: scale.baud, dataBits: Number(dataBits), parity: PARITY[parity], stopBits: Number(stopBits) });
  try {
    // A wrong bit on the line ends one stream, and the port gives another.
    while (port.readable && !signal.aborted) await readStream(port.readable, scale, tell, signal, now);
  } finally {
    await port.close().catch(() => {}); // a port that was pulled out is closed already
  }
}

async function readStream(readable, scale, tell, signal, now) {
  const stream = new FrameStream(scale);
  const watch = new StabilityWatch(scale.division_g);
  const reader = readable.getReader();
  const stop = () => reader.cancel().catch(() => {});
  signal.addEventListener("abort", stop);
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      for (const reading of stream.feed(value)) {
        tell({ state: watch.judge(reading, now()), mass_g: reading.mass_g, raw: reading.raw });
      }
    }
  } catch (error) {
    if (error.name === "NetworkError") throw error; // pulled out: nothing comes after it
  } finally {
    signal.removeEventListener("abort", stop);
    reader.releaseLock();
  }
}
