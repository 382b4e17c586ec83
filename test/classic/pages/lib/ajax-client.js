// A client that behaves as the AJAX clients of Pushlet do, written anew from the protocol facts (section 8.1).
// The page asks for version 1.3 with #1.3 in its address; otherwise it is 1.7.
(() => {
  const states = { ERROR: -2, NULL: 1, READY: 2, JOINED: 3, LISTENING: 3 };
  const retryMs = 100;
  const old = location.hash === '#1.3';
  const script = document.currentScript.src;
  const webroot = script.slice(0, script.indexOf('lib'));

  /** An event with its fields in an Array used as a map, so that a field named `length` sets its length. */
  class PushletEvent {
    constructor(element) {
      this.fields = [];
      for (const { name, value } of element.attributes) this.fields[name] = value;
    }

    get(name) {
      return this.fields[name];
    }

    getEvent() {
      return this.get('p_event');
    }

    getSubject() {
      return this.get('p_subject');
    }

    toFields() {
      return { ...this.fields };
    }
  }

  const callbackOf = {
    data: 'onData',
    hb: 'onHeartbeat',
    'join-ack': 'onJoinAck',
    'join-listen-ack': 'onJoinListenAck',
    'listen-ack': 'onListenAck',
    'hb-ack': 'onHeartbeatAck',
    'leave-ack': 'onLeaveAck',
    'refresh-ack': 'onRefreshAck',
    'subscribe-ack': 'onSubscribeAck',
    'unsubscribe-ack': 'onUnsubscribeAck',
    abort: 'onAbort',
    error: 'onError',
  };

  const PL = {
    pushletURL: `${webroot}pushlet.srv`,
    sessionId: null,
    state: states.NULL,

    join() {
      PL.when(states.READY, () => PL.send('p_event=join&p_format=xml-strict&p_mode=pull'));
    },

    listen(subject) {
      const query = subject ? `&p_subject=${subject}` : '';
      PL.when(states.JOINED, () => PL.send(`p_event=listen&p_id=${PL.sessionId}&p_mode=pull${query}`));
    },

    joinListen(subject) {
      if (old) {
        PL.join();
        PL.listen(subject);
        return;
      }
      const query = `p_event=join-listen&p_format=xml-strict&p_mode=pull&p_subject=${subject}`;
      PL.when(states.READY, () => PL.send(query));
    },

    subscribe(subject, label) {
      PL.command(`subscribe&p_subject=${subject}${label ? `&p_label=${label}` : ''}`);
    },

    unsubscribe(sid) {
      PL.command(`unsubscribe${sid ? `&p_sid=${sid}` : ''}`);
    },

    // The application has to encode what it publishes; most did not.
    publish(subject, query) {
      PL.command(`publish&p_subject=${subject}${query ? `&${query}` : ''}`);
    },

    heartbeat() {
      PL.command(old ? 'heartbeat' : 'hb');
    },

    leave() {
      if (PL.state < 0) return;
      PL.send(`p_event=leave&p_id=${PL.sessionId}`);
      PL.state = states.READY;
    },

    command(query) {
      PL.when(states.JOINED, () => PL.send(`p_id=${PL.sessionId}&p_event=${query}`));
    },

    /** Runs a task once the state is high enough; in a state of failure for good it is dropped. */
    when(state, task) {
      if (PL.state < 0) return;
      if (PL.state >= state) task();
      else setTimeout(() => PL.when(state, task), retryMs);
    },

    send(query) {
      const request = new XMLHttpRequest();
      request.open('GET', `${PL.pushletURL}?${query}`, true);
      request.onreadystatechange = () => {
        if (request.readyState === 4) PL.answered(request);
      };
      request.send(null);
    },

    answered(request) {
      if (request.status !== 200) {
        PL.state = states.ERROR;
        const element = document.createElement('event');
        element.setAttribute('p_event', 'error');
        element.setAttribute('p_reason', `status ${request.status}`);
        PL.deliver(new PushletEvent(element));
        return;
      }
      const root = request.responseXML?.documentElement;
      // A document that cannot be parsed is passed over, and with it the refresh that was in it.
      if (!root) return;
      const list = root.childNodes;
      // The index is a global of the page, as there.
      for (window.i = 0; window.i < list.length; window.i += 1) {
        if (list[window.i].nodeType === 1) PL.handle(new PushletEvent(list[window.i]));
      }
    },

    handle(event) {
      const type = event.getEvent();
      if (type === 'join-ack' || type === 'join-listen-ack') PL.sessionId = event.get('p_id');
      if (type === 'join-ack') PL.state = states.JOINED;
      if (type === 'listen-ack' || type === 'join-listen-ack') PL.state = states.LISTENING;
      if (type === 'abort') PL.state = states.ERROR;
      if (type === 'refresh') setTimeout(PL.refresh, Number(event.get('p_wait')));
      else if (type !== 'publish-ack') PL.deliver(event);
    },

    refresh() {
      if (PL.state === states.LISTENING) PL.send(`p_event=refresh&p_id=${PL.sessionId}`);
    },

    deliver(event) {
      const type = event.getEvent();
      const name = type.endsWith('nack') ? 'onNack' : callbackOf[type];
      const callback = window[name] ?? window.onEvent;
      if (callback) callback(event);
    },
  };

  window.PL = PL;
  window.addEventListener('load', () => {
    PL.state = states.READY;
  });
})();
