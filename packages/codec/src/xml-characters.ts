/**
 * Matches characters that XML 1.0 cannot hold, neither literally nor as a reference. Global, for `search` and `replace`.
 *
 * @see https://www.w3.org/TR/xml/#charsets
 */
export const illegalInXml: RegExp = /(?![\t\n\r\x7f-\x9f])\p{Cc}|[\ufffe\uffff]|\p{Cs}/gu;
