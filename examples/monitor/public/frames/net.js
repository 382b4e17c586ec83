// A plain script, because the stream in the inner frame calls parent.push(…): a global function of this page.
const listener = document.createElement('iframe');

/** Called by the scripts that stream into the inner frame: name, value, name, value … */
window.push = (...pairs) => {
  window.parent.postMessage({ pairs }, window.location.origin);
  // A page that never ends would grow for ever: the script before the running one has done its work.
  listener.contentDocument.currentScript?.previousElementSibling?.remove();
};

// "load" means that the endless page ended: the server closed it, or was not there.
listener.addEventListener('load', () => window.parent.postMessage({ ended: true }, window.location.origin));

window.addEventListener('DOMContentLoaded', () => {
  listener.src = `/push${window.location.search}`;
  document.body.append(listener);
});
