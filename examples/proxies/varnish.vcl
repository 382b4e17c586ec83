# Varnish 7 in front of CometKit. Varnish speaks no TLS: put hitch or HAProxy before it, and set "trust proxy" to 2 then.
vcl 4.1;

backend app {
  .host = "127.0.0.1";
  .port = "3000";
  # How long Node may be silent. Heartbeats come every 10 to 20 s.
  .first_byte_timeout = 60s;
  .between_bytes_timeout = 60s;
}

sub vcl_recv {
  if (req.url ~ "^/push(\?|$)") {
    if (req.http.Upgrade ~ "(?i)^websocket$") {
      return (pipe);
    }
    # Nothing of it is for anybody else: never looked up, never kept.
    return (pass);
  }
}

sub vcl_pipe {
  # Varnish drops these two, and without them there is no WebSocket.
  if (req.http.Upgrade) {
    set bereq.http.Upgrade = req.http.Upgrade;
    set bereq.http.Connection = "Upgrade";
  }
}

sub vcl_backend_response {
  if (bereq.url ~ "^/push(\?|$)") {
    # Passed on as it comes. Compression would collect events.
    set beresp.do_stream = true;
    set beresp.do_gzip = false;
  }
}
