// Express 4 under its alias has no types of its own; as far as the tests go it is like Express 5.
declare module 'express4' {
  import express from 'express';
  export default express;
}
