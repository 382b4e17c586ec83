export type { ClassicOptions, ClassicRedelivery } from './classic/options.ts';
export type { Dialect } from './dialect.ts';
