import { createRouteHandlers } from 'cometkit/next';

export const { GET, POST, HEAD, OPTIONS } = createRouteHandlers();
