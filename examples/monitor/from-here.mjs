/** Returns whether a request comes from the machine that it reaches. */
export function fromHere({ socket }) {
  return /^(?:::1|(?:::ffff:)?127\.[\d.]+)$/.test(socket.remoteAddress ?? '');
}
