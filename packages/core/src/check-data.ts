// What JSON writes as it is, or leaves out as ever.
const carried = /^(?:Object|Array|String|Number|Boolean|Null|Undefined|Arguments)$/;
// What has its contents where JSON does not look, whatever members it has beside.
const lossy = /(?:Error|Map|Set|RegExp|Promise|Function)$/;
const binary = /.Array$|ArrayBuffer$|^(?:DataView|Blob|File)$/;

/**
 * Names what JSON text would lose or garble: a function, a symbol, a BigInt, binary data, what has its contents elsewhere, such as a `Map` or
 * an `Error`, and an object of which nothing is left.
 *
 * @param value - any value; what it holds is not looked at.
 * @returns what it is and what to do, such as "a Buffer: publish base64 text"; undefined when JSON carries the value, also by
 *   its `toJSON`, which counts for anything but binary data.
 */
export function lostInJson(value: unknown): string | undefined {
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (binary.test(tag)) return `a ${(value as object).constructor.name}: publish base64 text`;
  const kept =
    carried.test(tag) ||
    typeof (value as { toJSON?: unknown }).toJSON === 'function' ||
    (!lossy.test(tag) && Object.keys(value as object).length > 0);
  return kept ? undefined : `a ${tag}: publish plain objects, arrays, texts and numbers`;
}
