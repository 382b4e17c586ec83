import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.Reader;
import java.net.HttpURLConnection;
import java.net.URL;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A client that behaves as the Java client of Pushlet does, written anew from the protocol facts (section 8.4).
 *
 * Usage: ClassicClient URL. Takes one command a line on standard input, `join`, `listen MODE [SUBJECT]`,
 * `joinListen MODE SUBJECT`, `subscribe SUBJECT [LABEL]`, `unsubscribe [SID]`, `publish SUBJECT NAME=VALUE…` (parts
 * separated by tabs), `leave`, and prints what happens, one line each: a word, and fields as a query string.
 */
public final class ClassicClient {
  private final String url;
  private final PrintStream out;
  private final Object opened = new Object();
  private volatile String id;
  private Thread listener;

  private ClassicClient(String url, PrintStream out) {
    this.url = url;
    this.out = out;
  }

  public static void main(String[] arguments) throws Exception {
    PrintStream out = new PrintStream(System.out, true, "UTF-8");
    ClassicClient client = new ClassicClient(arguments[0], out);
    BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      try {
        client.run(line.split("\t"));
      } catch (IOException failure) {
        client.say("failed", Map.of("reason", String.valueOf(failure.getMessage())));
      }
    }
    System.exit(0);
  }

  private void run(String[] parts) throws IOException {
    switch (parts[0]) {
      case "join" -> {
        Map<String, String> ack = control("p_event=join&p_format=xml");
        id = ack.get("p_id");
        say("joined", ack);
      }
      case "listen" -> listen("p_event=listen&p_id=" + id + "&p_mode=" + parts[1]
          + (parts.length > 2 ? "&p_subject=" + parts[2] : ""));
      case "joinListen" -> listen("p_event=join-listen&p_format=xml&p_mode=" + parts[1] + "&p_subject=" + parts[2]);
      case "subscribe" -> say("subscribed", command("subscribe&p_subject=" + parts[1]
          + (parts.length > 2 ? "&p_label=" + parts[2] : "")));
      case "unsubscribe" -> say("unsubscribed", command("unsubscribe" + (parts.length > 1 ? "&p_sid=" + parts[1] : "")));
      case "publish" -> publish(parts);
      case "leave" -> leave();
      default -> throw new IOException("no such command: " + parts[0]);
    }
  }

  private void publish(String[] parts) throws IOException {
    StringBuilder query = new StringBuilder("publish&p_subject=").append(parts[1]);
    for (int index = 2; index < parts.length; index += 1) query.append('&').append(parts[index]);
    say("published", command(query.toString()));
  }

  private void leave() throws IOException {
    command("unsubscribe");
    Thread running = listener;
    listener = null;
    if (running != null) running.interrupt();
    say("left", command("leave"));
  }

  private Map<String, String> command(String query) throws IOException {
    return control("p_id=" + id + "&p_event=" + query);
  }

  /** One GET with its query as it is and a time of its own; the answer is its first element. */
  private Map<String, String> control(String query) throws IOException {
    HttpURLConnection connection = open(query + "&p_time=" + System.currentTimeMillis() / 1000);
    try (Reader reader = readerOf(connection)) {
      Map<String, String> event = readEvent(reader);
      while (reader.read() >= 0) continue;
      if (event.get("p_event").equals("nack")) throw new IOException("nack: " + event.get("p_reason"));
      return event;
    }
  }

  private HttpURLConnection open(String query) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) new URL(url + "?" + query).openConnection();
    connection.setUseCaches(false);
    if (connection.getResponseCode() != 200) throw new IOException("status " + connection.getResponseCode());
    return connection;
  }

  private static Reader readerOf(HttpURLConnection connection) throws IOException {
    InputStream stream = connection.getInputStream();
    return new InputStreamReader(stream, StandardCharsets.UTF_8);
  }

  /** Returns when the channel's thread has an open connection: like the original, with no end to the wait. */
  private void listen(String query) {
    listener = new Thread(() -> channel(query));
    listener.setDaemon(true);
    synchronized (opened) {
      listener.start();
      try {
        opened.wait();
      } catch (InterruptedException interrupted) {
        return;
      }
    }
    say("returned", Map.of());
  }

  private boolean current() {
    return Thread.currentThread() == listener;
  }

  /** Opens the listen URL, and again whenever its stream has ended; ends itself on a failure of HTTP. */
  private void channel(String query) {
    String next = query;
    while (current()) {
      try {
        HttpURLConnection connection = open(next);
        synchronized (opened) {
          opened.notify();
        }
        next = query;
        String refresh = events(connection);
        if (refresh != null) next = refresh;
      } catch (IOException failure) {
        if (current()) say("stopped", Map.of("reason", String.valueOf(failure.getMessage())));
        return;
      }
    }
  }

  /** Reads one answer. Gives the query to go on with, or null when the stream ended before it said so. */
  private String events(HttpURLConnection connection) {
    try (Reader reader = readerOf(connection)) {
      while (current()) {
        Map<String, String> event = readEvent(reader);
        String type = event.get("p_event");
        if (type.equals("join-listen-ack")) id = event.get("p_id");
        if (type.equals("refresh")) {
          Thread.sleep(Long.parseLong(event.get("p_wait")));
          return "p_id=" + id + "&p_event=refresh";
        }
        say(type, event);
      }
    } catch (IOException failure) {
      if (current()) say("error", Map.of("reason", String.valueOf(failure.getMessage())));
    } catch (InterruptedException interrupted) {
      return null;
    }
    return null;
  }

  /** Reads up to and with the first `>`; a backslash takes the next character as it is. */
  private static Map<String, String> readEvent(Reader reader) throws IOException {
    StringBuilder text = new StringBuilder();
    for (int character = reader.read(); character != '<'; character = reader.read()) {
      if (character < 0) throw new IOException("end of stream");
    }
    for (int character = reader.read(); character != '>'; character = reader.read()) {
      if (character < 0) throw new IOException("end of stream in an event");
      text.append((char) character);
    }
    if (!text.toString().endsWith("/")) throw new IOException("not an event: " + text);
    return readFields(text.toString());
  }

  private static Map<String, String> readFields(String text) throws IOException {
    Map<String, String> fields = new LinkedHashMap<>();
    int at = text.indexOf(' ');
    for (int equals = text.indexOf('=', at); equals >= 0; equals = text.indexOf('=', at)) {
      String name = text.substring(at, equals).trim();
      StringBuilder value = new StringBuilder();
      for (at = equals + 2; text.charAt(at) != '"'; at += 1) {
        if (text.charAt(at) == '\\') at += 1;
        value.append(text.charAt(at));
      }
      at += 1;
      fields.put(name, value.toString());
    }
    return fields;
  }

  private void say(String what, Map<String, String> fields) {
    StringBuilder line = new StringBuilder(what).append(' ');
    fields.forEach((name, value) -> line.append(URLEncoder.encode(name, StandardCharsets.UTF_8)).append('=')
        .append(URLEncoder.encode(value, StandardCharsets.UTF_8)).append('&'));
    out.println(line);
  }
}
