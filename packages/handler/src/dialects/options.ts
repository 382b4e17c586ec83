export {
  type ClassicOptions as DialectOptions,
  type ClassicRedelivery,
  type ClassicSettings as DialectSettings,
  classicRules as dialectRules,
  classicSettings as dialectSettings,
} from './classic/options.ts';
