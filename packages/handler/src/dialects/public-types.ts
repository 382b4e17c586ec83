export type { ClassicOptions, ClassicRedelivery } from './classic/options.ts';
export type { Dialect, RequestHead } from './dialect.ts';
