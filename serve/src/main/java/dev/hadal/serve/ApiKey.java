package dev.hadal.serve;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.Set;

/**
 * The key that clients show as {@code Authorization: Bearer KEY}. Only its SHA-256 digest is kept.
 * Digests are compared in constant time, so how long a refusal takes says nothing about the key.
 */
public final class ApiKey {
  private static final int LONGEST = 512;
  private static final Set<PosixFilePermission> OTHERS =
      Set.of(
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE);

  private final byte[] digest;

  private ApiKey(byte[] digest) {
    this.digest = digest;
  }

  /**
   * A key.
   *
   * @param key 1 to 512 visible ASCII characters
   * @throws ServeException if it is not
   */
  public static ApiKey of(String key) {
    boolean visible = key.chars().allMatch(c -> c > ' ' && c < 0x7F);
    if (key.isEmpty() || key.length() > LONGEST || !visible) {
      throw new ServeException(
          "api key: expected 1 to %d visible ASCII characters, found %s"
              .formatted(LONGEST, visible ? key.length() + " characters" : "others"));
    }
    return new ApiKey(digest(key));
  }

  /**
   * The key in a file, without the white space around it.
   *
   * @throws ServeException if other users can read the file, or it holds no key
   */
  public static ApiKey fromFile(Path file) {
    try {
      if (Files.getFileStore(file).supportsFileAttributeView(PosixFileAttributeView.class)
          && !Collections.disjoint(Files.getPosixFilePermissions(file), OTHERS)) {
        throw new ServeException("api key: other users can read the file; run: chmod 600 " + file);
      }
      if (Files.size(file) > 2 * LONGEST) {
        throw new ServeException(
            "api key: expected a file of at most %d bytes, found %d: %s"
                .formatted(2 * LONGEST, Files.size(file), file));
      }
      return of(Files.readString(file, StandardCharsets.UTF_8).strip());
    } catch (IOException e) {
      throw new ServeException("api key: the file cannot be read: " + file, e);
    }
  }

  /** Whether this is the key. */
  boolean matches(String presented) {
    return MessageDigest.isEqual(digest, digest(presented));
  }

  private static byte[] digest(String key) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  @Override
  public String toString() {
    return "ApiKey[not shown]";
  }
}
