export {
  type ClassicOptions as DialectOptions,
  type ClassicSettings as DialectSettings,
  classicRules as dialectRules,
  classicSettings as dialectSettings,
} from './classic/options.ts';
