// A field of a mass that a scale fills in. What the scale sent goes along in the hidden field NAME-frame, until somebody
// changes the weight by hand: then the frame says nothing of it any more.

const frameOf = (field) => field.querySelector("input[type=hidden][name$='-frame']");

// Keep the frame of one field true to its weight; returns what takes a weight with its frame.
export function installWeightField(field) {
  const input = document.getElementById(field.dataset.scale);
  const frame = frameOf(field);
  input.addEventListener("input", (event) => {
    if (event.isTrusted) frame.value = "";
  });
  return {
    take(kg, raw) {
      input.value = kg;
      frame.value = raw;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    },
  };
}

for (const field of document.querySelectorAll("[data-scale]")) installWeightField(field);
