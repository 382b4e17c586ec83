/** Programs that stand in front of servers, as far as the doctor knows them. */
export const proxies = ['nginx', 'Apache', 'HAProxy', 'Caddy', 'Varnish'] as const;

/** One of them. */
export type ProxyName = (typeof proxies)[number];

/** What can be in the way, each with its line in the configuration of each proxy. */
export type Remedy =
  | 'buffering'
  | 'delay'
  | 'compression'
  | 'idle'
  | 'upgrade'
  | 'body'
  | 'header'
  | 'host'
  | 'cache'
  | 'repeats';

/** The lines to change. The time-outs are above the longest silence of a server, 20 s. */
export const remedies: Readonly<Record<Remedy, Readonly<Record<ProxyName, string>>>> = {
  buffering: {
    nginx: 'proxy_buffering off;  proxy_http_version 1.1;  and no proxy_ignore_headers X-Accel-Buffering;',
    Apache: 'ProxyPass "/push" "http://…" flushpackets=on',
    HAProxy: 'no compression and no cache-store for this path in the backend',
    Caddy: 'reverse_proxy … { flush_interval -1 }',
    Varnish: 'sub vcl_backend_response { set beresp.do_stream = true; }',
  },
  delay: {
    nginx: 'proxy_buffering off;  tcp_nodelay on;',
    Apache: 'ProxyPass "/push" "http://…" flushpackets=on',
    HAProxy: 'option http-no-delay',
    Caddy: 'reverse_proxy … { flush_interval -1 }',
    Varnish: 'sub vcl_backend_response { set beresp.do_stream = true; }',
  },
  compression: {
    nginx: 'gzip off;  in the location of the push path',
    Apache: '<Location "/push"> SetEnv no-gzip 1  SetEnv no-brotli 1 </Location>',
    HAProxy: 'no compression algo (or filter compression) in this backend',
    Caddy: '@rest not path /push*   encode @rest gzip',
    Varnish: 'sub vcl_backend_response { set beresp.do_gzip = false; }',
  },
  idle: {
    nginx: 'proxy_read_timeout 75s;',
    Apache: 'ProxyPass "/push" "http://…" timeout=75',
    HAProxy: 'timeout server 75s   timeout client 75s   timeout tunnel 1h',
    Caddy: 'reverse_proxy … { transport http { read_timeout 75s } }',
    Varnish: 'backend … { .first_byte_timeout = 75s; .between_bytes_timeout = 75s; }',
  },
  upgrade: {
    nginx:
      'proxy_http_version 1.1;  proxy_set_header Upgrade $http_upgrade;  proxy_set_header Connection "upgrade";',
    Apache: 'ProxyPass "/push" "http://…" upgrade=websocket',
    HAProxy: 'timeout tunnel 1h, and nothing that deletes the header Upgrade',
    Caddy: 'reverse_proxy passes it by itself: nothing may delete the header Upgrade',
    Varnish: 'sub vcl_recv { if (req.http.upgrade ~ "(?i)websocket") { return (pipe); } }',
  },
  body: {
    nginx: 'client_max_body_size 1m;',
    Apache: 'LimitRequestBody 1048576',
    HAProxy: 'no http-request deny by the size of the body below 64 KiB',
    Caddy: 'request_body { max_size 1MB }',
    Varnish: 'no limit of std.cache_req_body below 64 KiB',
  },
  header: {
    nginx: 'large_client_header_buffers 4 16k;',
    Apache: 'LimitRequestLine 16380   LimitRequestFieldSize 16380',
    HAProxy: 'tune.bufsize 32768',
    Caddy: 'servers { max_header_size 16KB }',
    Varnish: 'varnishd -p http_req_hdr_len=16k -p http_req_size=64k',
  },
  host: {
    nginx: 'proxy_set_header Host $http_host;',
    Apache: 'ProxyPreserveHost On',
    HAProxy: 'no http-request set-header Host',
    Caddy: 'reverse_proxy … { header_up Host {http.request.hostport} }',
    Varnish: 'no set req.http.host in vcl_recv',
  },
  cache: {
    nginx: 'proxy_cache off;',
    Apache: 'CacheDisable "/push"',
    HAProxy: 'no http-request cache-use for this path',
    Caddy: 'no cache handler for this path',
    Varnish: 'sub vcl_recv { if (req.url ~ "^/push") { return (pass); } }',
  },
  repeats: {
    nginx: 'proxy_next_upstream error;  (without timeout)',
    Apache: 'ProxyPass "/push" "http://…" retry=0 disablereuse=on',
    HAProxy: 'retry-on none',
    Caddy: 'reverse_proxy … { lb_retries 0 }',
    Varnish: 'no return (retry) in the VCL; varnishd -p max_retries=0',
  },
};
