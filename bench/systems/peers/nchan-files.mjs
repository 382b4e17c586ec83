// Where Debian has nginx and its module nchan (`libnginx-mod-nchan`).
import { existsSync } from 'node:fs';

export const nginx = '/usr/sbin/nginx';
export const modules = '/usr/lib/nginx/modules/ngx_nchan_module.so';

/** Whether both are here. */
export function isPresent() {
  return existsSync(nginx) && existsSync(modules);
}
