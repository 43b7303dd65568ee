package dev.hadal.train;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/**
 * The frame of a report: one file that opens without a network. The page's policy runs one script,
 * by its hash, and lets nothing be fetched.
 */
final class HtmlPage {
  private HtmlPage() {}

  /**
   * A page.
   *
   * @param name in plain text
   * @param note under the name, in plain text
   * @param head HTML below them
   * @param main HTML of the rest
   */
  static String html(String name, String note, String head, String main) {
    String script = resource("report.js");
    StringBuilder html = new StringBuilder(1 << 18);
    html.append("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n");
    html.append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ");
    html.append("img-src data:; style-src 'unsafe-inline'; script-src 'sha256-");
    html.append(sha256(script)).append("'; base-uri 'none'; form-action 'none'\">\n");
    html.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    html.append("<meta name=\"color-scheme\" content=\"light dark\">\n<title>Hadal: ");
    html.append(SafeText.html(name)).append("</title>\n<style>\n");
    html.append(resource("report.css")).append("</style></head>\n<body><header><h1>");
    html.append(SafeText.html(name)).append("</h1><p class=\"note\">");
    html.append(SafeText.html(note)).append("</p>").append(head);
    html.append("</header>\n<main>\n").append(main).append("</main>\n<script>");
    html.append(script).append("</script></body></html>\n");
    return html.toString();
  }

  private static String resource(String file) {
    try (InputStream stream = HtmlPage.class.getResourceAsStream(file)) {
      if (stream == null) {
        throw new IllegalStateException("the resource " + file + " is missing from this build");
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String sha256(String text) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return Base64.getEncoder().encodeToString(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
