import java.io.IOException;
import java.net.DatagramPacket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.MulticastSocket;
import java.net.NetworkInterface;
import java.nio.charset.StandardCharsets;

/**
 * Listens to a multicast group with java.net.MulticastSocket. It asks nobody and tells nobody: what it misses it only
 * notices, by the numbers.
 *
 * java MulticastReader.java 239.255.78.43 7845 [127.0.0.1: the address of the interface to listen at]
 */
public class MulticastReader {
  public static void main(String[] args) throws IOException {
    String group = args.length > 0 ? args[0] : "239.255.78.43";
    int port = args.length > 1 ? Integer.parseInt(args[1]) : 7845;
    InetAddress at = InetAddress.getByName(args.length > 2 ? args[2] : "127.0.0.1");
    try (MulticastSocket socket = new MulticastSocket(port)) {
      socket.joinGroup(new InetSocketAddress(group, port), NetworkInterface.getByInetAddress(at));
      System.out.println("listening");
      DatagramPacket packet = new DatagramPacket(new byte[65_535], 65_535);
      for (long lastSeq = -1; ; ) {
        socket.receive(packet);
        String text = new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8);
        long seq = Long.parseLong(text.substring("{\"seq\":".length(), text.indexOf(',')));
        boolean heartbeat = text.startsWith("\"type\":\"heartbeat\"", text.indexOf(',') + 1);
        if (lastSeq >= 0 && seq != lastSeq + (heartbeat ? 0 : 1)) {
          System.out.println("missed something between " + lastSeq + " and " + seq);
        }
        lastSeq = seq;
        if (!heartbeat) System.out.println(text);
      }
    }
  }
}
