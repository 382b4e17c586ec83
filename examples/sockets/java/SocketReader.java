import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads events over TCP with java.net.Socket: one JSON object on each line, both ways. After a lost connection it goes on
 * behind the last event that it had.
 *
 * java SocketReader.java localhost 7843 /machine
 */
public class SocketReader {
  private static String id;
  private static String key;
  private static String cursor;
  private static int events;

  public static void main(String[] args) throws InterruptedException {
    String host = args.length > 0 ? args[0] : "localhost";
    int port = args.length > 1 ? Integer.parseInt(args[1]) : 7843;
    String subject = args.length > 2 ? args[2] : "/machine";
    for (;;) {
      try (Socket socket = new Socket(host, port)) {
        // The server says something every ten seconds: whoever hears nothing for longer has lost it.
        socket.setSoTimeout(15_000);
        read(socket, subject);
        System.out.println("the server has closed the connection");
      } catch (IOException lost) {
        System.out.println("lost: " + lost.getMessage());
      }
      Thread.sleep(1000);
    }
  }

  private static void read(Socket socket, String subject) throws IOException {
    OutputStream out = socket.getOutputStream();
    BufferedReader in =
        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    if (id == null) say(out, "join-listen", "subject", subject, "heartbeats", "answer");
    else say(out, "listen", "session", id, "key", key, "ack", cursor, "heartbeats", "answer");
    for (String line = in.readLine(); line != null; line = in.readLine()) take(line, out);
  }

  private static void take(String line, OutputStream out) throws IOException {
    String event = field(line, "type");
    if (event.equals("data")) {
      String data = line.substring(line.indexOf("\"data\":") + 7, line.length() - 1);
      System.out.println(field(line, "subject") + " " + data);
      events += 1;
    } else if (event.equals("join-listen-ack")) {
      id = field(line, "session");
      key = field(line, "key");
      System.out.println("joined");
    } else if (event.equals("abort") || (event.equals("refused") && "unknown-session".equals(field(line, "code")))) {
      id = null;
      System.out.println("the session has ended");
    } else if (event.equals("gap")) {
      System.out.println("missing: " + line);
    }
    if (field(line, "cursor") != null) cursor = field(line, "cursor");
    // An answered heartbeat is how the server knows that somebody is there; what it carries is how it knows what arrived.
    if (event.equals("heartbeat")) say(out, "heartbeat", "ack", cursor);
    else if (event.equals("data") && events % 20 == 0) say(out, "ack", "ack", cursor);
  }

  private static void say(OutputStream out, String event, String... fields) throws IOException {
    StringBuilder text = new StringBuilder("{\"type\":\"" + event + "\"");
    for (int at = 0; at + 1 < fields.length; at += 2) {
      text.append(",\"").append(fields[at]).append("\":\"").append(fields[at + 1]).append('"');
    }
    out.write(text.append("}\n").toString().getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  /** The text of a field of the protocol, none of which holds a quote; null when it is not there. */
  private static String field(String line, String name) {
    Matcher found = Pattern.compile("\"" + name + "\":\"([^\"]*)\"").matcher(line);
    return found.find() ? found.group(1) : null;
  }
}
