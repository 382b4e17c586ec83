import type { NextConfig } from 'next';

// The folders above have locks of their own; this app's root is here.
const config: NextConfig = { turbopack: { root: import.meta.dirname } };

export default config;
