// The application page of a classic client: keeps what its callbacks are called with, as [callback, fields].
const seen = [];
const callbacks = [
  'onData',
  'onJoinAck',
  'onJoinListenAck',
  'onListenAck',
  'onHeartbeat',
  'onHeartbeatAck',
  'onLeaveAck',
  'onRefreshAck',
  'onSubscribeAck',
  'onUnsubscribeAck',
  'onAbort',
  'onNack',
  'onError',
  'onEvent',
];
for (const name of callbacks) {
  window[name] = (event) => seen.push([name, event.toFields()]);
}
window.seen = seen;
