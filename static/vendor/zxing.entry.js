// The reader of QR codes that cameras and photos go through; the worker that runs it names where its program lies.
export { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";
