import { createPolicyServer, type PolicyRule } from '@cometkit/socket';
import { describe, expect, it, onTestFinished } from 'vitest';
import { serveTcp, TcpCaller } from './kit.ts';

const request = '<policy-file-request/>\0';

async function servePolicy(rules: readonly PolicyRule[]): Promise<number> {
  const server = createPolicyServer(rules);
  onTestFinished(() => server.close());
  return server.listen(0);
}

describe('a policy request', () => {
  it('is answered on the same port with nothing, unless something was allowed', async () => {
    const { port } = await serveTcp();
    const movie = await TcpCaller.call(port);
    movie.write(request);
    await movie.end();
    expect(movie.text).toBe('<?xml version="1.0"?><cross-domain-policy></cross-domain-policy>\0');
  });

  it('is answered with the rules, for the port that was asked unless they name others', async () => {
    const policy = [{ domain: '*.example.com' }, { domain: '10.0.0.7', ports: '7843-7845,9000' }];
    const { port } = await serveTcp({ socket: { policy } });
    const movie = await TcpCaller.call(port);
    movie.write(request);
    await movie.end();
    expect(movie.text).toBe(
      '<?xml version="1.0"?><cross-domain-policy>' +
        `<allow-access-from domain="*.example.com" to-ports="${port}"/>` +
        '<allow-access-from domain="10.0.0.7" to-ports="7843-7845,9000"/></cross-domain-policy>\0',
    );
  });

  it('is a request only as the first document', async () => {
    const { port } = await serveTcp();
    const alice = await TcpCaller.call(port);
    await alice.tells('<event p_event="join"/>');
    expect(await alice.tells('<policy-file-request/>')).toContain('"nack"');
  });

  it('is answered by a server that knows nothing else', async () => {
    const port = await servePolicy([{ domain: 'www.example.com', ports: '7843' }]);
    const movie = await TcpCaller.call(port);
    movie.write(request.slice(0, 9));
    movie.write(request.slice(9));
    await movie.end();
    expect(movie.text).toContain('<allow-access-from domain="www.example.com" to-ports="7843"/>');
    for (const other of ['<event p_event="join"/>\0', 'x'.repeat(100)]) {
      const stranger = await TcpCaller.call(port);
      stranger.write(other);
      await stranger.end();
      expect(stranger.text).toBe('');
    }
  });

  it('cannot be made to say what was not meant', async () => {
    const rules = [
      [{ domain: '"/><allow-access-from domain="*' }],
      [{ domain: 'example.com', ports: '80" x="' }],
      [{ domain: '' }],
    ];
    for (const policy of rules) await expect(serveTcp({ socket: { policy } })).rejects.toThrow(TypeError);
    expect(() => createPolicyServer([{ domain: '*' }])).toThrow('without ports');
  });
});
