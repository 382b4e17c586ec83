import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const examples = fileURLToPath(new URL('../../examples/proxies/', import.meta.url));
const apacheModules = 'mpm_event authz_core ssl headers proxy proxy_http http2 socache_shmcb env';

/** Where one run of a proxy finds everything. */
interface Place {
  /** An empty folder that is its own. It holds the certificate too. */
  readonly folder: string;
  /** Where it listens. */
  readonly port: number;
  /** Where Node listens. */
  readonly upstream: number;
}

/** A proxy and its file in `examples/proxies`. */
export interface ProxyProgram {
  readonly file: string;
  /** The environment variable with the program's path. */
  readonly env: string;
  /** False where the proxy speaks neither TLS nor HTTP/2. */
  readonly tls: boolean;
  /** False where nothing ends an answer that is silent. */
  readonly cutsSilence: boolean;
  /** Puts the file into the folder, adapted to the place. @returns the arguments of the program. */
  prepare(place: Place): string[];
}

/** How long a proxy bears silence in a test, where its file says a minute. */
export const silenceMs = 3000;
const seconds = silenceMs / 1000;

type Change = readonly [RegExp, string];

const toNode = ({ upstream }: Place): Change => [/127\.0\.0\.1:3000/g, `127.0.0.1:${upstream}`];
const certificate = ({ folder }: Place): Change => [/\/etc\/ssl\/app\.example/g, folder];

/** Reads the example; ports, folders and the minute of patience are replaced, everything else runs as it stands. */
function adapted(file: string, changes: readonly Change[]): string {
  return changes.reduce(
    (text, [from, to]) => {
      const changed = text.replace(from, to);
      if (changed === text) throw new Error(`${file} has nothing like ${from} any more`);
      return changed;
    },
    readFileSync(join(examples, file), 'utf8'),
  );
}

function write(folder: string, file: string, text: string): string {
  const path = join(folder, file);
  writeFileSync(path, text);
  return path;
}

const nginx: ProxyProgram = {
  file: 'nginx.conf',
  env: 'NGINX_PATH',
  tls: true,
  cutsSilence: true,
  prepare(place) {
    const { folder, port } = place;
    const text = adapted('nginx.conf', [
      toNode(place),
      certificate(place),
      [/listen 443/, `listen 127.0.0.1:${port}`],
      [/\/(run|var\/log\/nginx)\//g, `${folder}/`],
      [/(proxy_read_timeout) 60s/, `$1 ${seconds}s`],
    ]);
    return ['-p', folder, '-e', 'stderr', '-c', write(folder, 'nginx.conf', text), '-g', 'daemon off;'];
  },
};

const haproxy: ProxyProgram = {
  file: 'haproxy.cfg',
  env: 'HAPROXY_PATH',
  tls: true,
  cutsSilence: true,
  prepare(place) {
    const { folder, port } = place;
    const pem = ['fullchain.pem', 'privkey.pem'].map((name) => readFileSync(join(folder, name), 'utf8'));
    write(folder, 'haproxy.pem', pem.join(''));
    const text = adapted('haproxy.cfg', [
      toNode(place),
      certificate(place),
      [/maxconn 30000/, 'maxconn 1000'], // no more than a plain account may open
      [/bind :443/, `bind 127.0.0.1:${port}`],
      [/(timeout (?:client|server|tunnel)) 60s/g, `$1 ${seconds}s`],
    ]);
    return ['-db', '-f', write(folder, 'haproxy.cfg', text)];
  },
};

const apache: ProxyProgram = {
  file: 'apache.conf',
  env: 'APACHE_PATH',
  tls: true,
  cutsSilence: true,
  prepare(place) {
    const { folder, port } = place;
    const site = adapted('apache.conf', [
      toNode(place),
      certificate(place),
      [/\*:443/, `127.0.0.1:${port}`],
      [/timeout=60/, `timeout=${seconds}`],
    ]);
    // What Debian's own apache2.conf and a2enmod bring.
    const around = [
      ...apacheModules
        .split(' ')
        .map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`),
      `ServerRoot ${folder}`,
      'ServerName localhost',
      'PidFile httpd.pid',
      'DefaultRuntimeDir .',
      'ErrorLog error.log',
      'User www-data',
      'Group www-data',
      `Listen 127.0.0.1:${port}`,
    ];
    return ['-DFOREGROUND', '-f', write(folder, 'apache.conf', `${around.join('\n')}\n${site}`)];
  },
};

const caddy: ProxyProgram = {
  file: 'Caddyfile',
  env: 'CADDY_PATH',
  tls: true,
  cutsSilence: false,
  prepare(place) {
    const { folder, port } = place;
    const text = adapted('Caddyfile', [
      toNode(place),
      [/^\{/m, '{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n'],
      [
        /^app\.example \{/m,
        `https://localhost:${port} {\n\tbind 127.0.0.1\n\ttls ${folder}/fullchain.pem ${folder}/privkey.pem\n`,
      ],
    ]);
    return ['run', '--adapter', 'caddyfile', '--config', write(folder, 'Caddyfile', text)];
  },
};

const varnish: ProxyProgram = {
  file: 'varnish.vcl',
  env: 'VARNISH_PATH',
  tls: false,
  cutsSilence: true,
  prepare(place) {
    const { folder, port } = place;
    const text = adapted('varnish.vcl', [
      [/\.port = "3000"/, `.port = "${place.upstream}"`],
      [/(_timeout =) 60s/g, `$1 ${seconds}s`],
    ]);
    const listener = `127.0.0.1:${port}`;
    const vcl = write(folder, 'varnish.vcl', text);
    return ['-F', '-j', 'none', '-n', join(folder, 'run'), '-a', listener, '-f', vcl, '-s', 'malloc,32m'];
  },
};

/** The proxies that have a file. */
export const proxies: readonly ProxyProgram[] = [nginx, haproxy, apache, caddy, varnish];
