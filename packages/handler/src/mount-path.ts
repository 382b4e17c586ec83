// Characters that are safe in the Path of a cookie and in a URL on a page. A second slash or a backslash at the start
// would name another host.
const shape = /^\/(?:[A-Za-z0-9\-._~!$&'()*+:@%][A-Za-z0-9\-._~!$&'()*+:@%/]*)?$/;

/**
 * Makes the path of the endpoint safe for a cookie and for the `url` of a refresh.
 *
 * @returns the path without its last slash; `/` for a path that could be read as anything but a path.
 */
export function mountPath(path: string): string {
  const trimmed = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
  return shape.test(trimmed) ? trimmed : '/';
}
