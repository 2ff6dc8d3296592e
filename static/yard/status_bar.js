// The bar that always says how far this device is with the server: online or not, how much waits, how much asks for
// somebody.

const words = JSON.parse(document.getElementById("queue-words").textContent);
const say = (code, values = {}) => words[code].replace(/\{(\w+)\}/g, (_, name) => values[name]);

// Draws the bar, and draws it again whenever the queue changes.
export function drawStatusBar(device, root = document) {
  const state = root.getElementById("queue-state");
  const link = root.getElementById("queue-open");
  const draw = () => {
    const { waiting, attention } = device.outbox.counts();
    const online = navigator.onLine && device.outbox.reason !== "unreachable";
    state.textContent = say(online ? "queue.online" : "queue.offline");
    state.classList.toggle("warn", !online);
    link.textContent = [say("queue.waiting", { count: waiting }), attention ? say("queue.attention", { count: attention }) : ""]
      .filter(Boolean).join(" · ");
  };
  device.outbox.subscribe(draw);
  draw();
  return draw;
}
