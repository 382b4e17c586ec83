import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads events over UDP with java.net.DatagramSocket: one JSON object in each datagram. It proves its address with a
 * token, counts what comes, and asks again for what did not.
 *
 * java DatagramReader.java localhost 7844 /machine
 */
public class DatagramReader {
  private final DatagramSocket socket = new DatagramSocket();
  private final String subject;
  private String nonce = newNonce();
  private String token = "";
  private String id;
  private String key;
  private String cursor;
  private long lastSeq;
  private boolean listening;
  private long request;
  private long asked; // number of the listen that is not answered yet; 0 for none

  public static void main(String[] args) throws IOException {
    String host = args.length > 0 ? args[0] : "localhost";
    int port = args.length > 1 ? Integer.parseInt(args[1]) : 7844;
    new DatagramReader(host, port, args.length > 2 ? args[2] : "/machine").run();
  }

  private DatagramReader(String host, int port, String subject) throws IOException {
    this.subject = subject;
    socket.connect(new InetSocketAddress(host, port));
    // An answer that is not there in a fifth of a second was lost.
    socket.setSoTimeout(200);
  }

  private void run() throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[65_535], 65_535);
    for (int silent = 0; ; ) {
      if (!listening) listen();
      try {
        socket.receive(packet);
        silent = 0;
        take(new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8));
      } catch (SocketTimeoutException nothing) {
        silent += 1;
        if (silent > 75) listening = false; // fifteen seconds without a heartbeat
      } catch (IOException refused) {
        listening = false; // nobody is there
        pause();
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(1000);
    } catch (InterruptedException end) {
      Thread.currentThread().interrupt();
    }
  }

  // Under the same number until it is answered: however often it arrives, it is carried out once. Padded, since an
  // address that has not proved itself is never sent more than it has sent.
  private void listen() throws IOException {
    if (asked == 0) asked = ++request;
    String pad = "x".repeat(64);
    // The same nonce gives the same session, should the answer be lost.
    if (id == null) {
      say(asked, "join-listen", "subject", subject, "nonce", nonce, "heartbeats", "answer", "padding", pad);
    } else {
      say(asked, "listen", "session", id, "key", key, "ack", cursor, "heartbeats", "answer", "padding", pad);
    }
  }

  private void take(String text) throws IOException {
    String event = field(text, "type");
    long seq = number(text, "seq");
    if (event.equals("challenge")) {
      token = field(text, "token");
    } else if (event.endsWith("listen-ack")) {
      if (number(text, "requestId") != asked) return;
      asked = 0;
      listening = true;
      if (id == null) System.out.println("joined");
      if (id == null) key = field(text, "key");
      id = field(text, "session");
      lastSeq = seq; // what comes from now on counts from there
      if (cursor == null) cursor = field(text, "cursor");
    } else if (event.equals("abort") || (event.equals("refused") && "unknown-session".equals(field(text, "code")))) {
      listening = false;
      asked = 0;
      id = null;
      nonce = newNonce();
    } else if (event.equals("heartbeat")) {
      if (listening && seq > lastSeq) missed(lastSeq + 1, seq);
      // Without a number of its own: behind a higher one, a listen that was lost would be taken for one that is late.
      say(0, "heartbeat");
    } else if (seq > lastSeq && listening) {
      item(event, seq, text);
    }
  }

  // One that was doubled on its way, or overtaken, never gets here.
  private void item(String event, long seq, String text) throws IOException {
    if (seq > lastSeq + 1) {
      missed(lastSeq + 1, seq - 1);
      return;
    }
    lastSeq = seq;
    cursor = field(text, "cursor");
    if (event.equals("data")) {
      String data = text.substring(text.indexOf("\"data\":") + 7, text.length() - 1);
      System.out.println(field(text, "subject") + " " + data);
    } else {
      System.out.println(event + " " + text);
    }
  }

  // Listens again behind the last event that it had: what was lost comes again, and what followed.
  private void missed(long first, long last) {
    System.out.println("missed " + first + " to " + last + ", asking again");
    listening = false;
  }

  private void say(long number, String event, String... fields) throws IOException {
    StringBuilder text = new StringBuilder("{\"type\":\"" + event + "\",\"requestId\":" + number);
    text.append(",\"token\":\"").append(token).append('"');
    for (int at = 0; at + 1 < fields.length; at += 2) {
      text.append(",\"").append(fields[at]).append("\":\"").append(fields[at + 1]).append('"');
    }
    byte[] bytes = text.append('}').toString().getBytes(StandardCharsets.UTF_8);
    socket.send(new DatagramPacket(bytes, bytes.length));
  }

  /** A number of the protocol, which stands in front; -1 when it is not there. */
  private static long number(String text, String name) {
    Matcher found = Pattern.compile("^\\{[^\\[{]*?\"" + name + "\":(\\d+)").matcher(text);
    return found.find() ? Long.parseLong(found.group(1)) : -1;
  }

  private static String newNonce() {
    return UUID.randomUUID().toString();
  }

  private static String field(String text, String name) {
    Matcher found = Pattern.compile("\"" + name + "\":\"([^\"]*)\"").matcher(text);
    return found.find() ? found.group(1) : null;
  }
}
