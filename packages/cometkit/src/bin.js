#!/usr/bin/env node
// The program of @cometkit/cli. Plain JavaScript: it is started as it is, and nothing that the package exports loads it.
import '@cometkit/cli/main';
