// Line drawings for the tools of the camera; each button says its name besides.

const SVG = "http://www.w3.org/2000/svg";
const PATHS = {
  camera: "M3 8V4h4M17 4h4v4M21 16v4h-4M7 20H3v-4M7 12h10",
  torch: "M12 7a5 5 0 1 0 0 10a5 5 0 1 0 0-10M12 1v3M12 20v3M1 12h3M20 12h3M4 4l2 2M18 18l2 2M4 20l2-2M18 6l2-2",
  mute: "M3 9v6h4l5 4V5L7 9zM16 9l5 6M21 9l-5 6",
  sound: "M3 9v6h4l5 4V5L7 9zM16 8a6 6 0 0 1 0 8M19 5a10 10 0 0 1 0 14",
  keys: "M2 6h20v12H2zM6 10h.1M10 10h.1M14 10h.1M18 10h.1M7 14h10",
  close: "M4 4l16 16M20 4L4 20",
};

export function icon(name) {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  drawing.append(path);
  return drawing;
}
