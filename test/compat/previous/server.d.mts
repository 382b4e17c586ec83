export { createHub, createNodeHandler } from '@cometkit/node';
