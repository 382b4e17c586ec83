import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { serveTcp, TcpCaller } from './kit.ts';

describe('XML over TCP', () => {
  it('carries the commands as elements and the events as documents, each ended by a NUL', async () => {
    const { port, hub } = await serveTcp();
    const alice = await TcpCaller.call(port);
    expect(await alice.tells('<event p_event="join"/>')).toMatch(
      /^<event p_event="join-ack" p_id="[\w-]{22}" p_key="[\w-]{22}" p_format="xml-strict" .*\/>$/,
    );
    expect(await alice.tells('<event p_event="subscribe" p_subject="/a"/>')).toContain('"subscribe-ack"');
    expect(await alice.tells('<event p_event="listen"/>')).toMatch(/"listen-ack" p_mode="stream" .*p_cur="/);
    hub.publish('/a', { text: 'a < b & c > d "quoted" \'too\'\n\t', n: 7 });
    await alice.until('n="7"');
    expect(alice.documents.at(-1)).toContain(
      'text="a &lt; b &amp; c &gt; d &quot;quoted&quot; &apos;too&apos;&#10;&#9;" n="7"',
    );
    expect(await alice.tells('<event p_event="leave"/>')).toContain('leave-ack');
    await alice.end();
    expect(hub.stats().sessions).toBe(0);
  });

  it('reads entities, references and apostrophes, whatever the element is called', async () => {
    const { port } = await serveTcp();
    const alice = await TcpCaller.call(port);
    await alice.tells('<event p_event="join-listen" p_subject="/chat"/>');
    alice.write('<x p_event=\'publish\' p_subject="/chat" text="&lt;&#x20ac;&amp;&#39;"/>\0');
    await alice.until('text="&lt;\u20ac&amp;&apos;"');
  });

  it('reads an element behind an XML declaration, as serializers write it', async () => {
    const { port } = await serveTcp();
    const alice = await TcpCaller.call(port);
    expect(await alice.tells('<?xml version="1.0" encoding="UTF-8"?>\n<event p_event="join"/>')).toContain(
      '"join-ack"',
    );
  });

  it('says no in a document, and goes on', async () => {
    const { port } = await serveTcp({ handler: { authorize: {} } });
    const alice = await TcpCaller.call(port);
    for (const nonsense of ['<!DOCTYPE x>', '<a><b/></a>', '<event', 'text', '<event p_event="x"/>', '{}']) {
      const first = nonsense === '{}' || nonsense === 'text' ? `<${nonsense}` : nonsense;
      expect(await alice.tells(first)).toMatch(/^<event p_event="nack" .*p_code="[a-z-]+" /);
    }
    await alice.tells('<event p_event="join"/>');
    expect(await alice.tells('<event p_event="publish" p_subject="/a"/>')).toContain('not-authorized');
  });

  it('takes documents with blanks, line ends and several NULs between them', async () => {
    const { port } = await serveTcp();
    const alice = await TcpCaller.call(port);
    alice.write('\r\n\0\0 <event p_event="join"/>\0\0\n\0  <event p_event="hb"/>\n\0');
    await alice.until('hb-ack');
    expect(alice.documents).toHaveLength(2);
  });

  it('takes what comes one byte at a time', async () => {
    const { port } = await serveTcp();
    const alice = await TcpCaller.call(port);
    alice.socket.setNoDelay(true);
    for (const byte of Buffer.from('<event p_event="join" x="\u20ac\u{1f600}"/>\0<event p_event="hb"/>\0')) {
      alice.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await alice.until('hb-ack');
  });

  it('goes on behind what was acknowledged, on another connection', async () => {
    const { port, hub } = await serveTcp();
    const alice = await TcpCaller.call(port);
    const ack = await alice.tells('<event p_event="join"/>');
    const [id, key] = [/p_id="([^"]+)"/, /p_key="([^"]+)"/].map((shape) => shape.exec(ack)?.[1]);
    await alice.tells('<event p_event="listen" p_subject="/a"/>');
    for (const x of [1, 2, 3]) hub.publish('/a', { x });
    await alice.until('x="3"');
    const cursor = /p_cur="([^"]+)" [^>]*x="1"/.exec(alice.text)?.[1];
    alice.socket.destroy();
    const again = await TcpCaller.call(port);
    await again.tells(`<event p_event="listen" p_id="${id}" p_key="${key}" p_ack="${cursor}"/>`);
    await again.until('x="3"');
    expect(again.text).not.toContain('x="1"');
    expect(again.text).toContain('x="2"');
  });
});

describe('JSON lines over TCP', () => {
  it('are the same sessions on the same port', async () => {
    const { port, hub } = await serveTcp();
    const alice = await TcpCaller.call(port);
    expect(await alice.says('join-listen', { subject: '/a' })).toMatchObject({
      type: 'join-listen-ack',
    });
    const bob = await TcpCaller.call(port);
    await bob.tells('<event p_event="join-listen" p_subject="/a"/>');
    hub.publish('/a', { deep: [1, { x: null }] });
    expect(await alice.hears('data')).toMatchObject({ data: { deep: [1, { x: null }] } });
    await bob.until('deep="[1,{&quot;x&quot;:null}]"');
  });

  it('may end with CR LF, and have empty lines between them', async () => {
    const { port } = await serveTcp();
    const alice = await TcpCaller.call(port);
    alice.write('\r\n{"type":"join"}\r\n\r\n\n{"type":"heartbeat"}\r\n');
    await alice.hears('heartbeat-ack');
    expect(alice.lines).toHaveLength(2);
  });

  it('are listened to by a client that has closed its side, as one at the end of a pipe does', async () => {
    const { port, hub } = await serveTcp();
    const alice = await TcpCaller.call(port);
    alice.socket.end('{"type":"join-listen","subject":"/a"}\n');
    await alice.hears('heartbeat');
    hub.publish('/a', 'still there');
    expect(await alice.hears('data')).toMatchObject({ data: 'still there' });
    expect(alice.ended).toBe(false);
  });

  it('are answered also when the client closes its side while a hook makes up its mind', async () => {
    const { port } = await serveTcp({
      handler: { authorize: { join: () => new Promise((resolve) => setTimeout(() => resolve(true), 50)) } },
    });
    const alice = await TcpCaller.call(port);
    alice.socket.end('{"type":"join-listen","subject":"/a"}\n');
    await alice.hears('heartbeat');
  });

  it('end with the client that closes its side and does not listen', async () => {
    const { port, server } = await serveTcp();
    const alice = await TcpCaller.call(port);
    alice.socket.end('{"type":"join"}\n');
    await alice.end();
    await eventually('the connection is gone', () => server.size === 0);
  });

  it('pour in as fast as they are carried out: a slow hook holds the sender back, and loses nothing', async () => {
    const { port, hub } = await serveTcp({
      handler: { authorize: { publish: () => new Promise((resolve) => setImmediate(() => resolve(true))) } },
    });
    const alice = await TcpCaller.call(port);
    await alice.says('join');
    const lines = Array.from({ length: 2000 }, (_, n) => `{"type":"publish","subject":"/a","data":${n}}\n`);
    alice.write(lines.join(''));
    const acks = () => alice.lines.filter((line) => line['type'] === 'publish-ack').length;
    await alice.wait('all answers', () => acks() === 2000, 8000);
    expect(alice.lines.filter((line) => line['type'] === 'refused')).toEqual([]);
    expect(hub.stats().published).toBe(2000);
  }, 12_000);
});

describe('a server', () => {
  it('tells who listens that it shuts down, and ends the others', async () => {
    const { port, hub, server } = await serveTcp();
    const [alice, bob, stranger] = [
      await TcpCaller.call(port),
      await TcpCaller.call(port),
      await TcpCaller.call(port),
    ];
    await alice.says('join-listen');
    await bob.says('join');
    hub.close();
    expect(await alice.hears('abort')).toMatchObject({ reason: 'shutdown' });
    for (const caller of [alice, bob]) {
      await caller.end();
      caller.socket.end();
    }
    stranger.socket.end();
    await eventually('all are gone', () => server.size === 0);
  });

  it('that is closed tells its clients when to come back', async () => {
    const { port, server } = await serveTcp();
    const alice = await TcpCaller.call(port);
    await alice.tells('<event p_event="join-listen" p_subject="/a"/>');
    const closing = server.close();
    await alice.until('p_event="abort"');
    expect(alice.documents.at(-1)).toMatch(/p_event="abort" p_reason="shutdown" p_retry="\d+"/);
    await closing;
  });

  it('keeps the line breaks and tabs that ActionScript 2 writes as they are, and reads an element in two tags', async () => {
    const { port, hub } = await serveTcp();
    const alice = await TcpCaller.call(port);
    await alice.tells('<event p_event="join-listen" p_subject="/x"></event>');
    alice.write('<event p_event="publish" p_subject="/x" text="one\ntwo\tthree\r\nfour"></event>\0');
    await alice.until('one');
    expect(alice.documents.at(-1)).toContain('text="one&#10;two&#9;three&#13;&#10;four"');
    expect(hub.stats().published).toBe(1);
  });

  it('that is closed leaves the sessions to their lease', async () => {
    const { port, hub, server } = await serveTcp();
    const alice = await TcpCaller.call(port);
    await alice.says('join-listen');
    alice.socket.on('end', () => alice.socket.end());
    await server.close();
    expect(hub.stats()).toMatchObject({ sessions: 1, attached: 0 });
    await expect(TcpCaller.call(port)).rejects.toThrow('ECONNREFUSED');
  });

  it('listens on the loopback unless it is told otherwise, and says when it cannot', async () => {
    const { server, port } = await serveTcp();
    const second = await serveTcp();
    expect(second.port).not.toBe(port);
    await expect(server.listen(0)).rejects.toThrow();
  });
});
