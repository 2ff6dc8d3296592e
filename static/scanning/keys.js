// What a keydown types, read twice: as the keyboard layout says, and as a US keyboard has it. Wedges send the keys of a US
// keyboard, so the second is right where an input method swallows the letters (keyCode 229) or the layout is another.

const SHIFTED = {
  Digit1: "!", Digit2: "@", Digit3: "#", Digit4: "$", Digit5: "%", Digit6: "^", Digit7: "&", Digit8: "*", Digit9: "(", Digit0: ")",
  Slash: "?", Semicolon: ":", Quote: '"', Minus: "_", Equal: "+", Period: ">", Comma: "<", BracketLeft: "{", BracketRight: "}",
  Backslash: "|", Backquote: "~",
};
const PLAIN = {
  Slash: "/", Semicolon: ";", Quote: "'", Minus: "-", Equal: "=", Period: ".", Comma: ",", Space: " ", BracketLeft: "[",
  BracketRight: "]", Backslash: "\\", Backquote: "`", NumpadDivide: "/", NumpadSubtract: "-", NumpadDecimal: ".",
  NumpadAdd: "+", NumpadMultiply: "*",
};
const MODIFIERS = new Set(["Shift", "CapsLock", "NumLock", "Control", "Alt", "AltGraph", "Meta"]);

export const isModifier = (event) => MODIFIERS.has(event.key) || /^(?:Shift|Control|Alt|Meta)(?:Left|Right)$|^CapsLock$/.test(event.code);

export const isEnd = (event) => ["Enter", "NumpadEnter", "Tab"].includes(event.code) || event.key === "Enter" || event.key === "Tab";

export const isComposed = (event) =>
  event.isComposing || event.keyCode === 229 || event.key === "Process" || event.key === "Unidentified";

// By the layout; "" where an input method took the key or it types nothing.
export const charOf = (event) => (!isComposed(event) && event.key.length === 1 ? event.key : "");

// By the place of the key on a US keyboard.
export function usCharOf(event) {
  const { code, shiftKey } = event;
  if (event.ctrlKey) return code === "BracketRight" ? "\x1d" : ""; // how wedges type FNC1
  if (/^Key[A-Z]$/.test(code)) return shiftKey ? code[3] : code[3].toLowerCase();
  if (shiftKey && SHIFTED[code]) return SHIFTED[code];
  if (/^(?:Digit|Numpad)[0-9]$/.test(code)) return code.at(-1);
  return PLAIN[code] ?? "";
}
