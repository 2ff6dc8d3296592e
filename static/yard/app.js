// Starts the app: who works on this device, what it knows, what it has to send, and the screens.

import { installWedge } from "../scanning/wedge.js";
import { listPeople } from "./device_db.js";
import { ScreenHost } from "./screen_host.js";
import { drawStatusBar } from "./status_bar.js";
import { openDevice } from "./store.js";
import { learnWords, say } from "./words.js";

const REFRESH_MS = 120_000;
const page = document.body.dataset;

// Returns {id, name, site} of who is signed in; on the page that the device keeps, of who worked on it last and did not
// sign out.
async function findPerson() {
  if (page.person) return { id: page.person, name: page.personName, site: page.site };
  return (await listPeople()).find((one) => one.signedIn) ?? null;
}

export async function start() {
  learnWords(JSON.parse(document.getElementById("yard-words").textContent), page.language);
  const person = await findPerson();
  if (!person) {
    document.getElementById("nobody").hidden = false;
    document.documentElement.dataset.ready = "nobody";
    return null;
  }
  const device = await openDevice(person.id, person);
  drawStatusBar(device);
  const host = new ScreenHost(device, { main: document.getElementById("content"), footer: document.getElementById("actions") });
  await host.open();
  if (location.pathname !== page.address) host.warn(say("yard.needs_network")); // another page was asked for
  installWedge();
  keepFresh(device, host);
  document.documentElement.dataset.ready = "yes";
  return device;
}

// What others did at the site is asked for now and then, and whenever somebody comes back to the app.
function keepFresh(device, host) {
  const refresh = async () => {
    if (document.visibilityState !== "visible") return;
    const isFirst = !device.reference;
    const outcome = await device.refresh();
    if (isFirst) host.learnSite();
    else if (outcome === "new") host.refreshQuietly();
  };
  refresh();
  setInterval(refresh, REFRESH_MS);
  addEventListener("online", refresh);
  document.addEventListener("visibilitychange", refresh);
}

start();
