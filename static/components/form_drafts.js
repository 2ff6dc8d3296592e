// Loads what keeps forms on the device only where a page has such a form, lists those that were begun, or tells of one that
// was taken: report pages have none of these.

const words = document.getElementById("draft-words");
if (words?.dataset.sent || document.querySelector("form[data-draft], [data-unsent]")) await import("./drafts.js");
else document.documentElement.dataset.drafts = "ready";
