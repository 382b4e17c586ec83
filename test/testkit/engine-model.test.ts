import { EngineModel, eachEngine, eventOf, RecordingSink } from '@cometkit/testkit';
import { describe, expect, it } from 'vitest';

function start() {
  const model = new EngineModel({ time: () => Date.now() });
  let nodes = 0;
  const open = () => {
    nodes += 1;
    return model.node(`node${nodes}0000`);
  };
  const later = async (act: () => void) => act();
  return Promise.resolve({
    open,
    remember: () => later(() => model.save()),
    accidents: {
      'is emptied': () => later(() => model.flush()),
      'loses its oldest entries': () => later(() => model.trim(5)),
      'is set back to an earlier state': () => later(() => model.setBack()),
      'takes a batch and is cut off before it answers': () =>
        later(() => {
          model.answersToLose = 3;
        }),
    },
    close: () => Promise.resolve(),
  });
}

describe('the model of an engine', () => {
  eachEngine(start, (name, run) => it(name, run, 60_000), [
    'is emptied',
    'loses its oldest entries',
    'is set back to an earlier state',
    'takes a batch and is cut off before it answers',
  ]);

  it('refuses a batch of who has asked before another life began: others may have its first copy', async () => {
    const model = new EngineModel();
    const { log } = model.node('node10000');
    const sink = new RecordingSink();
    await log.start(sink);
    const asked = log.append({ seq: 1, entries: [eventOf('/a')] });
    model.flush();
    model.notice();
    await expect(asked).rejects.toThrow('another life');
  });
});
