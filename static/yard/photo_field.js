// Photos of a load: a tile that opens the phone's camera, and the pictures that were taken, each removed by a tap.

import { make } from "./dom.js";
import { takePhoto } from "./photo.js";
import { say } from "./words.js";

export const MOST_PHOTOS = 6;

// The tile; `keep` gets the photos with one more, { sha256, blob } each.
export function photoTile(app, photos, keep) {
  const field = make("input", {
    type: "file",
    id: "photo",
    class: "unseen",
    accept: "image/*",
    capture: "environment",
    disabled: photos.length >= MOST_PHOTOS,
    onchange: ({ target }) => add(app, photos, target.files[0], keep),
  });
  const count = make("small", {}, photos.length ? say("yard.photos_taken", { count: photos.length }) : say("yard.photo_hint"));
  return make("label", { class: "yard-tile" }, make("span", {}, say("yard.photo")), count, field);
}

async function add(app, photos, file, keep) {
  if (!file) return;
  try {
    const photo = await takePhoto(file);
    if (!photos.some((one) => one.sha256 === photo.sha256)) keep([...photos, photo]);
  } catch {
    app.refuse(say("yard.photo_unreadable"));
  }
}

// The pictures themselves; nothing where there are none.
export function drawPhotos(photos, keep) {
  if (!photos.length) return "";
  return make("div", { class: "yard-photos" }, photos.map((photo, place) => drawPhoto(photo, place, photos, keep)));
}

function drawPhoto(photo, place, photos, keep) {
  const address = URL.createObjectURL(photo.blob);
  const picture = make("img", { src: address, alt: "", onload: () => URL.revokeObjectURL(address) });
  const name = say("yard.photo_remove", { count: place + 1 });
  const remove = () => keep(photos.filter((other) => other !== photo));
  return make("button", { type: "button", class: "yard-photo", "aria-label": name, onclick: remove }, picture, make("span", { "aria-hidden": "true" }, "✕"));
}
