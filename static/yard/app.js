// Starts the app: who works on this device, what it knows, what it has to send.

import { listPeople } from "./device_db.js";
import { drawStatusBar } from "./status_bar.js";
import { openDevice } from "./store.js";

const page = document.body.dataset;

// Returns {id, name, site} of who is signed in; on the page that the device keeps, of who worked on it last.
async function findPerson() {
  if (page.person) return { id: page.person, name: page.personName, site: page.site };
  const [last] = await listPeople();
  return last ?? null;
}

export async function start() {
  const person = await findPerson();
  if (!person) return null;
  const device = await openDevice(person.id, person);
  drawStatusBar(device);
  device.refresh();
  document.documentElement.dataset.ready = "yes";
  return device;
}

start();
