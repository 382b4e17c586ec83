// The page between the application and its two frames: `parent` of both frames, which the server's scripts call.
function push(...pairs) {
  parent._push(...pairs);
}
window.push = push;

window.addEventListener('load', () => {
  for (const frame of document.getElementsByTagName('frame')) {
    if (frame.name === 'controlFrame') {
      frame.addEventListener('load', () => parent._controlLoaded());
      parent._controlLoaded();
    }
  }
});
