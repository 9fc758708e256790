// Values of spymemcached, each written and read with its type.
//
// stdin:  lines: "server HOST PORT", "write KEY TYPE BASE64", "read KEY"
// stdout: a line for each read: "KEY TYPE BASE64"

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import net.spy.memcached.ConnectionFactoryBuilder;
import net.spy.memcached.MemcachedClient;

public class Values {
  static Object make(String type, byte[] data) {
    String text = new String(data, java.nio.charset.StandardCharsets.UTF_8);
    return switch (type) {
      case "String" -> text;
      case "Boolean" -> Boolean.valueOf(text);
      case "Integer" -> Integer.valueOf(text);
      case "Long" -> Long.valueOf(text);
      case "Date" -> new Date(Long.parseLong(text));
      case "Byte" -> Byte.valueOf(text);
      case "Float" -> Float.valueOf(text);
      case "Double" -> Double.valueOf(text);
      case "byte[]" -> data;
      default -> new java.util.ArrayList<>(List.of(text));
    };
  }

  static byte[] show(Object value) {
    if (value instanceof byte[] bytes) return bytes;
    String text = value instanceof Date date ? String.valueOf(date.getTime()) : String.valueOf(value);
    return text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
  }

  public static void main(String[] arguments) throws Exception {
    System.setProperty("net.spy.log.LoggerImpl", "net.spy.memcached.compat.log.SunLogger");
    java.util.logging.Logger.getLogger("net.spy.memcached").setLevel(java.util.logging.Level.OFF);
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
    MemcachedClient client = null;
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String[] words = line.split(" ", 4);
      switch (words[0]) {
        case "server" -> client = new MemcachedClient(
            new ConnectionFactoryBuilder().setDaemon(true).setOpTimeout(30000).build(),
            List.of(new InetSocketAddress(words[1], Integer.parseInt(words[2]))));
        case "write" -> {
          byte[] data = words.length > 3 ? Base64.getDecoder().decode(words[3].trim()) : new byte[0];
          if (!client.set(words[1], 0, make(words[2], data)).get()) throw new IllegalStateException(words[1]);
        }
        default -> {
          Object value = client.get(words[1]);
          String type = value == null ? "null" : value.getClass().getSimpleName();
          System.out.println(words[1] + " " + type + " " + Base64.getEncoder().encodeToString(show(value)));
        }
      }
    }
    if (client != null) client.shutdown();
  }
}
