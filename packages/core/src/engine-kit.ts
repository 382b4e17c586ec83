// What engine packages share: the text of a frame, and their common options.

export * from './birth.ts';
export * from './cluster-options.ts';
export * from './engine-publisher.ts';
export { entriesFromText, entriesToText } from './frame-text.ts';
