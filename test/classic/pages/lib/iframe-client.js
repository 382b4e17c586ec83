// A client that behaves as the iframe client of Pushlet 2.0.x does, written anew from the protocol facts (section 8.2).
(() => {
  const retryMs = 100;
  const queuePollMs = 50;
  const queueSize = 20;
  let webroot = '../';
  let sessionId = null;
  let controlReady = false;
  const waiting = [];

  class PushletEvent {
    constructor(pairs) {
      this.fields = new Map();
      for (let index = 0; index < pairs.length; index += 2) this.fields.set(pairs[index], pairs[index + 1]);
    }

    /** Gives '' for a field that is not there. */
    get(name) {
      return this.fields.get(name) ?? '';
    }

    toFields() {
      return Object.fromEntries(this.fields);
    }
  }

  const callbackOf = {
    data: 'onData',
    hb: 'onHeartbeat',
    'join-ack': 'onJoinAck',
    'listen-ack': 'onListenAck',
    'hb-ack': 'onHeartbeatAck',
    'leave-ack': 'onLeaveAck',
    'refresh-ack': 'onRefreshAck',
    'subscribe-ack': 'onSubscribeAck',
    'unsubscribe-ack': 'onUnsubscribeAck',
    abort: 'onAbort',
  };

  function frame(name) {
    return document.getElementById('pushletNet').contentWindow.frames[name];
  }

  function servlet(query) {
    return `${webroot}pushlet.srv?${query}`;
  }

  // One command at a time: the next one goes only when the frame has loaded the answer to the last.
  function control(query) {
    if (waiting.length >= queueSize) {
      alert('the queue of commands is full');
      return;
    }
    waiting.push(query);
  }

  setInterval(() => {
    if (!controlReady || waiting.length === 0) return;
    controlReady = false;
    frame('controlFrame').location.href = new URL(servlet(waiting.shift()), location.href).href;
  }, queuePollMs);

  function whenJoined(task) {
    if (sessionId === null) setTimeout(() => whenJoined(task), retryMs);
    else task();
  }

  function deliver(event) {
    const type = event.get('p_event');
    if (type === 'join-ack') sessionId = event.get('p_id');
    if (type === 'leave-ack') sessionId = null;
    if (type === 'listen-ack') p_heartbeat();
    const name = type.endsWith('nack') ? 'onNack' : callbackOf[type];
    if (name && window[name]) window[name](event);
  }

  function p_heartbeat() {
    control(`p_event=hb&p_id=${sessionId}`);
  }

  Object.assign(window, {
    _push: (...pairs) => deliver(new PushletEvent(pairs)),
    _controlLoaded: () => {
      controlReady = true;
    },
    p_embed: (root) => {
      webroot = root;
      const style = 'visibility: hidden; width: 0; height: 0; border: 0';
      document.write(`<iframe id="pushletNet" style="${style}" src="${root}lib/iframe-net.html"></iframe>`);
    },
    p_getSessionId: () => sessionId,
    p_join: () => control('p_event=join'),
    p_listen: (subject, mode) =>
      whenJoined(() => {
        const query = `p_event=listen&p_id=${sessionId}${mode ? `&p_mode=${mode}` : ''}`;
        const target = servlet(subject ? `${query}&p_subject=${subject}` : query);
        frame('listenFrame').location.href = new URL(target, location.href).href;
      }),
    p_join_listen: (subject, mode) => {
      window.p_join();
      window.p_listen(subject, mode);
    },
    p_leave: () => control(`p_event=leave&p_id=${sessionId}`),
    p_heartbeat,
    p_publish: (subject, ...pairs) => {
      let query = `p_event=publish&p_id=${sessionId}&p_subject=${subject}`;
      for (let index = 0; index < pairs.length; index += 2) query += `&${pairs[index]}=${pairs[index + 1]}`;
      control(query);
    },
    p_subscribe: (subject, label) =>
      control(`p_event=subscribe&p_id=${sessionId}&p_subject=${subject}${label ? `&p_label=${label}` : ''}`),
    p_unsubscribe: (sid) => control(`p_event=unsubscribe&p_id=${sessionId}${sid ? `&p_sid=${sid}` : ''}`),
  });
})();
