// All that we use of Next. Its own types come with 370 MB, which is too much for a look-up.
declare module 'next/server.js' {
  export function connection(): Promise<void>;
}
