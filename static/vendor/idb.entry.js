// Promises over IndexedDB, where the device keeps what is not uploaded yet.
export { deleteDB, openDB } from "idb";
