/** Next calls this once, when the server starts. */
export async function register(): Promise<void> {
  if (process.env['NEXT_RUNTIME'] !== 'nodejs') return;
  const { registerDrain } = await import('cometkit/next');
  const { startTicking } = await import('./lib/ticks');
  registerDrain(); // ends streams with a last word when the process is to stop
  startTicking();
}
