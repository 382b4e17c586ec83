// pm2 start ecosystem.config.cjs
module.exports = {
  apps: [
    {
      name: 'push',
      script: 'server.mjs',
      // One, and not "max": without REDIS_URL a session lives in the process that it joined, and hears what is published there.
      instances: 1,
      exec_mode: 'fork',
      wait_ready: true,
      listen_timeout: 10_000,
      kill_timeout: 15_000,
      max_memory_restart: '1G',
      node_args: '--max-semi-space-size=64',
      env: { NODE_ENV: 'production', PORT: '3000', DRAIN_MS: '0' },
    },
  ],
};
