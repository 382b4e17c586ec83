import { describe, expect, it } from 'vitest';
import { encodeFrames } from '../../packages/websocket/src/frame.ts';
import { FrameTracker } from '../../packages/websocket/src/frame-tracker.ts';
import { type FrameParts, frame, opcodes } from './raw-client.ts';

describe('a frame', () => {
  it.each([
    [1, '8101'],
    [125, '817d'],
    [126, '817e007e'],
    [65_535, '817effff'],
    [65_536, '817f0000000000010000'],
  ])('of %i bytes has the shortest header: %s', (length, header) => {
    const bytes = Buffer.from(encodeFrames(`${'x'.repeat(length)}\n`));
    expect(bytes.toString('hex').startsWith(header)).toBe(true);
    expect(bytes.subarray(header.length / 2).toString()).toBe('x'.repeat(length));
  });

  it('is made for every line, its length in bytes of UTF-8', () => {
    const bytes = Buffer.from(encodeFrames('a\n\u20ac\u{1f600}\nb\n'));
    expect(bytes.toString('latin1')).toBe('\x81\x01a\x81\x07\xe2\x82\xac\xf0\x9f\x98\x80\x81\x01b');
    expect(encodeFrames('')).toHaveLength(0);
  });
});

describe('the tracker of frames', () => {
  const { continuation, ping } = opcodes;
  const message: FrameParts[] = [
    { payload: 'x'.repeat(200), final: false },
    { opcode: ping, payload: 'p' },
    { opcode: continuation, payload: 'y'.repeat(70_000) },
    { payload: '' },
  ];

  it('knows in every place whether something is unfinished, however the bytes are cut', () => {
    const frames = message.map(frame);
    const bytes = Buffer.concat(frames);
    const whole = [bytes.length - (frames[3]?.length ?? 0), bytes.length];
    const tracker = new FrameTracker();
    const [idle, progress]: number[][] = [[], []];
    for (let at = 1; at <= bytes.length; at += 1) {
      if (tracker.follow(bytes.subarray(at - 1, at))) progress?.push(at);
      if (!tracker.unfinished) idle?.push(at);
    }
    expect([idle, progress]).toEqual([whole, whole]);
  });

  it('counts no control frame amid fragments as progress', () => {
    const tracker = new FrameTracker();
    tracker.follow(frame({ payload: 'x', final: false }));
    expect(tracker.follow(frame({ opcode: ping }))).toBe(false);
    expect(tracker.unfinished).toBe(true);
  });

  it('takes many messages in one chunk', () => {
    const tracker = new FrameTracker();
    const chunk = Buffer.concat([frame({ payload: 'a' }), frame({ payload: 'b' }), Buffer.of(0x81)]);
    expect([tracker.follow(chunk), tracker.unfinished]).toEqual([true, true]);
  });
});
