export { createClient } from '@cometkit/client';
