/**
 * What XML 1.0 cannot hold, neither as it is nor by reference.
 *
 * Shape: a global expression, for `search` and `replace`.
 * Source: XML 1.0 §2.2, production Char.
 */
export const illegalInXml: RegExp = /(?![\t\n\r\x7f-\x9f])\p{Cc}|[\ufffe\uffff]|\p{Cs}/gu;
