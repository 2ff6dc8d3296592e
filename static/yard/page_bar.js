// The small bar on ordinary pages of who scans: what they recorded in the yard's app is sent from here too. A device that
// never opened the app loads and stores nothing.

const bar = document.getElementById("queue-bar");

async function isAppHere() {
  const names = (await indexedDB.databases?.())?.map((db) => db.name);
  return !names || names.includes(`yard-${bar.dataset.person}`);
}

async function showBar() {
  const { person } = bar.dataset;
  const [{ openPersonDb }, { Outbox }, { StatusBar }] = await Promise.all(
    ["./device_db.js", "./outbox.js", "./status_bar.js"].map((name) => import(name)),
  );
  const outbox = new Outbox(await openPersonDb(person), { personId: person });
  bar.hidden = false;
  new StatusBar(outbox, bar);
  await outbox.open();
}

// What the person knew of the site goes before the session does; what waits in the queue stays.
async function forgetFirst(event) {
  const form = event.target;
  if (form.dataset.forgotten) return;
  event.preventDefault();
  form.dataset.forgotten = "yes";
  const { forgetSignIn } = await import("./device_db.js");
  await forgetSignIn(bar.dataset.person).catch(() => {}); // the session ends all the same
  form.requestSubmit();
}

if (await isAppHere()) {
  document.querySelector('form[action="/sign-out"]')?.addEventListener("submit", forgetFirst);
  await showBar();
}
