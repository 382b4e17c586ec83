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
  private int request;

  public static void main(String[] args) throws IOException {
    String host = args.length > 0 ? args[0] : "localhost";
    int port = args.length > 1 ? Integer.parseInt(args[1]) : 7844;
    new DatagramReader(host, port, args.length > 2 ? args[2] : "/machine").run();
  }

  private DatagramReader(String host, int port, String subject) throws IOException {
    this.subject = subject;
    socket.connect(new InetSocketAddress(host, port));
    // Heartbeats come every ten seconds; an answer that is not there in a second was lost.
    socket.setSoTimeout(1000);
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
        if (silent > 15) listening = false;
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

  // Padded, since an address that has not proved itself is never sent more than it has sent.
  private void listen() throws IOException {
    String pad = "x".repeat(64);
    // The same nonce gives the same session, should the answer be lost.
    if (id == null) say("join-listen", "p_subject", subject, "p_nonce", nonce, "p_hb", "answer", "p_pad", pad);
    else say("listen", "p_id", id, "p_key", key, "p_ack", cursor, "p_hb", "answer", "p_pad", pad);
  }

  private void take(String text) throws IOException {
    String event = field(text, "p_event");
    long seq = text.startsWith("{\"p_seq\":") ? Long.parseLong(text.substring(9, text.indexOf(','))) : -1;
    if (event.equals("challenge")) {
      token = field(text, "p_token");
    } else if (event.endsWith("listen-ack")) {
      listening = true;
      if (id == null) System.out.println("joined");
      if (id == null) key = field(text, "p_key");
      id = field(text, "p_id");
      lastSeq = -1; // the heartbeat behind it says where the numbers stand
      if (cursor == null) cursor = field(text, "p_cur");
    } else if (event.equals("abort") || text.contains("\"p_code\":\"unknown-session\"")) {
      listening = false;
      id = null;
      nonce = newNonce();
    } else if (event.equals("hb")) {
      if (lastSeq >= 0 && seq != lastSeq) missed(lastSeq + 1, seq);
      lastSeq = seq;
      say("hb");
    } else if (seq >= 0 && listening) {
      item(event, seq, text);
    }
  }

  private void item(String event, long seq, String text) throws IOException {
    if (lastSeq >= 0 && seq != lastSeq + 1) {
      missed(lastSeq + 1, seq - 1);
      return;
    }
    lastSeq = seq;
    cursor = field(text, "p_cur");
    if (event.equals("data")) {
      String data = text.substring(text.indexOf("\"data\":") + 7, text.length() - 1);
      System.out.println(field(text, "p_subject") + " " + data);
    } else {
      System.out.println(event + " " + text);
    }
  }

  // Listens again behind the last event that it had: what was lost comes again, and what followed.
  private void missed(long first, long last) {
    System.out.println("missed " + first + " to " + last + ", asking again");
    listening = false;
  }

  private void say(String event, String... fields) throws IOException {
    request += 1;
    StringBuilder text = new StringBuilder("{\"p_event\":\"" + event + "\",\"p_req\":" + request);
    text.append(",\"p_token\":\"").append(token).append('"');
    for (int at = 0; at + 1 < fields.length; at += 2) {
      text.append(",\"").append(fields[at]).append("\":\"").append(fields[at + 1]).append('"');
    }
    byte[] bytes = text.append('}').toString().getBytes(StandardCharsets.UTF_8);
    socket.send(new DatagramPacket(bytes, bytes.length));
  }

  private static String newNonce() {
    return UUID.randomUUID().toString();
  }

  private static String field(String text, String name) {
    Matcher found = Pattern.compile("\"" + name + "\":\"([^\"]*)\"").matcher(text);
    return found.find() ? found.group(1) : null;
  }
}
