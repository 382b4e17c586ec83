/** Next calls this once, when the server starts. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return;
  const { registerDrain } = await import('@cometkit/next');
  const { startMachine } = await import('./lib/machine');
  registerDrain();
  startMachine();
}
