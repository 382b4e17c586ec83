import { EngineModel, eachEngine } from '@cometkit/testkit';
import { describe, it } from 'vitest';

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
  eachEngine(start, (name, run) => it(name, run, 20_000), [
    'is emptied',
    'loses its oldest entries',
    'is set back to an earlier state',
    'takes a batch and is cut off before it answers',
  ]);
});
